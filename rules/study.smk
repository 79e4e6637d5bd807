# The published study's five files, written by `protocol: published`.


rule write_study_files:
    input:
        variants="results/{dataset}/published/variants.parquet",
        in_peaks="results/{dataset}/published/in_peaks.parquet",
        effects="results/{dataset}/published/effects.parquet",
        pairs="results/{dataset}/published/pairs.parquet",
        metrics="results/{dataset}/published/metrics.tsv",
    output:
        bed="results/{dataset}/published/study/gtex_eqtls.bed",
        in_peaks="results/{dataset}/published/study/filtered_eqtls_in_k562_dhs.bed",
        predictions="results/{dataset}/published/study/alphagenome_eqtl_predictions.csv",
        text="results/{dataset}/published/study/alphagenome_vs_gtex_benchmark.txt",
        scatter="results/{dataset}/published/study/scatter_plot.png",
    log:
        "results/logs/write_study_files/{dataset}.log",
    benchmark:
        "results/benchmarks/write_study_files/{dataset}.tsv"
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=sized(1000, 60, "pairs", "effects"),
    params:
        code=code_digest("write_study_files.py"),
    script:
        "../scripts/write_study_files.py"
