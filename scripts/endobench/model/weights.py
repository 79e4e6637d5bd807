"""DeepMind's open model on this machine, behind the same class as the hosted one.

`alphagenome_research` is an optional installation: it is not on PyPI, needs a large GPU,
and its weights are given after their terms were accepted.
"""

import dataclasses
import importlib
import pathlib

from endobench.core.errors import InputError, NotAnswered

HUBS = ("huggingface", "kaggle")
_MODULE = "alphagenome_research.model.dna_model"


def load(source, version, genome_path, organism):
    """Load the open model with the benchmark's genome.

    Parameters
    ----------
    source : str
        "huggingface", "kaggle", or the folder of a checkpoint.
    version : str or None
        Name of a `dna_client.ModelVersion`; None is ALL_FOLDS.
    genome_path : path-like
        Indexed FASTA.
    organism : dna_client.Organism
        Whose genome it is.

    Returns
    -------
    alphagenome.models.dna_model.DnaModel

    Raises
    ------
    InputError
        If the package is missing or the weights cannot be loaded.
    """
    try:
        dna_model = importlib.import_module(_MODULE)
    except ImportError as error:
        raise InputError(
            f"service weights needs the package alphagenome_research ({error}): pip"
            " install git+https://github.com/google-deepmind/alphagenome_research"
        ) from None
    version = (version or "ALL_FOLDS").lower()
    try:
        settings = _organism_settings(dna_model, genome_path, organism.name)
        if source in HUBS:
            create = getattr(dna_model, f"create_from_{source}")
            return create(version, organism_settings=settings)
        checkpoint = pathlib.Path(source).resolve()
        return dna_model.create(checkpoint, organism_settings=settings)
    except Exception as error:
        raise InputError(
            f"the weights {version} of {source} cannot be loaded:"
            f" {type(error).__name__}: {error}"
        ) from error


def _organism_settings(dna_model, genome_path, name):
    """Return the model's settings with the genome that REF was checked against.

    A checkpoint is of all organisms. Nothing else of them is read: neither another's
    files nor this one's annotation, which the scorers of open chromatin do not need.
    """
    settings = {}
    for organism, each in dna_model.default_organism_settings().items():
        is_asked = organism.name == name
        paths = {
            field.name: None
            for field in dataclasses.fields(each)
            if field.name.endswith("_path")
            and not (is_asked and field.name == "calibration_path")
        }
        if is_asked:
            paths["fasta_path"] = str(genome_path)
        settings[organism] = dataclasses.replace(each, **paths)
    return settings


def isolating(ask):
    """Return an asker of a local model that takes any error for one of the variant."""

    def ask_alone(row, names):
        try:
            return ask(row, names)
        except InputError:
            raise
        except Exception as error:
            raise NotAnswered(f"{type(error).__name__}: {error}") from error

    return ask_alone
