import pandas as pd
import pytest
from endobench import explorer as module
from endobench import shown
from endobench.explorer import explorers
from endobench.packed import unpack
from endobench.shown import Room
from reported import KEY, material_of


def explored(folder, room=10**7, **options):
    material = material_of(folder)
    return explorers(
        [KEY],
        material,
        {KEY: options.get("task", "signed")},
        options.get("classes", {}),
        options.get("gene_names"),
        Room(room),
    )


def test_every_pair_can_be_explored(tmp_path):
    [found] = explored(tmp_path)
    points, bins = unpack(found.rows), unpack(found.bins)
    assert len(points) == found.n_held == found.n_whole == bins["n"].sum() == 120
    pairs = pd.read_parquet(tmp_path / "pairs.parquet")
    merged = points.merge(
        pairs, left_on=["variant", "feature"], right_on=["variant_id", "feature_id"]
    )
    assert merged["score"].to_numpy() == pytest.approx(merged["raw"], rel=1e-5)
    assert merged["effect_x"].to_numpy() == pytest.approx(merged["effect_y"], rel=1e-5)
    assert found.path == "demo/corrected/pairs.tsv.gz"


def test_where_room_is_short_the_surest_stand_for_all(tmp_path, monkeypatch):
    [whole] = explored(tmp_path)
    monkeypatch.setattr(module, "FEWER", 20)
    # These pairs are few.
    monkeypatch.setattr(shown, "_LEAST_BYTES", 0)
    [found] = explored(tmp_path, room=len(whole.rows) - 1)
    assert (found.n_held, found.n_whole) == (20, 120)
    # The density is of all.
    assert found.bins == whole.bins
    assert explored(tmp_path, room=10) == []


def test_units_stand_on_the_axes(tmp_path):
    [found] = explored(tmp_path)
    text = str(found.density)
    assert "eQTL effect, ALT minus REF (slope, s.d. of expression)" in text
    assert "predicted effect, ALT minus REF (s)" in text


def test_genes_are_named(tmp_path):
    [found] = explored(tmp_path, gene_names=pd.Series({"g1": "GATA1"}))
    points = unpack(found.rows)
    assert set(points["gene"].dropna()) == {"GATA1"}
    assert "gene" in str(found.points)
