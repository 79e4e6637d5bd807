import re
import zlib

import numpy as np
import pandas as pd
import pytest
from endobench.canvas import STAMP_TEXT
from endobench.columns import METRICS, PAIRS, WATERFALL
from endobench.figures import (
    HEXBIN_FROM,
    scatter,
    scatter_figure,
    waterfall,
    waterfall_figure,
)
from PIL import Image

REAL, STANDIN = "alphagenome/default/ab12", "standin/default/cd34"


def pairs_of(n, model=REAL, tail=30):
    random = np.random.default_rng(n)
    effect = random.standard_t(tail, n)
    frame = pd.DataFrame(
        {
            "variant_id": [f"chr1_{1 + i // 2}_A_G" for i in range(n)],
            "effect": effect,
            "raw": 0.1 * effect + random.standard_t(tail, n),
            "unit": "slope",
            "model": model,
            "track_set": "K562",
            "scorer": "DNASE-501-DIFF_LOG2_SUM",
            "window_bp": 16384,
        }
    )
    return frame.reindex(columns=PAIRS.names)


def metrics_of(n, model=REAL, stratum="all_pairs"):
    rows = [
        ("spearman", -0.1234, -0.2234, -0.0217, 0.012),
        ("pearson", 0.25, 0.15, 0.35, 3e-7),
        ("sign_agreement", 0.735, 0.642, 0.813, 0.0),
    ]
    names = ["metric", "value", "ci_low", "ci_high", "p"]
    frame = pd.DataFrame(rows, columns=names).assign(
        n=n, n_variants=n // 2, stratum=stratum, model=model
    )
    return frame.reindex(columns=METRICS.names)


def waterfall_of(n_reasons, model=REAL, name="reason_{}"):
    dropped = [10**i for i in np.arange(n_reasons) % 6]
    rows = [("input", "all rows", sum(dropped) + 7, 9)]
    rows += [(f"stage{i // 3}", name.format(i), n, 1) for i, n in enumerate(dropped)]
    rows += [("kept", "scored pairs", 7, 3)]
    frame = pd.DataFrame(rows, columns=["stage", "reason", "n_pairs", "n_variants"])
    return frame.assign(model=model).reindex(columns=WATERFALL.names)


def words(figure):
    figure.draw_without_rendering()
    texts = figure.findobj(lambda each: hasattr(each, "get_text"))
    return "\n".join(text.get_text() for text in texts if text.get_text())


def draw_scatter(path, model=REAL, **options):
    scatter(pairs_of(80, model), metrics_of(80, model), path, **options)


def draw_waterfall(path, model=REAL, **options):
    waterfall(waterfall_of(4, model), path, **options)


DRAWERS = pytest.mark.parametrize("draw", [draw_scatter, draw_waterfall])


@DRAWERS
def test_png_for_print(draw, tmp_path):
    draw(tmp_path / "figure.png", title="demo")
    with Image.open(tmp_path / "figure.png") as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.width == pytest.approx(6.9 * 300, abs=2)
    assert [each.name for each in tmp_path.iterdir()] == ["figure.png"]


@DRAWERS
def test_pdf_embeds_truetype(draw, tmp_path):
    draw(tmp_path / "figure.pdf", title="demo")
    content = (tmp_path / "figure.pdf").read_bytes()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            content += zlib.decompress(stream)
        except zlib.error:
            continue
    assert b"/FontFile2" in content
    assert b"/Subtype /Type3" not in content
    assert b"CreationDate" not in content


@DRAWERS
@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_the_same_frame_gives_the_same_bytes(draw, suffix, tmp_path):
    paths = tmp_path / f"one.{suffix}", tmp_path / f"two.{suffix}"
    for path in paths:
        draw(path, title="demo")
    assert paths[0].read_bytes() == paths[1].read_bytes()


@DRAWERS
def test_another_suffix_is_refused(draw, tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.png or \.pdf, not '\.svg'"):
        draw(tmp_path / "figure.svg")


def test_the_numbers_are_those_given():
    text = words(scatter_figure(pairs_of(80), metrics_of(80)))
    assert "Spearman −0.12 [−0.22, −0.02]" in text
    assert "p = 0.012, n = 80" in text
    assert "Pearson 0.25 [0.15, 0.35]" in text
    assert "p = 3.0×10⁻⁷" in text
    assert "Sign agreement 73.5 % [64.2, 81.3]" in text
    assert "p < 10⁻³⁰⁰" in text
    assert "80 pairs of 40 unique variants" in text
    assert "eQTL effect, ALT minus REF (slope, s.d. of expression)" in text
    assert "predicted effect, ALT minus REF (log2)" in text


@pytest.mark.parametrize("n", [HEXBIN_FROM - 1, HEXBIN_FROM])
@pytest.mark.parametrize("tail", [1, 30])
def test_every_pair_is_drawn_and_within_the_axes(n, tail):
    figure = scatter_figure(pairs_of(n, tail=tail), metrics_of(n))
    axes = figure.axes[0]
    points = axes.collections[0]
    if n < HEXBIN_FROM:
        n_inside = len(points.get_offsets())
    else:
        n_inside = points.get_array().sum()
    triangles = [line.get_data() for line in axes.lines if line.get_marker() in "<>v^"]
    x, y = np.concatenate(triangles, axis=1)
    n_beyond = len(x)
    assert n_inside + n_beyond == n
    said = re.search(r"triangles: ([\d,]+) pairs", words(figure))
    assert (int(said[1].replace(",", "")) if said else 0) == n_beyond
    assert all(axes.get_xlim()[0] <= x) and all(x <= axes.get_xlim()[1])
    assert all(axes.get_ylim()[0] <= y) and all(y <= axes.get_ylim()[1])


def test_the_numbers_of_another_stratum():
    metrics = pd.concat([metrics_of(80), metrics_of(30, stratum="snv")])
    assert "30 pairs of 15" in words(scatter_figure(pairs_of(30), metrics, "", "snv"))
    with pytest.raises(ValueError, match=r"'indel'.*\['all_pairs', 'snv'\]"):
        scatter_figure(pairs_of(30), metrics, "", "indel")
    with pytest.raises(ValueError, match="expected one"):
        scatter_figure(pairs_of(30), pd.concat([metrics, metrics]))


def test_undefined_metrics_are_said_to_be():
    metrics = metrics_of(3).assign(
        value=np.nan, ci_low=np.nan, ci_high=np.nan, p=np.nan
    )
    text = words(scatter_figure(pairs_of(3), metrics))
    assert text.count("not defined") == 3
    assert "3 pairs" in text


@pytest.mark.parametrize("value", [0.0, 5.0])
@pytest.mark.parametrize("n", [1, 80, HEXBIN_FROM])
def test_constant_values(value, n):
    pairs = pairs_of(n).assign(effect=value, raw=value)
    scatter_figure(pairs, metrics_of(n)).draw_without_rendering()


@pytest.mark.parametrize(
    "pairs",
    [pd.DataFrame(), pairs_of(0), pairs_of(5).assign(raw=np.nan), pairs_of(5)[:0]],
)
def test_no_pairs(pairs, tmp_path):
    metrics = metrics_of(0)[:0]
    assert "no pairs" in words(scatter_figure(pairs, metrics))
    scatter(pairs, metrics, tmp_path / "figure.png")
    scatter(pairs, metrics, tmp_path / "figure.pdf")


@pytest.mark.parametrize(
    "counts",
    [pd.DataFrame(), waterfall_of(3)[:0], waterfall_of(3).assign(n_pairs=np.nan)],
)
def test_no_waterfall(counts, tmp_path):
    assert "no pairs" in words(waterfall_figure(counts))
    waterfall(counts, tmp_path / "figure.png")


@pytest.mark.parametrize("n", [5, HEXBIN_FROM])
def test_one_row_of_a_standin_stamps_a_scatter(n):
    pairs, metrics = pairs_of(n), metrics_of(n)
    assert STAMP_TEXT not in words(scatter_figure(pairs, metrics))
    pairs["model"] = pd.Categorical([STANDIN] + [REAL] * (n - 1))
    assert STAMP_TEXT in words(scatter_figure(pairs, metrics))


def test_a_standin_without_a_number_stamps_still():
    pairs = pairs_of(5).assign(raw=np.nan, model=STANDIN)
    assert STAMP_TEXT in words(scatter_figure(pairs, metrics_of(5)[:0]))
    assert STAMP_TEXT in words(scatter_figure(pairs_of(5), metrics_of(5, STANDIN)))


def test_a_standin_stamps_a_waterfall():
    assert STAMP_TEXT in words(waterfall_figure(waterfall_of(4, STANDIN)))
    assert STAMP_TEXT not in words(waterfall_figure(waterfall_of(4)))


def test_the_stamp_hides_nothing():
    figure = scatter_figure(pairs_of(80, STANDIN), metrics_of(80, STANDIN), "demo")
    figure.draw_without_rendering()
    stamp = next(each for each in figure.artists if each.get_gid() == "stamp band")
    bottom = stamp.get_window_extent().y0
    assert all(axes.get_tightbbox().y1 <= bottom for axes in figure.axes)
    title = next(each for each in figure.texts if each.get_gid() == "title")
    assert title.get_window_extent().y1 <= bottom


@pytest.mark.parametrize("n_reasons", [2, 15])
def test_a_waterfall_is_legible(n_reasons):
    long = "chromosome_shorter_than_the_window_{:05d}"
    counts = waterfall_of(n_reasons, STANDIN, long)
    assert len(counts["reason"][1]) == 40
    figure = waterfall_figure(counts, "demo")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [text.get_window_extent() for text in axes.texts]
    boxes += [patch.get_window_extent() for patch in axes.patches]
    for i, one in enumerate(boxes):
        assert figure.bbox.x0 <= one.x0
        assert one.x1 <= figure.bbox.x1
        for other in boxes[i + 1 :]:
            assert not (
                min(one.x1, other.x1) - max(one.x0, other.x0) > 1
                and min(one.y1, other.y1) - max(one.y0, other.y0) > 1
            )


def test_a_waterfall_says_its_numbers():
    counts = waterfall_of(6)
    text = words(waterfall_figure(counts))
    for row in counts.itertuples():
        assert f"{row.n_pairs:,}" in text
        assert row.reason.replace("_", " ") in text
    assert "100.0 %" in text
    assert "<0.1 %" in text
    assert "90.0 %" in text


def test_bars_of_a_waterfall_follow_one_another():
    bars = waterfall_figure(waterfall_of(6)).axes[0].patches
    right = bars[0].get_width()
    for bar in bars[1:-1]:
        assert bar.get_x() + bar.get_width() == right
        right = bar.get_x()
    assert (bars[-1].get_x(), bars[-1].get_width()) == (0, right)


def test_a_waterfall_that_does_not_add_up_is_refused():
    counts = waterfall_of(3)
    with pytest.raises(ValueError, match="add up"):
        waterfall_figure(counts.drop(index=2))
    with pytest.raises(ValueError, match="one benchmark"):
        waterfall_figure(pd.concat([counts, counts]))


def test_dollars_and_long_titles_are_text(tmp_path):
    title = r"a $\frac{1}{$ and $x$ " + "long " * 40
    draw_scatter(tmp_path / "figure.png", title=title)
    waterfall_figure(waterfall_of(4), title).draw_without_rendering()
    counts = waterfall_of(3, name="$x_{}$")
    assert "$x 1$" in words(waterfall_figure(counts))


def test_a_users_own_style_changes_nothing(tmp_path):
    import matplotlib

    draw_scatter(tmp_path / "one.png")
    with matplotlib.rc_context({"axes.facecolor": "black", "font.size": 20}):
        draw_scatter(tmp_path / "two.png")
        assert matplotlib.rcParams["font.size"] == 20
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
