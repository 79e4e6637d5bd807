import vl_convert
from drawings import ranking_of
from endobench.report.charts import (
    density_chart,
    points_chart,
    ranking_chart,
)
from endobench.report.explorer import COLUMNS

EXTENT = {"effect": [-1.0, 2.0], "score": [-0.5, 0.5]}


def drawn(chart, **datasets):
    """Return a chart as SVG; invalid Vega-Lite is an error."""
    return vl_convert.vegalite_to_svg({**chart, "datasets": datasets})


def test_a_density_is_drawn_with_its_labels_and_can_be_brushed():
    chart = density_chart("effect (slope)", "score (log2)", "a density", EXTENT)
    cell = {"effect_low": 0, "effect_high": 1, "score_low": 0, "score_high": 1}
    svg = drawn(chart, bins=[cell | {"n": 3}, cell | {"n": 1, "effect_low": -1}])
    assert "effect (slope)" in svg
    assert "score (log2)" in svg
    assert chart["description"] == "a density"
    names = [each.get("name") for each in chart["params"]]
    assert "brush" in names


def test_the_tooltip_of_a_point_shows_every_column():
    chart = points_chart("effect", "score", "pairs", COLUMNS, EXTENT)
    fields = {each["field"] for each in chart["encoding"]["tooltip"]}
    assert fields == set(COLUMNS)
    point = {"variant": "<b>$x_1$</b>", "effect": 1, "score": 2, "lead": "yes"}
    assert "<b>" not in drawn(chart, points=[point])


def test_leads_have_another_shape():
    chart = points_chart("effect", "score", "pairs", ["variant", "effect"], EXTENT)
    assert chart["encoding"]["shape"]["field"] == "lead"


def test_every_bound_of_a_cell_has_its_own_title():
    chart = density_chart("effect", "score", "a density", EXTENT)
    [tooltip] = [
        layer["encoding"]["tooltip"]
        for layer in chart["layer"]
        if "tooltip" in layer["encoding"]
    ]
    titles = [each["title"] for each in tooltip]
    assert len(set(titles)) == len(titles) == 5


def scales_of(encoding):
    return [encoding[axis]["scale"] for axis in ("x", "y")]


def test_density_and_points_have_the_same_axes():
    density = density_chart("effect", "score", "a density", EXTENT)
    cells = next(each for each in density["layer"] if "tooltip" in each["encoding"])
    points = points_chart("effect", "score", "pairs", COLUMNS, EXTENT)
    assert scales_of(cells["encoding"]) == scales_of(points["encoding"])
    x, y = scales_of(points["encoding"])
    assert (x["domain"], y["domain"]) == ([-1.0, 2.0], [-0.5, 0.5])
    # Points beyond the axes are drawn at their ends.
    assert x["clamp"] and y["clamp"]


def test_a_long_title_of_the_upright_axis_is_no_longer_than_the_axis():
    title = "predicted score: largest log fold change of a splice junction in the gene"
    for svg in (
        drawn(density_chart("effect", title, "a density", EXTENT), bins=[]),
        drawn(points_chart("effect", title, "pairs", COLUMNS, EXTENT), points=[]),
    ):
        assert ">predicted score: largest log fold change of a<" in svg
        assert ">splice junction in the gene<" in svg


def test_tracks_are_ranked_by_their_agreement():
    ranking = ranking_of(12)
    ranking = ranking[ranking["stratum"] == "all_pairs"].sample(frac=1, random_state=1)
    chart = ranking_chart(ranking, "Spearman", "tracks")
    [rows] = chart["datasets"].values()
    values = [row["value"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert [row["rank"] for row in rows] == list(range(1, 13))
    assert "Spearman" in drawn({**chart}, **chart["datasets"])
