import numpy as np
import pandas as pd
from endobench.benchmark.baselines import magnitudes, predictors, signed
from endobench.design.models import MODEL
from frames import benchmark, exchanged

PAIRS_, ANNOTATIONS_ = benchmark()
NAMES = ["model", "motif_change", "gc_change", "gc_content", "distance", "maf"]


def test_every_pair_has_every_predictor_by_its_variant():
    order = np.random.default_rng(1).permutation(len(PAIRS_))
    expected = predictors(PAIRS_, ANNOTATIONS_)
    assert list(expected) == NAMES
    shuffled = predictors(PAIRS_, ANNOTATIONS_.iloc[order])
    pd.testing.assert_frame_equal(shuffled, expected)
    found = predictors(PAIRS_.iloc[order], ANNOTATIONS_)
    pd.testing.assert_frame_equal(found, expected.iloc[order].reset_index(drop=True))


def test_near_and_rare_is_more():
    frame = predictors(PAIRS_, ANNOTATIONS_)
    assert frame["distance"].idxmax() == PAIRS_["distance"].abs().idxmin()
    assert frame["maf"].idxmax() == PAIRS_["maf"].idxmin()


def test_exchanging_ref_and_alt_turns_signs_and_leaves_sizes():
    frame = predictors(PAIRS_, ANNOTATIONS_)
    flipped = predictors(*exchanged(PAIRS_, ANNOTATIONS_))
    np.testing.assert_array_equal(signed(flipped), -signed(frame))
    pd.testing.assert_frame_equal(magnitudes(flipped), magnitudes(frame))


def test_a_size_keeps_what_has_no_sign():
    frame = predictors(PAIRS_, ANNOTATIONS_)
    sizes = magnitudes(frame)
    assert list(sizes) == NAMES and (sizes[list(signed(frame))] >= 0).all(axis=None)
    pd.testing.assert_frame_equal(sizes[NAMES[3:]], frame[NAMES[3:]])


def test_what_is_missing_throughout_is_left_out():
    pairs = PAIRS_.assign(distance=np.nan, maf=np.nan)
    annotations = ANNOTATIONS_.assign(gc_content=np.nan, motif_change=np.nan)
    frame = predictors(pairs, annotations)
    assert list(frame) == [MODEL, "gc_change"]
    assert list(signed(frame)) == [MODEL, "gc_change"]


def test_variants_without_annotations_have_the_model_alone():
    frame = predictors(PAIRS_, ANNOTATIONS_.iloc[5:])
    assert frame["motif_change"].isna().sum() == 5
    assert frame[MODEL].notna().all()


def test_no_pairs_have_a_model():
    assert list(predictors(PAIRS_.iloc[:0], ANNOTATIONS_)) == [MODEL]
