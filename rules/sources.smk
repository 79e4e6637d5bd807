# Inputs: fetched, verified, and read as tables of effects and of scores.


rule fetch:
    input:
        source=get_fetch_input,
    output:
        file="resources/downloads/{source}",
        record="resources/downloads/{source}.json",
    log:
        "results/logs/fetch/{source}.log",
    benchmark:
        "results/benchmarks/fetch/{source}.tsv"
    conda:
        "../envs/fetch.yaml"
    resources:
        runtime=sized(240),
    params:
        code=code_digest("sources/fetch.py"),
        location=lambda wildcards: SHEET[wildcards.source]["location"],
        stamp=lambda wildcards: get_stamp(wildcards.source),
        member=lambda wildcards: get_member(wildcards.source),
        sha256=lambda wildcards: SHEET[wildcards.source].get("sha256", ""),
        md5=lambda wildcards: SHEET[wildcards.source].get("md5", ""),
        bytes=lambda wildcards: SHEET[wildcards.source].get("bytes", ""),
        is_own=lambda wildcards: wildcards.source in config["local"],
        build=lambda wildcards: SHEET[wildcards.source]["build"],
        lifts_to=lambda wildcards: (
            ASSEMBLY if SHEET[wildcards.source]["kind"] == "chain" else ""
        ),
        licence=lambda wildcards: SHEET[wildcards.source]["licence"],
    script:
        "../scripts/sources/fetch.py"


rule read_effects:
    input:
        table=lambda wildcards: get_source(DATASETS[wildcards.dataset]["effects"]),
        chain=lambda wildcards: get_table_chain(DATASETS[wildcards.dataset]["effects"]),
        genome=lambda wildcards: get_table_genome(
            DATASETS[wildcards.dataset]["effects"]
        ),
        alleles=lambda wildcards: get_source(
            get_partner(DATASETS[wildcards.dataset]["effects"], "alleles")
        ),
        joined=lambda wildcards: get_source(
            get_partner(DATASETS[wildcards.dataset]["effects"], "effects_from")
        ),
    output:
        variants="results/{dataset}/{protocol}/variants.parquet",
        effects="results/{dataset}/{protocol}/effects.parquet",
        dropped="results/{dataset}/{protocol}/dropped/variants.parquet",
    log:
        "results/logs/read_effects/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/read_effects/{dataset}.{protocol}.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 20, "table", "joined"),
        runtime=sized(30, 1, "table"),
    params:
        code=code_digest("sources/read_effects.py"),
        source=lambda wildcards: get_source_description(
            DATASETS[wildcards.dataset]["effects"]
        ),
        alleles_build=lambda wildcards: get_partner_build(
            DATASETS[wildcards.dataset]["effects"]
        ),
        joined=lambda wildcards: get_source_description(
            get_partner(DATASETS[wildcards.dataset]["effects"], "effects_from")
        ),
        effect_column=lambda wildcards: get_protocol(wildcards).effect_column,
        max_q_value=lambda wildcards: DATASETS[wildcards.dataset]["max_q_value"],
        chromosomes=CHROMOSOMES,
    script:
        "../scripts/sources/read_effects.py"


# The table that the effects of a dataset were taken from.
use rule read_effects as read_original with:
    input:
        table=lambda wildcards: get_source(wildcards.table),
        chain=lambda wildcards: get_table_chain(wildcards.table),
        genome=lambda wildcards: get_table_genome(wildcards.table),
        alleles=lambda wildcards: get_source(get_partner(wildcards.table, "alleles")),
        joined=lambda wildcards: get_source(
            get_partner(wildcards.table, "effects_from")
        ),
    output:
        variants="results/originals/{table}.variants.parquet",
        effects="results/originals/{table}.effects.parquet",
        dropped="results/originals/{table}.dropped.parquet",
    log:
        "results/logs/read_original/{table}.log",
    benchmark:
        "results/benchmarks/read_original/{table}.tsv"
    params:
        code=code_digest("sources/read_effects.py"),
        source=lambda wildcards: get_source_description(wildcards.table),
        alleles_build=lambda wildcards: get_partner_build(wildcards.table),
        joined=lambda wildcards: get_source_description(
            get_partner(wildcards.table, "effects_from")
        ),
        effect_column="effect",
        max_q_value=None,
        chromosomes=CHROMOSOMES,


# Scores of any model, and effects from another assay as a positive control.
rule read_scores:
    input:
        table=lambda wildcards: get_source(wildcards.table),
        chain=lambda wildcards: get_table_chain(wildcards.table),
        genome=get_genome(),
        alleles=lambda wildcards: get_source(get_partner(wildcards.table, "alleles")),
        joined=lambda wildcards: get_source(
            get_partner(wildcards.table, "effects_from")
        ),
    output:
        table="results/tables/{table}.parquet",
        dropped="results/tables/{table}.dropped.tsv",
        losses="results/tables/{table}.losses.tsv",
    log:
        "results/logs/read_scores/{table}.log",
    benchmark:
        "results/benchmarks/read_scores/{table}.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 60, "table", "joined"),
    params:
        code=code_digest("sources/read_scores.py"),
        source=lambda wildcards: get_source_description(wildcards.table),
        alleles_build=lambda wildcards: get_partner_build(wildcards.table),
        joined=lambda wildcards: get_source_description(
            get_partner(wildcards.table, "effects_from")
        ),
        null=lambda wildcards: UNITS[get_unit(wildcards.table)].null,
        max_unharmonised=config["gates"]["unoriented"]["fail"],
        name=lambda wildcards: wildcards.table,
        by_feature=False,
    script:
        "../scripts/sources/read_scores.py"


# The effects of another cohort, which has an effect of a variant for each feature.
use rule read_scores as read_replicate with:
    output:
        table="results/replicates/{table}.parquet",
        dropped="results/replicates/{table}.dropped.tsv",
        losses="results/replicates/{table}.losses.tsv",
    log:
        "results/logs/read_replicate/{table}.log",
    benchmark:
        "results/benchmarks/read_replicate/{table}.tsv"
    params:
        code=code_digest("sources/read_scores.py"),
        source=lambda wildcards: get_source_description(wildcards.table),
        alleles_build=lambda wildcards: get_partner_build(wildcards.table),
        joined=lambda wildcards: get_source_description(
            get_partner(wildcards.table, "effects_from")
        ),
        null=lambda wildcards: UNITS[get_unit(wildcards.table)].null,
        max_unharmonised=config["gates"]["unoriented"]["fail"],
        name=lambda wildcards: f"{wildcards.table}, by feature",
        by_feature=True,
