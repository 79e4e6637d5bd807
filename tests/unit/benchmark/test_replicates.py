import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.replicates import check_replicate, join_replicate
from endobench.core.columns import REPLICATE_TABLE, REPLICATES
from endobench.core.errors import InputError
from frames import VARIANT_IDS, effects_of, rows_of, variants_of

SNV, DELETION, OTHER = VARIANT_IDS


def table_of(*rows):
    """Return a table of a second cohort, from ids, features and effects."""
    frame = pd.DataFrame(rows, columns=["variant_id", "feature_id", "score"])
    names = ["variant_id", "chrom", "pos", "ref", "alt"]
    parts = pd.DataFrame(
        [(each, *each.split("_")[:4]) for each in frame["variant_id"]], columns=names
    )
    frame = frame.assign(**parts[names[1:]].astype({"pos": "int64"}))
    return frame.assign(source_id=frame["variant_id"])[REPLICATE_TABLE.names]


def joined(effects, table):
    variants = variants_of(*dict.fromkeys(effects["variant_id"]))
    return join_replicate(effects, variants, table, "cohort")


def test_pairs_match_by_variant_and_by_gene_without_its_version():
    effects = effects_of(
        (SNV, "ENSG00000000001.1", 0.5),
        (SNV, "ENSG00000000002.1", 0.6),
        (OTHER, "ENSG00000000001.1", 0.7),
    )
    table = table_of(
        (SNV, "ENSG00000000001.7", 0.4),
        (SNV, "ENSG00000000003.1", 9.0),
        (OTHER, "ENSG00000000001", 0.3),
    )
    found = joined(effects, table)
    assert list(found) == REPLICATES.names
    assert rows_of(found, *REPLICATES.names) == [
        (SNV, "ENSG00000000001.1", 0.5, 0.4, "cohort"),
        (OTHER, "ENSG00000000001.1", 0.7, 0.3, "cohort"),
    ]


def test_a_peak_keeps_what_looks_like_a_version():
    effects = effects_of((SNV, "peak.1", 0.5))
    assert joined(effects, table_of((SNV, "peak.2", 0.4))).empty
    assert len(joined(effects, table_of((SNV, "peak.1", 0.4)))) == 1


def test_a_swapped_substitution_has_the_opposite_effect_and_a_deletion_none():
    effects = effects_of((SNV, "g", 0.5), (DELETION, "g", 0.5))
    table = table_of(("chr1_10_G_A_b38", "g", 0.4), ("chr1_20_A_AC_b38", "g", 0.4))
    found = joined(effects, table)
    assert rows_of(found, "variant_id", "replicate_effect") == [(SNV, -0.4)]


def test_a_variant_that_was_aligned_is_found_by_its_id():
    effects = effects_of((DELETION, "g", 0.5))
    table = table_of((DELETION, "g", 0.4)).assign(pos=17, ref="GA", alt="G")
    assert joined(effects, table)["replicate_effect"].tolist() == [0.4]


def test_tables_without_features_match_by_variant():
    effects = effects_of((SNV, "variant", 0.5), (OTHER, "variant", 0.1))
    table = table_of((SNV, "peak", 0.4), (OTHER, "peak", 0.2))
    assert joined(effects, table)["replicate_effect"].tolist() == [0.4, 0.2]
    # Of several effects of a variant, none is chosen.
    genes = table_of((SNV, "gene1", 0.4), (SNV, "gene2", 0.2), (OTHER, "gene1", 0.3))
    assert rows_of(joined(effects, genes), "variant_id", "replicate_effect") == [
        (OTHER, 0.3)
    ]


def test_two_versions_of_a_gene_are_no_choice():
    effects = effects_of((SNV, "ENSG00000000001.1", 0.5))
    names = ("ENSG00000000001.7", "ENSG00000000001.8")
    assert joined(effects, table_of(*((SNV, name, 0.4) for name in names))).empty


def test_nothing_shared_is_told(caplog):
    found = joined(effects_of((SNV, "g", 0.5)), table_of((OTHER, "g", 0.4)))
    assert found.empty and list(found) == REPLICATES.names
    assert "replicate cohort shares none of the 1 pairs" in caplog.text


def replicated(noise, n=200, factor=1.0, null=0.0):
    rng = np.random.default_rng(1)
    effect = rng.normal(size=n)
    other = factor * effect + noise * rng.normal(size=n)
    return pd.DataFrame({"effect": effect + null, "replicate_effect": other})


@pytest.mark.parametrize("null", [0.0, 0.5])
@pytest.mark.parametrize("factor", [1, -1, 2.5])
def test_a_copy_of_the_effects_is_no_replicate(factor, null):
    with pytest.raises(InputError, match="'cohort' repeats the effects of the dataset"):
        check_replicate(replicated(0, factor=factor, null=null), null, "cohort")


@pytest.mark.parametrize("factor", [1, 2.5])
def test_a_copy_with_little_noise_is_no_replicate(factor):
    pairs = replicated(0, factor=factor)
    noise = 1 + 0.01 * np.random.default_rng(2).normal(size=len(pairs))
    pairs["replicate_effect"] *= noise
    with pytest.raises(InputError, match="nearly the same ratio of both"):
        check_replicate(pairs, 0.0, "cohort")


def test_a_copy_in_part_is_no_replicate():
    pairs = replicated(0.8)
    pairs.loc[:119, "replicate_effect"] = pairs.loc[:119, "effect"]
    with pytest.raises(
        InputError, match="120 of 200 shared pairs have the same effect"
    ):
        check_replicate(pairs, 0.0, "cohort")


@pytest.mark.parametrize("noise", [0.05, 1.0])
def test_another_cohort_is_a_replicate_however_well_it_agrees(noise):
    check_replicate(replicated(noise), 0.0, "cohort")
    # Too few pairs to tell a copy from chance.
    check_replicate(replicated(0, n=3), 0.0, "cohort")
