import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import PAIRS
from endobench.report import explorer as module
from endobench.report import html_tables
from endobench.report.explorer import (
    COLUMNS,
    PairOptions,
    density_of,
    explorers,
    points_of,
    unit_null,
)
from endobench.report.html_tables import Room
from endobench.report.packed import unpack
from hypothesis import given
from hypothesis import strategies as st
from reported import KEY, inputs_of


def explored(folder, room=10**7, **options):
    inputs = inputs_of(folder)
    options = {KEY: PairOptions("signed", **options)}
    return explorers([KEY], inputs.pairs, options, Room(room))


def test_every_pair_can_be_explored(tmp_path):
    [found] = explored(tmp_path)
    points, bins = unpack(found.rows), unpack(found.bins)
    assert len(points) == found.n_held == found.n_pairs == bins["n"].sum() == 120
    pairs = pd.read_parquet(tmp_path / "pairs.parquet")
    merged = points.merge(
        pairs, left_on=["variant", "feature"], right_on=["variant_id", "feature_id"]
    )
    assert merged["score"].to_numpy() == pytest.approx(merged["raw"], rel=1e-5)
    assert merged["effect_x"].to_numpy() == pytest.approx(merged["effect_y"], rel=1e-5)
    assert found.path == "demo/corrected/pairs.tsv.gz"


def test_with_little_room_only_some_pairs_are_held(tmp_path, monkeypatch):
    [whole] = explored(tmp_path)
    monkeypatch.setattr(module, "FEWER", 20)
    # The few pairs of this test need less than the usual least room.
    monkeypatch.setattr(html_tables, "_LEAST_BYTES", 0)
    [found] = explored(tmp_path, room=len(whole.rows) - 1)
    assert (found.n_held, found.n_pairs) == (20, 120)
    # The density counts all pairs.
    assert found.bins == whole.bins
    assert explored(tmp_path, room=10) == []


def test_axes_have_units(tmp_path):
    [found] = explored(tmp_path)
    text = str(found.density)
    # In two lines, of which each fits on a phone.
    assert "['eQTL effect, ALT minus REF', '(slope, s.d. of expression)']" in text
    assert "predicted effect, ALT minus REF (s)" in text


def test_genes_have_names_in_the_page(tmp_path):
    [found] = explored(tmp_path, gene_names=pd.Series({"g1": "GATA1"}))
    points = unpack(found.rows)
    assert set(points["gene"].dropna()) == {"GATA1"}
    assert "gene" in str(found.points)


def pairs_of(*rows):
    names = ["variant_id", "feature_id", "effect", "raw", "p_value"]
    frame = pd.DataFrame(rows, columns=names).assign(source_id="s")
    return frame.reindex(columns=PAIRS.names)


SIGNED = PairOptions("signed")
PAIRS_OF_TWO = pairs_of(
    ("v1", "g1", 0.5, -0.2, 0.01),
    ("v2", "g1", -0.4, 0.3, 1e-9),
    ("v3", "g2", 0.1, 0.1, 0.5),
    ("v4", "g2", np.nan, 0.1, 0.5),
)


def test_leads_come_first_and_then_the_smaller_p_values():
    points, n_pairs = points_of(PAIRS_OF_TWO, SIGNED)
    assert points["variant"].tolist() == ["v2", "v3", "v1"]
    assert points["lead"].tolist() == [True, True, False]
    assert n_pairs == 3


def test_fewer_points_are_the_first_of_all():
    whole, _ = points_of(PAIRS_OF_TWO, SIGNED)
    fewer, n_pairs = points_of(PAIRS_OF_TWO, SIGNED, most=2)
    pd.testing.assert_frame_equal(fewer, whole.head(2))
    assert n_pairs == 3


def test_the_order_of_rows_does_not_matter():
    shuffled = PAIRS_OF_TWO.iloc[[2, 0, 3, 1]]
    pd.testing.assert_frame_equal(
        points_of(PAIRS_OF_TWO, SIGNED)[0], points_of(shuffled, SIGNED)[0]
    )


def test_sizes_are_distances_from_the_null():
    points, _ = points_of(PAIRS_OF_TWO, PairOptions("magnitude"), null=0.5)
    assert (points["score"] >= 0).all()
    assert sorted(points["effect"]) == pytest.approx([0.0, 0.4, 0.9])


def test_with_classes_only_positives_are_shown():
    options = SIGNED._replace(classes=["p_value", 1e-3, 0.1])
    points, _ = points_of(PAIRS_OF_TWO, options)
    assert points["variant"].tolist() == ["v2"]


def test_genes_have_names_and_empty_columns_are_left_out():
    names = pd.Series({"g1": "GATA1"})
    points, _ = points_of(PAIRS_OF_TWO, SIGNED._replace(gene_names=names))
    assert points.set_index("variant")["gene"].dropna().to_dict() == {
        "v2": "GATA1",
        "v1": "GATA1",
    }
    assert set(points) < set(COLUMNS)
    assert "pip" not in points


def test_without_pairs_there_are_no_points():
    points, n_pairs = points_of(PAIRS_OF_TWO.head(0), SIGNED)
    assert len(points) == n_pairs == 0
    assert density_of(points).empty


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1, 1)), min_size=1, max_size=40)
)
def test_the_density_counts_every_point_once(values):
    points = pd.DataFrame(values, columns=["effect", "score"])
    cells = density_of(points)
    assert cells["n"].sum() == len(points)
    assert (cells["effect_low"] < cells["effect_high"]).all()
    assert (cells["score_low"] < cells["score_high"]).all()


def test_a_few_outliers_do_not_stretch_the_grid():
    random = np.random.default_rng(1)
    points = pd.DataFrame({"effect": random.normal(size=2000), "score": 0.1})
    points.loc[0, "effect"] = 1e6
    assert density_of(points)["effect_high"].max() < 10


def test_the_null_of_an_unknown_unit_is_zero():
    assert unit_null("slope") == 0
    assert unit_null("furlongs") == 0
