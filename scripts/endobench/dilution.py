"""The same variants at another window: a local score hardly depends on it."""

import numpy as np
import pandas as pd

from endobench.columns import WINDOWS
from endobench.genome import open_genome
from endobench.routes import ATLAS, MODEL
from endobench.sequence import centred_windows


def at_window(rows, window_bp, genome_path):
    """Place another window on variants.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.SHARDS`, of one chromosome.
    window_bp : int
    genome_path : path-like
        Indexed FASTA.

    Returns
    -------
    pandas.DataFrame
        The rows whose window fits into the chromosome, with the new one.
    """
    if rows.empty:
        return rows
    genome = open_genome(genome_path)
    length_bp = genome.get_reference_length(str(rows["chrom"].iloc[0]))
    start, shift = centred_windows(
        rows["pos"].to_numpy(), rows["ref"].str.len().to_numpy(), window_bp, length_bp
    )
    moved = rows.assign(
        window_start=start, window_end=start + window_bp, shift_bp=shift
    )
    return moved[moved["window_end"] <= length_bp]


def compare_windows(here, there):
    """Lay the answers of two windows side by side.

    Parameters
    ----------
    here, there : shard.Shard
        The same scorers at two windows.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.WINDOWS`: means over all tracks.
    """
    positions = {id_: place for place, id_ in enumerate(here.rows["variant_id"])}
    rows = []
    for there_at, variant_id in enumerate(there.rows["variant_id"]):
        here_at = positions[variant_id]
        for scorer in here.request.scorers:
            values = [
                _raw(shard, scorer, at)
                for shard, at in ((here, here_at), (there, there_at))
            ]
            if None not in values:
                rows.append(
                    {
                        "variant_id": variant_id,
                        "scorer": scorer,
                        "window_bp": here.request.window_bp,
                        "raw": values[0],
                        "other_window_bp": there.request.window_bp,
                        "other_raw": values[1],
                        "model": here.model_of(scorer),
                    }
                )
    return pd.DataFrame(rows, columns=WINDOWS.names)


def _raw(shard, scorer, position):
    """Return the mean over tracks of a remembered answer, or None."""
    for route in (ATLAS, MODEL):
        places = shard.places.get(route, {}).get(scorer)
        if places is not None and places[position]["n_tracks"] > 0:
            return float(np.mean(shard.answer(route, scorer, position).raw))
    return None
