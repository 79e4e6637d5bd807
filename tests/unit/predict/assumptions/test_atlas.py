import numpy as np
import pytest
from endobench.model.alphagenome_client import atlas_service_pb2, dna_model_pb2
from endobench.predict.assumptions.atlas import ASSUMPTIONS
from endobench.predict.assumptions.probe import Scores
from endobench.predict.assumptions.variants import WIDE

CHECKS = {each.name: each.check for each in ASSUMPTIONS}
RAW = np.float32([1, 2, 3])
NAMES = ["a", "b", "c"]


class Answers:
    """Stands for a probe with answers of a model and of an Atlas."""

    model_version = None

    def __init__(self, names=NAMES, values=RAW, moved_bp=0, width_bp=1 << 20):
        self._names, self._values = names, values
        self._start, self._width = WIDE.window_start + moved_bp, width_bp

    def scores(self, _):
        return [Scores(RAW[None, None], NAMES, NAMES, None)]

    def atlas_tracks(self):
        return {"DNASE": self._names}

    def atlas_scores(self, _):
        interval = dna_model_pb2.Interval(
            start=self._start, end=self._start + self._width
        )
        score = atlas_service_pb2.DenseVariantScore(scores=self._values.tobytes())
        return atlas_service_pb2.DenseVariantScores(interval=interval, scores=[score])


def test_values_are_compared_by_the_names_of_tracks():
    swapped = Answers(["b", "a", "c"], np.float32([2, 1, 3]))
    assert CHECKS["atlas_values"](swapped).is_as_assumed
    assert not CHECKS["atlas_values"](Answers(["b", "a", "c"])).is_as_assumed
    assert not CHECKS["atlas_values"](Answers(values=RAW[:2])).is_as_assumed


@pytest.mark.parametrize(
    ("moved_bp", "is_as_assumed"), [(0, True), (1, True), (-1, True), (2, False)]
)
def test_either_base_at_the_centre_may_be_the_centre(moved_bp, is_as_assumed):
    found = CHECKS["atlas_window"](Answers(moved_bp=moved_bp))
    assert found.is_as_assumed is is_as_assumed


def test_a_narrower_window_is_told():
    found = CHECKS["atlas_window"](Answers(width_bp=1 << 19))
    assert not found.is_as_assumed
    assert found.words.startswith("524,288 bp from ")


def test_a_pinned_fold_is_not_compared_with_the_atlas():
    answers = Answers()
    answers.model_version = "FOLD_1"
    found = CHECKS["atlas_values"](answers)
    assert found.is_as_assumed is None
    assert "not of FOLD_1" in found.words
