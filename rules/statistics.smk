# The one join of measured and predicted, the account of all rows, and the metrics.


rule merge:
    input:
        effects=lambda wildcards: get_prepared(wildcards, "effects.parquet"),
        shards=lambda wildcards: get_prepared(
            wildcards, "shards/{window_bp}bp/{chrom}.parquet"
        ),
        answers=lambda wildcards: get_answers(wildcards, "parquet"),
        failures=lambda wildcards: get_answers(wildcards, "failures.tsv"),
        tracks=get_selected_tracks,
        mismatched=get_mismatched_tracks,
        dropped=lambda wildcards: [
            path
            for stage in ("variants", "peaks", "sequences.{window_bp}bp")
            for path in get_prepared(wildcards, f"dropped/{stage}.parquet")
        ],
    output:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        pairs_tsv="results/{dataset}/{protocol}/pairs.tsv.gz",
        dropped="results/{dataset}/{protocol}/dropped.tsv.gz",
        failures="results/{dataset}/{protocol}/failures.tsv",
        waterfall="results/{dataset}/{protocol}/waterfall.tsv",
    log:
        "results/logs/merge/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/merge/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 25, "effects", "dropped", "answers"),
    params:
        code=code_digest("merge.py"),
        track_set=lambda wildcards: PROTOCOLS[wildcards.protocol].track_set,
        reduction=get_reduction,
        scorer=lambda wildcards: PROTOCOLS[wildcards.protocol].scorer,
    script:
        "../scripts/merge.py"


rule describe_variants:
    input:
        shards=expand(
            "results/{{dataset}}/{{protocol}}/shards/{{window_bp}}bp/{chrom}.parquet",
            chrom=CHROMOSOMES,
        ),
        genome=get_genome(),
        folds=get_lifted(config["folds"]),
    output:
        features="results/{dataset}/{protocol}/features.{window_bp}bp.parquet",
    log:
        "results/logs/describe_variants/{dataset}.{protocol}.{window_bp}bp.log",
    benchmark:
        "results/benchmarks/describe_variants/{dataset}.{protocol}.{window_bp}bp.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 60, "shards"),
    params:
        code=code_digest("describe_variants.py"),
    script:
        "../scripts/describe_variants.py"


# The positive control: what another assay measured of the same variants takes the place
# of the scores, on the way that the scores take.
rule join_control:
    input:
        effects=lambda wildcards: get_prepared(wildcards, "effects.parquet"),
        variants=lambda wildcards: get_prepared(wildcards, "variants.parquet"),
        control=get_control,
    output:
        control="results/{dataset}/{protocol}/control.parquet",
    log:
        "results/logs/join_control/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/join_control/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 40, "effects", "variants", "control"),
    params:
        code=code_digest("join_control.py"),
        name=lambda wildcards: DATASETS[wildcards.dataset]["control"],
    script:
        "../scripts/join_control.py"


rule measure:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        features=lambda wildcards: get_prepared(
            wildcards, "features.{window_bp}bp.parquet"
        ),
        control=get_control_pairs,
        ld_blocks=get_lifted(config["ld_blocks"]),
        gates=lambda wildcards: get_verdicts(wildcards.dataset, [wildcards.protocol]),
    output:
        metrics="results/{dataset}/{protocol}/metrics.tsv",
        differences="results/{dataset}/{protocol}/differences.tsv",
        verdict="results/{dataset}/{protocol}/verdict.tsv",
    log:
        "results/logs/measure/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/measure/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 80, "pairs", "control"),
        runtime=sized(60, 20, "pairs"),
    params:
        code=code_digest("measure.py"),
        is_enforced=lambda wildcards: PROTOCOLS[wildcards.protocol].correct,
        is_primary=lambda wildcards: wildcards.protocol == "corrected",
        model_version=config["model_version"],
        null=get_null,
        is_signed=is_signed,
        published=get_published,
        classes=get_classes,
        statistics=config["statistics"],
    script:
        "../scripts/measure.py"


# Signs by the size of effects, and what is measured by the score.
rule measure_curves:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        ld_blocks=get_lifted(config["ld_blocks"]),
    output:
        curves="results/{dataset}/{protocol}/curves.tsv",
    log:
        "results/logs/measure_curves/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/measure_curves/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs"),
    params:
        code=code_digest("measure_curves.py"),
        null=get_null,
        is_signed=is_signed,
        classes=get_classes,
        negatives_per_positive=config["statistics"]["negatives_per_positive"],
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/measure_curves.py"


# Every single track of the model: an exploration, which costs no call.
rule rank_tracks:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        answers=lambda wildcards: get_answers(wildcards, "parquet"),
        tracks=get_tracks(),
        selected=get_selected_tracks,
        ld_blocks=get_lifted(config["ld_blocks"]),
    output:
        ranking="results/{dataset}/{protocol}/tracks.tsv",
    log:
        "results/logs/rank_tracks/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/rank_tracks/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs", "answers"),
        runtime=sized(60, 1, "answers"),
    params:
        code=code_digest("rank_tracks.py"),
        scorer=lambda wildcards: PROTOCOLS[wildcards.protocol].scorer,
        null=get_null,
        classes=get_classes,
        is_signed=is_signed,
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/rank_tracks.py"


# Differences on the same pairs: further scorers and sets of tracks against the primary.
rule compare_protocols:
    input:
        pairs=expand(
            "results/{{dataset}}/{protocol}/pairs.parquet", protocol=BENCHMARKS
        ),
        ld_blocks=get_lifted(config["ld_blocks"]),
        within=expand(
            "results/{{dataset}}/{protocol}/differences.tsv", protocol=BENCHMARKS
        ),
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
        code=code_digest("compare_protocols.py"),
        protocols=BENCHMARKS,
        null=get_null,
        is_signed=is_signed,
        classes=get_classes,
        effect_cutoffs=config["statistics"]["effect_cutoffs"],
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/compare_protocols.py"


rule climb_ladder:
    input:
        pairs=expand("results/{{dataset}}/{protocol}/pairs.parquet", protocol=LADDER),
        verdicts=expand(
            "results/{{dataset}}/{protocol}/verdict.tsv",
            protocol=["published", "corrected"],
        ),
        ld_blocks=get_lifted(config["ld_blocks"]),
    output:
        ladder="results/{dataset}/ladder.tsv",
    log:
        "results/logs/climb_ladder/{dataset}.log",
    benchmark:
        "results/benchmarks/climb_ladder/{dataset}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs"),
        runtime=sized(60, 5, "pairs"),
    params:
        code=code_digest("climb_ladder.py"),
        protocols=LADDER,
        null=get_null,
        classes=get_classes,
        n_resamples=get_few_resamples(),
        seed=config["statistics"]["seed"],
    script:
        "../scripts/climb_ladder.py"
