# Tables of measured effects: unique variants, and effects per variant-feature pair.


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
        code=code_digest("read_effects.py"),
        source=lambda wildcards: get_source_description(
            DATASETS[wildcards.dataset]["effects"]
        ),
        alleles_build=lambda wildcards: get_partner_build(
            DATASETS[wildcards.dataset]["effects"]
        ),
        joined=lambda wildcards: get_source_description(
            get_partner(DATASETS[wildcards.dataset]["effects"], "effects_from")
        ),
        effect_column=lambda wildcards: PROTOCOLS[wildcards.protocol].effect_column,
        max_q_value=lambda wildcards: DATASETS[wildcards.dataset]["max_q_value"],
        chromosomes=CHROMOSOMES,
    script:
        "../scripts/read_effects.py"
