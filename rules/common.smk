# What all rules share: the checked config, the sheet of inputs, and the functions that
# answer a rule's questions about them. Nothing heavy is imported here.
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
from endobench.protocol import protocols_of
from endobench.routes import why_not_atlas
from endobench.settings import NONE, check_config, check_names, read_sheet
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
CHROMOSOMES = config["chromosomes"]
SCORINGS = {
    protocol.scoring: protocol.window_bp
    for protocol in PROTOCOLS.values()
    if config["service"] != "table"
}
TRACK_SETS = sorted({protocol.track_set for protocol in PROTOCOLS.values()})
SCORES = config["scores"] if config["service"] == "table" else None
PEAKS = {
    dataset[kind]
    for dataset in DATASETS.values()
    for kind in ("peaks", "blacklist")
    if dataset[kind] != NONE
}


def one_of(names):
    """Return a wildcard constraint that matches exactly these names."""
    return "|".join(re.escape(name) for name in sorted(names)) or "(?!)"


wildcard_constraints:
    dataset=one_of(DATASETS),
    protocol=one_of(PROTOCOLS),
    chrom=one_of(CHROMOSOMES),
    scoring=one_of(SCORINGS),
    source=one_of(SHEET),
    intervals=one_of(PEAKS),
    track_set=one_of({*config["track_sets"], ALL}),
    placement="as_given|GRCh38",


def code_digest(script):
    """Return a digest of a script and of the modules that it imports."""
    return digest_of_code(SCRIPTS / script, SCRIPTS)


def is_url(location):
    """Tell whether a location of the sheet is to be downloaded."""
    return location.startswith(("http://", "https://"))


def get_local_path(source):
    """Return the path of an input that is already here, or None."""
    location = config["local"].get(source, SHEET[source]["location"])
    if source not in config["local"] and (is_url(location) or location in SHEET):
        return None
    return str(Path(config["data_dir"]) / location)


def get_fetch_input(wildcards):
    """Return what fetching reads: a local file, the archive of a member, or nothing."""
    if path := get_local_path(wildcards.source):
        return path
    location = SHEET[wildcards.source]["location"]
    return f"resources/downloads/{location}" if location in SHEET else []


def get_member(source):
    """Return the name of an input within its archive, or nothing where it is a file."""
    return "" if source in config["local"] else SHEET[source].get("member", "")


def get_source(name):
    """Return the path of a verified input, or nothing for none."""
    return f"resources/downloads/{name}" if name and name != NONE else []


def get_chain(source, is_lifted=True):
    """Return the chain that brings an input to GRCh38, or nothing where none is due."""
    build = SHEET[source]["build"]
    if build == "GRCh38" or not is_lifted:
        return []
    return get_source(config["chains"][build])


def get_genome():
    """Return the paths of the indexed genome, or nothing for none."""
    if config["genome"] == NONE:
        return []
    path = f"resources/genomes/{config['genome']}.fa"
    return [path, f"{path}.fai"]


def get_intervals(wildcards, kind):
    """Return the prepared peaks or blacklist of a dataset, or nothing for none."""
    name = DATASETS[wildcards.dataset][kind]
    protocol = PROTOCOLS[wildcards.protocol]
    # The study used no blacklist.
    if name == NONE or (kind == "blacklist" and not protocol.correct):
        return []
    placement = "GRCh38" if protocol.lift else "as_given"
    return f"results/intervals/{name}.{placement}.bed"


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
    ]


def get_all_shards(scoring):
    """Return every dataset's variants of all chromosomes that share a scoring."""
    return [path for chrom in CHROMOSOMES for path in get_shards(scoring, chrom)]


def get_limits(protocol):
    """Return the least REF agreement and the largest N fraction of a protocol.

    The published one has no limits, so that changing them does not rerun it.
    """
    if not PROTOCOLS[protocol].correct:
        return [0.0, 1.0]
    return [config["limits"][name] for name in ("min_ref_match", "max_n_fraction")]


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
    return expand(pattern, dataset=DATASETS, protocol=PROTOCOLS)


def get_inputs():
    """Return the rows of the sheet that this config uses."""
    names = {config["genome"], SCORES or NONE, *config["chains"].values()}
    for dataset in DATASETS.values():
        names |= {dataset["effects"], dataset["peaks"], dataset["blacklist"]}
    return sorted(names - {NONE})


def check_local_inputs(is_known):
    """Refuse local inputs that are not there, but for those of a name that is known."""
    names = get_inputs()
    names += [SHEET[name]["location"] for name in names]
    for name in filter(SHEET.get, names):
        path = get_local_path(name)
        is_made_here = path and path.startswith("resources/simulated/")
        if path and not (is_made_here or is_known(name) or Path(path).is_file()):
            key = f"local.{name}" if name in config["local"] else "data_dir"
            sys.exit(f"ERROR: {CONFIG_NAME}: key '{key}': no file {path} for {name}")


def get_fetched():
    """Return the records of every input that this config uses."""
    return [f"resources/downloads/{name}.json" for name in get_inputs()]


def get_figures():
    """Return every figure of every benchmark."""
    return get_benchmarks("results/{dataset}/{protocol}/figures/scatter.png") + (
        get_benchmarks("results/{dataset}/{protocol}/figures/waterfall.png")
    )


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


# What was fetched before is known, which suffices for a report; jobs may not start
# with a link to an input that is there no more, or of another folder.
check_local_inputs(is_known=lambda name: os.path.lexists(f"resources/downloads/{name}"))


onstart:
    check_local_inputs(is_known=lambda name: False)


def forget_run():
    """Remove the count of this run's calls."""
    folder = Path(config["prediction"]["journal"]) / "requests"
    shutil.rmtree(folder / RUN, ignore_errors=True)


onsuccess:
    forget_run()


onerror:
    forget_run()
    # So that the next run says anew what is left to ask.
    for path in Path("results/budget").glob("*.tsv"):
        path.unlink()
