# The pages that report a run.


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
        code=code_digest("report/write_report.py"),
        benchmarks=[[d, p] for d in DATASETS for p in get_benchmarks_of(d)],
        classes={name: get_classes_of(name) for name in DATASETS},
    script:
        "../scripts/report/write_report.py"
