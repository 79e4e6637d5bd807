import numpy as np
import pandas as pd
import pytest
from alarms import alarms_of
from endobench.benchmark.repeated import ALIGNED, ALIGNED_CONFLICT, ALIGNED_OPPOSITE
from endobench.core.columns import EFFECTS
from endobench.gates.effect_tables.consistency import (
    Sources,
    aligned_duplicates,
    measure,
    se_follows_maf,
)
from frames import parts_of

N_GENES, PER_GENE, SAMPLES = 60, 8, 400
KNOWN = Sources("slope", is_prescribed=True)


def table(seed=1):
    """Return a table of GTEx's kind: cis variants of genes, some shared by two genes."""
    rng = np.random.default_rng(seed)
    rows = []
    for gene in range(N_GENES):
        tss = 1_000_000 * (gene // 2 + 1) + 5_000 * (gene % 2)
        start = 1_000_000 * (gene // 2 + 1)
        for place in range(PER_GENE):
            pos = start + 1_000 * place - 3_000
            # Of a variant, whatever the gene.
            count = 40 + (pos * 7_919) % 360
            rows.append((f"chr1_{pos}_A_G_b38", f"ENSG{gene:011d}.2", pos, tss, count))
    names = ["variant_id", "feature_id", "pos", "tss", "allele_count"]
    frame = pd.DataFrame(rows, columns=names)
    frame["maf"] = [
        float(f"{each:.6g}") for each in frame["allele_count"] / 2 / SAMPLES
    ]
    frame["distance"] = (frame["pos"] - frame["tss"]).astype(float)
    frame["feature_pos"] = frame["tss"].astype(float)
    maf = frame["maf"]
    frame["effect_se"] = (
        0.05 / np.sqrt(2 * maf * (1 - maf)) * rng.normal(1, 0.05, len(frame))
    )
    frame["p_value"] = rng.uniform(1e-9, 1e-4, len(frame))
    by_gene = frame.groupby("feature_id")["p_value"]
    frame["feature_min_p"] = by_gene.transform("min")
    frame["feature_max_p"] = by_gene.transform("max") * 2
    frame["source_line"] = np.arange(len(frame)) + 2
    return frame


def of_table(frame):
    """Return the effects that reading such a table gives."""
    pos = frame["variant_id"].str.split("_").str[1].astype(float)
    return frame.assign(feature_pos=pos - frame["distance"]).reindex(
        columns=EFFECTS.names
    )


def alarms(frame, sources=KNOWN, n_rows=None):
    return alarms_of(measure(parts_of(of_table(frame), EFFECTS, n_rows), sources))


def shuffled(frame, names, share=1.0, seed=2):
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(rng.random(len(frame)) < share)
    taken = rng.permutation(rows)
    values = {name: frame[name].to_numpy().copy() for name in names}
    for name, each in values.items():
        each[rows] = frame[name].to_numpy()[taken]
    return frame.assign(**values)


@pytest.mark.parametrize("n_rows", [None, 7, 100])
def test_a_table_that_agrees_with_itself_raises_no_alarm(n_rows):
    assert alarms(table(), n_rows=n_rows) == {}
    assert alarms(table().sample(frac=1, random_state=3), n_rows=n_rows) == {}


CONTRADICTIONS = {
    "ids": (["variant_id"], {"feature_place", "variant_constants"}),
    "features": (["feature_id"], {"feature_place", "feature_constants"}),
    "distances": (["distance"], {"feature_place"}),
    "frequencies": (["maf"], {"variant_constants", "sample_count"}),
    "counts": (["allele_count"], {"variant_constants", "sample_count"}),
    "p values": (["p_value"], {"feature_p_range"}),
    "thresholds": (["feature_max_p"], {"feature_constants"}),
}


@pytest.mark.parametrize("share", [0.1, 0.3, 1])
@pytest.mark.parametrize(
    ("names", "gates"), CONTRADICTIONS.values(), ids=CONTRADICTIONS
)
def test_a_shuffled_column_is_caught(names, gates, share):
    found = alarms(shuffled(table(), names, share))
    assert gates <= {gate for gate, verdict in found.items() if verdict == "fail"}


def test_a_shifted_column_is_caught():
    for name, gate in (
        ("distance", "feature_place"),
        ("variant_id", "feature_place"),
        ("maf", "variant_constants"),
        ("effect_se", "se_follows_maf"),
    ):
        frame = table()
        assert alarms(frame.assign(**{name: np.roll(frame[name], 1)}))[gate] == "fail"


def test_a_sorted_column_is_caught():
    frame = table()
    assert alarms(frame.assign(distance=np.sort(frame["distance"])))
    assert alarms(frame.assign(maf=np.sort(frame["maf"])))["sample_count"] == "fail"


def test_the_evidence_names_rows():
    frame = table()
    frame.loc[17, "variant_id"] = "chr1_999_A_G_b38"
    found = measure(parts_of(of_table(frame), EFFECTS), KNOWN)["feature_place"]
    assert (found.value * found.n, found.n) == (1, len(frame))
    gene = frame.loc[17, "feature_id"]
    assert f"1 of {N_GENES} features" in found.evidence
    assert f"such as line 19 (chr1_999_A_G_b38, {gene})" in found.evidence


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("convention", ["minus", "plus", "strand", "absolute"])
def test_any_convention_of_distances_is_recognised(convention, is_known):
    frame = table()
    is_minus = frame["feature_id"].str[-3].astype(int) % 2 == 0
    change = {
        "minus": lambda each: each,
        "plus": lambda each: -each,
        "strand": lambda each: each.where(is_minus, -each),
        "absolute": np.abs,
    }[convention]
    frame["distance"] = change(frame["distance"])
    sources = Sources("slope", is_prescribed=is_known)
    measured = measure(parts_of(of_table(frame), EFFECTS), sources)["feature_place"]
    assert measured.value == 0
    # A fault shows under each of them.
    broken = shuffled(frame, ["variant_id"], 0.1)
    assert alarms(broken, sources)["feature_place"] == "fail"


def test_other_distances_are_not_checked_unless_the_format_prescribes_them():
    frame = table()
    frame["distance"] = np.log10(1 + frame["distance"].abs())
    other = Sources("slope", is_prescribed=False)
    measured = measure(parts_of(of_table(frame), EFFECTS), other)["feature_place"]
    assert np.isnan(measured.value)
    assert alarms(frame, other) == {}
    assert alarms(frame)["feature_place"] == "fail"


def test_indels_may_be_aligned_anew():
    frame = table()
    pos = frame["variant_id"].str.split("_").str[1].astype(int)
    is_some = np.arange(len(frame)) % 5 == 0
    moved = "chr1_" + (pos - 7).astype(str) + "_AC_A_b38"
    frame["variant_id"] = frame["variant_id"].where(~is_some, moved)
    found = measure(parts_of(of_table(frame), EFFECTS), KNOWN)
    assert found["feature_place"].value == 0
    frame["variant_id"] = frame["variant_id"].str.replace("_AC_A_", "_A_C_")
    assert alarms(frame)["feature_place"] == "fail"


def over_chromosomes(n):
    """Return a table without distances, whose genes lie on several chromosomes."""
    frame = table().assign(distance=np.nan)
    number = frame["feature_id"].str[4:15].astype(int) % n + 9
    rest = frame["variant_id"].str.partition("_")[2]
    return frame.assign(variant_id="chr" + number.astype(str) + "_" + rest)


@pytest.mark.parametrize("n_rows", [None, 7])
def test_without_distances_a_feature_has_one_chromosome(n_rows):
    frame = over_chromosomes(3)
    assert alarms(frame, n_rows=n_rows) == {}
    for names in (["variant_id"], ["feature_id"]):
        broken = shuffled(frame, names, 0.1)
        assert alarms(broken, n_rows=n_rows)["feature_place"] == "fail"
    frame.loc[17, "variant_id"] = "chr1_999_A_G_b38"
    found = measure(parts_of(of_table(frame), EFFECTS, n_rows), KNOWN)["feature_place"]
    assert (found.value * found.n, found.n) == (1, len(frame))
    assert "such as line 19 (chr1_999_A_G_b38, " in found.evidence


def test_features_on_many_chromosomes_have_no_place():
    # A mark of histones, and trans-QTLs.
    frame = over_chromosomes(3)
    for other in (frame.assign(feature_id="H3K27ac"), shuffled(frame, ["feature_id"])):
        measured = measure(parts_of(of_table(other), EFFECTS), Sources("slope"))
        assert np.isnan(measured["feature_place"].value)
        assert "no distances" in measured["feature_place"].evidence


def starts_of(frame, by=0):
    unique = frame.drop_duplicates("feature_id")
    names = unique["feature_id"].str.split(".").str[0]
    starts = unique["tss"].to_numpy() + by
    both = pd.concat([unique["feature_id"], names], ignore_index=True)
    return pd.DataFrame({"gene_id": both, "start": np.r_[starts, starts]})


def test_the_annotation_places_the_genes():
    frame = table()
    for by in (0, 9_000):
        assert alarms(frame, KNOWN._replace(starts=starts_of(frame, by))) == {}
    far = KNOWN._replace(starts=starts_of(frame, 50_000))
    assert alarms(frame, far) == {"feature_start": "fail"}
    names = frame["feature_id"].unique()
    other = dict(zip(names, np.roll(names, 9), strict=True))
    renamed = frame.assign(feature_id=frame["feature_id"].map(other))
    known = KNOWN._replace(starts=starts_of(frame))
    assert alarms(renamed, known) == {"feature_start": "fail"}


def test_the_annotation_may_have_other_versions_of_genes():
    frame = table()
    newer = starts_of(frame, by=20_000)
    newer["gene_id"] = newer["gene_id"].str.replace(".2", ".17", regex=False)
    assert alarms(frame, KNOWN._replace(starts=newer)) == {"feature_start": "fail"}


def test_missing_genotypes_reduce_the_number_of_samples():
    frame = table()
    is_some = np.arange(len(frame)) % 12 == 0
    frame.loc[is_some, "maf"] = frame["allele_count"] / 2 / (0.8 * SAMPLES)
    frame["variant_id"] = [
        f"chr1_{each}_A_G_b38" for each in 10_000 + np.arange(len(frame))
    ]
    measured = measure(parts_of(of_table(frame), EFFECTS), KNOWN)
    assert measured["sample_count"].value == 0
    # More samples than the cohort has are impossible.
    frame.loc[is_some, "maf"] = frame["allele_count"] / 2 / (1.2 * SAMPLES)
    assert alarms(frame)["sample_count"] == "fail"


@pytest.mark.parametrize("places", [2, 3, 4])
def test_frequencies_of_few_digits_leave_the_number_of_samples_open(places):
    frame = table()
    frame["allele_count"] = 40.0 + 37 * np.arange(len(frame)) % 360
    frame["maf"] = (frame["allele_count"] / 2 / SAMPLES).round(places)
    frame.loc[:3, "maf"] = [0, 0, np.nan, np.nan]
    measured = measure(parts_of(of_table(frame), EFFECTS), KNOWN)
    assert measured["sample_count"].value == 0
    of_others = frame.assign(maf=frame["maf"].to_numpy()[::-1])
    assert alarms(of_others)["sample_count"] == "fail"


def test_a_table_of_several_cohorts_has_no_number_of_samples():
    frame = table()
    samples = 200 + 7 * np.arange(len(frame))
    frame["maf"] = frame["allele_count"] / 2 / samples
    measured = measure(parts_of(of_table(frame), EFFECTS), Sources("slope"))
    assert np.isnan(measured["sample_count"].value)


def test_what_a_table_lacks_is_not_checked():
    bare = table()[["variant_id", "feature_id", "source_line"]]
    effects = bare.reindex(columns=EFFECTS.names)
    measured = measure(parts_of(effects, EFFECTS), KNOWN)
    assert len(measured) == 8
    # Variants have a chromosome.
    assert measured.pop("feature_place").value == 0
    assert np.isnan([each.value for each in measured.values()]).all()
    measured = measure(parts_of(effects[:0], EFFECTS), KNOWN)
    assert np.isnan([each.value for each in measured.values()]).all()


def test_one_standard_error_for_all_variants_of_a_feature_follows_no_frequency():
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(
        {
            "feature_id": np.repeat([f"gene{i}" for i in range(40)], 5),
            "effect_se": np.repeat(rng.uniform(0.1, 0.3, 40), 5),
            "maf": rng.uniform(0.05, 0.5, 200),
        }
    )
    found = se_follows_maf(
        parts_of(frame.reindex(columns=EFFECTS.names), EFFECTS), "slope"
    )
    assert found.value == 0 and found.n == 200
    common = frame.assign(maf=0.2).reindex(columns=EFFECTS.names)
    found = se_follows_maf(parts_of(common, EFFECTS), "slope")
    assert np.isnan(found.value) and "frequencies do not vary" in found.evidence


def test_errors_are_bounded_by_the_variance_of_the_phenotype():
    frame = table()
    # Those of a phenotype of variance 1.
    frame["effect_se"] *= 1 / (0.05 * np.sqrt(SAMPLES))
    assert alarms(frame) == {}
    some = frame["feature_id"].isin(frame["feature_id"].unique()[:6])
    scaled = frame.assign(effect_se=frame["effect_se"] * np.where(some, 2.0, 1.0))
    assert alarms(scaled)["se_size"] == "fail"
    found = measure(parts_of(of_table(scaled), EFFECTS), KNOWN)["se_size"]
    assert found.value == 0.1
    assert "400 samples" in found.evidence
    # Other formats prescribe no unit.
    assert "se_size" not in alarms(scaled, Sources("slope"))


def test_conflicts_after_alignment_are_a_share_of_the_pairs():
    counts = {ALIGNED: 3, ALIGNED_CONFLICT: 4, ALIGNED_OPPOSITE: 6, "scored pairs": 87}
    waterfall = pd.DataFrame({"reason": counts.keys(), "n_pairs": counts.values()})
    found = aligned_duplicates(waterfall)
    assert (found.value, found.n) == (0.1, 100)
    assert "6 of them with effects of the opposite sign" in found.evidence
    kept = pd.DataFrame({"reason": ["all rows", "scored pairs"], "n_pairs": [900, 900]})
    assert aligned_duplicates(kept).value == 0
