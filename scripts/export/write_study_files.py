"""Write the five files of the published study."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import EFFECTS, METRICS, PAIRS, VARIANTS
from endobench.core.files import atomic_path
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv
from endobench.design.tasks import ALL_PAIRS
from endobench.export.study_files import bed_of_pairs, benchmark_text, prediction_table
from endobench.figures.precision_recall import Classes
from endobench.figures.scatter import scatter


def main(snakemake):
    output, params = snakemake.output, snakemake.params
    effects = read_frame(snakemake.input.effects, EFFECTS)
    for variants, path in (
        (snakemake.input.variants, output.bed),
        (snakemake.input.in_peaks, output.in_peaks),
    ):
        rows = effects.merge(read_frame(variants, VARIANTS), on="variant_id")
        with atomic_path(path) as temporary:
            bed_of_pairs(rows).to_csv(temporary, sep="\t", header=False, index=False)
    pairs = read_frame(snakemake.input.pairs, PAIRS)
    metrics = read_tsv(snakemake.input.metrics, METRICS)
    with atomic_path(output.predictions) as temporary:
        prediction_table(pairs).to_csv(temporary, index=False)
    with atomic_path(output.text) as temporary:
        temporary.write_text(
            benchmark_text(metrics, only_positives=bool(params.classes))
        )
    options = {"title": "published protocol", "strata": (ALL_PAIRS,)}
    if params.classes:
        chosen = params.negatives_per_positive, params.seed, params.null
        options["classes"] = Classes(params.classes, *chosen)
    scatter(pairs, metrics, output.scatter, **options)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
