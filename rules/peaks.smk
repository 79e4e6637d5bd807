# Peaks: brought to GRCh38 where they are on another build, and laid over the variants.


rule prepare_intervals:
    input:
        intervals="resources/downloads/{intervals}",
        chain=lambda wildcards: get_chain(
            wildcards.intervals, wildcards.placement == "lifted"
        ),
    output:
        bed="results/intervals/{intervals}.{placement}.bed",
        dropped="results/intervals/{intervals}.{placement}.dropped.tsv",
    log:
        "results/logs/prepare_intervals/{intervals}.{placement}.log",
    benchmark:
        "results/benchmarks/prepare_intervals/{intervals}.{placement}.tsv"
    conda:
        "../envs/genome.yaml"
    params:
        code=code_digest("prepare_intervals.py"),
        build=lambda wildcards: SHEET[wildcards.intervals]["build"],
        kind=lambda wildcards: SHEET[wildcards.intervals]["kind"],
    script:
        "../scripts/prepare_intervals.py"


rule select_in_peaks:
    input:
        variants="results/{dataset}/{protocol}/variants.parquet",
        peaks=lambda wildcards: get_intervals(wildcards, "peaks"),
        blacklist=lambda wildcards: get_intervals(wildcards, "blacklist"),
        gates=lambda wildcards: get_gates(wildcards, "effects", "peaks"),
    output:
        variants="results/{dataset}/{protocol}/in_peaks.parquet",
        dropped="results/{dataset}/{protocol}/dropped/peaks.parquet",
    log:
        "results/logs/select_in_peaks/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/select_in_peaks/{dataset}.{protocol}.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 25, "variants", "peaks"),
    params:
        code=code_digest("select_in_peaks.py"),
        whole_ref=lambda wildcards: PROTOCOLS[wildcards.protocol].correct,
        peaks_name=lambda wildcards: DATASETS[wildcards.dataset]["peaks"],
        outside_peaks=lambda wildcards: DATASETS[wildcards.dataset]["outside_peaks"],
    script:
        "../scripts/select_in_peaks.py"
