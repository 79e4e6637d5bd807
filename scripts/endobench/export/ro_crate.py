"""What a run made, and what of, as an RO-Crate: provenance that other tools can read.

The crate is the folder of results itself, which gets a metadata file (a Workflow Run
Crate, doi:10.1371/journal.pone.0309210) and a copy of the workflow's table of contents.
It holds no path of the machine that it was made on.
"""

import datetime
import hashlib
import json
import pathlib
from urllib.parse import quote

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from endobench.core.files import atomic_path

# The newest RO-Crate that the profiles of runs are defined for.
_VERSION = "1.1"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_MIT = "https://spdx.org/licenses/MIT"
_BENCHMARK = "AlphaGenome endogenous variant benchmark"
# Where software is at home that is no package of PyPI.
_HOMES = {
    "python": "https://www.python.org/",
    "bedtools": "https://bedtools.readthedocs.io/",
}
_STANDIN = " The scores are a stand-in's; they say nothing about AlphaGenome."
_LICENCE = (
    "Measured effects are under the licences of the inputs, see there. Outputs of the"
    " hosted AlphaGenome service are for non-commercial use and must not train other"
    " models."
)
# The keys of the config that say what was asked, and name neither a file nor a server.
_KEYS = (
    *("service", "route", "model_version", "protocol", "chromosomes", "genome"),
    *("scorer", "window_bp", "study_window_bp", "track_set", "ld_blocks"),
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
        What the run made, within `folder`; of a folder, every file in it.
    workflow : path-like
        A copy of the workflow's Snakefile, within `folder`.
    manifest : dict
        Of that run, see `manifest.manifest`.

    Returns
    -------
    rocrate.rocrate.ROCrate
        With the size and the sha256 of each file and of each input. Its time is that of
        the youngest of `paths`, so equal files and times give an equal crate.

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
            "description": "Snakemake made the results of the inputs and the values.",
            "endTime": end,
        },
    )
    _describe_root(crate, manifest, authors, run, end)
    return crate


def write_crate(crate, path):
    """Write a crate's metadata file, whole or not at all."""
    text = json.dumps(
        crate.metadata.generate(), indent=2, sort_keys=True, ensure_ascii=False
    )
    with atomic_path(path) as temporary:
        temporary.write_text(text + "\n")


def _files(paths):
    for path in map(pathlib.Path, paths):
        for each in [path, *path.rglob("*")]:
            # Snakemake puts a hidden file into a folder that a rule makes.
            if each.is_file() and not each.name.startswith("."):
                yield each


def _add(crate, identifier, kind, **properties):
    properties = {"@type": kind, **properties}
    return crate.add(ContextEntity(crate, identifier, properties=properties))


def _content(path):
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "contentSize": str(path.stat().st_size)}


def _add_file(crate, folder, path):
    name = path.relative_to(folder).as_posix()
    encoding = _FORMATS.get(path.suffix, "application/octet-stream")
    properties = {"name": name, "encodingFormat": encoding, **_content(path)}
    return crate.add_file(path, dest_path=name, properties=properties)


def _add_workflow(crate, folder, path, manifest, authors):
    """Add the Snakefile and the software that it ran with."""
    main = crate.add_workflow(
        path,
        dest_path=path.relative_to(folder).as_posix(),
        main=True,
        lang="snakemake",
        lang_version=manifest["versions"]["snakemake"],
        properties={
            "name": _BENCHMARK,
            "description": "The workflow's table of contents; its rules and scripts are"
            " those of its version, a git revision.",
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
    """Add what the config asked for, and the slots that it fills."""
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
    """Add an input under its address, or where that is not its own under its name."""
    properties = {
        "name": name,
        "sha256": record["sha256"],
        "contentSize": str(record["bytes"]),
        "license": record["licence"],
        "sdDatePublished": record["retrieved"],
        "description": f"On {record['build']}, as the sheet of inputs names it.",
    }
    location = record["location"]
    if "member" in record:
        properties["alternateName"] = record["member"]
    elif location.startswith(("http://", "https://")):
        return crate.add_file(location, properties=properties)
    return _add(crate, f"#input-{quote(name)}", "CreativeWork", **properties)


def _describe_root(crate, manifest, authors, run, end):
    datasets = ", ".join(each["name"] for each in manifest["config"]["datasets"])
    models = ", ".join(manifest["models"])
    crate.name = f"{_BENCHMARK}: {datasets}"
    crate.description = (
        f"How well the effects that {models} predicts for natural variants agree with"
        f" effects measured in people.{_STANDIN if manifest['is_standin'] else ''}"
    )
    crate.datePublished = end
    crate.license = _add(
        crate,
        "#licence",
        "CreativeWork",
        name="Licences of the inputs and of the model",
        description=_LICENCE,
    )
    crate.root_dataset["author"] = authors
    crate.root_dataset["mentions"] = run
    crate.root_dataset["conformsTo"] = [
        _add(crate, profile, "CreativeWork", name=name, version=profile.split("/")[-1])
        for profile, name in _PROFILES.items()
    ]
