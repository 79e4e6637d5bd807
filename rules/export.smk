# Outputs for others: scores in formats of other tools, the five files of the study, and
# the provenance and cost of the run.


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
        code=code_digest("export/export_scores.py"),
        null=get_null,
        is_signed=is_signed,
    script:
        "../scripts/export/export_scores.py"


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
        code=code_digest("export/write_study_files.py"),
        classes=get_classes,
        null=get_null,
        negatives_per_positive=config["statistics"]["negatives_per_positive"],
        seed=config["statistics"]["seed"],
    script:
        "../scripts/export/write_study_files.py"


rule write_manifest:
    input:
        summary="results/summary.tsv",
        waterfall=get_benchmarks("results/{dataset}/{protocol}/waterfall.tsv"),
        records=get_fetched(),
        tracks=get_tracks(),
    output:
        manifest="results/manifest.json",
        card="results/card.json",
    log:
        "results/logs/write_manifest.log",
    benchmark:
        "results/benchmarks/write_manifest.tsv"
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("export/write_manifest.py"),
        config=config,
    script:
        "../scripts/export/write_manifest.py"


rule write_crate:
    input:
        results=get_outputs(),
        pages=get_report_pages(),
        manifest="results/manifest.json",
        workflow=get_tracked("Snakefile"),
    output:
        crate="results/ro-crate-metadata.json",
        workflow="results/workflow/Snakefile",
    log:
        "results/logs/write_crate.log",
    benchmark:
        "results/benchmarks/write_crate.tsv"
    localrule: True
    conda:
        "../envs/crate.yaml"
    params:
        code=code_digest("export/write_crate.py"),
    script:
        "../scripts/export/write_crate.py"


# The benchmark files are not declared as input, since Snakemake would repeat the job of a
# missing one. This rule runs last and reads the files that exist.
rule gather_cost:
    input:
        results=get_results(),
        budgets=get_asked("results/budget/{scoring}.tsv"),
        answers=get_asked("results/scores/{scoring}/{chrom}.parquet"),
        failures=get_asked("results/scores/{scoring}/{chrom}.failures.tsv"),
    output:
        cost=report(
            "results/cost.tsv",
            caption="../resources/captions/cost.rst",
            category="Cost",
            labels={"what": "table"},
        ),
    log:
        "results/logs/gather_cost.log",
    benchmark:
        "results/benchmarks/gather_cost.tsv"
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("export/gather_cost.py"),
    script:
        "../scripts/export/gather_cost.py"
