"""Rules that draw benchmarks, run one by one on small inputs."""

from drawings import gates_of as gates_frame
from drawings import waterfall_of
from endobench.core.columns import (
    ANNOTATIONS,
    CONCLUSIONS,
    CONTROLS,
    CURVES,
    METRICS,
    PAIRS,
    PARTS,
    WATERFALL,
)
from endobench.core.tables import read_tsv, write_table, write_tsv
from endobench.evaluate.conclusion import conclude
from endobench.evaluate.curves import curves
from endobench.evaluate.measure import measure
from endobench.evaluate.summary import SUMMARY
from endobench.gates.parts import parts_of_benchmark
from endobench.genome.bed import write_bed
from frames import benchmark, blocks_of, choices_of
from one_rule import (
    check_drawn,
    run,
)

CONFIG = ("--configfile", "small.yaml")
FIGURES = ("scatter", "waterfall", "strata", "sign_agreement", "calibration")
FIGURES += ("baselines", "parts", "abstention")


def test_a_benchmark_with_classes_has_precision_and_recall_too(folder):
    pairs, annotations = benchmark(n_features=300, per_feature=1)
    pairs = pairs.assign(model="standin/x")
    results = folder / "results/demo_dsqtls/corrected"
    write_table(pairs, results / "pairs.parquet", PAIRS)
    write_table(annotations, results / "annotations.16384bp.parquet", ANNOTATIONS)
    # The classes are those of the config.
    choices = choices_of(classes=["p_value", 1e-4, 0.5])
    names = {"dataset": "demo_dsqtls", "protocol": "corrected"}
    metrics, _ = measure(pairs, annotations, blocks_of(), choices, **names)
    write_tsv(metrics, results / "metrics.tsv", METRICS)
    points = curves(pairs, blocks_of(), choices, negatives_per_positive=1, **names)
    write_tsv(points, results / "curves.tsv", CURVES)
    gates = gates_frame(["corrected"]).assign(verdict="pass")
    concluded = conclude(metrics, gates)
    write_tsv(concluded.conclusions, results / "conclusion.tsv", CONCLUSIONS)
    write_tsv(concluded.controls, results / "controls.tsv", CONTROLS)
    intervals = folder / "results/intervals"
    intervals.mkdir(parents=True)
    write_bed(blocks_of(), intervals / "demo_ld_blocks.lifted.bed")
    waterfall = waterfall_of(4, "standin/x").assign(**names)
    write_tsv(waterfall, results / "waterfall.tsv", WATERFALL)
    parts = parts_of_benchmark(pairs).assign(**names, model="standin/x")
    write_tsv(parts, results / "parts.tsv", PARTS)
    names = (*FIGURES, "precision_recall")
    figures = [f"results/demo_dsqtls/corrected/figures/{name}.png" for name in names]
    run(folder, "draw_classified_benchmark", *figures)
    check_drawn(folder, *figures)


def test_a_benchmark_has_its_figures_and_its_row_in_the_summary(measured):
    figures = [f"results/demo/corrected/figures/{name}.png" for name in FIGURES]
    rules = "draw_benchmark summarise"
    run(measured, rules, *figures, "results/summary.tsv", *CONFIG)
    check_drawn(measured, *figures)
    summary = read_tsv(measured / "results/summary.tsv", SUMMARY)
    row = summary.set_index("stratum").loc["all_pairs"]
    assert (row["dataset"], row["model"], row["n_pairs"]) == ("demo", "standin/x", 120)
    metrics = read_tsv(measured / "results/demo/corrected/metrics.tsv", METRICS)
    asked = metrics.query("task == 'signed' and predictor == 'model'")
    rho = asked.query("stratum == 'all_pairs' and metric == 'spearman'")["value"].item()
    assert row["spearman"] == rho
