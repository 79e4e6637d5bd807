from types import SimpleNamespace

import numpy as np
import pytest
from endobench.core.columns import PARTS
from endobench.figures.parts import parts_figure, place_of
from endobench.gates.parts import parts_of_benchmark
from frames import benchmark


def parts_of(is_broken=False, has_control=False, model="m"):
    pairs, _ = benchmark(n_features=300, rho=0.8)
    is_chr2 = pairs["variant_id"].str.startswith("chr2_")
    if is_broken:
        pairs["effect"] = pairs["effect"].where(~is_chr2, -pairs["effect"])
    table = parts_of_benchmark(pairs, pairs if has_control else None)
    named = {"dataset": "demo", "protocol": "corrected", "model": model}
    return table.assign(**named).reindex(columns=PARTS.names)


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_every_part_has_a_row_under_its_division():
    parts = parts_of()
    found = texts(parts_figure(parts, "demo"))
    named = set(parts["part"]) - {"+", "-"} | set(parts["division"])
    assert named <= set(found)
    assert not any("rest:" in each for each in found)


def test_parts_of_a_division_follow_by_size():
    found = texts(parts_figure(parts_of(), "demo"))
    for names in (
        ["0 to 0.05", "0.05 to 0.1", "0.1 to 0.15"],
        ["smallest third", "middle third", "largest third"],
        ["chr1", "chr2", "chr3"],
    ):
        places = [found.index(each) for each in names if each in found]
        assert len(places) > 1 and places == sorted(places)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["more than 5 bp", "1 bp", "2 to 5 bp"], [1, 2, 0]),
        (["lines 949 to 1922", "lines 2 to 948"], [1, 0]),
        (["chrX", "chr2", "chr10"], [0, 1, 2]),
        (["SNV", "deletion"], [0, 1]),
    ],
)
def test_only_sizes_change_the_order_of_the_table(names, expected):
    rows = [SimpleNamespace(part=each) for each in names]
    assert sorted(rows, key=place_of) == [rows[each] for each in expected]


def test_a_part_that_disagrees_is_marked_with_the_rest():
    parts = parts_of(is_broken=True)
    row = parts.set_index("part").loc["chr2"]
    assert row["is_disagreeing"]
    figure = parts_figure(parts)
    found = texts(figure)
    rest = f"rest: {row['rest']:.3f}".replace("-", "−")
    assert found[found.index("chr2") + 1] == rest
    assert f"{found.count(rest)} part" in figure.get_label() or "parts disagree" in (
        figure.get_label()
    )


def test_disagreement_with_the_control_follows():
    parts = parts_of(is_broken=True, has_control=True)
    found = texts(parts_figure(parts))
    assert "disagreement with the control" in found
    place = found.index("chromosome: chr2")
    assert found[place + 1].startswith("rest: ")
    assert "disagreement with the control" not in texts(
        parts_figure(parts_of(has_control=True))
    )


def test_no_parts_and_several_benchmarks():
    parts = parts_of()
    assert texts(parts_figure(parts[:0])) != []
    parts["protocol"] = np.where(np.arange(len(parts)) > 2, "a", "b")
    with pytest.raises(ValueError, match="parts of several benchmarks"):
        parts_figure(parts)
