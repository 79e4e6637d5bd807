import pathlib
import re

import pytest
from endobench.benchmark.baselines import predictors
from endobench.figures import palette
from frames import benchmark
from matplotlib.colors import to_rgb
from workflow import ROOT

PACKAGES = pathlib.Path(palette.__file__).parents[1]
GREY = (0.299, 0.587, 0.114)


def test_colours_are_named_in_the_palette_and_nowhere_else():
    packages = ("figures", "loci", "report")
    paths = [path for each in packages for path in PACKAGES.joinpath(each).glob("*.py")]
    paths += (ROOT / "resources/report").glob("*")
    assert len(paths) > 35
    colour = re.compile(r"""#[0-9A-Fa-f]{6}\b|["'](white|black|red|blue|gr[ea]y)["']""")
    found = {path.name for path in paths if colour.search(path.read_text())}
    assert found == {"palette.py"}


def test_known_baselines_have_lines_that_no_other_predictor_has():
    assert set(palette.BASELINE_LINES) <= set(predictors(*benchmark(50)))
    lines = [palette.MODEL_LINE, palette.CHANCE_LINE, *palette.BASELINE_LINES.values()]
    assert len({line.color for line in lines}) == len(lines)
    assert len({line.style for line in lines}) == len(lines)


def test_a_baseline_without_an_entry_is_drawn_in_grey_with_a_line_of_its_own():
    names = ["new", "maf", "newer"]
    lines = palette.baseline_lines(names)
    assert list(lines) == names
    assert lines["maf"] == palette.BASELINE_LINES["maf"]
    assert lines["new"] != lines["newer"]
    for name in ("new", "newer"):
        assert len(set(to_rgb(lines[name].color))) == 1
    assert len(palette.baseline_lines([f"new_{i}" for i in range(9)])) == 9


@pytest.mark.parametrize(
    ("one", "other"),
    [("MODEL", "BASELINE"), ("KEPT", "LOST"), ("POSITIVE", "NEGATIVE"), ("REF", "ALT")],
)
def test_what_is_drawn_together_differs_in_grey(one, other):
    shades = [
        sum(part * share for part, share in zip(to_rgb(color), GREY, strict=True))
        for color in (getattr(palette, one), getattr(palette, other))
    ]
    assert abs(shades[0] - shades[1]) > 0.15
