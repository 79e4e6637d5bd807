import numpy as np
import pandas as pd
import pytest
from alarms import alarms_of
from endobench.core.columns import PAIRS
from endobench.gates.scales import part_scales, score_scales

N = 1_500


@pytest.fixture(scope="module")
def pairs():
    """Slopes of 500 genes on three chromosomes, with errors that frequencies imply."""
    rng = np.random.default_rng(1)
    maf = rng.uniform(0.02, 0.5, N)
    se = 0.05 / np.sqrt(2 * maf * (1 - maf)) * rng.lognormal(0, 0.3, N)
    frame = pd.DataFrame(
        {
            "variant_id": [f"chr{i % 3 + 1}_{100 * i + 1}_A_G_b38" for i in range(N)],
            "feature_id": [f"gene{i % 3}{i // 9}" for i in range(N)],
            "source_line": np.arange(N) + 2,
            "effect": rng.normal(0, 0.4, N) + se * rng.normal(size=N),
            "effect_se": se,
            "maf": maf,
            "unit": "slope",
            "raw": rng.standard_t(4, N),
        }
    )
    return frame.reindex(columns=PAIRS.names)


def on_chr1(pairs, factor, *names):
    is_here = pairs["variant_id"].str.startswith("chr1_")
    return pairs.assign(
        **{name: pairs[name].where(~is_here, factor * pairs[name]) for name in names}
    )


def test_one_unit_throughout_raises_no_alarm(pairs):
    measured = {"part_scales": part_scales(pairs), "score_scales": score_scales(pairs)}
    assert alarms_of(measured) == {}
    # Rare variants have larger errors and effects.
    rare = pairs.assign(maf=np.where(np.arange(N) % 3 == 0, 0.03, pairs["maf"]))
    implied = np.sqrt(2 * rare["maf"] * (1 - rare["maf"]))
    se = 0.05 / implied * np.random.default_rng(2).lognormal(0, 0.3, N)
    measured = {"part_scales": part_scales(rare.assign(effect_se=se))}
    assert alarms_of(measured) == {}


@pytest.mark.parametrize(
    ("factor", "verdict"), [(0.3, "fail"), (3, "fail"), (0.5, "fail")]
)
def test_another_unit_on_one_chromosome_is_seen(pairs, factor, verdict):
    found = part_scales(on_chr1(pairs, factor, "effect", "effect_se"))
    assert alarms_of({"part_scales": found}) == {"part_scales": verdict}
    assert "of chromosome chr1 " in found.evidence
    assert f"{factor:.1g}" in found.evidence or found.value > 1.5


def test_the_fold_is_a_lower_bound(pairs):
    for factor in (0.9, 0.7, 0.3):
        found = part_scales(on_chr1(pairs, factor, "effect", "effect_se"))
        assert 1 <= found.value < 1.1 / factor


def test_without_frequencies_effects_alone_are_compared(pairs):
    unknown = on_chr1(pairs, 0.2, "effect", "effect_se").assign(maf=np.nan)
    found = part_scales(unknown)
    assert found.evidence.startswith("effects ")
    assert "of chromosome chr1 have" in found.evidence
    # Errors of another kind of effect do not depend on frequencies.
    fold = unknown.assign(unit="log2FC")
    assert part_scales(fold).value >= found.value


def test_fractions_on_one_chromosome_are_seen_by_their_spread(pairs):
    # About as large as the other effects, but around 0.5.
    is_here = pairs["variant_id"].str.startswith("chr1_")
    fraction = 1 / (1 + 2 ** -pairs["effect"])
    mixed = pairs.assign(effect=pairs["effect"].mask(is_here, fraction))
    found = part_scales(mixed.assign(unit="log2FC", effect_se=np.nan))
    assert alarms_of({"part_scales": found}) == {"part_scales": "fail"}
    assert found.evidence.startswith("effects about the mean of their feature of chrom")


def test_scores_of_another_unit_are_seen(pairs):
    found = score_scales(on_chr1(pairs, 0.2, "raw"))
    assert alarms_of({"score_scales": found}) == {"score_scales": "fail"}
    assert alarms_of({"part_scales": part_scales(on_chr1(pairs, 0.2, "raw"))}) == {}


def test_few_features_are_not_checked(pairs):
    for measure in (part_scales, score_scales):
        found = measure(pairs.iloc[:90])
        assert np.isnan(found.value) and "needed" in found.evidence
