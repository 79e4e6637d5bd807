# What a run amounts to: one line per benchmark, and where everything came from.


rule summarise:
    input:
        metrics=get_benchmarks("results/{dataset}/{protocol}/metrics.tsv"),
        waterfall=get_benchmarks("results/{dataset}/{protocol}/waterfall.tsv"),
        verdicts=get_benchmarks("results/{dataset}/{protocol}/verdict.tsv"),
    output:
        summary=report(
            "results/summary.tsv",
            caption="../resources/captions/summary.rst",
            category="Agreement",
        ),
    log:
        "results/logs/summarise.log",
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("summarise.py"),
    script:
        "../scripts/summarise.py"


rule gather_sweep:
    input:
        metrics=get_benchmarks("results/{dataset}/{protocol}/metrics.tsv"),
        differences=expand("results/{dataset}/differences.tsv", dataset=DATASETS),
    output:
        sweep=report(
            "results/sweep.tsv",
            caption="../resources/captions/sweep.rst",
            category="Agreement",
        ),
    log:
        "results/logs/gather_sweep.log",
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("gather_sweep.py"),
    script:
        "../scripts/gather_sweep.py"


rule write_manifest:
    input:
        summary="results/summary.tsv",
        waterfall=get_benchmarks("results/{dataset}/{protocol}/waterfall.tsv"),
        records=get_fetched(),
        tracks=get_tracks(),
    output:
        manifest="results/manifest.json",
    log:
        "results/logs/write_manifest.log",
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("write_manifest.py"),
        config=config,
    script:
        "../scripts/write_manifest.py"
