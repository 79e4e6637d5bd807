"""DeepMind's open model on this machine, with the same interface as the hosted one.

`alphagenome_research` is optional: it is not on PyPI, it needs a large GPU, and its
weights are available only after accepting their terms. Release 0.2.0 was tried.
"""

import dataclasses
import importlib
import logging
import os
import pathlib
import re

from endobench.core.errors import InputError, NotAnswered, WrongAnswer
from endobench.design.models import HUBS
from endobench.design.scorers import is_by_gene
from endobench.model import batches
from endobench.model.alphagenome_client import dna_client
from endobench.model.checkpoint import DEFAULT_VERSION, in_brief, locate

log = logging.getLogger(__name__)

PACKAGE = "alphagenome_research"
_RELEASE = "0.2.0"
# The lock as a constraint keeps pip from changing the packages of the workflow.
INSTALL = (
    "pip install -c envs/requirements.txt 'jax[cuda12]'"
    f" '{PACKAGE} @ git+https://github.com/google-deepmind/{PACKAGE}@v{_RELEASE}'"
)
# A setting of jax, in the environment in upper case.
_COMPILED_IN = "JAX_COMPILATION_CACHE_DIR"
# Bases of the sequences of a batch: as many as the model's longest window has.
_BATCH_BP = 1_048_576
_MOST_IN_BATCH = 32
# What jax raises if a device fails, in its older and newer releases.
_OF_THE_DEVICE = {"XlaRuntimeError", "JaxRuntimeError"}
# Files of the package's settings that a scorer needs beside the annotation of genes.
_MORE_ANNOTATION = {
    "SPLICE_JUNCTIONS": [
        "splice_site_starts_feather_path",
        "splice_site_ends_feather_path",
    ],
    "POLYADENYLATION": ["pas_feather_path"],
}


def load(
    source,
    version,
    genome_path,
    organism,
    device="gpu",
    scorers=(),
    annotation=None,
    compiled=None,
):
    """Load the open model with the benchmark's genome.

    Whatever can be told without the 1.8 GB of parameters is told before they are read:
    the package, the version, the device, the log-in and the folder.

    Parameters
    ----------
    source : str
        "huggingface", "kaggle", or the folder of a checkpoint.
    version : str or None
        Name of a `dna_client.ModelVersion`; None means ALL_FOLDS.
    genome_path : path-like
        Indexed FASTA.
    organism : dna_client.Organism
        The organism of that genome.
    device : {"gpu", "tpu", "cpu"}
    scorers : list of str, optional
        Names of the scorers that will be asked for. Those by gene need the annotation
        that the package names.
    annotation : path-like, optional
        Folder with copies of these files, under the names that end their addresses.
        Without it, the package downloads them.
    compiled : path-like, optional
        Folder where compiled functions are kept, so that another job need not compile
        them for the same device and length of sequences. A folder that the environment
        names (JAX_COMPILATION_CACHE_DIR) takes its place.

    Returns
    -------
    alphagenome.models.v1.dna_model.DnaModel

    Raises
    ------
    InputError
        If the package or the device is missing, or the weights cannot be loaded.
    """
    dna_model = _imported("model.dna_model")
    _check_version(version)
    where = device_of(device)
    folder, needed = locate(source, version), _annotation(scorers)
    if compiled and not os.environ.get(_COMPILED_IN):
        jax = importlib.import_module("jax")
        kept = str(pathlib.Path(compiled).resolve())
        log.info("compiled functions are kept in %s", kept)
        jax.config.update(_COMPILED_IN.lower(), kept)
    log.info("loading the weights in %s on %s", folder, where)
    try:
        settings = _organism_settings(
            dna_model, genome_path, organism.name, needed, annotation
        )
        return dna_model.create(folder, organism_settings=settings, device=where)
    except InputError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise _of_the_device(error) from error
        which = f" {(version or DEFAULT_VERSION).lower()}" if source in HUBS else ""
        also = " and the annotation that scorers by gene need" if needed else ""
        raise InputError(
            f"the weights{which} of {source}{also} cannot be loaded: {in_brief(error)}"
        ) from error


def batch_size(length_bp, device, most=None):
    """Return the number of variants that the open model predicts together.

    Parameters
    ----------
    length_bp : int
        Length of each sequence.
    device : {"gpu", "tpu", "cpu"}
    most : int, optional
        The number that a config sets. Otherwise, a batch has the bases of the model's
        longest window, or one variant on a CPU, which a batch keeps no busier.
    """
    if most or device == "cpu":
        return most or 1
    return min(max(_BATCH_BP // length_bp, 1), _MOST_IN_BATCH)


def in_batches(model, device, most=None):
    """Return the open model so that calls of several threads share batches.

    Parameters
    ----------
    model : alphagenome.models.v1.dna_model.DnaModel
        From `load`; only what is returned may be used afterwards.
    device, most
        See `batch_size`.

    Returns
    -------
    model : object
        With the methods of the client's `DnaModel` that are used.
    hang_up : callable
        Ends the calls that wait for a batch.
    """
    if not batches.fits(model):
        if most != 1:
            log.warning(
                "this release of %s has no function for batches; variants are predicted"
                " one at a time",
                PACKAGE,
            )
        return model, lambda: None

    def size_of(length_bp):
        return batch_size(length_bp, device, most)

    joined = batches.InBatches(model, size_of, is_out_of_memory)
    return joined, joined.hang_up


class Metadata:
    """The tracks of the open model, read from the files of its package.

    Neither the parameters nor a device are needed. The tracks are those that a loaded
    model lists: without the padding between them.
    """

    def __init__(self):
        # That the package is missing is told before anything of it is looked for.
        self._module = _imported("model.metadata.metadata")

    def output_metadata(self, organism=dna_client.Organism.HOMO_SAPIENS):
        """Return the tracks of each output type, as a mapping to data frames."""
        found = self._module.load(organism)
        return {
            output: found.get(output)[~is_padding]
            for output, is_padding in found.padding.items()
        }


def _imported(name):
    """Return a module of the optional package."""
    try:
        release = getattr(importlib.import_module(PACKAGE), "__version__", _RELEASE)
        if _numbers(release) < _numbers(_RELEASE):
            # Earlier ones align the tracks of indels differently.
            raise ImportError(f"release {_RELEASE} or later, not {release}")
        return importlib.import_module(f"{PACKAGE}.{name}")
    except Exception as error:
        # A package that does not fit the others may raise anything.
        raise InputError(
            f"service weights needs the package {PACKAGE} ({in_brief(error)}); run"
            f" {INSTALL}"
        ) from None


def _imported_jax():
    """Return jax, after checking that the package that needs it is there."""
    _imported("model")
    return importlib.import_module("jax")


def _numbers(release):
    return [int(number) for number in re.findall(r"\d+", release)[:3]]


def _check_version(version):
    known = [each.name for each in dna_client.ModelVersion]
    if version and version not in known:
        raise InputError(
            f"key 'model_version': {version!r} is not one of {', '.join(known)}"
        )


def any_device():
    """Return the kind of the best device of this machine: "gpu", "tpu" or "cpu"."""
    jax = _imported_jax()
    kinds = {each.platform for each in jax.local_devices()}
    return next((kind for kind in ("gpu", "tpu") if kind in kinds), "cpu")


def device_of(kind):
    """Return the first device of a kind, without loading anything onto it.

    Raises
    ------
    InputError
        If jax finds none.
    """
    jax = _imported_jax()
    try:
        return jax.local_devices(backend=kind)[0]
    except (RuntimeError, IndexError) as error:
        if kind == "cpu":
            advice = "unset JAX_PLATFORMS"
        else:
            advice = (
                "check the driver and install jax for it (for NVIDIA: jax[cuda12]), or"
                " set weights_device: cpu, which takes minutes per variant"
            )
        raise InputError(
            f"key 'weights_device': jax finds no {kind} on this machine"
            f" ({in_brief(error)}); {advice}"
        ) from None


def _annotation(scorers):
    """Return which files of annotation the package needs for scorers."""
    by_gene = {name for name in scorers if is_by_gene(name)}
    needed = ["gtf_feather_path"] if by_gene else []
    for name, paths in _MORE_ANNOTATION.items():
        needed += paths if name in by_gene else []
    return needed


def _organism_settings(dna_model, genome_path, name, needed=(), folder=None):
    """Return the model's settings with the genome that REF was checked against.

    A checkpoint covers all organisms. No other file is read: neither those of other
    organisms nor this one's annotation, unless a scorer by gene needs it.
    """
    settings = {}
    for organism, each in dna_model.default_organism_settings().items():
        is_scored = organism.name == name
        paths = {
            field.name: None
            for field in dataclasses.fields(each)
            if field.name.endswith("_path") and not (is_scored and field.name in needed)
        }
        if is_scored:
            paths["fasta_path"] = str(genome_path)
            for field in needed if folder else ():
                paths[field] = _copy_of(getattr(each, field), folder)
        settings[organism] = dataclasses.replace(each, **paths)
    return settings


def _copy_of(address, folder):
    """Return the path of a file's copy in a folder, named as its address ends."""
    path = pathlib.Path(folder) / str(address).rpartition("/")[2]
    if not path.is_file():
        what = "does not exist" if not path.exists() else "is no file"
        raise InputError(
            f"key 'weights_annotation': {path} {what}; expected a copy of {address}"
        )
    return str(path)


def isolating(ask):
    """Wrap a local model's function, so that an error concerns one variant only.

    An error of the device, such as its memory, meets every variant alike, and one of the
    code (a package of another release) does, too. Both end the job.
    """

    def ask_alone(row, names):
        try:
            return ask(row, names)
        except (InputError, WrongAnswer, TypeError, AttributeError, ImportError):
            raise
        except Exception as error:
            if is_out_of_memory(error) or _is_of_the_device(error):
                raise _of_the_device(error) from error
            raise NotAnswered(in_brief(error)) from error

    return ask_alone


def is_out_of_memory(error):
    """Return whether the memory of a device or of this machine did not suffice."""
    if isinstance(error, MemoryError):
        return True
    words = str(error)
    return _is_of_the_device(error) and (
        "RESOURCE_EXHAUSTED" in words or "out of memory" in words.lower()
    )


def _is_of_the_device(error):
    return any(each.__name__ in _OF_THE_DEVICE for each in type(error).__mro__)


def _of_the_device(error):
    """Return the error that ends a job whose device failed."""
    if is_out_of_memory(error):
        return InputError(
            f"the open model ran out of memory ({in_brief(error, 120)}); end other"
            " programs on its device, set a smaller window_bp, or use a device with more"
            " memory. Answers so far are kept"
        )
    return InputError(
        f"the device of the open model failed: {in_brief(error)}. Answers so far are"
        " kept; run again to continue"
    )
