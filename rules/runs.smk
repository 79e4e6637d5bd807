# What a run took, and other runs beside it.


# What jobs took is in `results/benchmarks`, on which Snakemake would have to make every
# job again where one is missing. So this runs last, and reads what is there.
rule gather_cost:
    input:
        results=get_results(),
        budgets=get_asked("results/budget/{scoring}.tsv"),
        answers=get_asked("results/scores/{scoring}/{chrom}.parquet"),
        failures=get_asked("results/scores/{scoring}/{chrom}.failures.tsv"),
    output:
        cost=report(
            "results/cost.tsv",
            caption="../resources/captions/cost.rst",
            category="Cost",
            labels={"what": "table"},
        ),
    log:
        "results/logs/gather_cost.log",
    benchmark:
        "results/benchmarks/gather_cost.tsv"
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("gather_cost.py"),
        benchmarks="results/benchmarks",
    script:
        "../scripts/gather_cost.py"


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
        code=code_digest("draw_cost.py"),
    script:
        "../scripts/draw_cost.py"


rule compare_runs:
    input:
        summary="results/summary.tsv",
        summaries=[f"{folder}/summary.tsv" for folder in OTHER_RUNS.values()],
        pairs=get_shared_pairs(),
        ld_blocks=get_lifted(config["ld_blocks"]),
    output:
        runs=report(
            "results/runs.tsv",
            caption="../resources/captions/runs.rst",
            category="Several runs",
            labels={"what": "table"},
        ),
    log:
        "results/logs/compare_runs.log",
    benchmark:
        "results/benchmarks/compare_runs.tsv"
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("compare_runs.py"),
        names=list(OTHER_RUNS),
        datasets={
            name: {"null": get_null_of(name), "classes": get_classes_of(name)}
            for name in DATASETS
        },
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/compare_runs.py"


rule draw_runs:
    input:
        runs="results/runs.tsv",
    output:
        png=report(
            "results/figures/runs.png",
            caption="../resources/captions/runs.rst",
            category="Several runs",
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
        code=code_digest("draw_runs.py"),
    script:
        "../scripts/draw_runs.py"
