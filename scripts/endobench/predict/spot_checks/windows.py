"""A spot check of windows: do scores depend on the length of the window?"""

import pandas as pd

from endobench.core.columns import WINDOWS
from endobench.design.routes import ATLAS, MODEL_ITSELF
from endobench.genome.fasta import open_genome
from endobench.genome.reference import centred_windows
from endobench.predict.spot_checks.paired import log_unshared, rows_of_both
from endobench.predict.spot_checks.samples import sample_of


def at_window(rows, window_bp, genome_path):
    """Place variants in another window.

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
        The rows with their new window, if it fits into the chromosome.
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
    """Pair the answers at two windows.

    Parameters
    ----------
    here, there : shard.Shard
        The same scorers at two windows.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.WINDOWS`: means over all tracks. Windows hold different
        genes, which are compared as in `routes.compare_routes`.
    """
    positions = {id_: place for place, id_ in enumerate(here.rows["variant_id"])}
    places = [positions[each] for each in there.rows["variant_id"]]
    rows = rows_of_both(here, there, places, "other_raw")
    rows = [row | {"other_window_bp": there.request.window_bp} for row in rows]
    names = (f"{shard.request.window_bp} bp" for shard in (here, there))
    log_unshared(rows, "raw", "other_raw", *names)
    return pd.DataFrame(rows, columns=WINDOWS.names)


def sample_at_windows(shards, n_variants, other_bp, genome_path, ask):
    """Predict a sample at another window, and compare both.

    Parameters
    ----------
    shards : dict of str to shard.Shard
    n_variants, other_bp : int
    genome_path : path-like
        Indexed FASTA.
    ask : callable
        Requests what a shard lacks; takes the shard and ``label``.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.WINDOWS`.
    """
    found = [pd.DataFrame(columns=WINDOWS.names)]
    for chrom, ids in sample_of(shards, n_variants, (ATLAS, MODEL_ITSELF)).items():
        here = shards[chrom].only(ids, shards[chrom].request.policy)
        rows = at_window(here.rows, other_bp, genome_path)
        with here, here.at(rows, other_bp) as there:
            ask(there, label=f"{chrom} at {other_bp} bp")
            found.append(compare_windows(here, there))
    return pd.concat(found[1:] or found)
