import base64

import pandas as pd
import pytest
from endobench.report.panels import density_panel, estimates_panel, svg_uri

EXTENT = {"effect": [-1.0, 2.0], "score": [-0.5, 0.5]}
CELL = {"effect_low": 0, "effect_high": 1, "score_low": 0, "score_high": 1, "n": 3}


def svg_of(chart):
    kind, data = svg_uri(chart).split(",")
    assert kind == "data:image/svg+xml;base64"
    return base64.b64decode(data).decode()


@pytest.mark.parametrize("n", [0, 3])
def test_a_small_density_is_drawn_with_its_labels(n):
    bins = pd.DataFrame([CELL] * n, columns=list(CELL))
    svg = svg_of(density_panel(bins, "effect (slope)", "score (log2)", EXTENT))
    assert "effect (slope)" in svg and "score (log2)" in svg


def test_a_long_title_of_the_upright_axis_is_no_longer_than_the_axis():
    title = "predicted score: largest log fold change of a splice junction in the gene"
    svg = svg_of(density_panel(pd.DataFrame([CELL]), "effect", title, EXTENT))
    assert ">predicted score: largest log fold change of a<" in svg
    assert ">splice junction in the gene<" in svg


def test_estimates_are_drawn_with_their_words_in_order():
    names = ["as published", "effects\ninstead", "corrected"]
    frame = pd.DataFrame({"step": names, "value": [0.0, 0.5, 0.7]})
    frame = frame.assign(low=frame["value"] - 0.1, high=frame["value"] + 0.1)
    frame["text"] = [f"{each:.2f}" for each in frame["value"]]
    svg = svg_of(estimates_panel(frame, "Spearman"))
    places = [
        svg.index(f">{each}<") for each in ("as published", "effects", "corrected")
    ]
    assert places == sorted(places)
    assert all(f">{each}<" in svg for each in frame["text"])
