import pandas as pd
import pyarrow as pa
import pytest
from endobench.benchmark.account import account
from endobench.benchmark.merge import join
from endobench.core.errors import InputError
from frames import VARIANT_IDS as VARIANTS
from frames import effects_of, lost_of, rows_of, scores_of
from hypothesis import given, settings
from hypothesis import strategies as st

EFFECTS = effects_of(
    (VARIANTS[1], "g2", 0.2),
    (VARIANTS[0], "g2", -0.1),
    (VARIANTS[0], "g1", 0.3),
    (VARIANTS[2], "g1", 0.4),
)


def test_the_account_follows_every_pair():
    rows = lost_of("variants", ("duplicate", VARIANTS[0]), ("effect_missing", "v9"))
    later = pd.concat(
        [
            lost_of("peaks", ("outside_peaks", VARIANTS[2])),
            lost_of("predict", ("prediction_failed", VARIANTS[1])),
        ],
        ignore_index=True,
    )
    pairs = join(EFFECTS, scores_of(VARIANTS[0]))
    found = account(EFFECTS["variant_id"], rows, later, pairs)
    assert rows_of(found, "stage", "reason", "n_pairs", "n_variants") == [
        ("input", "all rows", 6, 4),
        ("variants", "duplicate", 1, 1),
        ("variants", "effect_missing", 1, 1),
        ("peaks", "outside_peaks", 1, 1),
        ("predict", "prediction_failed", 1, 1),
        ("kept", "scored pairs", 2, 1),
    ]


@given(fates=st.lists(st.sampled_from(["kept", "peaks", "predict"]), min_size=3))
@settings(max_examples=20)
def test_kept_and_dropped_add_up_to_the_input(fates):
    fates = ["kept", *fates]
    ids = [f"chr1_{number}_A_G_b38" for number in range(len(fates))]
    effects = effects_of(*((each, gene, 0.5) for each in ids for gene in ("g1", "g2")))
    fate_of = dict(zip(ids, fates, strict=True))
    lost = [
        lost_of(stage, *(("r", each) for each in ids if fate_of[each] == stage))
        for stage in ("peaks", "predict")
    ]
    later = pd.concat([part for part in lost if len(part)] or lost, ignore_index=True)
    kept = scores_of(*(each for each in ids if fate_of[each] == "kept"))
    found = account(
        effects["variant_id"], lost_of("variants"), later, join(effects, kept)
    )
    assert found["n_pairs"].iloc[0] == len(effects)
    assert found["n_pairs"].iloc[1:].sum() == len(effects)
    assert found["n_variants"].iloc[1:].sum() == len(ids)


def ids_of(effects, part_rows):
    """Return the variants of pairs, in parts as a table has them that is read so."""
    ids = effects["variant_id"].tolist()
    starts = range(0, len(ids), part_rows)
    parts = [ids[start : start + part_rows] for start in starts]
    return pa.chunked_array(parts, pa.string())


@pytest.mark.parametrize("part_rows", [1, 2, 9])
def test_an_account_is_the_same_in_parts_of_any_size(part_rows):
    ids = ids_of(EFFECTS, part_rows)
    rows = lost_of("variants", ("duplicate", VARIANTS[1]), ("duplicate", VARIANTS[1]))
    later = lost_of("peaks", ("b", VARIANTS[2]), ("a", VARIANTS[1]))
    pairs = join(EFFECTS, scores_of(VARIANTS[0]))
    found = account(ids, rows, later, pairs)
    assert rows_of(found, "stage", "reason", "n_pairs", "n_variants") == [
        ("input", "all rows", 6, 3),
        ("variants", "duplicate", 2, 1),
        ("peaks", "a", 1, 1),
        ("peaks", "b", 1, 1),
        ("kept", "scored pairs", 2, 1),
    ]


@pytest.mark.parametrize("part_rows", [1, 9])
def test_a_variant_that_is_lost_twice_is_a_defect_of_ours(part_rows):
    pairs = join(EFFECTS, scores_of(VARIANTS[0]))
    lost = [("a", VARIANTS[1]), ("b", VARIANTS[2]), ("b", VARIANTS[2])]
    with pytest.raises(RuntimeError, match="2 pairs kept and 3 dropped"):
        account(
            ids_of(EFFECTS, part_rows), lost_of("v"), lost_of("peaks", *lost), pairs
        )


def test_nothing_kept_is_an_error_that_gives_the_reasons():
    rows = lost_of("variants", ("duplicate", VARIANTS[0]))
    later = lost_of("peaks", *[("outside_peaks", each) for each in VARIANTS])
    pairs = join(EFFECTS, scores_of("chr9_1_A_G_b38"))
    expected = (
        "none of 5 pairs has a score; dropped by stage and reason:"
        " variants: duplicate: 1; peaks: outside_peaks: 4"
    )
    with pytest.raises(InputError, match=expected):
        account(EFFECTS["variant_id"], rows, later, pairs)


def test_an_account_that_does_not_add_up_is_a_defect_of_ours():
    pairs = join(EFFECTS, scores_of(VARIANTS[0]))
    nothing = lost_of("variants")
    with pytest.raises(RuntimeError, match="2 pairs kept and 0 dropped .* the 4 of"):
        account(EFFECTS["variant_id"], nothing, nothing, pairs)
    twice = lost_of("peaks", *[("outside_peaks", each) for each in VARIANTS])
    with pytest.raises(RuntimeError, match="do not add up"):
        account(EFFECTS["variant_id"], nothing, twice, pairs)
