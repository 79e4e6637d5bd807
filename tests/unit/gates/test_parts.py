import numpy as np
import pandas as pd
import pytest
from alarms import SEEDS, alarms_of
from endobench.core.columns import PAIRS
from endobench.gates.parts import (
    CONTROL,
    SCORES,
    SEQUENCE,
    clusters_of,
    compare_parts,
    measure,
    part_agreement,
    parts_of_benchmark,
    sequence_parts,
)
from frames import benchmark


@pytest.fixture(scope="module")
def pairs():
    frame, _ = benchmark(n_features=300)
    # Bases of both orders, and palindromes.
    kinds = np.array(["A_G", "G_A", "A_T", "C_G", "AC_A", "T_TG"])
    place = np.arange(len(frame))
    ids = frame["variant_id"].str.extract(r"^(chr\d+_\d+)_")[0]
    frame["variant_id"] = ids + "_" + kinds[place % 6] + "_b38"
    frame["source_line"] = place + 2
    return frame


def flipped(pairs, is_flipped, name="effect"):
    return pairs.assign(**{name: pairs[name].where(~is_flipped, -pairs[name])})


def alarms(pairs, control=None, **options):
    table = parts_of_benchmark(pairs, control, **options)
    return alarms_of(measure(table))


def disagreeing(pairs, **options):
    table = compare_parts(pairs, **options)
    rows = table[table["is_disagreeing"]]
    return set(rows["division"] + ": " + rows["part"])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rho", [0, 0.1, 0.5, 0.9])
def test_clean_pairs_raise_no_alarm(seed, rho):
    clean, _ = benchmark(n_features=300, rho=rho, seed=seed)
    clean["source_line"] = np.arange(len(clean)) + 2
    assert alarms(clean) == {}


def test_a_clean_control_raises_no_alarm():
    clean, _ = benchmark(n_features=300)
    other, _ = benchmark(n_features=300, seed=2)
    lines = np.arange(len(clean)) + 2
    assert (
        alarms(clean.assign(source_line=lines), other.assign(source_line=lines)) == {}
    )


IDS = {
    "chromosome: chr2": lambda ids: ids.str.startswith("chr2_"),
    "kind of variant: deletion": lambda ids: ids.str.contains("_AC_A_"),
    "palindromic alleles: A/T and C/G": lambda ids: ids.str.contains("_A_T_|_C_G_"),
    "substitution: G>A": lambda ids: ids.str.contains("_G_A_"),
}


@pytest.mark.parametrize("column", ["effect", "raw"])
@pytest.mark.parametrize("part", IDS)
def test_a_flipped_part_is_named_alone_in_its_division(pairs, part, column):
    broken = flipped(pairs, IDS[part](pairs["variant_id"]), column)
    division = part.split(":")[0]
    found = disagreeing(broken)
    assert {each for each in found if each.startswith(division + ":")} == {part}
    assert alarms(broken)["part_agreement"] == "fail"


@pytest.mark.parametrize("part", IDS)
def test_a_shuffled_part_disagrees(part):
    strong, _ = benchmark(n_features=900, rho=0.8)
    kinds = np.array(["A_G", "G_A", "A_T", "C_G", "AC_A", "T_TG"])
    ids = strong["variant_id"].str.extract(r"^(chr\d+_\d+)_")[0]
    strong["variant_id"] = ids + "_" + kinds[np.arange(len(strong)) % 6] + "_b38"
    rows = np.flatnonzero(IDS[part](strong["variant_id"]))
    raw = strong["raw"].to_numpy().copy()
    raw[rows] = np.random.default_rng(1).permutation(raw[rows])
    assert part in disagreeing(strong.assign(raw=raw))


def test_the_minor_allele_the_strand_and_the_lines_are_parts(pairs):
    rng = np.random.default_rng(4)
    af = rng.uniform(size=len(pairs))
    broken = flipped(pairs.assign(af=af), af > 0.5)
    assert {each.split(":")[0] for each in disagreeing(broken)} >= {"minor allele"}
    genes = pairs["feature_id"].unique()
    strands = pd.Series(rng.choice(["+", "-"], len(genes)), genes)
    broken = flipped(pairs, pairs["feature_id"].map(strands) == "-")
    found = disagreeing(broken, strands=strands)
    assert {each.split(":")[0] for each in found} >= {"strand of the gene"}
    broken = flipped(pairs, pairs["source_line"] > 700)
    assert any(each.startswith("lines of the table") for each in disagreeing(broken))


def test_the_evidence_has_the_values_in_the_part_and_the_rest(pairs):
    broken = flipped(pairs, IDS["chromosome: chr2"](pairs["variant_id"]))
    table = parts_of_benchmark(broken)
    row = table.set_index("part").loc["chr2"]
    evidence = part_agreement(table).evidence
    assert f"chromosome chr2: {row['value']:.3f} in 300 pairs" in evidence
    assert f"{row['rest']:.3f} in 600 others" in evidence
    inside = pairs["variant_id"].str.startswith("chr2_")
    here = broken[inside]
    expected = here["effect"].rank().corr(here["raw"].rank())
    assert row["value"] == pytest.approx(expected, abs=0.02)
    assert row["ci_low"] < row["value"] < row["ci_high"]


def test_a_fault_in_effects_shows_in_the_control_too(pairs):
    control = pairs.assign(raw=pairs["raw"] + np.random.default_rng(7).normal(size=900))
    broken, noisy = (
        flipped(each, IDS["chromosome: chr2"](each["variant_id"]))
        for each in (pairs, control)
    )
    assert alarms(broken, noisy).keys() >= {"part_agreement", "control_parts"}
    # Scores alone are at fault.
    found = alarms(flipped(pairs, pairs["variant_id"].str.startswith("chr2_")), control)
    assert "part_agreement" in found
    assert "control_parts" not in found
    table = parts_of_benchmark(pairs, control)
    assert set(table["against"]) == {SCORES, CONTROL}


def test_without_signs_sizes_are_compared(pairs):
    unsigned = pairs.assign(effect=pairs["effect"].abs(), raw=pairs["raw"].abs())
    expected = compare_parts(unsigned)["value"]
    found = compare_parts(pairs, is_signed=False)["value"]
    # Thirds of sizes are those of the absolute values.
    np.testing.assert_allclose(found, expected)
    assert alarms(pairs, is_signed=False) == {}


def test_few_pairs_are_not_compared(pairs):
    table = parts_of_benchmark(pairs[:15])
    assert table.empty
    measured = measure(table)
    assert np.isnan(measured["part_agreement"].value)
    assert np.isnan(measured["control_parts"].value)


def test_pairs_that_share_variants_or_features_are_one_cluster(pairs):
    few = pairs[:9].reset_index(drop=True)
    assert clusters_of(few).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    shared = few.copy()
    shared.loc[3, "variant_id"] = few.loc[0, "variant_id"]
    assert clusters_of(shared).tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 1]
    blocks = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10_000_000]})
    assert len(set(clusters_of(pairs, blocks))) == 3


def test_repeated_pairs_do_not_make_a_part_more_certain():
    # Ten copies of each pair for other features of the same variant.
    clean, _ = benchmark(n_features=100, per_feature=1, rho=0.5)
    copies = pd.concat(
        clean.assign(feature_id=clean["feature_id"] + f".{each}") for each in range(10)
    )
    one, ten = (compare_parts(each.reset_index(drop=True)) for each in (clean, copies))
    keys = ["division", "part"]
    both = one.merge(ten, on=keys)
    widths = [(both[f"ci_high{x}"] - both[f"ci_low{x}"]).median() for x in ("_x", "_y")]
    assert widths[1] > 0.7 * widths[0]


def test_scores_of_a_part_that_do_not_follow_the_sequence_are_seen():
    rng = np.random.default_rng(5)
    n = 1_200
    raw = rng.normal(size=n)
    pairs = pd.DataFrame(
        {
            "variant_id": [f"chr{i % 3 + 1}_{500 * i + 1}_A_G_b38" for i in range(n)],
            "feature_id": [f"gene{i // 4}" for i in range(n)],
            "effect": rng.normal(size=n),
            "raw": raw,
            "is_source_lead": np.arange(n) % 4 == 0,
        }
    ).reindex(columns=PAIRS.names)
    change = pd.Series(raw + rng.normal(size=n), pairs["variant_id"])
    table = parts_of_benchmark(pairs, motif_change=change)
    assert alarms_of({"sequence_parts": sequence_parts(table)}) == {}
    told = pairs["raw"].where(~pairs["is_source_lead"], pairs["effect"])
    table = parts_of_benchmark(pairs.assign(raw=told), motif_change=change)
    found = sequence_parts(table)
    assert alarms_of({"sequence_parts": found}) == {"sequence_parts": "fail"}
    assert "lead variant of the source leads" in found.evidence
    # Kinds of variant may follow motifs more or less.
    divisions = table.loc[table["against"] == SEQUENCE, "division"]
    assert len(divisions) > 3 and "substitution" not in set(divisions)
    assert np.isnan(sequence_parts(parts_of_benchmark(pairs)).value)


@pytest.mark.parametrize(("rho", "is_other"), [(0.93, False), (0.7, True)])
def test_the_strongest_of_few_features_may_agree_nearly_perfectly(pairs, rho, is_other):
    rng = np.random.default_rng(1)
    is_first = pairs["variant_id"].str.startswith("chr2_").to_numpy()
    effect = rng.normal(size=len(pairs))
    noise = np.where(is_first, 0.03, np.sqrt(1 / rho**2 - 1))
    raw = effect + noise * rng.normal(size=len(pairs))
    table = compare_parts(pairs.assign(effect=effect, raw=raw))
    [row] = table[table["part"] == "chr2"].itertuples()
    assert row.value > 0.99
    assert (row.p_adjusted < 0.001) == is_other
