import numpy as np
import pandas as pd
import pytest
from alarms import alarms_of
from endobench.core.columns import PAIRS
from endobench.gates.runs import control_runs, run_agreement

N = 3_000


@pytest.fixture(scope="module")
def pairs():
    """Pairs of a table in order of position, three to a feature."""
    rng = np.random.default_rng(1)
    effect = rng.normal(size=N)
    frame = pd.DataFrame(
        {
            "variant_id": [f"chr1_{100 * i + 1}_A_G_b38" for i in range(N)],
            "feature_id": [f"gene{i // 3}" for i in range(N)],
            "source_line": np.arange(N) + 2,
            "effect": effect,
            "raw": effect + rng.normal(size=N),
        }
    )
    return frame.reindex(columns=PAIRS.names)


def late(pairs, length):
    """Delay scores by one in every second run."""
    is_late = np.arange(len(pairs)) // length % 2 == 0
    raw = pairs["raw"].where(~is_late, np.roll(pairs["raw"], 1))
    return pairs.assign(raw=raw)


def test_agreement_that_is_the_same_everywhere_raises_no_alarm(pairs):
    found = run_agreement(pairs)
    assert found.value == 0 and found.n == N
    assert alarms_of({"run_agreement": found}) == {}


@pytest.mark.parametrize("length", [50, 200, 600])
def test_scores_that_are_late_in_some_runs_are_seen(pairs, length):
    found = run_agreement(late(pairs, length))
    assert alarms_of({"run_agreement": found}) == {"run_agreement": "fail"}
    assert "scores with effects" in found.evidence
    # Half of the runs do not agree.
    assert 0.4 < found.value < 0.85


def test_runs_of_lines_are_seen_whatever_the_positions(pairs):
    order = np.random.default_rng(2).permutation(N)
    shuffled = late(pairs, 200).iloc[order]
    expected = run_agreement(late(pairs, 200))
    assert run_agreement(shuffled).value == pytest.approx(expected.value)
    other = late(pairs, 200).assign(variant_id=pairs["variant_id"].to_numpy()[order])
    assert "lines of the table" in run_agreement(other).evidence


def test_the_sequence_shows_shorter_runs_than_effects_do(pairs):
    rng = np.random.default_rng(3)
    weak = pairs.assign(effect=pairs["raw"] + 8 * rng.normal(size=N))
    change = pairs.set_index("variant_id")["raw"] + 0.1 * rng.normal(size=N)
    faulty = late(weak, 100)
    assert run_agreement(faulty).value == 0
    found = run_agreement(faulty, change)
    assert alarms_of({"run_agreement": found}) == {"run_agreement": "fail"}
    assert "motif changes" in found.evidence
    # A model that hardly follows motifs may do so in some places only.
    noise = change + 10 * change.std() * rng.normal(size=N)
    assert "motif" not in run_agreement(faulty, noise).evidence


def test_lines_in_order_of_evidence_are_no_runs(pairs):
    """The first lines of a sorted table agree better, whatever else is true of them."""
    rng = np.random.default_rng(4)
    p_value = rng.uniform(size=N)
    # Effects that are certain agree, and others do not.
    raw = np.where(p_value < 0.3, pairs["effect"], rng.normal(size=N))
    order = np.argsort(p_value)
    faulty = pairs.assign(p_value=p_value, raw=raw)
    ranked = faulty.iloc[order].assign(source_line=np.arange(N) + 2)
    assert run_agreement(faulty).value == 0
    assert run_agreement(ranked).value == 0
    assert control_runs(ranked).value == 0
    # The same lines without the p values that explain them.
    found = run_agreement(ranked.assign(p_value=np.nan))
    assert alarms_of({"run_agreement": found}) == {"run_agreement": "fail"}


def test_signs_do_not_matter_where_there_are_none(pairs):
    flipped = pairs.assign(
        raw=pairs["raw"].where(np.arange(N) // 300 % 2 == 0, -pairs["raw"])
    )
    assert run_agreement(flipped).value > 0.9
    assert run_agreement(flipped, is_signed=False).value == 0


def test_the_control_is_compared_with_effects(pairs):
    found = control_runs(late(pairs, 300))
    assert alarms_of({"control_runs": found}) == {"control_runs": "fail"}
    assert "positive control" in found.evidence
    assert np.isnan(control_runs(None).value)


@pytest.mark.parametrize(
    "change",
    [
        lambda pairs: pairs.iloc[:100],
        lambda pairs: pairs.assign(raw=1.0),
        lambda pairs: pairs.iloc[:0],
    ],
    ids=["few", "constant", "none"],
)
def test_what_cannot_differ_is_not_checked(pairs, change):
    found = run_agreement(change(pairs))
    assert np.isnan(found.value) and "64 needed" in found.evidence
