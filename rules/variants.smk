# Tables of measured effects: unique variants, and effects per variant-feature pair.


rule read_effects:
    input:
        table=lambda wildcards: get_source(DATASETS[wildcards.dataset]["effects"]),
        chain=lambda wildcards: get_chain(DATASETS[wildcards.dataset]["effects"]),
    output:
        variants="results/{dataset}/{protocol}/variants.parquet",
        effects="results/{dataset}/{protocol}/effects.parquet",
        dropped="results/{dataset}/{protocol}/dropped/variants.parquet",
    log:
        "results/logs/read_effects/{dataset}.{protocol}.log",
    conda:
        "../envs/genome.yaml"
    params:
        code=code_digest("read_effects.py"),
        format=lambda wildcards: SHEET[DATASETS[wildcards.dataset]["effects"]]["format"],
        build=lambda wildcards: SHEET[DATASETS[wildcards.dataset]["effects"]]["build"],
        unit=lambda wildcards: get_unit(DATASETS[wildcards.dataset]["effects"]),
        effect_column=lambda wildcards: PROTOCOLS[wildcards.protocol].effect_column,
        max_q_value=lambda wildcards: DATASETS[wildcards.dataset]["max_q_value"],
        chromosomes=CHROMOSOMES,
    script:
        "../scripts/read_effects.py"
