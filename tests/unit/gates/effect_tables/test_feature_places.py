import numpy as np
import pandas as pd
from endobench.core.columns import EFFECTS
from endobench.gates.effect_tables.feature_places import Places
from frames import parts_of


def places(distance, is_known=False):
    pos = np.array([100, 250, 400, 900, 950])
    frame = pd.DataFrame(
        {
            "variant_id": [f"chr1_{each}_A_G_b38" for each in pos],
            "feature_id": ["g", "g", "g", "h", "h"],
            "distance": np.array(distance, dtype=float),
        }
    )
    frame["feature_pos"] = pos - frame["distance"]
    return Places(parts_of(frame.reindex(columns=EFFECTS.names), EFFECTS, 2), is_known)


def found(each):
    return sorted(each.table["value"].to_numpy().view(np.float64).tolist())


def test_places_are_start_sites_whatever_the_sign_of_distances():
    minus = np.array([-200, -50, 100, -100, -50])
    for distance, convention in (
        (minus, "position minus distance"),
        (-minus, "position plus distance"),
        (np.r_[minus[:3], -minus[3:]], "distances signed by strand"),
        (np.abs(minus), "absolute distances"),
    ):
        each = places(distance)
        assert each.convention == convention
        assert found(each) == [300, 1000]
        assert each.is_conventional


def test_unlike_distances_have_no_convention():
    assert not places([1, 2, 3, 4, 5]).is_conventional
    assert places([1, 2, 3, 4, 5], is_known=True).is_conventional


def test_missing_distances_do_not_count():
    each = places([-200, np.nan, 100, np.nan, np.nan])
    assert each.n_rows == 2
    assert found(each) == [300]
