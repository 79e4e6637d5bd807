# What all rules share: the checked config, the sheet of inputs, and the functions that
# answer a rule's questions about them. Nothing heavy is imported here.
import contextlib
import os
import re
import shutil
import sys
import uuid
from pathlib import Path

SCRIPTS = Path(workflow.basedir) / "scripts"
# One name for all jobs of this run, wherever they run: they share its calls.
RUN = os.environ.setdefault("ENDOBENCH_RUN", uuid.uuid4().hex)
sys.path.insert(0, str(SCRIPTS))

from endobench.code import digest_of_code
from endobench.errors import InputError
from endobench.formats import UNITS, unit_of
from endobench.protocol import is_step, protocols_of
from endobench.routes import why_not_atlas
from endobench.settings import check_config
from endobench.sheet import NONE, check_names, read_sheet
from endobench.tracks import ALL


envvars:
    "ENDOBENCH_RUN",


SCHEMAS = Path(workflow.basedir) / "config/schemas"
CONFIG_NAME = (
    ", ".join(map(str, workflow.overwrite_configfiles)) or "config/config.yaml"
)


def get_tracked(path):
    """Return a path, or that of the file which comes with the workflow under its name.

    So the workflow runs in another folder than its own, too (`--directory`).
    """
    here, ours = Path(path), Path(workflow.basedir) / path
    return str(ours if ours.exists() and not here.exists() else here)


# The demonstration's config is read only where no other is given: Snakemake would merge
# the two, and a forgotten key would silently mean the demonstration's.
if not workflow.overwrite_configfiles:

    configfile: get_tracked("config/config.yaml")


try:
    check_config(config, SCHEMAS / "config.schema.yaml", CONFIG_NAME)
    SHEET = read_sheet(get_tracked(config["sheet"]), SCHEMAS / "sheet.schema.yaml")
    check_names(config, SHEET, CONFIG_NAME)
except InputError as error:
    # A WorkflowError would bury the line among those of this file.
    sys.exit(f"ERROR: {error}")

DATASETS = {dataset["name"]: dataset for dataset in config["datasets"]}
PROTOCOLS = protocols_of(config)
BENCHMARKS = [name for name in PROTOCOLS if not is_step(name)]
LADDER = ["published", *filter(is_step, PROTOCOLS), "corrected"]
LADDER_DATASETS = [name for name, dataset in DATASETS.items() if dataset["ladder"]]
CHROMOSOMES = config["chromosomes"]
SCORINGS = {
    protocol.scoring: protocol.window_bp
    for protocol in PROTOCOLS.values()
    if config["service"] != "table"
}
SCORES = config["scores"] if config["service"] == "table" else NONE
TRACK_SETS = {protocol.track_set for protocol in PROTOCOLS.values()}
TRACK_SETS = sorted({*TRACK_SETS, config["mismatched_track_set"]} - {NONE})
TABLES = {SCORES, *(dataset["control"] for dataset in DATASETS.values())} - {NONE}
INTERVALS = {config["ld_blocks"], config["folds"]}
for dataset in DATASETS.values():
    INTERVALS |= {dataset["peaks"], dataset["blacklist"]}
INTERVALS -= {NONE}


def one_of(names):
    """Return a wildcard constraint that matches exactly these names."""
    return "|".join(re.escape(name) for name in sorted(names)) or "(?!)"


wildcard_constraints:
    dataset=one_of(DATASETS),
    protocol=one_of(PROTOCOLS),
    chrom=one_of(CHROMOSOMES),
    scoring=one_of(SCORINGS),
    source=one_of(SHEET),
    intervals=one_of(INTERVALS),
    table=one_of(TABLES),
    track_set=one_of({*config["track_sets"], ALL}),
    placement="as_given|GRCh38",
    stage="effects|peaks|sequences|scores",


def code_digest(script):
    """Return a digest of a script and of the modules that it imports."""
    return digest_of_code(SCRIPTS / script, SCRIPTS)


def get_prepared(wildcards, file):
    """Return a file of the preparation that a benchmark scores, or one a chromosome."""
    prepared = PROTOCOLS[wildcards.protocol].prepared
    return expand(f"results/{wildcards.dataset}/{prepared}/{file}", chrom=CHROMOSOMES)


def get_shards(scoring, chrom):
    """Return every dataset's variants of a chromosome that share a scoring."""
    prepared = {each.prepared for each in PROTOCOLS.values() if each.scoring == scoring}
    return [
        f"results/{dataset}/{name}/shards/{chrom}.parquet"
        for dataset in DATASETS
        for name in sorted(prepared)
        if dataset in LADDER_DATASETS or not is_step(name)
    ]


def get_all_shards(scoring):
    """Return every dataset's variants of all chromosomes that share a scoring."""
    return [path for chrom in CHROMOSOMES for path in get_shards(scoring, chrom)]


def get_max_n_fraction(protocol):
    """Return the largest N fraction of a protocol; the study's had no limit."""
    is_correct = PROTOCOLS[protocol].correct
    return config["limits"]["max_n_fraction"] if is_correct else 1.0


def get_scorers(scoring):
    """Return the scorers that one call asks for, each once."""
    found = [each.scorer for each in PROTOCOLS.values() if each.scoring == scoring]
    return list(dict.fromkeys(found))


def get_route(scoring):
    """Return who may answer; what the Atlas cannot is the model's alone."""
    scorers, window_bp = get_scorers(scoring), SCORINGS[scoring]
    # DeepMind's open model has no Atlas.
    is_models = config["service"] == "weights" or why_not_atlas(
        scorers, window_bp, config["model_version"]
    )
    return "model" if is_models else config["route"]


def get_request(scoring):
    """Return what is asked, as plain values in the order of `shard.Request`."""
    return [get_scorers(scoring), SCORINGS[scoring], get_route(scoring)]


def get_route_differences():
    """Return the comparisons of the Atlas and the model, where both may answer."""
    return [
        f"results/scores/{scoring}.routes.tsv"
        for scoring in SCORINGS
        if get_route(scoring) != "model" and config["prediction"]["route_sample"]
    ]


def get_tracks():
    """Return the table of the model's tracks, or nothing for a table of scores."""
    return [] if config["service"] == "table" else "results/tracks/model.parquet"


def get_selected_tracks(wildcards):
    """Return the tracks that a protocol scores with, or nothing for a table."""
    track_set = PROTOCOLS[wildcards.protocol].track_set
    return f"results/tracks/{track_set}.tsv" if get_tracks() else []


def get_mismatched_tracks():
    """Return the tracks of a tissue that should agree less, or nothing for none."""
    track_set = config["mismatched_track_set"]
    is_asked = get_tracks() and track_set != NONE
    return f"results/tracks/{track_set}.tsv" if is_asked else []


def get_window_pairs(wildcards):
    """Return a sample of variants at two windows, where a model can be asked."""
    scoring = PROTOCOLS[wildcards.protocol].scoring
    is_asked = get_tracks() and config["prediction"]["window_sample"]
    return f"results/scores/{scoring}.windows.tsv" if is_asked else []


def get_other_window(scoring):
    """Return another window for a sample: the next larger one, if there is one."""
    known = [16384, 131072, 524288, 1048576]
    larger = [window_bp for window_bp in known if window_bp > SCORINGS[scoring]]
    return larger[0] if larger else known[-2]


def get_null(wildcards):
    """Return the effect of an allele that does nothing, in a dataset's unit."""
    return UNITS[get_unit(DATASETS[wildcards.dataset]["effects"])].null


def get_unit(source):
    """Return the unit of a table of effects or scores."""
    return unit_of(SHEET[source])


def get_classes(wildcards):
    """Return how a dataset tells positives from negatives, or nothing."""
    classes = DATASETS[wildcards.dataset]["classes"] or {}
    return [classes[key] for key in ("by", "positive", "negative") if classes]


def get_few_resamples():
    """Return the resamples of comparisons: a tenth of those of a benchmark's answer."""
    return max(config["statistics"]["n_resamples"] // 10, 100)


def get_control_pairs(wildcards):
    """Return a benchmark's effects beside those of its control, or nothing for none."""
    pairs = get_prepared(wildcards, "control.parquet")
    return pairs if get_control(wildcards) else []


def get_control(wildcards):
    """Return what another assay has measured of a dataset's variants, or nothing."""
    name = DATASETS[wildcards.dataset]["control"]
    return [] if name == NONE else f"results/tables/{name}.parquet"


def get_curies(track_set):
    """Return the ontology CURIEs of a set of tracks, or "all"."""
    return ALL if track_set == ALL else config["track_sets"][track_set]


def get_service():
    """Return who predicts, as plain values in the order of `service.Service`."""
    service, version = config["service"], config["model_version"]
    if service == "address":
        return [
            service,
            config["address"],
            config["tls"],
            version,
            config["model_name"],
        ]
    if service == "weights":
        return [service, config["weights"], True, version, config["model_name"]]
    # What means nothing to the others must not rerun their predictions.
    return [service, None, True, version, None]


def get_answers(wildcards, kind):
    """Return the predictions (or failures) of all chromosomes of a dataset."""
    scoring = PROTOCOLS[wildcards.protocol].scoring
    return [f"results/scores/{scoring}/{chrom}.{kind}" for chrom in CHROMOSOMES]


def get_benchmarks(pattern):
    """Fill {dataset} and {protocol} of a path with every benchmark of the config."""
    return expand(pattern, dataset=DATASETS, protocol=BENCHMARKS)


def get_figures():
    """Return every figure of every benchmark and dataset."""
    figures = get_benchmarks("results/{dataset}/{protocol}/figures/scatter.png")
    figures += get_benchmarks("results/{dataset}/{protocol}/figures/waterfall.png")
    figures += expand("results/{dataset}/figures/gates.png", dataset=DATASETS)
    ladders = expand("results/{dataset}/figures/ladder.png", dataset=LADDER_DATASETS)
    return figures + ladders


def get_study_files():
    """Return the published study's five files, where its protocol is run."""
    if "published" not in PROTOCOLS:
        return []
    return expand(
        "results/{dataset}/published/study/{file}",
        dataset=DATASETS,
        file=[
            "gtex_eqtls.bed",
            "filtered_eqtls_in_k562_dhs.bed",
            "alphagenome_eqtl_predictions.csv",
            "alphagenome_vs_gtex_benchmark.txt",
            "scatter_plot.png",
        ],
    )


def forget_run():
    """Remove the count of this run's calls."""
    folder = Path(config["prediction"]["journal"]) / "requests"
    shutil.rmtree(folder / RUN, ignore_errors=True)


onsuccess:
    forget_run()


def gather_verdicts():
    """Lay what the gates said together, where a run ended before all had spoken."""
    for dataset in DATASETS:
        paths = map(Path, get_verdicts(dataset, BENCHMARKS))
        paths = [path for path in paths if path.exists()]
        target = Path(f"results/{dataset}/gates.tsv")
        told = target.stat().st_mtime if target.exists() else 0
        if any(path.stat().st_mtime > told for path in paths):
            texts = [path.read_text().splitlines() for path in paths]
            lines = [texts[0][0], *(line for text in texts for line in text[1:])]
            # What ended the run may be that nothing can be written.
            with contextlib.suppress(OSError):
                target.write_text("\n".join(lines) + "\n")


onerror:
    forget_run()
    gather_verdicts()
    # So that the next run says anew what is left to ask.
    for path in Path("results/budget").glob("*.tsv"):
        path.unlink()
