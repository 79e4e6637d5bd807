import functools

import numpy as np
import pandas as pd
import pytest
from drawings import REAL, STANDIN, conclusion_of, crowding, marks, words
from endobench.core.columns import CURVES
from endobench.design.models import STANDIN_MARK
from endobench.design.scorers import TABLE_SCORER
from endobench.evaluate.curves import curves
from endobench.evaluate.options import AgreementOptions
from endobench.figures.canvas import save
from endobench.figures.curves import (
    abstention_figure,
    calibration_figure,
    sign_agreement_figure,
)
from frames import benchmark, blocks_of

FIGURES = pytest.mark.parametrize(
    "draw", [sign_agreement_figure, calibration_figure, abstention_figure]
)
AWKWARD = r"$\frac{" + "W" * 50 + "<script>alert(1)</script>"


def curves_of(is_signed=True, unit="slope", n_features=200, model=REAL):
    frame = measured(is_signed, unit == "label", n_features)
    # All units but labels are measured in the same way.
    return frame.assign(unit=unit, model=model)


@functools.cache
def measured(is_signed, has_labels, n_features):
    pairs, _ = benchmark(n_features=n_features)
    if has_labels:
        pairs["label"] = (pairs["effect"] > 0.8).astype(float)
        pairs["unit"] = "label"
    return curves(
        pairs,
        blocks_of(),
        AgreementOptions(
            null=0.0,
            is_signed=is_signed,
            classes=["label", 1, 0] if has_labels else [],
            n_resamples=100,
            seed=1,
        ),
        dataset="d",
        protocol="corrected",
        negatives_per_positive=2,
    )


def conclusion(why=""):
    strata = "lead_per_feature", "all_pairs"
    return pd.concat([conclusion_of(why, stratum) for stratum in strata])


@functools.cache
def usual(draw):
    return draw(curves_of(), "a title", conclusion())


def heights(figure, *kinds):
    return np.concatenate([line.get_ydata() for line in marks(figure, *kinds)])


@pytest.mark.parametrize("unit", ["slope", "log2_aFC", "Pi", "label", "p_value"])
@pytest.mark.parametrize("is_signed", [True, False])
def test_every_unit_is_legible(unit, is_signed):
    frame = curves_of(is_signed, unit)
    shown = conclusion() if unit != "label" else None
    draws = [sign_agreement_figure, calibration_figure]
    # Signs that are right have no unit.
    draws += [abstention_figure] if unit in ("slope", "label") else []
    for draw in draws:
        if is_signed and unit == "slope":
            figure = usual(draw)
        else:
            figure = draw(frame, "a title", shown)
        assert crowding(figure) == []


@FIGURES
@pytest.mark.parametrize("factor", [1e-12, 1e9])
def test_any_scale_is_legible(draw, factor):
    frame = curves_of()
    columns = ["x_low", "x_high"]
    if draw is not abstention_figure:
        columns.append("x")
    if draw is calibration_figure:
        columns += ["value", "ci_low", "ci_high"]
    frame = frame.assign(**{name: factor * frame[name] for name in columns})
    assert crowding(draw(frame)) == []


@FIGURES
def test_names_of_users_are_text(draw):
    frame = curves_of().assign(scorer=TABLE_SCORER, model=AWKWARD)
    figure = draw(frame, "$<b>$", conclusion(AWKWARD))
    assert crowding(figure) == []
    assert r"$\frac{" in words(figure)


def test_every_bin_is_drawn_in_the_panel_of_its_stratum():
    frame = curves_of()
    for draw, curve, factor in (
        (sign_agreement_figure, "sign_agreement", 100),
        (calibration_figure, "calibration", 1),
    ):
        rows = frame[frame["curve"] == curve]
        figure = draw(rows)
        panels = [bins_of(axes) for axes in figure.axes if marks_of(axes)]
        strata = ("lead_per_feature", "all_pairs")
        for points, stratum in zip(panels, strata, strict=True):
            here = rows[rows["stratum"] == stratum].sort_values("x")
            # A bin is where its median is.
            assert points[:, 0] == pytest.approx(here["x"])
            assert points[:, 1] == pytest.approx(factor * here["value"])


def marks_of(axes):
    kinds = ("bins", "open bins", "bins without interval")
    return [line for line in axes.lines if line.get_gid() in kinds]


def bins_of(axes):
    """Return the x and y of all bins of a panel, in order."""
    points = np.concatenate([np.transpose(line.get_data()) for line in marks_of(axes)])
    return points[np.argsort(points[:, 0])]


@pytest.mark.parametrize(
    ("values", "scale", "said"),
    [
        ([0.1, 0.5, 1], "linear", None),
        ([-1, -0.4, 0.5, 1], "linear", None),
        ([1e-29, 1e-12, 1e-3], "log", "(log scale)"),
        ([-1, -0.01, 0, 0.002, 0.01, 2], "asinh", "(linear near 0, log scale beyond)"),
    ],
)
def test_bins_are_on_a_numeric_axis(values, scale, said):
    frame = curves_of()
    frame = frame[frame["curve"] == "calibration"]
    frame = frame.groupby("stratum", observed=True).head(len(values)).copy()
    frame["x"] = np.tile(values, 2)
    figure = calibration_figure(frame)
    axes = [each for each in figure.axes if marks_of(each)]
    assert {each.get_xscale() for each in axes} == {scale}
    assert "scale)" not in words(figure) if said is None else said in words(figure)
    assert len(bins_of(axes[0])) == len(values)
    low, high = axes[0].get_xlim()
    assert low < min(values) and max(values) < high
    assert crowding(figure) == []


def test_strata_with_the_same_bins_are_drawn_once():
    frame = curves_of()
    leads = frame[frame["stratum"] == "lead_per_feature"]
    twice = pd.concat([leads, leads.assign(stratum="all_pairs")])
    figure = calibration_figure(twice)
    assert len([axes for axes in figure.axes if marks_of(axes)]) == 1
    assert "best scored variant per feature (all pairs: the same)" in words(figure)
    assert crowding(figure) == []


@FIGURES
def test_all_pairs_of_classes_are_positives(draw):
    text = words(draw(curves_of(), has_classes=True))
    assert "all positives\n" in text and "all pairs\n" not in text


def test_all_pairs_of_labels_are_not_only_positives():
    text = words(calibration_figure(curves_of(unit="label"), has_classes=True))
    assert "all pairs\n" in text and "all positives" not in text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 0),
        ({"is_signed": False}, "value"),
        ({"unit": "label"}, "share"),
    ],
)
def test_the_line_is_the_value_of_an_uninformative_score(options, expected):
    frame = curves_of(**options)
    rows = frame[(frame["curve"] == "calibration") & (frame["stratum"] == "all_pairs")]
    if expected:
        factor = 100 if expected == "share" else 1
        expected = factor * np.average(rows["value"], weights=rows["n"])
    line = marks(calibration_figure(frame), "null")[-1]
    assert line.get_ydata()[0] == pytest.approx(expected)
    if not options:
        rows = frame[frame["curve"] == "sign_agreement"].sort_values("x")
        rows = rows[rows["stratum"] == "all_pairs"]
        line = marks(sign_agreement_figure(frame), "null")[-1]
        assert line.get_ydata() == pytest.approx(100 * np.repeat(rows["chance"], 2))
        assert np.ptp(rows["chance"]) > 0


def test_points_of_abstention_are_at_the_share_that_is_answered():
    frame = curves_of()
    frame = frame[frame["curve"] == "abstention"]
    figure = abstention_figure(frame)
    rows = frame[frame["stratum"] == "all_pairs"].sort_values("x")
    chance, asked = (marks(figure, kind)[-1] for kind in ("null", "asked"))
    points = bins_of(chance.axes)
    assert points[:, 0] == pytest.approx(rows["x"])
    assert points[:, 1] == pytest.approx(100 * rows["value"])
    assert chance.get_ydata() == pytest.approx(100 * rows["chance"])
    assert set(asked.get_ydata()) == {90}
    labels = [each.get_text() for each in chance.axes.get_xticklabels()]
    assert {"20", "100"} <= set(labels)
    assert f"{rows['n'].max()} pairs" in words(figure)


def test_a_bin_is_open_as_marks_of_all_figures_are():
    frame = curves_of()
    frame = frame[frame["curve"] == "sign_agreement"].sort_values("x")
    is_second = (frame["bin"] == 2).to_numpy()
    low = np.where(is_second, np.nan, frame["chance"] + 0.01)
    low = np.where(frame["bin"] == 3, frame["chance"] - 0.01, low)
    frame = frame.assign(ci_low=low, ci_high=1.0)
    figure = sign_agreement_figure(frame)
    panels = [each for each in figure.axes if marks_of(each)]
    strata = ("lead_per_feature", "all_pairs")
    for axes, stratum in zip(panels, strata, strict=True):
        rows = frame[frame["stratum"] == stratum]
        filled, opened, without = marks_of(axes)
        is_other = rows["bin"].isin([2, 3])
        assert opened.get_xdata() == pytest.approx(rows.loc[rows["bin"] == 3, "x"])
        assert filled.get_xdata() == pytest.approx(rows.loc[~is_other, "x"])
        assert opened.get_markerfacecolor() == "white"
        # All pairs of a bin may agree, which must not look as though none did.
        assert without.get_xdata() == pytest.approx(rows.loc[rows["bin"] == 2, "x"])
        assert without.get_marker() == "x"
    assert "open mark: not significant" in words(figure)
    assert "cross: no interval" in words(figure)
    significant = words(
        sign_agreement_figure(frame.assign(ci_low=frame["chance"] + 0.01))
    )
    assert "open mark" not in significant and "cross" not in significant


@FIGURES
def test_one_bin_is_drawn(draw):
    frame = curves_of(n_features=12)
    assert frame.groupby(["curve", "stratum"]).size().min() == 1
    figure = draw(frame)
    assert crowding(figure) == []
    assert sum(len(bins_of(each)) for each in figure.axes if marks_of(each)) == 2
    assert "one bin" in words(figure) or draw is abstention_figure


@FIGURES
def test_bins_without_a_value_are_left_out(draw):
    frame = curves_of(n_features=1).assign(value=np.nan, ci_low=np.nan, ci_high=np.nan)
    figure = draw(frame)
    assert crowding(figure) == []
    assert heights(figure, "bins").size == 0


@FIGURES
def test_a_stratum_without_pairs_says_so(draw):
    frame = curves_of()
    figure = draw(frame[frame["stratum"] == "all_pairs"])
    assert "no pairs" in words(figure)
    assert crowding(figure) == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"is_signed": False}, "the effect allele is not known"),
        ({"unit": "label"}, "effects are labels"),
    ],
)
def test_where_effects_have_no_sign_the_figure_says_so(options, text):
    figure = sign_agreement_figure(curves_of(model=STANDIN, **options), "title")
    assert text in words(figure) and STANDIN_MARK in words(figure)
    assert crowding(figure) == []


@FIGURES
def test_without_pairs_the_figure_says_so_with_the_stamp_of_the_conclusion(draw):
    nothing = pd.DataFrame(columns=CURVES.names)
    figure = draw(nothing, "t", conclusion().assign(model=STANDIN))
    assert "no pairs" in words(figure) and STANDIN_MARK in words(figure)
    assert "no pairs" in words(draw(nothing))


@FIGURES
def test_what_is_not_reportable_says_why(draw):
    figure = draw(curves_of(), "t", conclusion("failing gates: effect_signs"))
    assert "NOT REPORTABLE: failing gates: effect signs" in words(figure)
    assert words(figure).count("(not reportable)") == 2
    assert crowding(figure) == []
    assert "reportable" not in words(usual(draw)).lower()


@FIGURES
def test_curves_of_several_benchmarks_are_refused(draw):
    frame = curves_of()
    both = pd.concat([frame, frame.assign(protocol="published")])
    with pytest.raises(ValueError, match="d/corrected, d/published; expected one"):
        draw(both)


@FIGURES
def test_the_same_frame_gives_the_same_bytes(draw, tmp_path):
    again = draw(curves_of(), "a title", conclusion())
    for figure, name in ((usual(draw), "one.pdf"), (again, "two.pdf")):
        save(figure, tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
