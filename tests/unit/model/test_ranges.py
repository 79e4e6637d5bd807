from types import SimpleNamespace

import ml_dtypes
import numpy as np
import pytest
from endobench.core.errors import WrongAnswer
from endobench.design.scorers import GENE_SCORERS, is_signed
from endobench.model.ranges import as_floating, check_coverage, check_values

SCORER = "DNASE-501-DIFF_LOG2_SUM"
ROW = SimpleNamespace(variant_id="v1", chrom="chr1", pos=9, ref="A", alt="AT")


def test_numbers_of_low_precision_are_numbers():
    for kind in (ml_dtypes.bfloat16, np.float16, np.float32, np.float64):
        values = as_floating(ROW, SCORER, np.array([0.5, np.nan], kind))
        assert values.dtype in (np.float32, np.float64) and values[0] == 0.5
    for kind in (np.int64, bool, np.uint8):
        with pytest.raises(
            WrongAnswer, match="asked for floating-point numbers; values of type"
        ):
            as_floating(ROW, SCORER, np.array([1, 0], kind))


@pytest.mark.parametrize("value", [1e38, -1e38, 65, 1e300])
def test_a_log2_ratio_is_no_number_of_any_size(value):
    raw = np.array([0.1, np.nan, value, np.inf])
    with pytest.raises(WrongAnswer, match="log2 ratios, at most 64; .* came"):
        check_values(ROW, "DNASE-501-DIFF_LOG2_SUM", raw)
    # A sum of differences has no limit.
    check_values(ROW, "DNASE-501-DIFF_SUM", raw)
    check_values(ROW, "DNASE-501-DIFF_LOG2_SUM", raw[:2], np.array([-1, np.nan]))


def test_coverage_is_neither_negative_nor_of_any_size():
    for value in (-0.5, 1e10, -1e38):
        for rest in ([0.1, 5], [np.nan, np.inf]):
            with pytest.raises(WrongAnswer, match="asked for coverage, from 0 to"):
                check_coverage(ROW, "DNASE", np.array([*rest, value]))
    for values in ([], [0, -1e-6, 900], [np.nan, -np.inf, np.inf]):
        check_coverage(ROW, "DNASE", np.array(values))
    check_coverage(ROW, "CONTACT_MAPS", np.array([-0.5]))


@pytest.mark.parametrize("scorer", GENE_SCORERS)
def test_a_score_by_gene_has_a_range_and_no_sign_where_it_says_none(scorer):
    within = np.array([[0.0, 0.5], [np.nan, 1.0]])
    check_values(ROW, scorer, within, within)
    check_values(ROW, scorer, np.empty((0, 2)), np.empty((0, 2)))
    # Rounding to 16 bits.
    check_values(ROW, scorer, np.array([[-1e-4]]))
    with pytest.raises(WrongAnswer, match=f"{scorer}: asked for .*; 1e[+]38 came"):
        check_values(ROW, scorer, np.array([[0.1, np.nan], [1e38, np.inf]]))
    with pytest.raises(WrongAnswer, match="asked for quantiles from -1 to 1; -2 came"):
        check_values(ROW, scorer, within, within - 2)
    if is_signed(scorer):
        check_values(ROW, scorer, -within)
    else:
        with pytest.raises(WrongAnswer, match="from 0 to .*; -0.5 came"):
            check_values(ROW, scorer, np.array([[0.1, -0.5]]))


@pytest.mark.parametrize("scorer", ["SPLICE_SITES", "SPLICE_SITE_USAGE"])
def test_a_change_of_a_probability_is_at_most_1(scorer):
    with pytest.raises(WrongAnswer, match="from 0 to 1; 1.5 came"):
        check_values(ROW, scorer, np.array([[0.1, 1.5]]))
