# The benchmark's table of contents: stages in the order of the data's way.
from snakemake.utils import min_version

min_version("9.0")


report: "resources/captions/workflow.rst"


include: "rules/common.smk"
include: "rules/inputs.smk"
include: "rules/verdicts.smk"
include: "rules/questions.smk"
include: "rules/benchmarks.smk"
include: "rules/results.smk"
include: "rules/simulate.smk"
include: "rules/fetch.smk"
include: "rules/variants.smk"
include: "rules/peaks.smk"
include: "rules/sequences.smk"
include: "rules/predict.smk"
include: "rules/gates.smk"
include: "rules/statistics.smk"
include: "rules/loci.smk"
include: "rules/figures.smk"
include: "rules/study.smk"
include: "rules/export.smk"
include: "rules/runs.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        get_results(),
        get_run_figures(),
        get_report_pages(),
        "results/ro-crate-metadata.json",
