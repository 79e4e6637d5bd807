import numpy as np
import pandas as pd
import pytest
from endobench.core.errors import InputError
from endobench.sources.derived import check_probabilities, complete


def test_an_effect_is_the_log_ratio_of_activities():
    frame = pd.DataFrame(
        {"ref_activity": [1.0, 4, 0, 2], "alt_activity": [2.0, 1, 1, 0]}
    )
    found, reason = complete(frame)
    assert found["effect"].tolist()[:2] == [1, -2]
    assert reason.isna().tolist() == [True, True, False, False]
    assert set(reason.dropna()) == {"activity_not_positive"}


def test_exchanged_activities_give_the_negative_effect():
    frame = pd.DataFrame({"ref_activity": [1.5, 3], "alt_activity": [2.5, 0.1]})
    turned = frame.rename(
        columns={"ref_activity": "alt_activity", "alt_activity": "ref_activity"}
    )
    np.testing.assert_allclose(
        complete(frame)[0]["effect"], -complete(turned)[0]["effect"]
    )


def test_p_values_are_computed_from_equivalents():
    found, _ = complete(pd.DataFrame({"neg_log10_p": [3.0, 0, np.nan]}))
    assert found["p_value"].tolist()[:2] == [pytest.approx(1e-3), 1]
    assert np.isnan(found["p_value"][2])
    found, _ = complete(pd.DataFrame({"z": [-1.959964, 1.959964]}))
    assert found["p_value"].tolist() == [pytest.approx(0.05)] * 2


def test_a_minor_allele_is_the_rarer_one():
    assert (
        complete(pd.DataFrame({"af": [0.1, 0.9]}))[0]["maf"].tolist()
        == [pytest.approx(0.1)] * 2
    )
    both = pd.DataFrame({"af": [0.9], "maf": [0.2]})
    assert complete(both)[0]["maf"].tolist() == [0.2]


def test_a_class_is_one_or_zero_and_may_replace_the_effect():
    frame = pd.DataFrame({"label": [1.0, -1, 0, np.nan]})
    found, _ = complete(frame, is_label=True)
    assert found["effect"].tolist()[:3] == [1, 0, 0]
    assert np.isnan(found["effect"][3])
    assert "effect" not in complete(frame)[0]


def test_given_numbers_are_unchanged():
    frame = pd.DataFrame({"effect": [0.5], "p_value": [0.1]})
    pd.testing.assert_frame_equal(complete(frame)[0], frame)


def test_the_minor_allele_gives_the_frequency_of_alt():
    frame = pd.DataFrame({"maf": [0.2, 0.3, np.nan], "ref_factor": [1.0, -1, 1]})
    found, _ = complete(frame)
    np.testing.assert_allclose(found["af"], [0.2, 0.7, np.nan])
    # A frequency that the table has is kept.
    found, _ = complete(frame.assign(af=[0.1, 0.9, 0.5]))
    assert found["af"].tolist() == [0.1, 0.9, 0.5]


def test_a_negative_log_p_is_told_in_its_own_column():
    frame, _ = complete(
        pd.DataFrame({"neg_log10_p": [3.0, -2.0], "source_line": [2, 3]})
    )
    with pytest.raises(
        InputError, match="t: line 3: column 'lp': -log10 p -2 is negat"
    ):
        check_probabilities("t", frame, {"neg_log10_p": "lp"})


def test_given_p_values_are_not_replaced_by_those_of_a_normal_z():
    # The z may be a t of few degrees of freedom.
    found, _ = complete(pd.DataFrame({"z": [12.7062], "p_value": [0.05]}))
    assert found["p_value"].tolist() == [0.05]
