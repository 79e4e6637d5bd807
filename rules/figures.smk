# Figures, as PNG for screens and as PDF for print. A job draws all figures that share
# their tables, since it starts more slowly than it draws.


rule draw_benchmark:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        waterfall="results/{dataset}/{protocol}/waterfall.tsv",
        metrics="results/{dataset}/{protocol}/metrics.tsv",
        curves="results/{dataset}/{protocol}/curves.tsv",
        parts="results/{dataset}/{protocol}/parts.tsv",
        conclusion="results/{dataset}/{protocol}/conclusion.tsv",
        controls="results/{dataset}/{protocol}/controls.tsv",
    output:
        **get_benchmark_outputs(BENCHMARK_FIGURES),
    log:
        "results/logs/draw_benchmark/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/draw_benchmark/{dataset}.{protocol}.tsv"
    wildcard_constraints:
        dataset=one_of({*DATASETS} - {*CLASSIFIED}),
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs"),
    params:
        code=code_digest("figures/draw_benchmark.py"),
        classes=get_classes,
    script:
        "../scripts/figures/draw_benchmark.py"


# With classes, precision and recall are drawn too.
use rule draw_benchmark as draw_classified_benchmark with:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        annotations=lambda wildcards: get_prepared(
            wildcards, "annotations.{window_bp}bp.parquet"
        ),
        waterfall="results/{dataset}/{protocol}/waterfall.tsv",
        metrics="results/{dataset}/{protocol}/metrics.tsv",
        curves="results/{dataset}/{protocol}/curves.tsv",
        parts="results/{dataset}/{protocol}/parts.tsv",
        conclusion="results/{dataset}/{protocol}/conclusion.tsv",
        controls="results/{dataset}/{protocol}/controls.tsv",
    output:
        **get_benchmark_outputs(BENCHMARK_FIGURES | CLASS_FIGURES),
    wildcard_constraints:
        dataset=one_of(CLASSIFIED),
    params:
        code=code_digest("figures/draw_benchmark.py"),
        classes=get_classes,
        null=get_null,
        negatives_per_positive=config["statistics"]["negatives_per_positive"],
        seed=config["statistics"]["seed"],


rule draw_dataset:
    input:
        gates="results/{dataset}/gates.tsv",
        sweep="results/sweep.tsv",
    output:
        **get_dataset_outputs(DATASET_FIGURES),
    log:
        "results/logs/draw_dataset/{dataset}.log",
    benchmark:
        "results/benchmarks/draw_dataset/{dataset}.tsv"
    wildcard_constraints:
        dataset=one_of({*DATASETS} - {*LADDER_DATASETS}),
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_dataset.py"),
    script:
        "../scripts/figures/draw_dataset.py"


# With its ladder, if it has one.
use rule draw_dataset as draw_dataset_with_ladder with:
    input:
        gates="results/{dataset}/gates.tsv",
        sweep="results/sweep.tsv",
        ladder="results/{dataset}/ladder.tsv",
    output:
        **get_dataset_outputs(DATASET_FIGURES | LADDER_FIGURES),
    wildcard_constraints:
        dataset=one_of(LADDER_DATASETS),


rule draw_tracks:
    input:
        ranking="results/{dataset}/corrected/tracks.tsv",
    output:
        png=report(
            "results/{dataset}/figures/tracks.png",
            caption="../resources/captions/tracks.rst",
            category="Exploratory",
            labels={"dataset": "{dataset}"},
        ),
        pdf="results/{dataset}/figures/tracks.pdf",
    log:
        "results/logs/draw_tracks/{dataset}.log",
    benchmark:
        "results/benchmarks/draw_tracks/{dataset}.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_tracks.py"),
    script:
        "../scripts/figures/draw_tracks.py"


rule draw_run:
    input:
        leaderboard="results/leaderboard.tsv",
        runs="results/runs.tsv",
        cost="results/cost.tsv",
    output:
        leaderboard_png=report(
            "results/figures/leaderboard.png",
            caption="../resources/captions/leaderboard.rst",
            category="Leaderboard",
            labels={"what": "figure"},
        ),
        leaderboard_pdf="results/figures/leaderboard.pdf",
        runs_png=report(
            "results/figures/runs.png",
            caption="../resources/captions/runs.rst",
            category="Comparison with other runs",
            labels={"what": "figure"},
        ),
        runs_pdf="results/figures/runs.pdf",
        cost_png=report(
            "results/figures/cost.png",
            caption="../resources/captions/cost.rst",
            category="Cost",
            labels={"what": "figure"},
        ),
        cost_pdf="results/figures/cost.pdf",
    log:
        "results/logs/draw_run.log",
    benchmark:
        "results/benchmarks/draw_run.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_run.py"),
    script:
        "../scripts/figures/draw_run.py"
