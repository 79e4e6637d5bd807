import gene_answers
import pandas as pd
import pytest
from alphagenome.models.v1.dna_output import OutputMetadata
from endobench.core.columns import TRACKS
from endobench.core.errors import InputError
from endobench.model.client import Connection
from endobench.model.service import Service, connection, list_tracks
from servers import (
    FaultyService,
    client_of,
    service_at,
    serving,
    tracks_at,
    write_genome,
)


@pytest.fixture(scope="module")
def client(genome):
    with serving(genome[0]) as (_, address), client_of(address) as made:
        yield made.client


@pytest.mark.services
def test_a_stand_in_is_recognised_under_any_service(client):
    tracks = list_tracks(client, "DNASE", service_at("host:1", "mine"))
    assert list(tracks.columns) == TRACKS.names
    assert tracks["model"].str.startswith("standin/").all()
    assert (tracks["ontology_curie"] == "EFO:0002067").sum() == 1


@pytest.mark.services
def test_a_chip_track_has_its_target(client):
    tracks = list_tracks(client, "CHIP_TF", Service("standin"))
    assert tracks["target"].tolist() == ["GATA1", "SPI1", "CTCF"] * 2
    assert list_tracks(client, "DNASE", Service("standin"))["target"].isna().all()


class Histone:
    """A client whose model has a histone mark."""

    def output_metadata(self, organism):
        metadata = {"name": ["a", "b"], "histone_mark": ["H3K27ac", "H3K4me1"]}
        return OutputMetadata(chip_histone=pd.DataFrame(metadata).assign(strand="."))


def test_the_target_of_a_histone_track_is_its_mark():
    tracks = list_tracks(Histone(), "CHIP_HISTONE", Service("alphagenome"))
    assert tracks["target"].tolist() == ["H3K27ac", "H3K4me1"]


@pytest.mark.services
@pytest.mark.parametrize("output", ["NOISE", "CAGE"])
def test_unknown_output_is_named(client, output):
    with pytest.raises(InputError, match=output):
        list_tracks(client, output, Service("standin"))


@pytest.mark.services
def test_another_genome_is_another_model(client, tmp_path):
    tracks = list_tracks(client, "DNASE", Service("standin"))
    with serving(write_genome(tmp_path, seed=4)[0]) as (_, address):
        assert tracks_at(address)["model"][0] != tracks["model"][0]


@pytest.mark.services
def test_a_failed_list_of_tracks_is_requested_again(genome):
    with serving(genome[0], metadata_faults=1) as (service, address):
        assert len(tracks_at(address)) == 8
        assert service.metadata_faults == 0


class Elsewhere(FaultyService):
    """A model that is not recognised as the stand-in."""

    def __init__(self, model, **options):
        super().__init__(model, **options)
        for track in model.metadata:
            track.data_source = "elsewhere"


@pytest.mark.services
def test_a_model_is_named_after_its_service_and_the_requested_version(genome):
    with serving(genome[0], Elsewhere) as (_, address), client_of(address) as made:
        for service, name in (
            (service_at("host:1"), "address/host:1/default/"),
            (service_at("host:1", "mine"), "address/mine/default/"),
            (Service("alphagenome", model_version="FOLD_1"), "alphagenome/FOLD_1/"),
        ):
            models = list_tracks(made.client, "DNASE", service)["model"].unique()
            assert len(models) == 1 and models[0].startswith(name)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        (Service("alphagenome"), "alphagenome"),
        (Service("standin", model_name="mine"), "standin"),
        (Service("address", "host:1"), "address/host:1"),
        (Service("address", "host:1", model_name="mine"), "address/mine"),
        (Service("weights", "kaggle", model_name="mine"), "weights/mine"),
        (Service("weights", "/models/fold_0/"), "weights"),
        (Service("weights", "/models/fold_0", model_name="mine"), "weights/mine"),
    ],
)
def test_the_names_of_services_keep_their_answers_apart(service, name):
    assert service.name == name


@pytest.mark.services
def test_a_connection_has_what_its_calls_need(genome):
    with (
        serving(genome[0]) as (_, address),
        connection(
            service_at(address)._replace(model_version="FOLD_1"),
            None,
            deadline_s=10,
            connect_timeout_s=10,
        ) as made,
    ):
        assert isinstance(made, Connection)
        assert made.channel is not None
        assert made.model_version == "FOLD_1"
        assert len(made.client.output_metadata().dnase) == 8


class ByGene(FaultyService, gene_answers.GeneService):
    """A model service with RNA-seq and splicing."""


@pytest.fixture(scope="module")
def gene_client(genome):
    """Yield a client of a service whose tracks have strands and tissues."""
    with serving(genome[0], ByGene) as (_, address), client_of(address) as made:
        yield made.client


OUTPUTS = ("RNA_SEQ", "SPLICE_SITES", "SPLICE_SITE_USAGE", "SPLICE_JUNCTIONS")


@pytest.mark.services
@pytest.mark.parametrize("output", OUTPUTS)
def test_tracks_of_scorers_by_gene_are_those_of_the_output_merged(gene_client, output):
    whole, merged = (
        list_tracks(gene_client, name, Service("alphagenome"))
        for name in (output, f"{output}.genes")
    )
    assert list(merged.columns) == list(whole.columns) == TRACKS.names
    assert (set(whole["output"]), set(merged["output"])) == (
        {output},
        {f"{output}.genes"},
    )
    assert set(merged["model"]) == set(whole["model"])
    assert merged["position"].tolist() == list(range(len(merged)))
    assert merged["track"].tolist() == list(dict.fromkeys(whole["track"]))
    assert merged["strand"].eq(".").all()
    assert (len(whole) > len(merged)) == (whole["strand"] != ".").any()


@pytest.mark.services
def test_a_track_has_its_strand_assay_tissue_and_source(gene_client):
    tracks = list_tracks(gene_client, "RNA_SEQ", Service("alphagenome"))
    assert tracks["strand"].tolist() == [*"++++----", *"." * 7]
    is_gtex = tracks["gtex_tissue"].notna()
    assert tracks.loc[is_gtex, "gtex_tissue"].tolist() == [*gene_answers.TISSUES]
    assert set(tracks.loc[is_gtex, "data_source"]) == {"gtex"}
    assert set(tracks.loc[~is_gtex, "data_source"]) == {"encode"}
    assert set(tracks.loc[is_gtex, "assay"]) == {"polyA plus RNA-seq"}
    merged = list_tracks(gene_client, "RNA_SEQ.genes", Service("alphagenome"))
    assert merged["gtex_tissue"].dropna().tolist() == [*gene_answers.TISSUES]
    sites = list_tracks(gene_client, "SPLICE_SITES", Service("alphagenome"))
    assert sites["strand"].tolist() == [*"++--"]
    empty = ["ontology_curie", "biosample", "assay", "gtex_tissue", "data_source"]
    assert sites[empty].isna().all().all()


def test_more_that_is_told_of_tracks_does_not_rename_a_model():
    """Answers were paid for under these names."""

    class Fixed:
        def output_metadata(self, organism):
            metadata = {"name": ["a", "b"], "ontology_curie": ["CL:1", None]}
            metadata |= {"data_source": ["encode", "gtex"], "strand": ["+", "-"]}
            metadata |= {"gtex_tissue": ["", "Liver"], "Assay title": ["x", "y"]}
            return OutputMetadata(dnase=pd.DataFrame(metadata))

    tracks = list_tracks(Fixed(), "DNASE", Service("alphagenome"))
    assert set(tracks["model"]) == {"alphagenome/default/2452067f5da6"}


def test_strands_that_cannot_be_merged_are_told_for_scorers_by_gene_alone():
    class Uneven:
        def output_metadata(self, organism):
            metadata = {"name": ["a", "b"], "strand": ["+", "-"]}
            return OutputMetadata(rna_seq=pd.DataFrame(metadata))

    assert len(list_tracks(Uneven(), "RNA_SEQ", Service("alphagenome"))) == 2
    with pytest.raises(InputError, match="RNA_SEQ tracks of the two strands do not"):
        list_tracks(Uneven(), "RNA_SEQ.genes", Service("alphagenome"))
    with pytest.raises(InputError, match="offers no SPLICE_SITES tracks"):
        list_tracks(Uneven(), "SPLICE_SITES.genes", Service("alphagenome"))
