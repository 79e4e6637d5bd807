from typing import NamedTuple

import grpc
import numpy as np
import pysam
import pytest
from alphagenome.atlas import atlas
from alphagenome.models.v1 import dna_client
from alphagenome.protos import atlas_service_pb2_grpc
from annotated import gene_model, write_annotated
from endobench.model.standin import motif_model
from endobench.model.standin import server as standin
from endobench.model.standin.gene_model import GeneModel
from planted import CHROM_BP, GATA_START, HNF4A_START, variant


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


@pytest.fixture(scope="module")
def sequence():
    bases = np.random.default_rng(3).choice(list("ACGT"), CHROM_BP)
    bases[GATA_START : GATA_START + 8] = list("AGATAAGG")
    bases[HNF4A_START : HNF4A_START + 9] = list("CAAAGTCCA")
    bases[:3_000] = "N"
    return "".join(bases)


@pytest.fixture(scope="module")
def genome_path(sequence, tmp_path_factory):
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text(f">chr1\n{sequence}\n>chr2\n{sequence[::-1]}\n")
    pysam.faidx(str(path))
    return path


@pytest.fixture(scope="module")
def channel(genome_path):
    server, port = standin.start_server(motif_model.MotifModel(genome_path))
    options = [("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel:
        yield channel
    server.stop(grace=0).wait()


@pytest.fixture(scope="module")
def client(channel):
    return dna_client.DnaClient(channel=channel, metadata=[("x-goog-api-key", "none")])


@pytest.fixture(scope="module")
def atlas_client(channel):
    return atlas.AtlasClient(atlas_service_pb2_grpc.AtlasServiceStub(channel))


@pytest.fixture(scope="module")
def variants(sequence):
    """One of each kind, all near the planted GATA site."""
    first = sequence[GATA_START + 2]
    return {
        "substitution": variant(sequence, GATA_START + 2),
        "insertion": variant(sequence, GATA_START + 2, alt=first + "CCTGA"),
        "deletion": variant(sequence, GATA_START + 2, n_ref=6, alt=first),
        "two bases": variant(sequence, GATA_START + 2, n_ref=2, alt="CC"),
    }
