# The one join of measured and predicted, the account of all rows, and the metrics.


rule merge:
    input:
        effects="results/{dataset}/{protocol}/effects.parquet",
        shards=expand(
            "results/{{dataset}}/{{protocol}}/shards/{chrom}.parquet",
            chrom=CHROMOSOMES,
        ),
        answers=lambda wildcards: get_answers(wildcards, "parquet"),
        failures=lambda wildcards: get_answers(wildcards, "failures.tsv"),
        tracks=get_selected_tracks,
        dropped=expand(
            "results/{{dataset}}/{{protocol}}/dropped/{stage}.parquet",
            stage=["variants", "peaks", "sequences"],
        ),
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
