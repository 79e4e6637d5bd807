import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import EFFECTS, ORIGINALS, VARIANTS
from endobench.core.tables import as_table
from endobench.gates.original import EFFECT, compare, measure, original_effects
from endobench.genome.variants import make_variant_ids

N = 300


def original(seed=0):
    """Return a table of effects and its variants."""
    rng = np.random.default_rng(seed)
    variants = pd.DataFrame(
        {"chrom": "chr1", "pos": 1000 + np.arange(N), "ref": "A", "alt": "G"}
    )
    variants["variant_id"] = make_variant_ids(variants)
    # Numbers of six digits, as GTEx writes them.
    effect = [float(f"{each:.6g}") for each in rng.normal(0, 0.5, N)]
    frame = pd.DataFrame(
        {
            "variant_id": variants["variant_id"],
            "feature_id": [f"ENSG{place:011}.3" for place in range(N)],
            "effect": effect,
            "effect_se": rng.uniform(0.05, 0.2, N),
            "p_value": 10.0 ** -rng.uniform(4, 200, N),
            "maf": rng.uniform(0.01, 0.5, N),
            "distance": rng.integers(-100_000, 100_000, N),
            "unit": "slope",
            "source_line": np.arange(N) + 2,
        }
    )
    af = np.where(rng.random(N) < 0.5, frame["maf"], 1 - frame["maf"])
    frame = frame.assign(af=af).reindex(columns=EFFECTS.names)
    return frame, variants[VARIANTS.names]


def compared(effects, variants=None):
    theirs, their_variants = original()
    ours = their_variants if variants is None else variants
    found = compare(effects, ours, theirs, their_variants, "gtex")
    as_table(found, ORIGINALS)
    return found


def digits(values, n):
    return [float(f"{each:.{n}g}") for each in values]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda rows: rows["effect"], EFFECT),
        (lambda rows: -rows["effect"], "effect with the opposite sign"),
        (lambda rows: rows["effect"].abs(), "absolute effect"),
        (lambda rows: rows["p_value"], "p value"),
        (lambda rows: digits(rows["p_value"], 3), "p value"),
        (lambda rows: -np.log10(rows["p_value"]), "-log10 p value"),
        (lambda rows: rows["effect_se"].round(4), "standard error"),
        (
            lambda rows: digits(rows["effect"] / rows["effect_se"], 4),
            "effect divided by its standard error",
        ),
        (lambda rows: rows["maf"], "minor allele frequency"),
        (lambda rows: rows["af"], "frequency of ALT"),
        (lambda rows: rows["distance"], "distance"),
    ],
)
def test_the_column_that_a_table_holds_is_named(change, expected):
    effects, _ = original()
    found = compared(effects.assign(effect=change(effects)))
    assert len(found) == N
    # Of absolute effects, the positive ones are the effects.
    is_effect = found["equals"] == EFFECT
    assert found.loc[~is_effect, "equals"].isin([expected]).all()
    gate = original_effects(found)
    assert gate.value == pytest.approx((~is_effect).mean()) and gate.n == N
    if expected == EFFECT:
        assert gate.value == 0
        assert gate.evidence == f"not the original effect: 0 of {N} shared pairs"
        return
    assert gate.value > 0.4
    row = found[~is_effect].iloc[0]
    n_other = (~is_effect).sum()
    assert f"but its {expected}: {n_other} ({row.variant_id} of" in gate.evidence
    assert f"instead of {row.original_effect:.6g}" in gate.evidence


@pytest.mark.parametrize(
    "rounded",
    [
        lambda values: values.round(2),
        lambda values: values.round(5),
        lambda values: pd.Series(digits(values, 3)),
        lambda values: values.astype(np.float32),
        lambda values: values * (1 + 1e-7),
    ],
)
def test_rounded_effects_are_those_of_the_original(rounded):
    effects, _ = original()
    assert (
        original_effects(
            compared(effects.assign(effect=rounded(effects["effect"])))
        ).value
        == 0
    )


@pytest.mark.parametrize("n_other", [1, 5, 60])
def test_a_few_other_effects_are_counted_and_named(n_other):
    effects, _ = original()
    effects.loc[: n_other - 1, "effect"] += 0.01
    found = original_effects(compared(effects))
    assert found.value == pytest.approx(n_other / N)
    assert effects["variant_id"].iloc[0] in found.evidence
    assert "but its" not in found.evidence


def test_alleles_may_be_swapped_and_genes_may_have_other_versions():
    effects, variants = original()
    swapped = variants.rename(columns={"ref": "alt", "alt": "ref"})[VARIANTS.names]
    swapped["variant_id"] = make_variant_ids(swapped)
    effects = effects.assign(
        variant_id=swapped["variant_id"],
        effect=-effects["effect"],
        feature_id=effects["feature_id"].str.replace(".3", ".11", regex=False),
    )
    found = compared(effects, swapped)
    assert len(found) == N and (found["equals"] == EFFECT).all()
    assert (found["original_effect"] == found["effect"]).all()
    # The same effects on swapped alleles have the opposite sign.
    found = compared(effects.assign(effect=-effects["effect"]), swapped)
    assert (found["equals"] == "effect with the opposite sign").all()


def test_effects_of_other_genes_and_variants_are_not_compared():
    effects, variants = original()
    others = effects.assign(feature_id="ENSG09999999999.1")
    found = compared(others)
    assert found.empty
    gate = measure(found)["original_effects"]
    assert np.isnan(gate.value) and "shares no pair" in gate.evidence
    shifted = variants.assign(pos=variants["pos"] + 10_000)
    assert compared(effects, shifted).empty


def test_labels_are_not_compared():
    effects, _ = original()
    found = compared(effects.assign(effect=1.0, unit="label"))
    assert np.isnan(original_effects(found).value)


def test_the_order_of_rows_does_not_matter():
    effects, _ = original()
    effects = effects.assign(
        effect=effects["p_value"].where(effects.index % 3 > 0, 0.5)
    )
    one, other = compared(effects), compared(effects.sample(frac=1, random_state=1))
    keys = ["variant_id", "feature_id"]
    one, other = (each.sort_values(keys, ignore_index=True) for each in (one, other))
    pd.testing.assert_frame_equal(one, other)
