# Figures, for a screen (PNG) and for print (PDF).


rule draw_scatter:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        metrics="results/{dataset}/{protocol}/metrics.tsv",
    output:
        png=report(
            "results/{dataset}/{protocol}/figures/scatter.png",
            caption="../resources/captions/scatter.rst",
            category="Agreement",
            labels={"dataset": "{dataset}", "protocol": "{protocol}"},
        ),
        pdf="results/{dataset}/{protocol}/figures/scatter.pdf",
    log:
        "results/logs/draw_scatter/{dataset}.{protocol}.log",
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("draw_scatter.py"),
    script:
        "../scripts/draw_scatter.py"


rule draw_waterfall:
    input:
        waterfall="results/{dataset}/{protocol}/waterfall.tsv",
    output:
        png=report(
            "results/{dataset}/{protocol}/figures/waterfall.png",
            caption="../resources/captions/waterfall.rst",
            category="Account of all rows",
            labels={"dataset": "{dataset}", "protocol": "{protocol}"},
        ),
        pdf="results/{dataset}/{protocol}/figures/waterfall.pdf",
    log:
        "results/logs/draw_waterfall/{dataset}.{protocol}.log",
    conda:
        "../envs/figures.yaml"
    params:
        code=code_digest("draw_waterfall.py"),
    script:
        "../scripts/draw_waterfall.py"
