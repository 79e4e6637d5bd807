import pandas as pd
from drawings import STANDIN
from endobench.core.columns import GATES
from endobench.report.remedies import changes
from reported import one_benchmark


def test_what_would_change_an_answer_names_failing_gates_and_lost_rows():
    conclusion, metrics, _, _, waterfall = one_benchmark(model=STANDIN)
    gate = {"gate": "ref_match", "verdict": "fail", "evidence": "12 of 90 agree"}
    other = {"gate": "tissue", "verdict": "not_checked"}
    gates = pd.DataFrame([gate, other]).reindex(columns=GATES.names)
    row = next(conclusion.itertuples(index=False))
    words = " ".join(changes(row, metrics, gates, waterfall))
    assert "A real model" in words
    assert "Gate ref_match fails: 12 of 90 agree" in words
    assert "tissue" in words
    assert "300 of 1,000, all of them as outside_peaks" in words
    # A stand-in was trained on nothing.
    assert "not trained on" not in words
    assert "ld_blocks" not in words


def test_few_blocks_are_told_as_what_would_change_an_answer():
    conclusion, metrics, _, gates, waterfall = one_benchmark()
    metrics = metrics.assign(n_blocks=22)
    row = next(conclusion.itertuples(index=False))
    words = " ".join(changes(row, metrics, gates, waterfall))
    assert "of 22 units only" in words
    assert "not trained on" in words
    held_out = metrics.iloc[[0]].assign(stratum="held_out")
    metrics = pd.concat([metrics, held_out])
    assert "not trained on" not in " ".join(changes(row, metrics, gates, waterfall))
    without = row._replace(ci_low=float("nan"))
    assert "units only" not in " ".join(changes(without, metrics, gates, waterfall))
