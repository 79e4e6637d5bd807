from types import SimpleNamespace

import pandas as pd
import pytest
from endobench.core.columns import SWEEP
from endobench.design.tasks import MAGNITUDE, SIGNED
from endobench.figures.labels import (
    effect_label,
    how_done,
    primary_rows,
    score_label,
)


def test_a_label_names_the_unit():
    assert "s.d. of expression" in effect_label("slope", SIGNED)
    assert effect_label("log2FC", SIGNED).endswith("(log2FC)")
    assert "(log2)" in score_label("DNASE-501-DIFF_LOG2_SUM", "m", SIGNED)
    assert "first component of log2" in score_label(
        "DNASE-501-DIFF_LOG2_SUM", "m", SIGNED, "pc1"
    )


def test_a_label_of_sizes_has_no_direction():
    for label in (
        effect_label("slope", MAGNITUDE),
        score_label("table", "m", MAGNITUDE),
    ):
        assert "size" in label and "ALT minus REF" not in label


def test_how_a_benchmark_is_done_tells_the_published_fault():
    row = SimpleNamespace(protocol="published", scorer="study-mean")
    assert "effect = p value" in how_done(row)
    row = SimpleNamespace(protocol="corrected", scorer="table")
    assert how_done(row) == "corrected: a table of scores"


def test_the_rows_of_several_datasets_are_refused():
    sweep = pd.DataFrame({"dataset": ["a", "b"]}).reindex(columns=SWEEP.names)
    with pytest.raises(ValueError, match="a, b"):
        primary_rows(sweep)
