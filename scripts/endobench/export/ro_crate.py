"""The provenance of a run as an RO-Crate, which other tools can read.

The crate is the folder of results, to which a metadata file (a Workflow Run Crate,
doi:10.1371/journal.pone.0309210) and a copy of the Snakefile are added. It contains no
path of the machine on which the run was made.
"""

import datetime
import hashlib
import json
import pathlib
from urllib.parse import quote

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from endobench.core.files import atomic_path
from endobench.design.terms import notice

# The newest version of RO-Crate that the workflow run profiles support.
_VERSION = "1.1"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_MIT = "https://spdx.org/licenses/MIT"
_BENCHMARK = "AlphaGenome endogenous variant benchmark"
# Home pages of software that is not on PyPI.
_HOMES = {
    "python": "https://www.python.org/",
    "bedtools": "https://bedtools.readthedocs.io/",
}
_STANDIN = " The scores come from a stand-in model and say nothing about AlphaGenome."
_LICENCE = "Measured effects are covered by the licences of the inputs."
# Keys of the config that define the benchmarks and name neither a file nor a server.
_KEYS = (
    "service",
    "route",
    "model_version",
    "protocol",
    "chromosomes",
    "genome",
    "scorer",
    "window_bp",
    "study_window_bp",
    "track_set",
    "ld_blocks",
)
_FORMATS = {
    ".html": "text/html",
    ".json": "application/json",
    ".tsv": "text/tab-separated-values",
    ".csv": "text/csv",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".gz": "application/gzip",
    ".parquet": "application/vnd.apache.parquet",
    **dict.fromkeys((".txt", ".bed", ".bedgraph", ".sizes"), "text/plain"),
}


def run_crate(folder, paths, workflow, manifest):
    """Describe a finished run.

    Parameters
    ----------
    folder : path-like
        The folder of results, which becomes the crate.
    paths : iterable of path-like
        Results of the run, within `folder`; a folder stands for all files in it.
    workflow : path-like
        A copy of the workflow's Snakefile, within `folder`.
    manifest : dict
        The run's manifest, see `manifest.manifest`.

    Returns
    -------
    rocrate.rocrate.ROCrate
        With the size and the SHA-256 of each file and of each input. Its time is that of
        the newest file, so equal files and times give an equal crate.

    Raises
    ------
    ValueError
        If a path is not within `folder`.
    """
    folder = pathlib.Path(folder)
    files = sorted(set(_files(paths)))
    end = datetime.datetime.fromtimestamp(
        max(int(path.stat().st_mtime) for path in files), datetime.UTC
    ).isoformat()
    crate = ROCrate(version=_VERSION)
    crate.metadata.extra_contexts.append(_TERMS)
    authors = _add(
        crate, "#authors", "Organization", name=f"Authors of the {_BENCHMARK}"
    )
    main = _add_workflow(crate, folder, pathlib.Path(workflow), manifest, authors)
    results = [_add_file(crate, folder, path) for path in files]
    parameters = _add_parameters(crate, main, manifest["config"])
    inputs = [_add_input(crate, *item) for item in sorted(manifest["inputs"].items())]
    run = crate.add_action(
        main,
        identifier="#run",
        object=[*inputs, *parameters],
        result=results,
        properties={
            "name": f"A run of the {_BENCHMARK}",
            "description": "Snakemake computed the results from the inputs and parameters.",
            "endTime": end,
        },
    )
    _describe_root(crate, manifest, authors, run, end)
    return crate


def write_crate(crate, path):
    """Write the metadata file of a crate atomically."""
    text = json.dumps(
        crate.metadata.generate(), indent=2, sort_keys=True, ensure_ascii=False
    )
    with atomic_path(path) as temporary:
        temporary.write_text(text + "\n")


def _files(paths):
    """Yield files, and all files of folders."""
    for path in map(pathlib.Path, paths):
        for each in [path, *path.rglob("*")]:
            # Snakemake adds a hidden file to an output folder.
            if each.is_file() and not each.name.startswith("."):
                yield each


def _add(crate, identifier, kind, **properties):
    """Add an entity that is not a file, and return it."""
    properties = {"@type": kind, **properties}
    return crate.add(ContextEntity(crate, identifier, properties=properties))


def _content(path):
    """Return the digest and the size of a file."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "contentSize": str(path.stat().st_size)}


def _add_file(crate, folder, path):
    """Add a file of the results, and return it."""
    name = path.relative_to(folder).as_posix()
    encoding = _FORMATS.get(path.suffix, "application/octet-stream")
    properties = {"name": name, "encodingFormat": encoding, **_content(path)}
    return crate.add_file(path, dest_path=name, properties=properties)


def _add_workflow(crate, folder, path, manifest, authors):
    """Add the Snakefile and the software that it requires."""
    main = crate.add_workflow(
        path,
        dest_path=path.relative_to(folder).as_posix(),
        main=True,
        lang="snakemake",
        lang_version=manifest["versions"]["snakemake"],
        properties={
            "name": _BENCHMARK,
            "description": "The Snakefile of the workflow; rules and scripts are in the"
            " git revision given as its version.",
            "encodingFormat": "text/plain",
            **_content(path),
        },
    )
    main["author"] = authors
    main["license"] = _add(crate, _MIT, "CreativeWork", name="MIT License")
    if manifest["git_revision"]:
        main["version"] = manifest["git_revision"]
    for name, version in sorted(manifest["versions"].items()):
        url = _HOMES.get(name, f"https://pypi.org/project/{name}/{version}/")
        known = {"name": name, "softwareVersion": version, "url": url}
        software = _add(crate, url, "SoftwareApplication", **known)
        main.append_to("softwareRequirements", software)
    for model in manifest["models"]:
        identifier = f"#model-{quote(model, safe='')}"
        software = _add(crate, identifier, "SoftwareApplication", name=model)
        main.append_to("softwareRequirements", software)
    return main


def _add_parameters(crate, main, config):
    """Add the parameters of the workflow and their values in the config."""
    values = {
        "datasets": [dataset["name"] for dataset in config["datasets"]],
        **{key: config[key] for key in _KEYS if config[key] is not None},
    }
    added = []
    for key, value in values.items():
        slot = crate.add_formal_parameter(key, "Text", identifier=f"#parameter-{key}")
        main.append_to("input", slot)
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        given = _add(crate, f"#value-{key}", "PropertyValue", name=key, value=text)
        given["exampleOfWork"] = slot
        added.append(given)
    return added


def _add_input(crate, name, record):
    """Add an input under its URL, or under its name if it has no URL of its own."""
    properties = {
        "name": name,
        "sha256": record["sha256"],
        "contentSize": str(record["bytes"]),
        "license": record["licence"],
        "sdDatePublished": record["retrieved"],
        "description": f"Genome build {record['build']}, as given in the sheet of inputs.",
    }
    location = record["location"]
    if "member" in record:
        properties["alternateName"] = record["member"]
    elif location.startswith(("http://", "https://")):
        return crate.add_file(location, properties=properties)
    return _add(crate, f"#input-{quote(name)}", "CreativeWork", **properties)


def _describe_root(crate, manifest, authors, run, end):
    """Describe the crate as a whole."""
    datasets = ", ".join(each["name"] for each in manifest["config"]["datasets"])
    models = ", ".join(manifest["models"])
    crate.name = f"{_BENCHMARK}: {datasets}"
    crate.description = (
        f"Agreement between predicted effects ({models}) and measured effects of natural"
        f" variants.{_STANDIN if manifest['is_standin'] else ''}"
    )
    crate.datePublished = end
    crate.license = _add(
        crate,
        "#licence",
        "CreativeWork",
        name="Licences of the inputs and of the model",
        description=f"{_LICENCE} {notice(manifest['models'])}".strip(),
    )
    crate.root_dataset["author"] = authors
    crate.root_dataset["mentions"] = run
    crate.root_dataset["conformsTo"] = [
        _add(crate, profile, "CreativeWork", name=name, version=profile.split("/")[-1])
        for profile, name in _PROFILES.items()
    ]
