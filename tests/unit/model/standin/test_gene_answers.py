"""Answers by gene, as the official client reads them, are the model's own values."""

import grpc
import numpy as np
import pytest
from alphagenome.atlas import atlas
from alphagenome.data import genome
from alphagenome.models.v1 import dna_client, variant_scorers, variant_scoring_utils
from alphagenome.protos import atlas_service_pb2, atlas_service_pb2_grpc
from alphagenome.protos.v1 import dna_model_pb2, dna_model_service_pb2
from annotated import (
    EMPTY,
    WINDOW_BP,
    gene_lines,
    gene_model,
    kinds_at,
    variant_at,
    window_at,
)
from endobench.design.scorers import tracks_of
from endobench.model.atlas import atlas_asker
from endobench.model.service import list_tracks
from endobench.model.standin import server as standin
from endobench.model.standin.gene_answers import GeneFilter
from endobench.model.standin.gene_scores import MOST_GENES, SCORERS, score
from endobench.model.standin.model_service import ModelService
from endobench.model.wire import wire_asker
from servers import client_of, service_at, substitutions

POSITION = 300_250
RNA = variant_scorers.GeneMaskLFCScorer(requested_output=dna_client.OutputType.RNA_SEQ)
RECOMMENDED = variant_scorers.RECOMMENDED_VARIANT_SCORERS


def serving(model):
    return standin.start_server(model.model, genes=model)


@pytest.fixture(scope="module")
def address(annotated):
    server, port = serving(annotated.model)
    yield f"127.0.0.1:{port}"
    server.stop(grace=0).wait()


@pytest.fixture(scope="module")
def channel(address):
    options = [("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(address, options) as channel:
        yield channel


@pytest.fixture(scope="module")
def client(channel):
    return dna_client.DnaClient(channel=channel, metadata=[("x-goog-api-key", "none")])


@pytest.fixture(scope="module")
def atlas_client(channel):
    return atlas.AtlasClient(atlas_service_pb2_grpc.AtlasServiceStub(channel))


def asked(variant):
    return genome.Variant(
        variant.chromosome,
        variant.position,
        variant.reference_bases,
        variant.alternate_bases,
    )


def ask(client, variant, scorers, **options):
    window = window_at(variant.position)
    interval = genome.Interval("chr1", window.start, window.end)
    return client.score_variant(interval, asked(variant), scorers, **options)


@pytest.mark.services
@pytest.mark.parametrize("name", SCORERS)
@pytest.mark.parametrize("is_merged", [True, False])
def test_the_clients_table_has_the_models_values(client, annotated, name, is_merged):
    variant = kinds_at(annotated.sequence, POSITION)["insertion"]
    [found] = ask(
        client, variant, [RECOMMENDED[name]], merge_stranded_gene_tracks=is_merged
    )
    own = score(annotated.model, window_at(POSITION), variant, name, is_merged)
    np.testing.assert_array_equal(found.X, own.raw)
    quantiles = found.layers["quantiles"]
    assert np.isnan(quantiles).tolist() == np.isnan(own.raw).tolist()
    assert np.nanmax(np.abs(quantiles)) <= 1
    assert found.obs["gene_id"].tolist() == [row.gene.gene_id for row in own.rows]
    assert found.obs["strand"].tolist() == [row.gene.strand for row in own.rows]
    assert found.obs["gene_type"].tolist() == [row.gene.kind for row in own.rows]
    assert found.var["name"].tolist() == [track.name for track in own.tracks]
    strands = ["." if is_merged else track.strand for track in own.tracks]
    assert found.var["strand"].tolist() == strands
    if name == "SPLICE_JUNCTIONS":
        places = zip(
            found.obs["junction_Start"], found.obs["junction_End"], strict=True
        )
        assert [*places] == [row.junction for row in own.rows]


@pytest.mark.services
@pytest.mark.parametrize("name", ["RNA_SEQ", "RNA_SEQ_ACTIVE", "SPLICE_SITE_USAGE"])
def test_merging_is_the_clients_own(client, annotated, name):
    variant = kinds_at(annotated.sequence, POSITION)["deletion"]
    one, whole = (
        ask(client, variant, [RECOMMENDED[name]], merge_stranded_gene_tracks=each)[0]
        for each in (True, False)
    )
    theirs = variant_scoring_utils.merge_stranded_gene_tracks(whole)
    np.testing.assert_array_equal(one.X, theirs.X)
    np.testing.assert_array_equal(one.layers["quantiles"], theirs.layers["quantiles"])
    assert one.var.equals(theirs.var)
    assert 0.2 < np.isnan(whole.X).mean() < 0.6


@pytest.mark.services
def test_several_scorers_and_centre_masks_are_answered_in_order(client, annotated):
    variant = kinds_at(annotated.sequence, POSITION)["substitution"]
    mask = variant_scorers.CenterMaskScorer(
        requested_output=dna_client.OutputType.DNASE,
        width=501,
        aggregation_type=variant_scorers.AggregationType.DIFF_LOG2_SUM,
    )
    found = ask(client, variant, [RNA, mask, RECOMMENDED["POLYADENYLATION"]])
    assert len(found) == 3
    assert [each.X.shape[0] == 1 for each in found[1:]] == [True, False]
    assert {"gene_id"} <= set(found[0].obs)
    tidy = variant_scorers.tidy_scores(found)
    assert set(tidy["gene_id"].dropna()) <= {
        each.split(".")[0] for each in found[0].obs["gene_id"]
    }


@pytest.mark.services
def test_without_a_gene_in_the_window_there_are_no_rows(client, annotated):
    variant = kinds_at(annotated.sequence, EMPTY)["substitution"]
    for found in ask(client, variant, [RECOMMENDED[name] for name in SCORERS]):
        assert found.X.shape[0] == 0 < found.X.shape[1]
        assert found.layers["quantiles"].shape == found.X.shape


def test_answers_come_in_chunks_with_ids_as_in_the_annotation(annotated):
    scorer = dna_model_pb2.VariantScorer()
    scorer.gene_mask.requested_output = dna_model_pb2.OUTPUT_TYPE_RNA_SEQ
    request = dna_model_service_pb2.ScoreVariantRequest(
        interval=window_at(POSITION),
        variant=kinds_at(annotated.sequence, POSITION)["substitution"],
        variant_scorers=[scorer],
        merge_stranded_gene_tracks=True,
    )
    ids = []
    for bare in (False, True):
        model = gene_model(annotated.genome, annotated.genes, has_bare_ids=bare)
        first, *chunks = ModelService(model.model, model).ScoreVariant([request], None)
        data = first.output.variant_data
        assert len(chunks) == data.values.chunk_count > 1
        ids.append([gene.gene_id for gene in data.metadata.gene_metadata])
    assert [each.split(".")[0] for each in ids[0]] == ids[1]
    assert all("." in each for each in ids[0])


def test_without_an_annotation_there_are_no_genes(annotated):
    model = gene_model(annotated.genome, None)
    variant = kinds_at(annotated.sequence, POSITION)["substitution"]
    assert score(model, window_at(POSITION), variant, "RNA_SEQ", True).rows == []


@pytest.mark.services
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"position": 5}, "does not lie in the interval"),
        ({"chromosome": "chr9"}, "unknown chromosome 'chr9'"),
    ],
)
def test_questions_without_an_answer_are_refused(client, annotated, change, reason):
    variant = kinds_at(annotated.sequence, POSITION)["substitution"]
    window = window_at(POSITION)
    for name, value in change.items():
        setattr(variant, name, value)
    with pytest.raises(grpc.RpcError) as caught:
        client.score_variant(
            genome.Interval("chr1", window.start, window.end), asked(variant), [RNA]
        )
    assert reason in caught.value.details()


@pytest.mark.services
def test_more_genes_than_alphagenome_scores_are_refused(annotated, tmp_path):
    genes = tmp_path / "genes.gtf"
    places = range(280_000, 280_000 + 100 * (MOST_GENES + 1), 100)
    genes.write_text(
        "".join(
            gene_lines(f"ENSG{place:011d}.1", "+", [[(place, place + 50)]])
            for place in places
        )
    )
    server, port = serving(gene_model(annotated.genome, genes))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        client = dna_client.DnaClient(channel=channel, metadata=[])
        with pytest.raises(grpc.RpcError) as caught:
            ask(client, variant_at(annotated.sequence, POSITION), [RNA])
    server.stop(grace=0).wait()
    assert f"more than {MOST_GENES} genes" in caught.value.details()


@pytest.mark.services
def test_the_atlas_holds_merged_scores_of_genes(atlas_client, annotated):
    variant = kinds_at(annotated.sequence, POSITION)["substitution"]
    found = atlas_client.query_variant(asked(variant), requested_scorers=["RNA_SEQ"])
    window = dna_model_pb2.Interval(
        chromosome="chr1", start=POSITION - 2**19, end=POSITION + 2**19
    )
    own = score(annotated.model, window, variant, "RNA_SEQ", True)
    table = found["RNA_SEQ"]
    np.testing.assert_array_equal(table.X, own.raw)
    assert table.obs["gene_id"].tolist() == [row.gene.gene_id for row in own.rows]
    assert table.var["name"].tolist() == [track.name for track in own.tracks]
    listed = atlas_client.scorer_metadata()
    assert set(SCORERS) < set(listed)
    assert {name for name in SCORERS if listed[name].is_signed} == {"RNA_SEQ"}


@pytest.mark.services
def test_the_atlas_filters_rows_by_gene_and_tracks_by_term(atlas_client, annotated):
    variant = kinds_at(annotated.sequence, POSITION)["substitution"]
    ids = ["ENSG00000000001", "ENSG00000000002.4"]
    found = atlas_client.query_variant(
        asked(variant),
        requested_scorers=["RNA_SEQ", "SPLICE_SITES"],
        gene_ids=ids,
        ontology_terms=["UBERON:0013756"],
    )
    table = found["RNA_SEQ"]
    assert {each.split(".")[0] for each in table.obs["gene_id"]} == {
        each.split(".")[0] for each in ids
    }
    assert set(table.var["gtex_tissue"]) == {"Whole_Blood"}
    # Tracks without a term are not filtered by it.
    assert found["SPLICE_SITES"].X.shape[1] == 2


@pytest.mark.services
def test_the_atlas_gives_ids_only_under_a_field_mask_that_has_them(channel, annotated):
    stub = atlas_service_pb2_grpc.AtlasServiceStub(channel)
    request = atlas_service_pb2.GetDenseVariantScoresRequest(
        variant=kinds_at(annotated.sequence, POSITION)["substitution"],
        filter='scores.variant_scorer.name = "RNA_SEQ"',
    )
    kinds = []
    for mask in (
        "scores.shape,scores.scores",
        "scores.metadata.gene_scorers",
        "scores",
    ):
        metadata = [("x-goog-fieldmask", mask)]
        [found] = stub.GetDenseVariantScores(request, metadata=metadata).scores
        kinds.append([each.WhichOneof("payload") for each in found.metadata])
    assert kinds == [[], ["gene_scorers"], ["tracks", "gene_scorers"]]


def test_a_filter_names_genes_by_id_or_name():
    text = (
        '(scores.metadata.gene_scorers.metadata.gene_id = "ENSG1.2" OR'
        ' scores.metadata.gene_scorers.metadata.name = "B")'
    )
    assert GeneFilter.of(text) == ({"ENSG1"}, {"B"})
    assert GeneFilter.of("") == (set(), set())


def row_of(sequence, position, start):
    """Return a variant and its window in the columns of a shard."""
    [row] = substitutions(sequence, [position]).itertuples(index=False)
    return row._replace(window_start=start, window_end=start + WINDOW_BP)


def expected_answer(annotated, row, name, interval):
    """Return ids and values by gene of a scorer, in the order of the model's rows."""
    variant = dna_model_pb2.Variant(chromosome="chr1", position=row.pos)
    variant.reference_bases, variant.alternate_bases = row.ref, row.alt
    found = score(annotated.model, interval, variant, name, True)
    table = {}
    for each, values in zip(found.rows, found.raw, strict=True):
        gene_id = each.gene.gene_id.split(".")[0]
        table[gene_id] = np.maximum(values, table.get(gene_id, values))
    return table


@pytest.mark.services
@pytest.mark.parametrize("position", [POSITION, EMPTY])
def test_the_library_reads_the_same_values(address, annotated, position):
    start = position - WINDOW_BP // 2
    row = row_of(annotated.sequence, position, start)
    with client_of(address) as made:
        names = {
            name: list_tracks(made.client, tracks_of(name), service_at(address))[
                "track"
            ].tolist()
            for name in SCORERS
        }
        answers = wire_asker(made, names)(row, list(SCORERS))
        wide = row._replace(window_start=position - 2**19)
        held = atlas_asker(made, names)(wide, ["RNA_SEQ"])
    for name, answer in zip(SCORERS, answers, strict=True):
        interval = dna_model_pb2.Interval(
            chromosome="chr1", start=row.window_start, end=row.window_end
        )
        expected = expected_answer(annotated, row, name, interval)
        assert answer.feature_ids.tolist() == list(expected)
        assert answer.raw.shape == (len(expected), len(names[name]))
        for values, own in zip(answer.raw, expected.values(), strict=True):
            np.testing.assert_array_equal(values, own)
    interval = dna_model_pb2.Interval(
        chromosome="chr1", start=position - 2**19, end=position + 2**19
    )
    expected = expected_answer(annotated, row, "RNA_SEQ", interval)
    assert held[0].feature_ids.tolist() == list(expected)
    np.testing.assert_array_equal(held[0].raw, [*expected.values()])
