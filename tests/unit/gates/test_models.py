import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import PAIRS
from endobench.core.tables import write_table
from endobench.design.gates import GATES
from endobench.gates.models import measure, mismatched_copies, model_copies, read
from endobench.gates.verdicts import judge

N = 600


def made(seed=1):
    """Return the pairs of two models that agree with effects, and with each other."""
    rng = np.random.default_rng(seed)
    effect = rng.normal(size=N)
    shared = effect + rng.normal(size=N)
    ids = [f"chr1_{1000 * (n + 1)}_A_G_b38" for n in range(N)]
    frames = (
        pd.DataFrame(
            {
                "variant_id": ids,
                "source_id": ids,
                "feature_id": [f"E{n // 3}" for n in range(N)],
                "effect": effect,
                "raw": 0.2 * (shared + 0.3 * rng.normal(size=N)),
            }
        ).reindex(columns=PAIRS.names)
        for _ in range(2)
    )
    return tuple(frames)


def alarms(pairs, other, **options):
    measured = measure(pairs, {"first": other}, **options)
    limits = {
        name: {"warn": GATES[name].warn, "fail": GATES[name].fail} for name in measured
    }
    found = {
        name: judge(GATES[name], each, limits[name]) for name, each in measured.items()
    }
    return {name: each["verdict"] for name, each in found.items()}


def changed(change, share=1.0):
    """Return a second model that holds the first one's scores in a share of its pairs."""
    first, second = made()
    is_copied = np.random.default_rng(2).random(N) < share
    raw = np.where(is_copied, change(first["raw"]), second["raw"])
    return second.assign(raw=raw), first


@pytest.mark.parametrize("seed", range(1, 6))
def test_models_that_agree_are_no_copies(seed):
    first, second = made(seed)
    assert first["raw"].corr(second["raw"], "spearman") > 0.9
    assert alarms(second, first)["model_copies"] == "pass"


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw,
        lambda raw: -raw,
        lambda raw: 7 * raw,
        lambda raw: raw.rank(pct=True),
        lambda raw: raw * 1.00001,
    ],
)
def test_scores_of_another_model_are_known_in_any_unit(change):
    assert alarms(*changed(change))["model_copies"] == "fail"


@pytest.mark.parametrize(("share", "verdict"), [(0.05, "warn"), (0.2, "fail")])
def test_a_share_of_copies_is_measured(share, verdict):
    second, first = changed(lambda raw: raw, share)
    assert alarms(second, first)["model_copies"] == verdict
    found = model_copies(second, {"first": first})
    assert found.value == pytest.approx(share, abs=0.03)
    assert "those of first" in found.evidence


def test_scores_of_0_are_no_copies():
    first, second = (each.assign(raw=0.0) for each in made())
    assert alarms(second, first)["model_copies"] == "not_checked"


@pytest.mark.parametrize("seed", range(1, 6))
def test_pairs_that_a_model_lacks_by_chance_are_like_others(seed):
    first, second = made(seed)
    is_kept = np.random.default_rng(seed).random(N) < 0.8
    assert alarms(second[is_kept], first)["model_gaps"] == "pass"


@pytest.mark.parametrize("share", [0.07, 0.1, 0.3])
def test_pairs_left_out_for_their_disagreement_are_seen_in_another_model(share):
    first, second = made()
    ranks = [each.rank(pct=True) for each in (second["effect"], second["raw"])]
    distance = (ranks[0] - ranks[1]).abs()
    kept = second[distance < distance.quantile(1 - share)]
    assert alarms(kept, first)["model_gaps"] == "fail"
    # Without signs of effects, nothing tells.
    assert alarms(kept, first, is_signed=False)["model_gaps"] == "not_checked"


def test_the_first_model_is_compared_with_none():
    found = measure(made()[0], {})
    for name in ("model_copies", "model_gaps"):
        assert np.isnan(found[name].value)
        assert "no other model with the same effects" in found[name].evidence


@pytest.mark.parametrize("share", [0.2, 1.0])
@pytest.mark.parametrize("factor", [1, -3])
def test_a_tissue_that_repeats_the_own_one_is_told(share, factor):
    second, first = changed(lambda raw: factor * raw, share)
    pairs = first.assign(raw_mismatched=second["raw"])
    assert alarms(pairs, first)["mismatched_copies"] == "fail"
    other = first.assign(raw_mismatched=made()[1]["raw"])
    assert alarms(other, first)["mismatched_copies"] == "pass"


def test_genes_without_coverage_are_no_copies():
    first, second = made()
    is_silent = np.random.default_rng(3).random(N) < 0.3
    pairs = first.assign(
        raw=first["raw"].mask(is_silent, -2e-6),
        raw_mismatched=second["raw"].mask(is_silent, -3e-6),
    )
    assert alarms(pairs, first)["mismatched_copies"] == "pass"


def test_without_another_tissue_nothing_is_repeated():
    found = mismatched_copies(made()[0])
    assert np.isnan(found.value) and "no tracks" in found.evidence


def test_what_is_read_of_other_models_is_enough(tmp_path):
    first, second = made()
    write_table(first, tmp_path / "pairs.parquet", PAIRS)
    others = read({"first": tmp_path / "pairs.parquet"})
    assert measure(second, others) == measure(second, {"first": first})
