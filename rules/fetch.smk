# Inputs: downloaded or found, verified, and under their final name only when whole.


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
        code=code_digest("fetch.py"),
        location=lambda wildcards: SHEET[wildcards.source]["location"],
        member=lambda wildcards: get_member(wildcards.source),
        sha256=lambda wildcards: SHEET[wildcards.source].get("sha256", ""),
        md5=lambda wildcards: SHEET[wildcards.source].get("md5", ""),
        is_own=lambda wildcards: wildcards.source in config["local"],
        build=lambda wildcards: SHEET[wildcards.source]["build"],
        licence=lambda wildcards: SHEET[wildcards.source]["licence"],
    script:
        "../scripts/fetch.py"


rule index_genome:
    input:
        fasta="resources/downloads/{source}",
    output:
        fasta="resources/genomes/{source}.fa",
        index="resources/genomes/{source}.fa.fai",
    log:
        "results/logs/index_genome/{source}.log",
    benchmark:
        "results/benchmarks/index_genome/{source}.tsv"
    conda:
        "../envs/genome.yaml"
    params:
        code=code_digest("index_genome.py"),
    script:
        "../scripts/index_genome.py"
