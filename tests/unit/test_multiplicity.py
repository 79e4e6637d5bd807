import numpy as np
import pandas as pd
import pytest
from endobench.multiplicity import adjusted


def test_benjamini_and_hochberg_by_hand():
    p = pd.Series([0.04, 0.01, 0.03], index=[5, 6, 7])
    assert adjusted(p).tolist() == pytest.approx([0.04, 0.03, 0.04])


def test_what_was_not_tested_counts_for_nothing_and_stays_missing():
    p = pd.Series([0.04, np.nan, 0.01, 0.03])
    found = adjusted(p)
    assert found.isna().tolist() == [False, True, False, False]
    assert found.dropna().tolist() == adjusted(p.dropna()).tolist()


@pytest.mark.parametrize("p", [[], [np.nan, np.nan]])
def test_nothing_tested_is_nothing_adjusted(p):
    assert adjusted(pd.Series(p, dtype=float)).isna().all()


def test_a_p_that_rounding_put_over_one_is_one():
    assert adjusted(pd.Series([1.0000000001])).tolist() == [1.0]
