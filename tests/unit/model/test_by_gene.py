"""Answers by gene: those of the wire, of the client and of the Atlas are the same."""

import logging

import numpy as np
import pandas as pd
import pytest
from alphagenome.atlas.atlas import AtlasClient
from alphagenome.data import genome as ag_genome
from alphagenome.models.v1 import variant_scoring_utils
from alphagenome.models.v1.variant_scorers import tidy_scores
from alphagenome.protos import atlas_service_pb2_grpc
from endobench.core.errors import InputError, WrongAnswer
from endobench.design.routes import ATLAS_WINDOW_BP
from endobench.design.scorers import GENE_SCORERS, tracks_of
from endobench.model import wire
from endobench.model.atlas import atlas_asker
from endobench.model.scorer_names import parse_scorer
from endobench.model.scorers import model_asker
from endobench.model.service import list_tracks
from endobench.model.standin import server as standin
from endobench.model.standin.motif_model import MotifModel
from endobench.model.wire import wire_asker
from gene_answers import ATLAS_NAMES, GeneAtlas, GeneModel, GeneService
from gene_liars import ABOUT_GENES, ABOUT_KNOWN_GENES, LiarByGene, of_genes
from servers import (
    client_of,
    service_at,
    serving,
    substitutions,
    write_genome,
)

pytestmark = pytest.mark.services

DNASE = "DNASE-501-DIFF_LOG2_SUM"
SCORERS = list(GENE_SCORERS)
WINDOW_BP = 131_072
LISTED = {}
# Genes in the windows around them, as `made_genes` places them.
N_GENES = {100_000: 0, 310_000: 1, 470_000: 3, 810_000: 55}


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"), length=1_100_000)


@pytest.fixture(scope="module")
def liar(genome):
    """Yield a server whose lie is set by each test, and a connection to it."""
    with (
        serving(genome[0], LiarByGene) as (service, address),
        client_of(address) as made,
    ):
        yield service, made


@pytest.fixture
def honest(liar):
    service, made = liar
    service.lie, service.merges = None, True
    service.journal.clear()
    yield service, made
    service.lie, service.merges = None, True


@pytest.fixture(scope="module")
def rows(genome):
    rows = substitutions(genome[1], list(N_GENES))
    start = rows["pos"] - WINDOW_BP // 2
    rows = rows.assign(window_start=start, window_end=start + WINDOW_BP)
    return dict(zip(N_GENES, rows.itertuples(index=False), strict=True))


def names_of(made, scorers=SCORERS):
    # Of a channel, the server and its lists stay the same.
    listed = LISTED.setdefault(made.channel, {})
    for output in {tracks_of(scorer) for scorer in scorers} - listed.keys():
        found = list_tracks(made.client, output, service_at("host:1"))
        listed[output] = found["track"].tolist()
    return {scorer: listed[tracks_of(scorer)] for scorer in scorers}


def the_clients(made, row, scorers):
    """Return what the official client makes of the same question."""
    return made.client.score_variant(
        ag_genome.Interval(row.chrom, row.window_start, row.window_end),
        ag_genome.Variant(row.chrom, row.pos, row.ref, row.alt),
        [parse_scorer(each) for each in scorers],
    )


def assert_same(one, other):
    assert (one.variant_id, one.window_start) == (other.variant_id, other.window_start)
    assert one.feature_ids.tolist() == other.feature_ids.tolist()
    for name in ("raw", "quantile"):
        mine, its = getattr(one, name), getattr(other, name)
        if name == "quantile" and mine is None and not len(one.raw):
            # Of an answer of the Atlas without rows.
            continue
        assert mine.dtype == its.dtype == np.float32
        assert mine.shape == its.shape == (len(one.feature_ids), mine.shape[1])
        assert mine.flags.c_contiguous
        assert mine.tobytes() == its.tobytes()


@pytest.mark.parametrize("scorer", sorted({*SCORERS} - {"SPLICE_JUNCTIONS"}))
@pytest.mark.parametrize("position", N_GENES)
def test_answers_equal_the_clients_to_the_last_bit(honest, rows, scorer, position):
    _, made = honest
    row, names = rows[position], names_of(made, [scorer])
    [answer] = wire_asker(made, names)(row, [scorer])
    [its] = the_clients(made, row, [scorer])
    if not GENE_SCORERS[scorer].needs_body:
        assert len(answer.feature_ids) == N_GENES[position]
    assert its.var["name"].tolist() == names[scorer]
    assert answer.raw.tobytes() == its.X.tobytes()
    assert answer.quantile.tobytes() == its.layers["quantiles"].tobytes()
    ids = its.obs["gene_id"].tolist() if len(its.obs) else []
    assert answer.feature_ids.tolist() == [each.split(".")[0] for each in ids]
    assert_same(answer, model_asker(made.client, names)(row, [scorer])[0])


def test_tidied_scores_of_the_client_are_those_of_each_gene_and_track(honest, rows):
    _, made = honest
    names = names_of(made, ["RNA_SEQ"])
    [answer] = wire_asker(made, names)(rows[810_000], ["RNA_SEQ"])
    tidied = tidy_scores(the_clients(made, rows[810_000], ["RNA_SEQ"]))
    mine = pd.DataFrame(answer.raw, answer.feature_ids, names["RNA_SEQ"])
    its = tidied.pivot_table("raw_score", "gene_id", "track_name")
    assert mine.shape == its.shape == (55, len(names["RNA_SEQ"]))
    np.testing.assert_array_equal(mine, its.loc[mine.index, mine.columns])


def test_of_several_junctions_a_gene_has_the_largest_score_in_each_track(honest, rows):
    _, made = honest
    scorer, position = "SPLICE_JUNCTIONS", 810_000
    names = names_of(made, [scorer])
    [answer] = wire_asker(made, names)(rows[position], [scorer])
    [its] = the_clients(made, rows[position], [scorer])
    assert len(its.obs) > len(answer.feature_ids) > 3
    ids = its.obs["gene_id"].str.split(".").str[0].tolist()
    assert answer.feature_ids.tolist() == list(dict.fromkeys(ids))
    expected = pd.DataFrame(its.X, index=ids).groupby(level=0, sort=False).max()
    np.testing.assert_array_equal(answer.raw, expected)
    assert_same(answer, model_asker(made.client, names)(rows[position], [scorer])[0])


@pytest.mark.parametrize("position", N_GENES)
def test_centre_masks_and_scorers_by_gene_share_a_call(honest, rows, position):
    service, made = honest
    scorers = [DNASE, *SCORERS]
    ask = wire_asker(made, names_of(made, scorers))
    together = ask(rows[position], scorers)
    assert len(service.journal) == 1
    assert together[0].feature_ids is None and together[0].raw.shape == (8,)
    for scorer, answer in zip(SCORERS, together[1:], strict=True):
        assert_same(answer, ask(rows[position], [scorer])[0])


def test_a_variant_without_genes_has_an_answer(honest, rows):
    _, made = honest
    names = names_of(made)
    for make in (
        lambda: wire_asker(made, names),
        lambda: model_asker(made.client, names),
    ):
        for scorer, answer in zip(SCORERS, make()(rows[100_000], SCORERS), strict=True):
            assert answer.raw.shape == (0, len(names[scorer]))
            assert answer.feature_ids.shape == (0,)
            assert answer.feature_ids.dtype.kind == "U"
            assert answer.is_complete() and not answer.has_no_score()


@pytest.mark.parametrize("position", N_GENES)
def test_tracks_of_both_strands_are_merged_by_each_genes(
    honest, rows, position, caplog
):
    service, made = honest
    names = names_of(made)
    expected = wire_asker(made, names)(rows[position], SCORERS)
    service.merges = False
    wired, asked = wire_asker(made, names), model_asker(made.client, names)
    with caplog.at_level(logging.WARNING):
        for ask in (wired, wired, asked):
            for one, other in zip(ask(rows[position], SCORERS), expected, strict=True):
                assert_same(one, other)
                assert one.is_complete()
    said = [each for each in caplog.messages if "merged here" in each]
    # Once for each scorer whose list has two strands.
    assert len(said) == 2 * (len(SCORERS) - 1)
    # The client's own function gives the same.
    unmerged = the_clients(made, rows[position], ["RNA_SEQ"])[0]
    if len(unmerged.obs):
        assert np.isnan(unmerged.X).any()
        its = variant_scoring_utils.merge_stranded_gene_tracks(unmerged)
        assert expected[0].raw.tobytes() == its.X.tobytes()
        assert its.var["name"].tolist() == names["RNA_SEQ"]


@pytest.mark.parametrize("merges", [True, False])
def test_a_value_of_the_genes_own_strand_that_is_no_number_stays_missing(
    honest, rows, merges
):
    service, made = honest
    service.merges = merges
    names = names_of(made, ["RNA_SEQ"])
    [expected] = wire_asker(made, names)(rows[310_000], ["RNA_SEQ"])
    # Of the pairs, with which either list begins, all values of the first.
    n_pairs = 4
    service.lie = of_genes(
        lambda values, genes, tracks: (
            np.where(np.arange(len(tracks)) % n_pairs == 0, np.nan, values),
            genes,
            tracks,
        )
    )
    for ask in (wire_asker(made, names), model_asker(made.client, names)):
        [answer] = ask(rows[310_000], ["RNA_SEQ"])
        assert not answer.is_complete()
        is_number = np.isfinite(answer.raw)
        assert not is_number[0, 0] and is_number[0, 1:n_pairs].all()
        np.testing.assert_array_equal(answer.raw[is_number], expected.raw[is_number])


def test_answers_without_genes_may_have_the_tracks_of_both_strands(honest, rows):
    """The client's merge leaves a table without columns of genes as it is."""
    service, made = honest
    names = names_of(made)
    ask = wire_asker(made, names)
    before = ask(rows[470_000], SCORERS)
    service.merges = False
    for answer in ask(rows[100_000], SCORERS):
        assert len(answer.raw) == 0
    service.merges = True
    for one, other in zip(ask(rows[470_000], SCORERS), before, strict=True):
        assert_same(one, other)


def test_tracks_that_came_before_are_not_parsed_again(honest, rows, monkeypatch):
    _, made = honest
    ask = wire_asker(made, names_of(made))
    first, *others = rows.values()
    ask(first, SCORERS)
    monkeypatch.setattr(wire.track_data_utils, "metadata_from_proto", None)
    for row in others:
        # Their genes differ from the first one's.
        assert any(len(each.raw) for each in ask(row, SCORERS))


def test_genes_are_shared_by_answers_and_cannot_be_changed(honest, rows):
    _, made = honest
    [one], [other] = (
        wire_asker(made, names_of(made, ["RNA_SEQ"]))(row, ["RNA_SEQ"])
        for row in (rows[470_000], rows[470_000]._replace(alt="N", variant_id="n"))
    )
    assert one.feature_ids is other.feature_ids
    assert not np.array_equal(one.raw, other.raw)
    with pytest.raises(ValueError, match="read-only"):
        one.feature_ids[0] = "another"


@pytest.mark.parametrize("lie", ABOUT_KNOWN_GENES)
def test_a_gene_that_changes_between_answers_is_refused(honest, rows, lie):
    service, made = honest
    names, row = names_of(made, ["RNA_SEQ"]), rows[470_000]
    for ask in (wire_asker(made, names), model_asker(made.client, names)):
        service.lie = None
        [answer] = ask(row, ["RNA_SEQ"])
        service.lie = ABOUT_KNOWN_GENES[lie]
        with pytest.raises(WrongAnswer, match=f"{answer.feature_ids[0]} came as "):
            ask(row, ["RNA_SEQ"])


# What comes in place of what was asked for.
WORDS = {
    "a row too few": "asked for 3 rows of",
    "a row too many": "asked for 3 rows of",
    "no genes": "asked for 0 rows of",
    "no rows": "asked for 3 rows of",
    "a gene twice": "one row for each gene; 2 rows of ENSG",
    "a gene twice in two versions": "one row for each gene; 2 rows of ENSG",
    "no id": "'' came for row 1 of 3",
    "a text for an id": "'my gene' came for row 1 of 3",
    "no strand": "none came for ENSG",
    "both strands": "'.' came for ENSG",
    "tracks backwards": "in place 0 instead of",
    "a track too few": "tracks came",
    "values of a track too few": "3 rows of",
    "tracks of one strand": "with strand '.'; it came with '[+]'",
    "three layers": "3 rows of",
    "ratios of any size": "ln ratios",
    "quantiles beyond 1": "quantiles",
    "quantiles for scores": "the same values came for both",
    "integers": "floating-point",
}


@pytest.mark.parametrize("lie", ABOUT_GENES)
def test_an_answer_that_does_not_fit_its_question_is_refused(honest, rows, lie):
    service, made = honest
    words, names = WORDS[lie], names_of(made, ["RNA_SEQ"])
    service.lie = ABOUT_GENES[lie]
    with pytest.raises(WrongAnswer, match=words) as caught:
        wire_asker(made, names)(rows[470_000], ["RNA_SEQ"])
    assert "\n" not in str(caught.value)
    # The client itself reads no more than two layers.
    if lie != "three layers":
        with pytest.raises(WrongAnswer, match=rows[470_000].variant_id) as caught:
            model_asker(made.client, names)(rows[470_000], ["RNA_SEQ"])
        assert "\n" not in str(caught.value)
    service.lie = None
    assert len(wire_asker(made, names)(rows[470_000], ["RNA_SEQ"])[0].raw) == 3


@pytest.fixture(scope="module")
def atlas_served(genome):
    model = MotifModel(genome[0])
    service = GeneAtlas(model)
    server, port = standin.start_server(model, services=(GeneService(model), service))
    with client_of(f"127.0.0.1:{port}", key="a key") as made:
        yield service, made
    server.stop(grace=0).wait()


@pytest.fixture
def of_atlas(atlas_served):
    service, made = atlas_served
    service.names, service.is_merged, service.keeps_empty = (
        list(ATLAS_NAMES),
        True,
        True,
    )
    service.alter, service.headers = lambda scores: None, []
    service.by_gene = GeneModel()
    return service, made


@pytest.fixture(scope="module")
def whole_rows(genome):
    """Return substitutions in windows that the Atlas has; the last one has no gene."""
    rows = substitutions(genome[1], [560_000, 550_000, 545_000])
    start = rows["pos"] - ATLAS_WINDOW_BP // 2
    rows = rows.assign(window_start=start, window_end=start + ATLAS_WINDOW_BP)
    return list(rows.itertuples(index=False))


@pytest.mark.parametrize("is_merged", [True, False])
def test_the_atlas_answers_as_the_model_does(of_atlas, whole_rows, is_merged):
    service, made = of_atlas
    service.is_merged = is_merged
    scorers = [*SCORERS[:2], DNASE, *SCORERS[2:]]
    names = names_of(made, scorers)
    ask, ask_model = atlas_asker(made, names), wire_asker(made, names)
    for row in whole_rows:
        answers, expected = ask(row, scorers), ask_model(row, scorers)
        for scorer, one, other in zip(scorers, answers, expected, strict=True):
            if scorer == DNASE:
                assert one.raw.tobytes() == other.raw.tobytes()
                assert one.feature_ids is None
            else:
                assert_same(one, other)
    assert len(answers[0].feature_ids) > 50


def test_the_clients_atlas_gives_the_same_values(of_atlas, whole_rows):
    service, made = of_atlas
    stub = atlas_service_pb2_grpc.AtlasServiceStub(made.channel)
    row = whole_rows[0]
    [answer] = atlas_asker(made, names_of(made, ["RNA_SEQ"]))(row, ["RNA_SEQ"])
    [fields] = [each["x-goog-fieldmask"] for each in service.headers if each]
    assert "scores.metadata.gene_scorers" in fields.split(",")
    variant = ag_genome.Variant(row.chrom, row.pos, row.ref, row.alt)
    its = AtlasClient(stub, metadata=made.metadata).query_variants(
        [variant], requested_scorers=["RNA_SEQ"], progress_bar=False
    )["RNA_SEQ"]
    assert answer.raw.tobytes() == its.X.tobytes()
    assert answer.quantile.tobytes() == its.layers["quantiles"].tobytes()
    ids = its.obs["gene_id"].str.split(".").str[0].tolist()
    assert answer.feature_ids.tolist() == ids


def test_tracks_of_the_atlas_are_put_in_the_models_order(of_atlas, whole_rows):
    service, made = of_atlas
    names = names_of(made, ["RNA_SEQ"])
    expected = wire_asker(made, names)(whole_rows[0], ["RNA_SEQ"])[0]
    for service.is_merged in (True, False):
        backwards = {"RNA_SEQ": names["RNA_SEQ"][::-1]}
        [answer] = atlas_asker(made, backwards)(whole_rows[0], ["RNA_SEQ"])
        np.testing.assert_array_equal(answer.raw, expected.raw[:, ::-1])
        np.testing.assert_array_equal(answer.quantile, expected.quantile[:, ::-1])
        assert answer.feature_ids.tolist() == expected.feature_ids.tolist()


@pytest.mark.parametrize("keeps_empty", [True, False])
def test_without_genes_the_atlas_answers_or_leaves_it_to_the_model(
    of_atlas, whole_rows, keeps_empty
):
    service, made = of_atlas
    service.keeps_empty = keeps_empty
    scorers = ["SPLICE_SITES", DNASE]
    names = names_of(made, scorers)
    # Nothing lies there.
    sites, mask = atlas_asker(made, names)(whole_rows[1], scorers)
    assert mask.raw.shape == (8,)
    if keeps_empty:
        assert sites.raw.shape == (0, len(names["SPLICE_SITES"]))
        assert sites.feature_ids.shape == (0,)
    else:
        assert sites.raw.shape == (0,) and sites.feature_ids is None
        [sites] = atlas_asker(made, names)(whole_rows[1], ["SPLICE_SITES"])
        assert sites.raw.shape == (0,)


def test_where_the_atlas_says_nothing_of_genes_the_model_is_asked(of_atlas, whole_rows):
    service, made = of_atlas
    scorers = ["RNA_SEQ", DNASE]
    ask = atlas_asker(made, names_of(made, scorers))

    def empty(scores):
        for score in scores:
            if score.variant_scorer.name == "RNA_SEQ":
                for field in ("metadata", "shape", "scores", "calibrated_scores"):
                    score.ClearField(field)

    service.alter = empty
    expression, mask = ask(whole_rows[0], scorers)
    assert mask.raw.shape == (8,)
    assert expression.raw.shape == (0,) and expression.feature_ids is None


def test_a_scorer_by_gene_that_the_atlas_lacks_is_told_with_a_remedy(of_atlas):
    service, made = of_atlas
    service.names.remove("RNA_SEQ_ACTIVE")
    names = names_of(made, ["RNA_SEQ_ACTIVE"])
    with pytest.raises(InputError, match="not list RNA_SEQ_ACTIVE; set route: model"):
        atlas_asker(made, names)
    with pytest.raises(InputError, match="lacks 'another track'; set route: model"):
        atlas_asker(made, {"RNA_SEQ": ["another track"]})
    names = names_of(made, ["RNA_SEQ"])
    service.is_merged = False
    # One strand lacks a track.
    service.by_gene = GeneModel({"RNA_SEQ": service.by_gene.tracks["RNA_SEQ"][1:]}, [])
    service.names = ["RNA_SEQ"]
    with pytest.raises(InputError, match="two strands do not match .*; set route: mod"):
        atlas_asker(made, names)


def test_what_the_atlas_lacks_may_be_left_to_the_model(of_atlas, whole_rows):
    service, made = of_atlas
    scorers = ["RNA_SEQ_ACTIVE", DNASE]
    names = names_of(made, scorers)
    service.names.remove("RNA_SEQ_ACTIVE")
    ask = atlas_asker(made, names, is_strict=False)
    activity, mask = ask(whole_rows[0], scorers)
    assert activity.raw.shape == (0,) and activity.feature_ids is None
    assert mask.raw.shape == (8,)
    [activity] = ask(whole_rows[0], ["RNA_SEQ_ACTIVE"])
    assert activity.raw.shape == (0,)
    # A centre mask that the Atlas has under other tracks is a fault at any time.
    with pytest.raises(InputError, match="lacks 'another track'"):
        atlas_asker(made, {DNASE: ["another track"]}, is_strict=False)


def _without_genes(score):
    score.ClearField("metadata")


def _a_gene_twice(score):
    genes = score.metadata[0].gene_scorers.metadata
    genes[0].gene_id = genes[1].gene_id


def _a_row_fewer(score):
    n_rows, n_tracks = score.shape
    score.shape[0] = n_rows - 1
    score.scores = score.scores[4 * n_tracks :]
    score.calibrated_scores = score.calibrated_scores[4 * n_tracks :]


def _a_gene_fewer(score):
    del score.metadata[0].gene_scorers.metadata[0]


def _no_id(score):
    score.metadata[0].gene_scorers.metadata[2].gene_id = ""


def _fewer_quantiles(score):
    score.calibrated_scores = score.calibrated_scores[4:]


def _of_any_size(score):
    score.scores = np.full(len(score.scores) // 4, 1e38, "<f4").tobytes()


@pytest.mark.parametrize(
    "lie",
    [
        _without_genes,
        _a_gene_twice,
        _a_row_fewer,
        _a_gene_fewer,
        _no_id,
        _fewer_quantiles,
        _of_any_size,
    ],
)
def test_an_answer_of_the_atlas_that_does_not_fit_is_refused(of_atlas, whole_rows, lie):
    service, made = of_atlas
    ask = atlas_asker(made, names_of(made, ["RNA_SEQ"]))
    service.alter = lambda scores: lie(scores[0])
    with pytest.raises(WrongAnswer, match=whole_rows[0].variant_id) as caught:
        ask(whole_rows[0], ["RNA_SEQ"])
    assert "\n" not in str(caught.value)


def test_the_atlas_may_name_no_strands_unless_its_tracks_have_some(
    of_atlas, whole_rows
):
    service, made = of_atlas

    def without_strands(scores):
        for gene in scores[0].metadata[0].gene_scorers.metadata:
            gene.ClearField("strand")

    names = names_of(made, ["RNA_SEQ"])
    [expected] = atlas_asker(made, names)(whole_rows[0], ["RNA_SEQ"])
    service.alter = without_strands
    assert_same(atlas_asker(made, names)(whole_rows[0], ["RNA_SEQ"])[0], expected)
    service.is_merged = False
    with pytest.raises(WrongAnswer, match="each gene's strand, [+] or -; none came"):
        atlas_asker(made, names)(whole_rows[0], ["RNA_SEQ"])
