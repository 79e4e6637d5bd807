# The one join of measured and predicted, the account of all rows, and the metrics.


rule merge:
    input:
        effects=lambda wildcards: get_prepared(wildcards, "effects.parquet"),
        shards=lambda wildcards: get_prepared(wildcards, "shards/{chrom}.parquet"),
        answers=lambda wildcards: get_answers(wildcards, "parquet"),
        failures=lambda wildcards: get_answers(wildcards, "failures.tsv"),
        tracks=get_selected_tracks,
        dropped=lambda wildcards: [
            path
            for stage in ("variants", "peaks", "sequences")
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
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("merge.py"),
        track_set=lambda wildcards: PROTOCOLS[wildcards.protocol].track_set,
        scorer=lambda wildcards: PROTOCOLS[wildcards.protocol].scorer,
    script:
        "../scripts/merge.py"


rule measure:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
    output:
        metrics="results/{dataset}/{protocol}/metrics.tsv",
    log:
        "results/logs/measure/{dataset}.{protocol}.log",
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("measure.py"),
    script:
        "../scripts/measure.py"
