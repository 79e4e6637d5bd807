"""The pairs of a demonstration with other random numbers, made without a server."""

import pathlib

import pandas as pd
import pysam
from alphagenome.data import genome
from endobench.benchmark.merge import join
from endobench.benchmark.scores import TrackSet, reduce_tracks
from endobench.core.columns import ANSWERS
from endobench.demo.simulate import simulate, write_simulation
from endobench.genome.bed import read_bed, write_bed
from endobench.genome.liftover import lift_intervals
from endobench.genome.overlaps import PeakFilter, select_in_peaks
from endobench.genome.reference import prepare
from endobench.model.scorers import parse_scorer
from endobench.model.standin.motif_model import MotifModel
from endobench.sources.formats import Source
from endobench.sources.load import load_effects
from endobench.sources.rows import Selection

SCORER, WINDOW_BP = "DNASE-501-DIFF_LOG2_SUM", 16_384
# The demonstration's datasets, with their formats.
FORMATS = {"pairs": "gtex_pairs", "dsqtls": "degner_dsqtl"}
_FILES = {"pairs": "pairs.txt.gz", "dsqtls": "dsqtls.tsv", "peaks": "peaks.narrowPeak"}


def seeded_pairs(seed, folder):
    """Return the pairs of each dataset in the corrected protocol.

    Parameters
    ----------
    seed : int
    folder : pathlib.Path
        For the simulated files.

    Returns
    -------
    dict of str to pandas.DataFrame
        In the columns of `columns.PAIRS`, by the keys of `FORMATS`.
    """
    folder = pathlib.Path(folder)
    simulation = simulate(seed)
    paths = {name: folder / _FILES.get(name, name) for name in simulation}
    paths["chain"] = folder / "old_to_new.over.chain.gz"
    write_simulation(simulation, paths)
    pysam.faidx(str(paths["genome"]))
    peaks = folder / "lifted.bed"
    write_bed(lift_intervals(read_bed(paths["peaks"]), paths["chain"])[0], peaks)
    peak_filter = PeakFilter(peaks, paths["blacklist"])
    model = MotifModel(paths["genome"])
    known = {}
    found = {}
    for name, format_name in FORMATS.items():
        parsed = load_effects(
            paths[name],
            Source(format_name, "GRCh38"),
            genome=paths["genome"],
            selection=Selection(list(simulation["genome"]), effect_column="effect"),
        )
        in_peaks, _ = select_in_peaks(parsed.variants, peak_filter)
        shards, _ = prepare(in_peaks, paths["genome"], WINDOW_BP, max_n_fraction=0.5)
        for row in shards.itertuples():
            if row.variant_id not in known:
                known[row.variant_id] = _score(model, row)
        answers = pd.DataFrame({"variant_id": list(known), "raw": list(known.values())})
        answers = answers.assign(
            model="standin/default/0", route="model", scorer=SCORER, window_bp=WINDOW_BP
        )
        scores = reduce_tracks(
            shards, answers.reindex(columns=ANSWERS.names), TrackSet("K562", [0])
        )
        found[name] = join(parsed.effects, scores)
    return found


def _score(model, row):
    return model.score(
        genome.Interval(row.chrom, row.window_start, row.window_end),
        genome.Variant(row.chrom, row.pos, row.ref, row.alt),
        parse_scorer(SCORER).to_proto().center_mask,
    )
