import numpy as np
import pandas as pd
import pytest
from drawings import STANDIN, bytes_of, crowding, gates_of, words
from endobench.design.gates import GATES
from endobench.design.models import STANDIN_MARK
from endobench.figures.gates import ACCEPTED, MARKS, gate_figure
from matplotlib.colors import to_rgb

PROTOCOLS = [
    "corrected",
    "published",
    "corrected.DNASE-501-DIFF_LOG2_SUM.K562",
    "corrected.ATAC-501-DIFF_LOG2_SUM.all_tracks_of_blood",
]


def marks(figure):
    return [line for line in figure.axes[0].lines if line.get_gid() in MARKS]


@pytest.mark.parametrize("n_protocols", [1, 4])
def test_gates_are_legible(n_protocols):
    figure = gate_figure(gates_of(PROTOCOLS[:n_protocols]), "demo: gates")
    assert figure.get_figwidth() == pytest.approx(6.9)
    assert crowding(figure) == []
    texts, boxes = (
        np.array([each.get_window_extent().extents for each in artists]).T
        for artists in (figure.axes[0].texts, marks(figure))
    )
    left, bottom, right, top = boxes[:, :, None]
    is_over = (left < texts[2]) & (texts[0] < right)
    assert boxes.size and not (is_over & (bottom < texts[3]) & (texts[1] < top)).any()


def test_more_protocols_widen_the_figure():
    protocols = [f"corrected.set_{i}" for i in range(7)]
    assert crowding(gate_figure(gates_of(protocols, list(GATES)[:4]))) == []


def test_every_verdict_has_its_own_shape_or_filling():
    looks = {(mark.marker, mark.face == "white") for mark in MARKS.values()}
    assert len(looks) == len(MARKS)


def test_in_grey_what_fails_has_an_edge_darker_than_what_passes():
    red_green_blue = (0.299, 0.587, 0.114)
    fail, passed = (
        np.dot(to_rgb(color), red_green_blue)
        for color in (MARKS["fail"].edge, MARKS["pass"].face)
    )
    assert fail < passed - 0.1


def test_every_gate_has_a_mark_in_every_protocol_where_it_was_checked():
    gates = gates_of().iloc[:-3]
    figure = gate_figure(gates)
    drawn = [mark.get_gid() for mark in marks(figure)]
    is_accepted = gates["is_accepted"]
    expected = gates["verdict"].mask(is_accepted, ACCEPTED)
    assert is_accepted.any()
    assert sorted(drawn) == sorted(expected)
    text = words(figure)
    for gate in gates["gate"]:
        assert gate.replace("_", " ") in text.split("\n")
    for mark in MARKS.values():
        assert mark.meaning in text.split("\n")


def test_values_thresholds_and_enforcement_are_written():
    gates = gates_of(names=["effect_signs"]).assign(verdict="fail", value=0.3)
    text = words(gate_figure(gates))
    assert text.split("\n").count("0.3") == 2
    assert "warn above 0.025, fail above 0.05" in text
    assert "corrected\n(enforced)" in text
    assert "published\n(not enforced)" in text
    text = words(gate_figure(gates.assign(warn=0.05, fail=-0.6)))
    assert "warn below 0.05, fail below −0.6" in text


@pytest.mark.parametrize(
    ("gate", "text"),
    [("track_count", "fail above 0"), ("tissue", "fail below 0"), ("$new$", "above 0")],
)
def test_equal_thresholds_have_a_side(gate, text):
    gates = gates_of(["corrected"], [gate]).assign(warn=0.0, fail=0.0)
    assert text in words(gate_figure(gates))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.97996, "0.97996"),
        (0.98, "0.98"),
        (0.98765, "0.988"),
        (-0.25, "−0.25"),
        (123456.0, "123,456"),
        (2.5e-151, "2.5e−151"),
    ],
)
def test_a_value_is_short_but_never_looks_like_its_threshold(value, text):
    gates = gates_of(["corrected"], ["ref_match"])
    figure = gate_figure(gates.assign(value=value, warn=0.99, fail=0.98))
    assert text in words(figure).split("\n")
    assert crowding(figure) == []


def test_hostile_names_are_text():
    names = [r"$\frac{1}{$", "gate_" + "x" * 40, "a$b$c"]
    gates = gates_of([r"p.$x_{$", "W" * 60], names)
    figure = gate_figure(gates, r"$\frac{$ " + "long " * 40)
    assert crowding(figure) == []
    text = words(figure)
    assert "a$b$c" in text and "$x_{$" in text
    assert text.count("W") == 60


def test_what_cannot_be_drawn_is_refused():
    gates = gates_of(names=["tissue", "ref_match"])
    with pytest.raises(ValueError, match="demo, other"):
        gate_figure(gates.assign(dataset=["demo", "demo", "other", "other"]))
    with pytest.raises(ValueError, match="verdicts fine; expected pass"):
        gate_figure(gates.assign(verdict="fine"))
    with pytest.raises(ValueError, match="tissue has two rows in protocol corrected"):
        gate_figure(pd.concat([gates, gates[:1]]))


def test_no_gates_and_nothing_checked():
    assert "no gates" in words(gate_figure(gates_of()[:0]))
    unknown = gates_of().assign(verdict="not_checked", value=np.nan, warn=np.nan)
    assert "fail" not in words(gate_figure(unknown))


def test_a_standin_stamps_gates():
    gates = gates_of(names=["tissue"])
    assert STANDIN_MARK not in words(gate_figure(gates))
    assert STANDIN_MARK in words(gate_figure(gates.assign(model=STANDIN)))


def test_the_same_gates_give_the_same_bytes(tmp_path):
    one, two = (
        bytes_of(gate_figure(gates_of(names=["tissue"]), "demo"), tmp_path)
        for _ in range(2)
    )
    assert one == two
