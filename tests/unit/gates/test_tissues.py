import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import PAIRS
from endobench.design.gates import GATES
from endobench.gates.tissues import tissue_copies
from endobench.gates.verdicts import judge

N = 200
GATE = GATES["tissue_copies"]


def made(copied=0.0, **changes):
    """Return pairs in two tissues that share effects, with noise of their own."""
    rng = np.random.default_rng(1)
    effect = rng.normal(size=N)
    frames = []
    for name in ("Liver", "Lung"):
        frame = pd.DataFrame({"variant_id": [f"chr1_{n}_A_G_b38" for n in range(N)]})
        frame["feature_id"] = f"ENSG1.2@{name}"
        frame["effect"] = effect + 0.1 * rng.normal(size=N)
        frame["effect_se"] = 0.1
        frames.append(frame)
    first, second = frames
    is_copied = rng.random(N) < copied
    second["effect"] = second["effect"].where(~is_copied, first["effect"])
    return (
        pd.concat(frames, ignore_index=True)
        .reindex(columns=PAIRS.names)
        .assign(**changes)
    )


def verdict(pairs):
    found = tissue_copies(pairs)
    return judge(GATE, found, {"warn": GATE.warn, "fail": GATE.fail})["verdict"]


@pytest.mark.parametrize(
    ("copied", "expected"), [(0, "pass"), (0.05, "warn"), (0.3, "fail"), (1, "fail")]
)
def test_effects_of_another_tissue_are_counted(copied, expected):
    pairs = made(copied)
    assert verdict(pairs) == expected
    assert verdict(pairs.sample(frac=1, random_state=1)) == expected
    assert tissue_copies(pairs).value == pytest.approx(copied, abs=0.05)


def test_pairs_of_one_tissue_have_no_other():
    pairs = made(1)
    alone = pairs[pairs["feature_id"].str.endswith("Lung")]
    assert verdict(alone) == "not_checked"
    plain = alone.assign(feature_id="ENSG1.2")
    assert verdict(plain) == "not_checked"


@pytest.mark.parametrize("change", [np.sign, lambda effect: effect.round(1)])
def test_signs_and_rounded_effects_alone_are_equal_by_chance(change):
    pairs = made(effect_se=np.nan)
    assert verdict(pairs.assign(effect=change(pairs["effect"]))) == "not_checked"


def test_other_genes_of_a_variant_are_no_copies():
    pairs = made(1)
    genes = pairs["feature_id"].str.replace("ENSG1.2@Lung", "ENSG2.2@Lung")
    assert verdict(pairs.assign(feature_id=genes)) == "not_checked"
