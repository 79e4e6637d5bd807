from typing import NamedTuple

import pytest
from annotated import gene_model, write_annotated
from endobench.model.standin.gene_model import GeneModel


class Annotated(NamedTuple):
    genome: object
    genes: object
    sequence: str
    model: GeneModel


@pytest.fixture(scope="session")
def annotated(tmp_path_factory):
    """Return a genome with genes, and the stand-in's model of both."""
    genome, genes, sequence = write_annotated(tmp_path_factory.mktemp("annotated"))
    return Annotated(genome, genes, sequence, gene_model(genome, genes))
