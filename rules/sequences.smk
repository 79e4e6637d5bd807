# Variants against the genome: REF, left-alignment, windows; one shard per chromosome.


rule prepare_sequences:
    input:
        variants="results/{dataset}/{protocol}/in_peaks.parquet",
        genome=get_genome(),
        gates=lambda wildcards: get_gates(wildcards, "sequences"),
    output:
        shards=expand(
            "results/{{dataset}}/{{protocol}}/shards/{{window_bp}}bp/{chrom}.parquet",
            chrom=CHROMOSOMES,
        ),
        dropped="results/{dataset}/{protocol}/dropped/sequences.{window_bp}bp.parquet",
    log:
        "results/logs/prepare_sequences/{dataset}.{protocol}.{window_bp}bp.log",
    benchmark:
        "results/benchmarks/prepare_sequences/{dataset}.{protocol}.{window_bp}bp.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 100, "variants"),
    params:
        code=code_digest("prepare_sequences.py"),
        chromosomes=CHROMOSOMES,
        window_bp=lambda wildcards: int(wildcards.window_bp),
        correct=lambda wildcards: PROTOCOLS[wildcards.protocol].correct,
        max_n_fraction=lambda wildcards: get_max_n_fraction(wildcards.protocol),
    script:
        "../scripts/prepare_sequences.py"
