# The table of contents: the shared functions, then one rules file per stage.
from snakemake.utils import min_version

min_version("9.0")


report: "resources/captions/workflow.rst"


include: "rules/common/config.smk"
include: "rules/common/inputs.smk"
include: "rules/common/gates.smk"
include: "rules/common/requests.smk"
include: "rules/common/tracks.smk"
include: "rules/common/prediction_jobs.smk"
include: "rules/common/benchmarks.smk"
include: "rules/common/explanations.smk"
include: "rules/common/figures.smk"
include: "rules/common/loci.smk"
include: "rules/common/models.smk"
include: "rules/common/results.smk"
include: "rules/common/start.smk"
include: "rules/common/terminal.smk"
include: "rules/demo.smk"
include: "rules/sources.smk"
include: "rules/genome.smk"
include: "rules/predict.smk"
include: "rules/benchmark.smk"
include: "rules/gates.smk"
include: "rules/evaluate.smk"
include: "rules/loci.smk"
include: "rules/figures.smk"
include: "rules/export.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        get_outputs(),
        get_report_pages(),
        "results/ro-crate-metadata.json",
