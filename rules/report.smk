# What a run amounts to: one line per benchmark, where everything came from, the page that
# shows it, and its provenance for other tools.


rule summarise:
    input:
        metrics=get_benchmarks("results/{dataset}/{protocol}/metrics.tsv"),
        waterfall=get_benchmarks("results/{dataset}/{protocol}/waterfall.tsv"),
        verdicts=get_benchmarks("results/{dataset}/{protocol}/verdict.tsv"),
    output:
        summary=report(
            "results/summary.tsv",
            caption="../resources/captions/summary.rst",
            category="Agreement",
        ),
    log:
        "results/logs/summarise.log",
    benchmark:
        "results/benchmarks/summarise.tsv"
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("summarise.py"),
    script:
        "../scripts/summarise.py"


rule gather_sweep:
    input:
        metrics=get_benchmarks("results/{dataset}/{protocol}/metrics.tsv"),
        differences=expand("results/{dataset}/differences.tsv", dataset=DATASETS),
    output:
        sweep=report(
            "results/sweep.tsv",
            caption="../resources/captions/sweep.rst",
            category="Agreement",
        ),
    log:
        "results/logs/gather_sweep.log",
    benchmark:
        "results/benchmarks/gather_sweep.tsv"
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("gather_sweep.py"),
    script:
        "../scripts/gather_sweep.py"


rule write_manifest:
    input:
        summary="results/summary.tsv",
        waterfall=get_benchmarks("results/{dataset}/{protocol}/waterfall.tsv"),
        records=get_fetched(),
        tracks=get_tracks(),
    output:
        manifest="results/manifest.json",
    log:
        "results/logs/write_manifest.log",
    benchmark:
        "results/benchmarks/write_manifest.tsv"
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("write_manifest.py"),
        config=config,
    script:
        "../scripts/write_manifest.py"


rule write_report:
    input:
        **get_report_tables(),
        figures=[path for path in get_figures() if path.endswith(".png")],
        run_figures=get_run_figures(),
        loci_figures=[path for path in get_loci() if path.endswith("figures")],
        manifest="results/manifest.json",
        genes=get_genes(),
        templates=get_templates(),
    output:
        pages=report(
            get_report_pages(),
            caption="../resources/captions/report.rst",
            category="Report",
        ),
    log:
        "results/logs/write_report.log",
    benchmark:
        "results/benchmarks/write_report.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        mem_mb=sized(1500, 100, "pairs"),
    params:
        code=code_digest("write_report.py"),
        benchmarks=[[d, p] for d in DATASETS for p in BENCHMARKS],
        classes={name: get_classes_of(name) for name in DATASETS},
    script:
        "../scripts/write_report.py"


rule write_crate:
    input:
        results=get_described(),
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
        code=code_digest("write_crate.py"),
    script:
        "../scripts/write_crate.py"
