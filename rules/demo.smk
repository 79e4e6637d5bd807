# Inputs of the demonstration: a simulated genome with planted effects.


rule simulate:
    output:
        genome="resources/simulated/genome.fa",
        old_genome="resources/simulated/genome_hg19.fa",
        pairs="resources/simulated/pairs.txt.gz",
        finemapped="resources/simulated/finemapped.txt",
        dsqtls="resources/simulated/dsqtls.tsv",
        replicate="resources/simulated/replicate.txt.gz",
        peaks="resources/simulated/peaks_hg19.narrowPeak",
        chain="resources/simulated/hg19ToHg38.over.chain.gz",
        blacklist="resources/simulated/blacklist.bed",
        ld_blocks="resources/simulated/ld_blocks.bed",
        genes="resources/simulated/genes.gtf.gz",
        expression="resources/simulated/expression.txt.gz",
        changes="resources/simulated/true_changes.tsv",
        expression_changes="resources/simulated/true_expression_changes.tsv",
        truth="resources/simulated/truth.json",
    log:
        "results/logs/simulate.log",
    benchmark:
        "results/benchmarks/simulate.tsv"
    conda:
        "../envs/genome.yaml"
    params:
        code=code_digest("demo/simulate.py"),
        seed=20261124,
    script:
        "../scripts/demo/simulate.py"
