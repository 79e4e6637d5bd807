import pandas as pd
from drawings import STANDIN
from endobench.core.columns import GATES
from endobench.report.remedies import remedies
from reported import one_benchmark


def test_remedies_name_failing_gates_and_dropped_rows():
    conclusion, metrics, _, _, waterfall, _ = one_benchmark(model=STANDIN)
    gate = {"gate": "ref_match", "verdict": "fail", "evidence": "12 of 90 agree"}
    other = {"gate": "tissue", "verdict": "not_checked"}
    gates = pd.DataFrame([gate, other]).reindex(columns=GATES.names)
    row = next(conclusion.itertuples(index=False))
    words = " ".join(remedies(row, metrics, gates, waterfall))
    assert "Scores from a real model" in words
    assert "Gate ref_match fails: 12 of 90 agree" in words
    assert "nothing to check: tissue" in words
    assert "300 of 1,000; only reason: outside peaks" in words
    # A stand-in was not trained.
    assert "held out" not in words
    assert "ld_blocks" not in words


def test_few_blocks_and_missing_held_out_regions_have_remedies():
    conclusion, metrics, _, gates, waterfall, _ = one_benchmark()
    metrics = metrics.assign(n_blocks=22)
    row = next(conclusion.itertuples(index=False))
    words = " ".join(remedies(row, metrics, gates, waterfall))
    assert "rests on only 22" in words
    assert "held out" in words
    held_out = metrics.iloc[[0]].assign(stratum="held_out")
    metrics = pd.concat([metrics, held_out])
    assert "held out" not in " ".join(remedies(row, metrics, gates, waterfall))
    without = row._replace(ci_low=float("nan"))
    assert "rests on only" not in " ".join(remedies(without, metrics, gates, waterfall))
