"""DeepMind's open model on this machine, with the same interface as the hosted one.

`alphagenome_research` is optional: it is not on PyPI, it needs a large GPU, and its
weights are available only after accepting their terms.
"""

import dataclasses
import importlib
import pathlib

from endobench.core.errors import InputError, NotAnswered, WrongAnswer
from endobench.model.faults import fault_of

HUBS = ("huggingface", "kaggle")
_MODULE = "alphagenome_research.model.dna_model"


def load(source, version, genome_path, organism):
    """Load the open model with the benchmark's genome.

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

    Returns
    -------
    alphagenome.models.v1.dna_model.DnaModel

    Raises
    ------
    InputError
        If the package is missing or the weights cannot be loaded.
    """
    try:
        dna_model = importlib.import_module(_MODULE)
    except ImportError as error:
        raise InputError(
            f"service weights needs the package alphagenome_research ({error}); run pip"
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
            f"the weights {version} of {source} cannot be loaded: {fault_of(error)}"
        ) from error


def _organism_settings(dna_model, genome_path, name):
    """Return the model's settings with the genome that REF was checked against.

    A checkpoint covers all organisms. No other file is read: neither those of other
    organisms nor this one's annotation, which scorers of open chromatin do not need.
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
    """Wrap a local model's function, so that an error concerns one variant only."""

    def ask_alone(row, names):
        try:
            return ask(row, names)
        except (InputError, WrongAnswer):
            raise
        except Exception as error:
            raise NotAnswered(str(fault_of(error))) from error

    return ask_alone
