# Metrics, curves and conclusions of benchmarks, the ladder, and comparisons of runs.


# Every metric, the conclusion, and the curves: sign agreement by the size of effects, and
# calibration by score.
rule measure:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        annotations=lambda wildcards: get_prepared(
            wildcards, "annotations.{window_bp}bp.parquet"
        ),
        control=get_control_pairs,
        replicates=get_replicates,
        ld_blocks=get_lifted(config["ld_blocks"]),
        gates=lambda wildcards: get_verdicts(wildcards.dataset, [wildcards.protocol]),
    output:
        metrics="results/{dataset}/{protocol}/metrics.tsv",
        differences="results/{dataset}/{protocol}/differences.tsv",
        conclusion="results/{dataset}/{protocol}/conclusion.tsv",
        controls="results/{dataset}/{protocol}/controls.tsv",
        curves="results/{dataset}/{protocol}/curves.tsv",
    log:
        "results/logs/measure/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/measure/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    threads: get_threads("pairs")
    resources:
        mem_mb=sized(1000, 80, "pairs", "control"),
        runtime=sized(60, 20, "pairs"),
    params:
        code=code_digest("evaluate/measure.py"),
        is_enforced=lambda wildcards: get_protocol(wildcards).correct,
        is_primary=lambda wildcards: wildcards.protocol == "corrected",
        model_version=lambda wildcards: get_config_of(wildcards.protocol)[
            "model_version"
        ],
        null=get_null,
        is_signed=has_signed_task,
        published=get_published,
        classes=get_classes,
        control=get_named_control,
        statistics=config["statistics"],
        n_resamples_of_curves=get_few_resamples(),
    script:
        "../scripts/evaluate/measure.py"


# Every single track of the model: an exploration that needs no further calls.
rule rank_tracks:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        answers=lambda wildcards: get_answers(wildcards, "parquet"),
        tracks=get_tracks_of,
        selected=get_selected_tracks,
        ld_blocks=get_lifted(config["ld_blocks"]),
    output:
        ranking="results/{dataset}/{protocol}/tracks.tsv",
        rank="results/{dataset}/{protocol}/tissue_rank.tsv",
    log:
        "results/logs/rank_tracks/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/rank_tracks/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 250, "pairs"),
        runtime=sized(60, 20, "pairs"),
    params:
        code=code_digest("evaluate/rank_tracks.py"),
        scorer=lambda wildcards: get_protocol(wildcards).scorer,
        null=get_null,
        classes=get_classes,
        is_signed=has_signed_task,
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/evaluate/rank_tracks.py"


# Other protocols, scorers, windows and track sets compared with the primary benchmark, on
# the pairs that both include.
rule compare_protocols:
    input:
        pairs=lambda wildcards: get_own_files_of(wildcards.dataset, "pairs.parquet"),
        ld_blocks=get_lifted(config["ld_blocks"]),
        within=lambda wildcards: get_files_of(wildcards.dataset, "differences.tsv"),
        windows=get_windows_of_primary,
    output:
        differences="results/{dataset}/differences.tsv",
    log:
        "results/logs/compare_protocols/{dataset}.log",
    benchmark:
        "results/benchmarks/compare_protocols/{dataset}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs"),
        runtime=sized(60, 5, "pairs"),
    params:
        code=code_digest("evaluate/compare_protocols.py"),
        protocols=lambda wildcards: get_own_benchmarks_of(wildcards.dataset),
        null=get_null,
        is_signed=is_signed,
        classes=get_classes,
        effect_cutoffs=config["statistics"]["effect_cutoffs"],
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/evaluate/compare_protocols.py"


rule climb_ladder:
    input:
        pairs=expand("results/{{dataset}}/{protocol}/pairs.parquet", protocol=LADDER),
        conclusions=expand(
            "results/{{dataset}}/{protocol}/conclusion.tsv",
            protocol=["published", "corrected"],
        ),
        ld_blocks=get_lifted(config["ld_blocks"]),
    output:
        ladder="results/{dataset}/ladder.tsv",
        sums="results/{dataset}/ladder_sums.tsv",
    log:
        "results/logs/climb_ladder/{dataset}.log",
    benchmark:
        "results/benchmarks/climb_ladder/{dataset}.tsv"
    wildcard_constraints:
        dataset=one_of(LADDER_DATASETS),
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs"),
        runtime=sized(60, 5, "pairs"),
    params:
        code=code_digest("evaluate/climb_ladder.py"),
        protocols=LADDER,
        null=get_null,
        classes=get_classes,
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/evaluate/climb_ladder.py"


# What the pairs of a benchmark say about explanations of a null result.
rule try_explanations:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        control=get_accessibility,
        replicates=get_replicates,
        windows=get_sampled_windows,
        ld_blocks=get_lifted(config["ld_blocks"]),
    output:
        tests="results/{dataset}/{protocol}/explanation_tests.tsv",
    log:
        "results/logs/try_explanations/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/try_explanations/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs"),
        runtime=sized(60, 5, "pairs"),
    params:
        code=code_digest("evaluate/try_explanations.py"),
        null=get_null,
        is_signed=has_signed_task,
        classes=get_classes,
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/evaluate/try_explanations.py"


rule explain:
    input:
        metrics=get_own_benchmarks("results/{dataset}/{protocol}/metrics.tsv"),
        differences=expand("results/{dataset}/differences.tsv", dataset=DATASETS),
        ladder=expand("results/{dataset}/ladder.tsv", dataset=LADDER_DATASETS),
        tests=get_explanation_tests(),
        conclusions=get_own_benchmarks("results/{dataset}/{protocol}/conclusion.tsv"),
        controls=get_own_benchmarks("results/{dataset}/{protocol}/controls.tsv"),
        index=get_genome()[1:],
    output:
        explanations=report(
            "results/explanations.tsv",
            caption="../resources/captions/explanations.rst",
            category="Explanations",
        ),
    log:
        "results/logs/explain.log",
    benchmark:
        "results/benchmarks/explain.tsv"
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("evaluate/explain.py"),
        main={dataset: get_main_benchmark(dataset) for dataset in DATASETS},
        of_genes=[dataset for dataset in DATASETS if has_genes(dataset)],
        chromosomes=CHROMOSOMES,
    script:
        "../scripts/evaluate/explain.py"


rule summarise:
    input:
        metrics=get_benchmarks("results/{dataset}/{protocol}/metrics.tsv"),
        waterfall=get_benchmarks("results/{dataset}/{protocol}/waterfall.tsv"),
        conclusions=get_benchmarks("results/{dataset}/{protocol}/conclusion.tsv"),
    output:
        summary=report(
            "results/summary.tsv",
            caption="../resources/captions/summary.rst",
            category="Agreement",
            # Snakemake shows labels only where all results of a category have them.
            labels={"dataset": "all", "figure": "table of conclusions"},
        ),
    log:
        "results/logs/summarise.log",
    benchmark:
        "results/benchmarks/summarise.tsv"
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("evaluate/summarise.py"),
        # Snakemake does not see another order of the inputs, which is that of the rows.
        benchmarks=get_benchmarks("{dataset}/{protocol}"),
    script:
        "../scripts/evaluate/summarise.py"


rule gather_sweep:
    input:
        metrics=get_own_benchmarks("results/{dataset}/{protocol}/metrics.tsv"),
        differences=expand("results/{dataset}/differences.tsv", dataset=DATASETS),
    output:
        sweep=report(
            "results/sweep.tsv",
            caption="../resources/captions/sweep.rst",
            category="Agreement",
            labels={"dataset": "all", "figure": "table of all benchmarks"},
        ),
    log:
        "results/logs/gather_sweep.log",
    benchmark:
        "results/benchmarks/gather_sweep.tsv"
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("evaluate/gather_sweep.py"),
        # Snakemake does not see another order of the inputs, which is that of the rows.
        benchmarks=get_own_benchmarks("{dataset}/{protocol}"),
    script:
        "../scripts/evaluate/gather_sweep.py"


# Several models, and datasets with the same effects and other scores.
rule rank_models:
    input:
        metrics=get_entry_files("metrics.tsv"),
        conclusions=get_entry_files("conclusion.tsv"),
        pairs=[f"results/{d}/{p}/pairs.parquet" for d, p in get_places_compared()],
        ld_blocks=get_lifted(config["ld_blocks"]),
    output:
        leaderboard=report(
            "results/leaderboard.tsv",
            caption="../resources/captions/leaderboard.rst",
            category="Leaderboard",
            labels={"what": "table"},
        ),
        differences="results/model_differences.tsv",
    log:
        "results/logs/rank_models.log",
    benchmark:
        "results/benchmarks/rank_models.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs"),
        runtime=sized(60, 5, "pairs"),
    params:
        code=code_digest("evaluate/rank_models.py"),
        entries=ENTRIES,
        compared=get_places_compared(),
        published=get_all_published(),
        datasets=get_options_by_dataset(),
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/evaluate/rank_models.py"


rule compare_runs:
    input:
        summary="results/summary.tsv",
        summaries=get_summaries(),
        pairs=get_shared_pairs(),
        ld_blocks=get_lifted(config["ld_blocks"]),
    output:
        runs=report(
            "results/runs.tsv",
            caption="../resources/captions/runs.rst",
            category="Comparison with other runs",
            labels={"what": "table"},
        ),
    log:
        "results/logs/compare_runs.log",
    benchmark:
        "results/benchmarks/compare_runs.tsv"
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("evaluate/compare_runs.py"),
        names=list(OTHER_RUNS),
        datasets=get_options_by_dataset(),
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/evaluate/compare_runs.py"
