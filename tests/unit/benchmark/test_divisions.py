import numpy as np
import pandas as pd
import pytest
import yaml
from endobench.benchmark.divisions import (
    DIVISIONS,
    REMOVABLE,
    described,
    left_out,
)
from endobench.core.columns import PAIRS
from endobench.core.errors import InputError
from frames import benchmark
from workflow import ROOT

BY_NAME = {each.name: each for each in DIVISIONS}


def pairs_of(*ids, **values):
    frame = pd.DataFrame(
        {"variant_id": ids, "feature_id": "g", "effect": 1.0, "raw": 1.0}
    )
    return frame.reindex(columns=PAIRS.names).assign(**values)


def labels(name, pairs, **options):
    found = BY_NAME[name].labels_of(described(pairs, **options))
    return [None if pd.isna(each) else each for each in found]


IDS = (
    "chr1_10_A_G_b38",
    "chr1_20_A_T_b38",
    "chr2_30_AC_A_b38",
    "chrUn_KI270742v1_40_G_GT_b38",
    "chr2_50_CA_GT_b38",
)


def test_alleles_decide_kind_change_palindrome_and_order():
    pairs = pairs_of(*IDS)
    kinds = ["SNV", "SNV", "deletion", "insertion", "substitution of several bases"]
    assert labels("kind of variant", pairs) == kinds
    assert labels("substitution", pairs) == ["A>G", "A>T", None, None, None]
    palindromes = ["other SNVs", "A/T and C/G", None, None, None]
    assert labels("palindromic alleles", pairs) == palindromes
    first, second = "REF before ALT", "ALT before REF"
    assert labels("order of the alleles", pairs) == [first, first, second, first, first]
    chroms = ["chr1", "chr1", "chr2", "chrUn_KI270742v1", "chr2"]
    assert labels("chromosome", pairs) == chroms


def test_ids_need_no_build():
    assert labels("substitution", pairs_of("chr1_10_A_G")) == ["A>G"]


@pytest.mark.parametrize("n", [4, 7, 13, 31, 1_180])
def test_a_third_holds_the_size_at_its_limit(n):
    # Of these numbers an interpolated limit is a size, or misses it by the last digit.
    sizes = np.random.default_rng(n).random(n)
    found = labels("size of the score", pairs_of(*[IDS[0]] * n, raw=sizes))
    counts = pd.Series(found).value_counts()
    smallest, largest = (n - 1) // 3 + 1, (n - 1) // 3
    assert counts["smallest third"] == smallest
    assert counts.get("largest third", 0) == largest
    assert counts.get("middle third", 0) == n - smallest - largest


def test_columns_decide_the_other_parts():
    pairs = pairs_of(
        *IDS[:3],
        af=[0.2, 0.7, np.nan],
        maf=[0.04, 0.05, 0.3],
        distance=[-5.0, 200_000.0, np.nan],
        in_peak=pd.array([True, False, pd.NA], dtype="boolean"),
        shift_bp=[0, -3, 0],
        route=["atlas", "model", "model"],
        is_source_lead=pd.array([True, False, pd.NA], dtype="boolean"),
    )
    assert labels("minor allele", pairs) == ["ALT", "REF", None]
    frequencies = ["0 to 0.05", "0.05 to 0.1", "0.3 to 0.35"]
    assert labels("minor allele frequency", pairs) == frequencies
    assert labels("lead variant of the source", pairs) == ["leads", "others", None]
    assert labels("sign of the distance", pairs) == ["negative", "positive", None]
    assert labels("distance", pairs) == ["within 100 kb", "beyond 100 kb", None]
    assert labels("peak", pairs) == ["inside", "outside", None]
    assert labels("window", pairs) == ["centred", "moved", "centred"]
    assert labels("route", pairs) == ["atlas", "model", "model"]


def test_the_strand_is_found_with_and_without_the_version():
    pairs = pairs_of(*IDS[:3], feature_id=["ENSG00000000001.3", "ENSG00000000002", "x"])
    strands = pd.Series({"ENSG00000000001": "+", "ENSG00000000002": "-"})
    assert labels("strand of the gene", pairs, strands=strands) == ["+", "-", None]
    assert labels("strand of the gene", pairs) == [None] * 3


def test_a_gene_of_a_tissue_and_an_intron_have_the_strand_of_their_gene():
    features = [
        "ENSG00000000001.3@Liver",
        "chr1:2:9:clu_1:ENSG00000000002.5",
        "x@Liver",
    ]
    pairs = pairs_of(*IDS[:3], feature_id=features)
    strands = pd.Series({"ENSG00000000001": "+", "ENSG00000000002": "-"})
    assert labels("strand of the gene", pairs, strands=strands) == ["+", "-", None]


def test_a_table_of_tissues_is_divided_by_them_and_not_by_its_lines():
    pairs, _ = benchmark(n_features=400)
    pairs["source_line"] = np.arange(len(pairs)) + 2
    assert set(labels("tissue", pairs)) == {None}
    names = np.where(np.arange(len(pairs)) < len(pairs) / 2, "Liver", "Lung")
    features = pairs["feature_id"].astype(str) + "@" + names
    of_tissues = pairs.assign(feature_id=features)
    assert labels("tissue", of_tissues) == names.tolist()
    assert set(labels("lines of the table", of_tissues)) == {None}
    assert None not in labels("lines of the table", pairs)


def test_regions_and_lines_hold_equal_numbers_of_pairs():
    pairs, _ = benchmark(n_features=400, n_chromosomes=1)
    pairs["source_line"] = np.arange(len(pairs)) + 2
    for name in ("region", "lines of the table"):
        counts = pd.Series(labels(name, pairs)).value_counts()
        assert counts.tolist() == [300] * 4
    assert set(labels("region", pairs[:150])) == {None}


def test_every_pair_is_in_at_most_one_part_of_a_division_whatever_its_order():
    pairs, _ = benchmark()
    order = np.random.default_rng(2).permutation(len(pairs))
    mixed = pairs.iloc[order].reset_index(drop=True)
    for name in BY_NAME:
        found = labels(name, pairs)
        assert len(found) == len(pairs)
        assert labels(name, mixed) == [found[each] for each in order]


def test_the_parts_to_leave_out_are_found():
    pairs = pairs_of(*IDS)
    found = left_out(pairs, ["chromosome: chr2", "kind of variant: insertion"])
    expected = [None, None, "chromosome: chr2", "kind of variant: insertion"]
    assert found.where(found.notna(), None).tolist() == [*expected, "chromosome: chr2"]
    assert left_out(pairs, []).isna().all()


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("chromosome: chr9", "chromosome has no part 'chr9'; the nearest are 'chr"),
        ("size of the effect: largest third", "names no division"),
        ("chr2", "'chr2' names no division; expected 'DIVISION: PART' with one of chr"),
    ],
)
def test_a_part_that_is_not_there_is_refused(part, said):
    with pytest.raises(InputError, match=said) as error:
        left_out(pairs_of(*IDS), [part], "leave_out of dataset demo")
    assert str(error.value).startswith("leave_out of dataset demo: ")
    assert "\n" not in str(error.value)


def test_no_part_can_be_left_out_by_effect_or_score():
    assert not {"size of the effect", "size of the score"} & set(REMOVABLE)


def test_a_config_names_the_parts_that_can_be_left_out():
    path = ROOT / "config/schemas/config.schema.yaml"
    schema = yaml.safe_load(path.read_text())["properties"]["datasets"]["items"]
    pattern = schema["properties"]["leave_out"]["items"]["pattern"]
    assert pattern == f"^({'|'.join(REMOVABLE)}): ."


def test_lines_in_order_of_a_number_are_no_parts():
    n, rng = 400, np.random.default_rng(1)
    ids = [f"chr1_{place}_A_G_b38" for place in rng.permutation(n) + 1]
    p_value = rng.uniform(size=n)
    pairs = pairs_of(*ids, source_line=np.arange(n) + 2, p_value=p_value)
    assert len(set(labels("lines of the table", pairs))) == 4
    ranked = pairs.assign(p_value=np.sort(p_value))
    assert set(labels("lines of the table", ranked)) == {None}
