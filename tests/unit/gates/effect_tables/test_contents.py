import functools
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from alarms import THRESHOLDS, alarms_of
from endobench.core.columns import DROPPED, EFFECTS, VARIANTS
from endobench.design.gates import gates_of
from endobench.gates.effect_tables import consistency
from endobench.gates.effect_tables import contents as gates_effects
from endobench.gates.effect_tables.contents import Declared
from endobench.gates.verdicts import verdicts
from endobench.genome.liftover import lift_effects
from endobench.sources import read
from endobench.sources.formats import UNITS, Source
from endobench.sources.rows import Selection
from frames import parts_of, variants_of

N = 900
SLOPE = UNITS["slope"]
NOTHING = pd.DataFrame(columns=DROPPED.names)


def clean_effects(freedom=60):
    return _clean_effects(freedom).copy()


@functools.cache
def _clean_effects(freedom):
    rng = np.random.default_rng(5)
    effect_se = rng.uniform(0.05, 0.2, N)
    effect = rng.choice([-1, 1], N) * effect_se * rng.uniform(4, 12, N)
    bases = [rng.permutation(list("ACGT"))[:2] for _ in range(N)]
    frame = pd.DataFrame(
        {
            "variant_id": [
                f"chr1_{i + 100}_{ref}_{alt}_b38" for i, (ref, alt) in enumerate(bases)
            ],
            "feature_id": [f"gene{i // 3}" for i in range(N)],
            "effect": effect,
            "effect_se": effect_se,
            "p_value": 2 * scipy.stats.t.sf(np.abs(effect / effect_se), freedom),
            "unit": "slope",
        }
    )
    return frame.reindex(columns=EFFECTS.names)


def measured(effects, dropped=NOTHING, unit=SLOPE, *, n_rows=None, **declared):
    return gates_effects.measure(
        parts_of(effects, EFFECTS, n_rows),
        parts_of(variants_of(*effects["variant_id"].unique()), VARIANTS, n_rows),
        parts_of(dropped, DROPPED, n_rows),
        Declared(unit, **declared),
    )


def alarms(effects, dropped=NOTHING, unit=SLOPE):
    return alarms_of(measured(effects, dropped, unit))


def alarms_of_parsed(parsed, unit=SLOPE):
    names = [parsed.variants["variant_id"], parsed.effects["variant_id"].unique()]
    assert sorted(names[0]) == sorted(names[1])
    tables = zip(parsed, (VARIANTS, EFFECTS, DROPPED), strict=False)
    variants, effects, dropped = (parts_of(*each) for each in tables)
    return alarms_of(gates_effects.measure(effects, variants, dropped, Declared(unit)))


def leads(effects):
    *_, found = gates_effects.summarise_features(parts_of(effects, EFFECTS))
    return gates_effects.missing_leads(found)


def shuffled(values):
    return np.random.default_rng(2).permutation(values)


DEFECTS = {
    "p value": (lambda e: e.assign(effect=e["p_value"]), "effect_signs"),
    "p value, small": (lambda e: e.assign(effect=e["p_value"]), "effect_scale"),
    "p value, unlike": (lambda e: e.assign(effect=e["p_value"]), "effect_p_agreement"),
    "error": (lambda e: e.assign(effect=e["effect_se"]), "effect_signs"),
    "size": (
        lambda e: e.assign(effect=e["effect"].abs(), p_value=np.nan),
        "effect_signs",
    ),
    "ln": (lambda e: e.assign(effect=e["effect"] * np.log(2)), "effect_p_agreement"),
    "shuffled": (
        lambda e: e.assign(effect=shuffled(e["effect"])),
        "effect_p_agreement",
    ),
    "Pi": (
        lambda e: e.assign(effect=1 / (1 + np.exp(-e["effect"]))),
        "effect_p_agreement",
    ),
    "z": (
        lambda e: e.assign(effect=e["effect"] / e["effect_se"] * 10),
        "effect_range",
    ),
    "relative change": (
        lambda e: e.assign(effect=2 ** e["effect"] - 1),
        "effect_range",
    ),
    "logarithm of p": (
        lambda e: e.assign(p_value=-np.log10(e["p_value"])),
        "effect_p_agreement",
    ),
    "negative p": (lambda e: e.assign(p_value=-e["p_value"]), "effect_p_agreement"),
    "repeated features": (
        lambda e: pd.concat([e] * 11, ignore_index=True),
        "pairs_per_variant",
    ),
    "placeholder alleles": (
        lambda e: e.assign(variant_id=[f"chr1_{i}_A_G_b38" for i in range(len(e))]),
        "commonest_change",
    ),
    "palindromes": (
        lambda e: e.assign(variant_id=[f"chr1_{i}_A_T_b38" for i in range(len(e))]),
        "palindromic_share",
    ),
}


def test_every_gate_of_the_stage_is_measured():
    found = consistency.measure(parts_of(clean_effects(), EFFECTS))
    found = [*measured(clean_effects()), *found]
    assert sorted(found) == sorted(gate.name for gate in gates_of("effects"))


@pytest.mark.parametrize("freedom", [10, 60, 600, 1e6])
def test_clean_effects_raise_no_alarm(freedom):
    assert alarms(clean_effects(freedom)) == {}


@pytest.mark.parametrize(("break_", "gate"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_caught_by_its_gate(break_, gate):
    assert alarms(break_(clean_effects()))[gate] == "fail"


def test_ten_percent_of_p_values_among_effects_are_caught():
    effects = clean_effects()
    is_bad = np.arange(N) % 10 == 0
    mixed = effects["effect"].where(~is_bad, effects["p_value"])
    assert alarms(effects.assign(effect=mixed)) == {"effect_p_agreement": "fail"}


@pytest.mark.parametrize(
    ("n_lost", "verdict"),
    [(0, None), (9, None), (10, "warn"), (47, "warn"), (48, "fail")],
)
def test_rows_without_a_matching_allele_are_counted(n_lost, verdict):
    effects = clean_effects()
    lost = ["neither_allele_is_reference"] * n_lost + ["effect_missing"] * 50
    dropped = NOTHING.reindex(range(len(lost))).assign(reason=lost)
    measures = measured(effects, dropped, is_unordered=True)
    found = measures["unoriented"]
    assert (found.value, found.n) == (n_lost / (N + n_lost), N + n_lost)
    assert found.evidence.startswith(
        f"{n_lost:,} of {N + n_lost:,} rows have no allele"
    )
    assert alarms_of(measures).get("unoriented") == verdict


def test_ordered_alleles_and_empty_tables_are_not_checked():
    found = measured(clean_effects())["unoriented"]
    assert np.isnan(found.value)
    assert found.evidence == "the table states which allele is REF"
    assert np.isnan(gates_effects.unoriented(0, Counter(), True).value)


def test_features_that_lost_their_leads_are_counted():
    effects = clean_effects().assign(feature_id=[f"g{i % 100}" for i in range(N)])
    smallest = effects.groupby("feature_id")["p_value"].transform("min")
    whole = effects.assign(feature_min_p=smallest)
    assert "missing_leads" not in alarms(whole)
    found = leads(whole)
    assert (found.value, found.n) == (0, 100)
    is_lost = (whole["p_value"] == smallest) & (
        whole["feature_id"].isin([f"g{i}" for i in range(17)])
    )
    found = leads(whole[~is_lost])
    assert (found.value, found.n) == (0.17, 100)
    # Up to a tenth may be indels, of which the table has none.
    assert alarms(whole[~is_lost])["missing_leads"] == "fail"
    assert np.isnan(leads(effects).value)


@pytest.mark.parametrize(("n_rows", "n"), [(1, 150), (7, N), (899, N)])
def test_row_order_and_parts_have_no_effect(n_rows, n):
    effects = clean_effects().assign(maf=np.linspace(0, 0.6, N))
    smallest = effects.groupby("feature_id")["p_value"].transform("min")
    effects = effects.assign(feature_min_p=smallest.where(np.arange(N) % 5 > 0))
    is_bad = np.arange(N) % 10 == 0
    effects["p_value"] = effects["p_value"].mask(is_bad, effects["p_value"] ** 0.7)
    lost = ["duplicate", "effect_out_of_range", "neither_allele_is_reference"] * 9
    dropped = NOTHING.reindex(range(27)).assign(reason=lost, value="-11.5")
    effects = effects[:n]
    again = effects.sample(frac=1, random_state=4)
    first = measured(effects, dropped, is_unordered=True)
    second = measured(again, dropped[::-1], is_unordered=True, n_rows=n_rows)
    assert repr(first) == repr(second)


def test_many_features_are_merged_between_parts(monkeypatch):
    effects = clean_effects().assign(feature_min_p=1e-9)
    *_, expected = gates_effects.summarise_features(parts_of(effects, EFFECTS))
    monkeypatch.setattr(gates_effects, "_MANY_FEATURES", 3)
    parts = parts_of(effects.sample(frac=1, random_state=1), EFFECTS, 10)
    n_pairs, n_features, found = gates_effects.summarise_features(parts)
    assert (n_pairs, n_features) == (N, effects["feature_id"].nunique())
    assert found.sort_by("feature_id") == expected.sort_by("feature_id")


def test_substitutions_are_counted_by_alleles():
    ids = ["chr1_1_A_G_b38", "chr1_2_AT_G_b38", "chr1_3_A_N_b38", "chr1_4_A_GG_b38"]
    parts = parts_of(variants_of(*ids, "chr1_5_A_G_b38"), VARIANTS, 2)
    assert gates_effects.count_changes(parts) == (5, {"AG": 2})


def test_swapped_alleles_change_no_verdict():
    effects = clean_effects()
    assert alarms(effects.assign(effect=-effects["effect"])) == {}


def test_p_is_not_checked_without_standard_errors():
    found = measured(clean_effects().assign(effect_se=np.nan))["effect_p_agreement"]
    assert np.isnan(found.value)
    assert "standard error" in found.evidence


def test_p_values_that_underflow_agree():
    effects = clean_effects(1e6)
    effects["effect"] *= 50
    effects["effect_se"] /= 4
    effects["p_value"] = 0.0
    assert measured(effects)["effect_p_agreement"].value == 0


def test_few_rows_and_none_are_not_judged():
    for n in (0, 5):
        assert alarms(clean_effects().iloc[:n]) == {}


def test_the_null_is_that_of_the_unit():
    pi = clean_effects().assign(effect=lambda e: 1 / (1 + np.exp(-e["effect"])))
    pi = pi.assign(effect_se=np.nan)
    assert alarms(pi, unit=UNITS["Pi"]) == {}
    assert alarms(pi)["effect_signs"] == "fail"
    slopes = clean_effects().assign(effect_se=np.nan)
    assert alarms(slopes, unit=UNITS["Pi"])["effect_range"] == "fail"


@pytest.mark.parametrize(
    ("reason", "n", "expected"),
    [
        ("duplicate", 100, "fail"),
        ("conflicting_duplicate", 100, "fail"),
        ("conflicting_duplicate", 5, "warn"),
        ("effect_missing", 100, None),
    ],
)
def test_repeated_pairs_are_counted(reason, n, expected):
    lost = pd.DataFrame({"reason": [reason] * n}, columns=DROPPED.names)
    assert alarms(clean_effects(), lost).get("effect_duplicates") == expected


@pytest.mark.parametrize(
    ("curies", "tissue", "expected"),
    [
        (["EFO:1"], ["EFO:1"], "pass"),
        (["EFO:1", "CL:1"], ["EFO:1", "EFO:2"], "warn"),
        (["EFO:1"], ["EFO:2"], "fail"),
        (["EFO:1"], [], "not_checked"),
        ([], ["EFO:1"], "not_checked"),
    ],
)
def test_tracks_of_another_tissue_are_caught(curies, tissue, expected):
    measures = measured(clean_effects(), curies=curies, tissue_curies=tissue)
    frame = verdicts(measures, THRESHOLDS).set_index("gate")
    assert frame.loc["tissue", "verdict"] == expected


def test_frequencies_of_the_other_allele_are_caught():
    maf = np.random.default_rng(3).uniform(0.05, 0.45, N)
    effects = clean_effects().assign(maf=maf)
    assert alarms(effects) == {}
    assert alarms(effects.assign(maf=1 - maf)) == {"maf_range": "fail"}


def test_impossible_effects_that_were_dropped_count():
    effects = clean_effects()
    gone = pd.DataFrame({"reason": ["effect_out_of_range"] * 20, "value": "1000000.0"})
    found = measured(effects, gone)["effect_range"]
    assert (found.value, found.n) == (20 / (N + 20), N + 20)
    assert alarms(effects, gone)["effect_range"] == "fail"


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_usual_effects_are_possible(unit):
    assert unit.low <= unit.null - unit.usual_low
    assert unit.null + unit.usual_high <= unit.high
    assert unit.usual_low < unit.usual_high


REAL = {
    "kidney": ("Kidney_Cortex.v8.signif_variant_gene_pairs.txt.gz", "gtex_pairs", None),
    "independent": (
        "Whole_Blood.v8.independent_eqtls.annotated_Peters_celltype_eQTLs.txt.gz",
        "gtex_independent",
        None,
    ),
    "egenes": ("Whole_Blood.v8.egenes.txt.gz", "gtex_egenes", 0.05),
}


@pytest.mark.parametrize(("name", "format_name", "q"), REAL.values(), ids=REAL)
def test_gtex_raises_no_alarm_and_its_p_values_do(shared_data, name, format_name, q):
    path = shared_data(f"gtex_v8/{name}")
    parsed = read.read_effects(path, Source(format_name), Selection(max_q_value=q))
    assert alarms_of_parsed(parsed) == {}
    wrong = parsed.effects.assign(effect=parsed.effects["p_value"])
    expected = ("effect_signs", "effect_p_agreement", "effect_scale")
    found = alarms_of_parsed(parsed._replace(effects=wrong))
    assert found == dict.fromkeys(expected, "fail")


def test_dsqtl_raises_no_alarm(shared_data):
    parsed = read.read_effects(
        shared_data("dsqtl_yoruba/dsQTL.vcf"), Source("degner_dsqtl", "hg18")
    )
    lifted = lift_effects(parsed, shared_data("liftover/hg18ToHg38.over.chain.gz"))
    assert alarms_of_parsed(lifted, UNITS["dsQTL beta"]) == {}


def test_effects_of_one_sign_that_p_values_follow_from_are_left_to_scores():
    effects = clean_effects()
    chosen = effects[effects["effect"] > 0]
    # Their sizes exceed 1, and none is below -1, since none is negative.
    assert alarms(chosen.assign(effect=3 * chosen["effect"], p_value=np.nan)) == {
        "effect_signs": "fail"
    }
    assert "effect_signs" not in alarms(chosen)
    found = measured(chosen)["effect_signs"]
    assert np.isnan(found.value)
    assert "effects have one sign" in found.evidence


def test_without_a_known_allele_signs_are_not_checked():
    sizes = clean_effects().assign(effect=lambda e: e["effect"].abs())
    found = measured(sizes, is_signed=False)
    signs = found.pop("effect_signs")
    assert np.isnan(signs.value) and signs.n == N
    assert signs.evidence == "the source does not state the effect allele"
    expected = measured(sizes)
    del expected["effect_signs"]
    assert found.keys() == expected.keys()
