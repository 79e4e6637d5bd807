# Inputs: downloaded or found, verified, and under their final name only when whole.


rule fetch:
    input:
        source=get_fetch_input,
    output:
        file="resources/downloads/{source}",
        record="resources/downloads/{source}.json",
    params:
        code=code_digest("fetch.py"),
        location=lambda wildcards: SHEET[wildcards.source]["location"],
        member=lambda wildcards: get_member(wildcards.source),
        sha256=lambda wildcards: SHEET[wildcards.source].get("sha256", ""),
        md5=lambda wildcards: SHEET[wildcards.source].get("md5", ""),
        build=lambda wildcards: SHEET[wildcards.source]["build"],
        licence=lambda wildcards: SHEET[wildcards.source]["licence"],
    log:
        "results/logs/fetch/{source}.log",
    conda:
        "../envs/fetch.yaml"
    script:
        "../scripts/fetch.py"


rule index_genome:
    input:
        fasta="resources/downloads/{source}",
    output:
        fasta="resources/genomes/{source}.fa",
        index="resources/genomes/{source}.fa.fai",
    params:
        code=code_digest("index_genome.py"),
    log:
        "results/logs/index_genome/{source}.log",
    conda:
        "../envs/genome.yaml"
    script:
        "../scripts/index_genome.py"
