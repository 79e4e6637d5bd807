import numpy as np
import pytest
from endobench.core.columns import PARTS
from endobench.figures.parts import parts_figure
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
    assert set(parts["part"]) | set(parts["division"]) <= set(found)
    assert not any("rest:" in each for each in found)


def test_a_part_that_disagrees_is_marked_with_the_rest():
    parts = parts_of(is_broken=True)
    row = parts.set_index("part").loc["chr2"]
    assert row["is_disagreeing"]
    assert f"chr2 (rest: {row['rest']:.3f})" in texts(parts_figure(parts))


def test_disagreement_with_the_control_follows():
    parts = parts_of(is_broken=True, has_control=True)
    found = texts(parts_figure(parts))
    assert "disagreement with the control" in found
    assert any(each.startswith("chromosome: chr2 (rest:") for each in found)
    assert "disagreement with the control" not in texts(
        parts_figure(parts_of(has_control=True))
    )


def test_no_parts_and_several_benchmarks():
    parts = parts_of()
    assert texts(parts_figure(parts[:0])) != []
    parts["protocol"] = np.where(np.arange(len(parts)) > 2, "a", "b")
    with pytest.raises(ValueError, match="parts of several benchmarks"):
        parts_figure(parts)
