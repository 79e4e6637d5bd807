# Scores by variant, in the formats that other tools and genome browsers read.


rule export_scores:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        genome=get_genome(),
    output:
        vcf="results/{dataset}/{protocol}/scores/variants.vcf.gz",
        vcf_index="results/{dataset}/{protocol}/scores/variants.vcf.gz.tbi",
        table="results/{dataset}/{protocol}/scores/variants.parquet",
        bed="results/{dataset}/{protocol}/scores/scores.bed.gz",
        bed_index="results/{dataset}/{protocol}/scores/scores.bed.gz.tbi",
        bedgraph="results/{dataset}/{protocol}/scores/scores.bedgraph",
        bigwig=get_sized("results/{dataset}/{protocol}/scores/scores.bw"),
        chrom_sizes=get_sized("results/{dataset}/{protocol}/scores/chrom.sizes"),
    log:
        "results/logs/export_scores/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/export_scores/{dataset}.{protocol}.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs"),
    params:
        code=code_digest("export_scores.py"),
        null=get_null,
        is_signed=is_signed,
    script:
        "../scripts/export_scores.py"
