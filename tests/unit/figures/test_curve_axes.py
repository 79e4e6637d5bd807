import numpy as np
import pandas as pd
import pytest
from endobench.evaluate.curves import ABSTENTION, CALIBRATION, SIGN_AGREEMENT
from endobench.figures.curve_axes import (
    ValueAxis,
    kind_of_scale,
    limits_of_values,
    set_scale,
    wrapped_unit,
)
from matplotlib.figure import Figure

LINEAR, LOG, APART = "", "log scale", "linear near 0, log scale beyond"


def bins_at(*x, curve=CALIBRATION, **columns):
    return pd.DataFrame({"curve": curve, "x": x, "chance": np.nan}).assign(**columns)


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (bins_at(-1.0, -0.5, 0.5, 1.0), LINEAR),
        (bins_at(0.01, 0.1, 0.5, 0.99), LINEAR),
        (bins_at(0.001, 0.01, 0.1, 1.0), LOG),
        (bins_at(-1.0, -0.01, 0.0, 0.01, 1.0), APART),
        (bins_at(0.0, 0.001, 0.01, 1.0), APART),
        # Shares of pairs stay as they are.
        (bins_at(0.001, 0.01, 0.1, 1.0, curve=ABSTENTION), LINEAR),
    ],
)
def test_bins_over_many_sizes_are_spread(rows, kind):
    assert kind_of_scale(rows) == kind
    axes = Figure().add_subplot()
    set_scale(axes, rows)
    low, high = axes.get_xlim()
    assert low < rows["x"].min() or rows["curve"].iloc[0] == ABSTENTION
    assert rows["x"].max() < high
    ticks = axes.get_xticks()
    inside = np.sort(ticks[(ticks >= low) & (ticks <= high)])
    assert len(inside) >= 2
    places = axes.transData.transform(np.column_stack([inside, np.zeros(len(inside))]))
    width = np.ptp(axes.transData.transform([[low, 0], [high, 0]])[:, 0])
    # No tick hides its neighbour.
    assert np.diff(places[:, 0]).min() > 0.1 * width


def test_one_bin_has_an_axis_around_it():
    axes = Figure().add_subplot()
    set_scale(axes, bins_at(0.0, curve=SIGN_AGREEMENT))
    low, high = axes.get_xlim()
    assert low < 0 < high


def test_limits_include_intervals_and_the_line():
    rows = bins_at(1.0, 2.0, value=[0.1, 0.2], ci_low=[0.0, 0.1], ci_high=[0.2, np.nan])
    low, high = limits_of_values(rows, ValueAxis("mean", -0.5, "no effect"))
    assert low < -0.5 and high > 0.2
    nothing = rows.assign(value=np.nan, ci_low=np.nan, ci_high=np.nan)
    assert limits_of_values(nothing, ValueAxis("share", np.nan, "", 100)) == (0, 100)


def test_a_long_label_breaks_before_its_unit():
    label = "mean eQTL effect, ALT minus REF, of all pairs (s.d. of expression)"
    assert wrapped_unit(label).splitlines()[-1] == "(s.d. of expression)"
    assert wrapped_unit("positives among pairs (%)") == "positives among pairs (%)"
