import vl_convert
from drawings import ranking_of
from endobench.report.charts import density_chart, points_chart, ranking_chart
from endobench.report.explorer import COLUMNS


def drawn(chart, **datasets):
    """Return a chart as SVG; what is no Vega-Lite cannot be drawn."""
    return vl_convert.vegalite_to_svg({**chart, "datasets": datasets})


def test_a_density_is_drawn_with_its_labels_and_can_be_brushed():
    chart = density_chart("effect (slope)", "score (log2)", "what it is")
    cell = {"effect_low": 0, "effect_high": 1, "score_low": 0, "score_high": 1}
    svg = drawn(chart, bins=[cell | {"n": 3}, cell | {"n": 1, "effect_low": -1}])
    assert "effect (slope)" in svg
    assert "score (log2)" in svg
    assert chart["description"] == "what it is"
    names = [each.get("name") for each in chart["params"]]
    assert "brush" in names


def test_a_point_tells_all_that_is_known_of_its_pair():
    chart = points_chart("effect", "score", "pairs", COLUMNS)
    told = {each["field"] for each in chart["encoding"]["tooltip"]}
    assert told == set(COLUMNS)
    point = {"variant": "<b>$x_1$</b>", "effect": 1, "score": 2, "lead": "yes"}
    assert "<b>" not in drawn(chart, points=[point])


def test_leads_are_told_by_shape_too():
    chart = points_chart("effect", "score", "pairs", ["variant", "effect", "score"])
    assert chart["encoding"]["shape"]["field"] == "lead"


def test_tracks_are_ranked_by_their_agreement():
    ranking = ranking_of(12)
    ranking = ranking[ranking["stratum"] == "all_pairs"].sample(frac=1, random_state=1)
    chart = ranking_chart(ranking, "Spearman", "tracks")
    [rows] = chart["datasets"].values()
    values = [row["value"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert [row["rank"] for row in rows] == list(range(1, 13))
    assert "Spearman" in drawn({**chart}, **chart["datasets"])
