# Figures, as PNG for screens and as PDF for print.


rule draw_scatter:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        metrics="results/{dataset}/{protocol}/metrics.tsv",
        conclusion="results/{dataset}/{protocol}/conclusion.tsv",
    output:
        png=report(
            "results/{dataset}/{protocol}/figures/scatter.png",
            caption="../resources/captions/scatter.rst",
            category="Agreement",
            labels={
                "dataset": "{dataset}",
                "protocol": "{protocol}",
                "figure": "measured against predicted effects",
            },
        ),
        pdf="results/{dataset}/{protocol}/figures/scatter.pdf",
    log:
        "results/logs/draw_scatter/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/draw_scatter/{dataset}.{protocol}.tsv"
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs"),
    params:
        code=code_digest("figures/draw_scatter.py"),
        classes=get_classes,
    script:
        "../scripts/figures/draw_scatter.py"


rule draw_waterfall:
    input:
        waterfall="results/{dataset}/{protocol}/waterfall.tsv",
    output:
        png=report(
            "results/{dataset}/{protocol}/figures/waterfall.png",
            caption="../resources/captions/waterfall.rst",
            category="Pairs kept and dropped",
            labels={"dataset": "{dataset}", "protocol": "{protocol}"},
        ),
        pdf="results/{dataset}/{protocol}/figures/waterfall.pdf",
    log:
        "results/logs/draw_waterfall/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/draw_waterfall/{dataset}.{protocol}.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_waterfall.py"),
    script:
        "../scripts/figures/draw_waterfall.py"


rule draw_gates:
    input:
        gates="results/{dataset}/gates.tsv",
    output:
        png=report(
            "results/{dataset}/figures/gates.png",
            caption="../resources/captions/gates.rst",
            category="Gates",
            labels={"dataset": "{dataset}"},
        ),
        pdf="results/{dataset}/figures/gates.pdf",
    log:
        "results/logs/draw_gates/{dataset}.log",
    benchmark:
        "results/benchmarks/draw_gates/{dataset}.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_gates.py"),
    script:
        "../scripts/figures/draw_gates.py"


rule draw_ladder:
    input:
        ladder="results/{dataset}/ladder.tsv",
    output:
        png=report(
            "results/{dataset}/figures/ladder.png",
            caption="../resources/captions/ladder.rst",
            category="Ablation of the published protocol",
            labels={"dataset": "{dataset}"},
        ),
        pdf="results/{dataset}/figures/ladder.pdf",
    log:
        "results/logs/draw_ladder/{dataset}.log",
    benchmark:
        "results/benchmarks/draw_ladder/{dataset}.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_ladder.py"),
    script:
        "../scripts/figures/draw_ladder.py"


rule draw_precision_recall:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        annotations=lambda wildcards: get_prepared(
            wildcards, "annotations.{window_bp}bp.parquet"
        ),
        metrics="results/{dataset}/{protocol}/metrics.tsv",
        conclusion="results/{dataset}/{protocol}/conclusion.tsv",
    output:
        png=report(
            "results/{dataset}/{protocol}/figures/precision_recall.png",
            caption="../resources/captions/precision_recall.rst",
            category="Agreement",
            labels={
                "dataset": "{dataset}",
                "protocol": "{protocol}",
                "figure": "precision and recall",
            },
        ),
        pdf="results/{dataset}/{protocol}/figures/precision_recall.pdf",
    log:
        "results/logs/draw_precision_recall/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/draw_precision_recall/{dataset}.{protocol}.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_precision_recall.py"),
        classes=get_classes,
        null=get_null,
        negatives_per_positive=config["statistics"]["negatives_per_positive"],
        seed=config["statistics"]["seed"],
    script:
        "../scripts/figures/draw_precision_recall.py"


rule draw_curves:
    input:
        curves="results/{dataset}/{protocol}/curves.tsv",
        conclusion="results/{dataset}/{protocol}/conclusion.tsv",
    output:
        sign_agreement_png=report(
            "results/{dataset}/{protocol}/figures/sign_agreement.png",
            caption="../resources/captions/sign_agreement.rst",
            category="Agreement",
            labels={
                "dataset": "{dataset}",
                "protocol": "{protocol}",
                "figure": "sign agreement by effect size",
            },
        ),
        sign_agreement_pdf="results/{dataset}/{protocol}/figures/sign_agreement.pdf",
        calibration_png=report(
            "results/{dataset}/{protocol}/figures/calibration.png",
            caption="../resources/captions/calibration.rst",
            category="Agreement",
            labels={
                "dataset": "{dataset}",
                "protocol": "{protocol}",
                "figure": "calibration",
            },
        ),
        calibration_pdf="results/{dataset}/{protocol}/figures/calibration.pdf",
    log:
        "results/logs/draw_curves/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/draw_curves/{dataset}.{protocol}.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_curves.py"),
    script:
        "../scripts/figures/draw_curves.py"


rule draw_baselines:
    input:
        metrics="results/{dataset}/{protocol}/metrics.tsv",
        conclusion="results/{dataset}/{protocol}/conclusion.tsv",
    output:
        png=report(
            "results/{dataset}/{protocol}/figures/baselines.png",
            caption="../resources/captions/baselines.rst",
            category="Agreement",
            labels={
                "dataset": "{dataset}",
                "protocol": "{protocol}",
                "figure": "baselines, nulls and controls",
            },
        ),
        pdf="results/{dataset}/{protocol}/figures/baselines.pdf",
    log:
        "results/logs/draw_baselines/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/draw_baselines/{dataset}.{protocol}.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_baselines.py"),
    script:
        "../scripts/figures/draw_baselines.py"


rule draw_sweep:
    input:
        sweep="results/sweep.tsv",
    output:
        sweep_png=report(
            "results/{dataset}/figures/sweep.png",
            caption="../resources/captions/sweep.rst",
            category="Agreement",
            labels={"dataset": "{dataset}", "figure": "all benchmarks"},
        ),
        sweep_pdf="results/{dataset}/figures/sweep.pdf",
        strata_png=report(
            "results/{dataset}/figures/strata.png",
            caption="../resources/captions/strata_by_size.rst",
            category="Agreement",
            labels={"dataset": "{dataset}", "figure": "agreement by effect size"},
        ),
        strata_pdf="results/{dataset}/figures/strata.pdf",
    log:
        "results/logs/draw_sweep/{dataset}.log",
    benchmark:
        "results/benchmarks/draw_sweep/{dataset}.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_sweep.py"),
    script:
        "../scripts/figures/draw_sweep.py"


rule draw_strata:
    input:
        metrics="results/{dataset}/{protocol}/metrics.tsv",
        conclusion="results/{dataset}/{protocol}/conclusion.tsv",
    output:
        png=report(
            "results/{dataset}/{protocol}/figures/strata.png",
            caption="../resources/captions/strata.rst",
            category="Agreement",
            labels={
                "dataset": "{dataset}",
                "protocol": "{protocol}",
                "figure": "agreement in every stratum",
            },
        ),
        pdf="results/{dataset}/{protocol}/figures/strata.pdf",
    log:
        "results/logs/draw_strata/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/draw_strata/{dataset}.{protocol}.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_strata.py"),
    script:
        "../scripts/figures/draw_strata.py"


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


rule draw_cost:
    input:
        cost="results/cost.tsv",
    output:
        png=report(
            "results/figures/cost.png",
            caption="../resources/captions/cost.rst",
            category="Cost",
            labels={"what": "figure"},
        ),
        pdf="results/figures/cost.pdf",
    log:
        "results/logs/draw_cost.log",
    benchmark:
        "results/benchmarks/draw_cost.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_cost.py"),
    script:
        "../scripts/figures/draw_cost.py"


rule draw_runs:
    input:
        runs="results/runs.tsv",
    output:
        png=report(
            "results/figures/runs.png",
            caption="../resources/captions/runs.rst",
            category="Comparison with other runs",
            labels={"what": "figure"},
        ),
        pdf="results/figures/runs.pdf",
    log:
        "results/logs/draw_runs.log",
    benchmark:
        "results/benchmarks/draw_runs.tsv"
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("figures/draw_runs.py"),
    script:
        "../scripts/figures/draw_runs.py"
