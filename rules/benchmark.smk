# A benchmark: measured effects joined with predictions, and an account of all rows.


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
        genes=get_gene_models,
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
        # Of answers, only the pairs and tracks of the benchmark are read.
        mem_mb=sized(1000, 25, "effects", "dropped", shards=350),
    params:
        code=code_digest("benchmark/merge.py"),
        track_set=lambda wildcards: get_protocol(wildcards).track_set,
        reduction=get_reduction,
        scorer=lambda wildcards: get_protocol(wildcards).scorer,
        null=get_null,
        leave_out=get_left_out,
        has_genes=lambda wildcards: has_genes(wildcards.dataset),
    script:
        "../scripts/benchmark/merge.py"


rule annotate_variants:
    input:
        shards=expand(
            "results/{{dataset}}/{{protocol}}/shards/{{window_bp}}bp/{chrom}.parquet",
            chrom=CHROMOSOMES,
        ),
        genome=get_genome(),
        folds=get_lifted(config["folds"]),
    output:
        annotations="results/{dataset}/{protocol}/annotations.{window_bp}bp.parquet",
    log:
        "results/logs/annotate_variants/{dataset}.{protocol}.{window_bp}bp.log",
    benchmark:
        "results/benchmarks/annotate_variants/{dataset}.{protocol}.{window_bp}bp.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 60, "shards"),
    params:
        code=code_digest("benchmark/annotate_variants.py"),
    script:
        "../scripts/benchmark/annotate_variants.py"


# The positive control: measurements of the same variants by another assay take the place
# of the scores. The replicate: the same effects in another cohort. Without either one in
# the config, its table is empty.
rule join_control:
    input:
        effects=lambda wildcards: get_prepared(wildcards, "effects.parquet"),
        variants=lambda wildcards: get_prepared(wildcards, "variants.parquet"),
        control=get_control,
        replicate=get_replicate,
        records=get_records_of_control,
    output:
        control="results/{dataset}/{protocol}/control.parquet",
        replicates="results/{dataset}/{protocol}/replicates.parquet",
    log:
        "results/logs/join_control/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/join_control/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 40, "effects", "variants", "control", "replicate"),
    params:
        code=code_digest("benchmark/join_control.py"),
        name=lambda wildcards: DATASETS[wildcards.dataset]["control"],
        replicate=lambda wildcards: DATASETS[wildcards.dataset]["replicate"],
        null=get_null,
    script:
        "../scripts/benchmark/join_control.py"
