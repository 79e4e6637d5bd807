# Shared by all rules: the checked config, the sheet of inputs, and functions that use them.
# Every Snakemake process reads this file, so it imports only modules that load quickly.
import collections
import contextlib
import gc
import math
import os
import re
import shutil
import sys
import uuid
from pathlib import Path

# What Snakemake has imported lasts: to search it for garbage again and again takes a tenth
# of the time of a dry run.
gc.freeze()
gc.set_threshold(50_000, 20, 100)


def end_quietly(kind, error, trace):
    """Tell in one line that Ctrl-C ended a run while it was planned."""
    if not issubclass(kind, KeyboardInterrupt):
        return sys.__excepthook__(kind, error, trace)
    print("Stopped before the first job", file=sys.stderr)
    # Not by way of what a run says at its end.
    os._exit(130)


sys.excepthook = end_quietly
# The folder of this workflow, which another one may use as a module.
ROOT = Path(str(workflow.current_basedir)).parents[1]
SCRIPTS = ROOT / "scripts"
# All jobs of this run, on any node, share its name, because they share a call budget.
RUN = os.environ.setdefault("ENDOBENCH_RUN", uuid.uuid4().hex)
# Concurrent calls of a run. Snakemake does not pass its limits on to cluster jobs.
LIMIT = workflow.resource_settings.resources.get("api_slots").value
if LIMIT == 0:
    sys.exit("ERROR: --resources api_slots=0: no call could be made; give 1 or more")
API_SLOTS = int(LIMIT or os.environ.get("ENDOBENCH_API_SLOTS", 200))
os.environ["ENDOBENCH_API_SLOTS"] = str(API_SLOTS)
sys.path.insert(0, str(SCRIPTS))

from snakemake.io import contains_wildcard

from endobench.config.control import shared_in_sheet
from endobench.config.datasets import score_windows
from endobench.config.models import configs_of
from endobench.config.config_file import check_config_file
from endobench.config.named_rows import check_names
from endobench.config.schema import NONE
from endobench.config.settings import check_config
from endobench.config.sheet import read_sheet
from endobench.core.code_digest import digest_of_code
from endobench.core.errors import InputError
from endobench.core.joined_tables import join_tables
from endobench.design.assemblies import organism_of
from endobench.design.benchmark_names import (
    PRIMARY_MODEL,
    by_model,
    is_step,
    model_in,
    window_of,
    without_model,
)
from endobench.design.protocol import (
    ALL,
    CORRECTED,
    PUBLISHED,
    TISSUE,
    choice_of,
    pattern_of,
    protocols_by,
    protocols_of,
    scorers_of,
)
from endobench.design.routes import why_not_atlas
from endobench.design.scorers import (
    STUDY_SCORER,
    TABLE_SCORER,
    WINDOWS_BP,
    is_along_genome,
    is_answerable,
    is_by_gene,
    is_signed as is_signed_scorer,
    is_study,
    output_of,
)
from endobench.design.units import UNITS
from endobench.predict.plan import assumed_call_s
from endobench.sources.cells import published_of
from endobench.sources.formats import Source, unit_of


envvars:
    "ENDOBENCH_RUN",
    "ENDOBENCH_API_SLOTS",


SCHEMAS = ROOT / "config/schemas"
CONFIG_NAME = (
    ", ".join(map(str, workflow.overwrite_configfiles)) or "config/config.yaml"
)


def get_tracked(path):
    """Return a path, or the file of that name in the workflow's own folder.

    The workflow can thus run in another folder (`--directory`).
    """
    here, ours = Path(path), ROOT / path
    return str(ours if ours.exists() and not here.exists() else here)


# The config of the demonstration is read only if no other is given. Snakemake would merge
# the two, so that a forgotten key would silently take its value from the demonstration.
CONFIG_FILES = workflow.overwrite_configfiles or [get_tracked("config/config.yaml")]
try:
    for path in CONFIG_FILES:
        check_config_file(path)
except InputError as error:
    # A WorkflowError would hide the message among lines of this file.
    sys.exit(f"ERROR: {error}")

if not workflow.overwrite_configfiles:

    configfile: CONFIG_FILES[0]


try:
    check_config(config, SCHEMAS / "config.schema.yaml", CONFIG_NAME)
    SHEETS = [get_tracked(path) for path in config["sheet"]]
    SHEET = read_sheet(SHEETS, SCHEMAS / "sheet.schema.yaml")
    check_names(config, SHEET, CONFIG_NAME)
except InputError as error:
    sys.exit(f"ERROR: {error}")

# The config of each model as though it were the only one, the primary model first.
CONFIGS = {PRIMARY_MODEL: config, **configs_of(config)}
# A pilot's results stand beside those of all variants, under a name of their own.
if config["pilot"]:
    for each in CONFIGS.values():
        for dataset in each["datasets"]:
            dataset["name"] += ".pilot"
DATASETS = {dataset["name"]: dataset for dataset in config["datasets"]}
ASSEMBLY = "GRCh38" if config["genome"] == NONE else SHEET[config["genome"]]["build"]
ORGANISM = organism_of(ASSEMBLY)
# Datasets whose features can be genes, as scorers by gene need.
OF_GENES = {
    name
    for name, dataset in DATASETS.items()
    if Source.of_row(SHEET[dataset["effects"]]).has_genes
}
# The benchmarks of each dataset and the steps of its ladder, by name.
PROTOCOLS = {
    name: protocols_of(config, dataset, has_genes=name in OF_GENES)
    for name, dataset in DATASETS.items()
}
LADDER_DATASETS = [name for name, dataset in DATASETS.items() if dataset["ladder"]]
STEPS = [step for name in LADDER_DATASETS for step in PROTOCOLS[name] if is_step(step)]
LADDER = ["published", *dict.fromkeys(STEPS), "corrected"]
CHROMOSOMES = config["chromosomes"]
# Further models have the benchmarks of the datasets that they score.
for model, chosen in CONFIGS.items():
    for dataset in chosen["datasets"] if model else ():
        own = protocols_of(chosen, dataset, has_genes=dataset["name"] in OF_GENES)
        PROTOCOLS[dataset["name"]] |= protocols_by(model, own)
# What is sent to models, and the tables that give scores, by dataset and model.
SCORINGS = {
    each.scoring
    for all_of in PROTOCOLS.values()
    for each in all_of.values()
    if each.scorer != TABLE_SCORER
}
SCORES = {
    (dataset["name"], model): dataset["scores"] or chosen["scores"]
    for model, chosen in CONFIGS.items()
    for dataset in chosen["datasets"]
    if chosen["service"] == "table"
}
# The tables of one model at several windows, by the table that gives the scores.
SCORE_WINDOWS = {
    SCORES[name, PRIMARY_MODEL]: windows
    for name, dataset in DATASETS.items()
    if (windows := score_windows(dataset, config))
}
TABLES = {dataset["control"] for dataset in DATASETS.values()} - {NONE}
TABLES |= set(SCORES.values())
TABLES |= {table for windows in SCORE_WINDOWS.values() for table in windows.values()}
REPLICATES = {dataset["replicate"] for dataset in DATASETS.values()} - {NONE}
ORIGINALS = {dataset["original"] for dataset in DATASETS.values()} - {NONE}
GENOMES = {name for name, row in SHEET.items() if row["kind"] == "genome"}
INTERVALS = {config["ld_blocks"], config["folds"]}
for dataset in DATASETS.values():
    INTERVALS |= {dataset["peaks"], dataset["blacklist"]}
INTERVALS -= {NONE}


def check_path(path, key):
    """Exit if Snakemake would take a part of a path for a wildcard, since none has one."""
    if contains_wildcard(path):
        sys.exit(
            f"ERROR: {CONFIG_NAME}: key '{key}': {path}: Snakemake takes the braces of a"
            " path for a wildcard; rename the file or its folder, or give a link without"
            " braces"
        )


def one_of(names):
    """Return a wildcard constraint that matches exactly the given names."""
    return "|".join(re.escape(str(name)) for name in sorted(names)) or "(?!)"


# What follows a name of the primary model to make that of a further one.
BY_MODEL = f"({one_of(by_model('', model) for model in CONFIGS if model)})?"


wildcard_constraints:
    dataset=one_of(DATASETS),
    by_model=BY_MODEL,
    protocol=f"({pattern_of(config)}){BY_MODEL}",
    chrom=one_of(CHROMOSOMES),
    window_bp=one_of({0, *WINDOWS_BP}),
    scoring=f"({STUDY_SCORER}-)?({one_of(WINDOWS_BP)})bp{BY_MODEL}",
    source=one_of(SHEET),
    intervals=one_of(INTERVALS),
    table=one_of(TABLES | REPLICATES | ORIGINALS),
    track_set="({}){}".format(
        one_of(
            {*config["track_sets"], ALL, *(f"{TISSUE}.{name}" for name in DATASETS)}
        ),
        BY_MODEL,
    ),
    placement="as_given|lifted",
    stage="effects|original|control|peaks|sequences|scores|genes",


def code_digest(script):
    """Return a digest of a script and of the library modules that it imports."""
    return digest_of_code(SCRIPTS / script, SCRIPTS)


def sized(least, per_mb=0, *names, **others):
    """Return a resource that grows with the named inputs, and with each attempt.

    The unit is MB or minutes. Values are those measured (`results/benchmarks`), with a
    margin. `least` includes the 360 MB of Snakemake, which a cluster job needs twice.
    `others` are inputs with a factor of their own.
    """
    factors = dict.fromkeys(names, per_mb) | others

    def amount(wildcards, input, attempt):
        needed = least
        for name, factor in factors.items():
            found = input.get(name)
            paths = [found] if isinstance(found, str) else found
            needed += factor * sum(map(os.path.getsize, paths)) / 1e6
        return attempt * math.ceil(needed)

    return amount


def get_threads(name, most=4, least_mb=1):
    """Return the threads of a job: several if the named input is large, else one.

    Small jobs run side by side instead. One that waits for its input is asked again.
    """

    def amount(wildcards, input):
        path = Path(input[name])
        is_large = path.exists() and path.stat().st_size >= 1e6 * least_mb
        return most if is_large else 1

    return amount


def check_key_is_kept():
    """Exit if an API key in the environment would be written to logs of cluster jobs."""
    is_logged = workflow.output_settings.verbose and not workflow.local_exec
    if is_logged and os.environ.get("ALPHAGENOME_API_KEY"):
        sys.exit(
            "ERROR: --verbose would write ALPHAGENOME_API_KEY to the logs of jobs; run"
            " without it, or put the key in a file named by ALPHAGENOME_API_KEY_FILE"
        )


def forget_run():
    """Remove the call count of this run."""
    folder = Path(config["prediction"]["journal"]) / "requests"
    shutil.rmtree(folder / RUN, ignore_errors=True)


onsuccess:
    if TERMINAL:
        TERMINAL.has_succeeded = True
    forget_run()


def gather_verdicts():
    """Collect the verdicts of the gates if a run ended before all of them were done."""
    for dataset in DATASETS:
        paths = map(Path, get_verdicts(dataset, get_benchmarks_of(dataset)))
        paths = [path for path in paths if path.exists()]
        target = Path(f"results/{dataset}/gates.tsv")
        written = target.stat().st_mtime if target.exists() else 0
        if any(path.stat().st_mtime > written for path in paths):
            # A full disk may be what ended the run.
            with contextlib.suppress(OSError):
                join_tables(paths, target)


onerror:
    forget_run()
    gather_verdicts()
