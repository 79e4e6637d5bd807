import json

import numpy as np
import pandas as pd
import pytest
from endobench.model.answer import ARRAYS, Answer
from endobench.predict.gene_records import ALL_GENES, Kept
from endobench.predict.journal import Journal
from hypothesis import given, settings
from hypothesis import strategies as st

N_MERGED = 371
GENES = ["ENSG00000182378", "ENSG00000000003", "ENSG00000237094"]
# Ids that no number of four bytes stands for.
OTHERS = [
    "ENSG00000182378_PAR_Y",
    "ENSG00000000000",
    "ENSG99999999999",
    "ENSG0000018237٣",
    "ENSMUSG00000051951",
    "demo_gene_1",
    "é",
]


def answer_of(ids, n_tracks=4, seed=1, name="v1", with_quantiles=True):
    rng = np.random.default_rng(seed)
    raw, quantile = np.float32(rng.normal(size=(2, len(ids), n_tracks)))
    quantile = quantile if with_quantiles else None
    return Answer(name, 7, raw, quantile, feature_ids=np.array(ids, dtype=str))


def write(folder, *answers, keep=ALL_GENES):
    with Journal(folder, keep) as journal:
        for answer in answers:
            journal.append(journal.kept(answer))


def places_of(journal, *names):
    rows = pd.DataFrame({"variant_id": names or ["v1"], "window_start": 7})
    return journal.find(rows)


def read(folder, keep=ALL_GENES):
    with Journal(folder, keep) as journal:
        [place] = places_of(journal)
        return journal.read(place) if place["file"] >= 0 else None


@given(
    ids=st.lists(
        st.sampled_from(GENES + OTHERS)
        | st.integers(0, 10**11 - 1).map(lambda number: f"ENSG{number:011d}")
        | st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=5),
        max_size=9,
        unique=True,
    ),
    n_tracks=st.integers(1, 5),
    with_quantiles=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_genes_and_their_values_are_read_back_bit_by_bit(
    tmp_path_factory, ids, n_tracks, with_quantiles
):
    folder = tmp_path_factory.mktemp("journal")
    answer = answer_of(ids, n_tracks, with_quantiles=with_quantiles)
    keep = Kept(quantiles=tuple(range(n_tracks)))
    write(folder, answer, keep=keep)
    found = read(folder)
    assert found.feature_ids.tolist() == ids
    assert found.left_out is None
    for name in ARRAYS:
        values, expected = getattr(found, name), getattr(answer, name)
        assert (values is None) == (expected is None)
        if expected is not None:
            assert values.dtype == np.float32 and values.shape == expected.shape
            assert values.tobytes() == expected.tobytes()


def test_a_variant_without_genes_is_answered_and_one_the_atlas_lacks_is_not(tmp_path):
    none, held = answer_of([], N_MERGED, name="v1"), answer_of(GENES, name="v2")
    write(tmp_path, none, held, Answer("v3", 7, np.empty(0, np.float32)))
    with Journal(tmp_path) as journal:
        places = places_of(journal, "v1", "v2", "v3", "v4")
        assert places["n_tracks"].tolist() == [N_MERGED, 4, 0, -1]
        assert (places["file"] >= 0).tolist() == [True, True, True, False]
        assert journal.read(places[0]).raw.shape == (0, N_MERGED)
        assert journal.read(places[0]).feature_ids.tolist() == []
        assert journal.read(places[2]).feature_ids is None


@pytest.mark.parametrize(
    ("n_quantiles", "most"), [(0, 1_500), (54, 1_730)], ids=["raw", "GTEx's tissues"]
)
def test_a_gene_takes_little_space(tmp_path, n_quantiles, most):
    ids = [f"ENSG{100_000 + number:011d}" for number in range(20)]
    keep = Kept(quantiles=tuple(range(N_MERGED - n_quantiles, N_MERGED)))
    write(tmp_path, answer_of(ids, N_MERGED), keep=keep)
    [path] = tmp_path.glob("*.journal")
    assert path.stat().st_size < 20 * most
    # No less than its raw scores, each in four bytes.
    assert path.stat().st_size > 20 * N_MERGED * 4


def test_quantiles_are_kept_of_some_tracks_alone(tmp_path):
    answer = answer_of(GENES)
    write(tmp_path, answer, keep=Kept(quantiles=(1, 3)))
    found = read(tmp_path)
    assert found.raw.tobytes() == answer.raw.tobytes()
    assert (found.quantile[:, [1, 3]] == answer.quantile[:, [1, 3]]).all()
    assert np.isnan(found.quantile[:, [0, 2]]).all()


def test_a_model_with_quantiles_is_told_from_one_without(tmp_path):
    write(tmp_path / "with", answer_of(GENES))
    write(tmp_path / "without", answer_of(GENES, with_quantiles=False))
    assert np.isnan(read(tmp_path / "with").quantile).all()
    assert read(tmp_path / "without").quantile is None


def test_a_record_says_how_many_genes_it_keeps_of_how_many(tmp_path):
    answer = answer_of(GENES)
    write(tmp_path, answer, keep=Kept(frozenset(GENES[:1])))
    [path] = tmp_path.glob("*.journal")
    head = json.loads(path.read_bytes()[8:].partition(b"\n")[0])
    assert (head["n_genes"], head["of_genes"], head["raw"]) == (1, 3, 4)
    found = read(tmp_path, Kept(frozenset(GENES[:1])))
    assert found.feature_ids.tolist() == GENES[:1]
    assert found.left_out.tolist() == GENES[1:]
    assert found.raw.tobytes() == answer.raw[:1].tobytes()


@pytest.mark.parametrize(
    ("asked", "is_known"),
    [
        (GENES[:2], True),
        (GENES[:1], True),
        # Not in the window, so that no call could bring it.
        ([GENES[0], "ENSG00000999999"], True),
        ([], True),
        ([GENES[2]], False),
        (GENES, False),
        (None, False),
    ],
)
def test_a_record_that_lacks_an_asked_gene_does_not_count(tmp_path, asked, is_known):
    write(tmp_path, answer_of(GENES), keep=Kept(frozenset(GENES[:2])))
    keep = Kept(None if asked is None else frozenset(asked))
    assert (read(tmp_path, keep) is not None) == is_known
    # Another run learns of it in the same way.
    with Journal(tmp_path, keep) as journal:
        assert list(journal.follow()) == ([("v1", 7)] if is_known else [])


def test_all_genes_serve_any_that_is_asked(tmp_path):
    write(tmp_path, answer_of(GENES))
    for asked in (GENES[:1], GENES[2:], ["ENSG00000999999"]):
        assert read(tmp_path, Kept(frozenset(asked))) is not None


def test_a_record_that_serves_is_found_whatever_came_after_it(tmp_path):
    write(tmp_path, answer_of(GENES))
    write(tmp_path, answer_of(GENES), keep=Kept(frozenset(GENES[:1])))
    assert read(tmp_path).feature_ids.tolist() == GENES


def test_what_is_left_out_once_stays_left_out(tmp_path):
    answer = answer_of(GENES)
    once = answer.of_genes(frozenset(GENES[:2]))
    write(tmp_path, once, keep=Kept(frozenset(GENES[1:2])))
    found = read(tmp_path, Kept(frozenset()))
    assert found.feature_ids.tolist() == GENES[1:2]
    assert sorted(found.left_out) == sorted([GENES[0], GENES[2]])
    assert found.raw.tobytes() == answer.raw[1:2].tobytes()


def test_damage_loses_only_the_record_that_has_it(tmp_path):
    names = ["v1", "v2", "v3"]
    write(tmp_path, *(answer_of(GENES + OTHERS, name=name) for name in names))
    [path] = tmp_path.glob("*.journal")
    whole = path.read_bytes()
    size = len(whole) // len(names)
    for place in range(0, len(whole), 13):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        with Journal(tmp_path) as journal:
            is_found = (places_of(journal, *names)["file"] >= 0).tolist()
        assert is_found == [number != place // size for number in range(len(names))]
