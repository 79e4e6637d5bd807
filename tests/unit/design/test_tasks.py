import pandas as pd
import pytest
from endobench.design.metrics import PRIMARY
from endobench.design.tasks import LEFT_OUT, NOT_HELD_OUT, notes_on, task_in, task_of


@pytest.mark.parametrize(
    ("unit", "is_signed", "task"),
    [
        ("slope", True, "signed"),
        ("slope", False, "magnitude"),
        ("Pi", False, "magnitude"),
        ("label", False, "unsigned"),
        # A label has no sign, whatever is said of its alleles.
        ("label", True, "unsigned"),
    ],
)
def test_the_task_is_what_effects_can_tell(unit, is_signed, task):
    pairs = pd.DataFrame({"unit": pd.Categorical([unit] * 2)})
    assert task_of(pairs, is_signed) == task
    # Every task but the signed one says what it is not.
    assert (task in LEFT_OUT) == (task != "signed")


def test_without_pairs_the_unit_is_not_known():
    none = pd.DataFrame({"unit": pd.Series([], dtype=object)})
    assert task_of(none, True) == "signed" and task_of(none, False) == "magnitude"


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        (["chance", "unsigned", "magnitude", "signed"], "signed"),
        (["unsigned", "magnitude"], "magnitude"),
        (["count", "unsigned"], "unsigned"),
        (["count"], "signed"),
    ],
)
def test_metrics_tell_the_task_of_the_answer(tasks, expected):
    metrics = pd.DataFrame({"task": tasks, "predictor": "model"})
    baseline = pd.DataFrame({"task": list(PRIMARY), "predictor": "maf"})
    assert task_in(pd.concat([baseline, metrics])) == expected


def test_the_stratum_named_beforehand_is_the_first():
    assert PRIMARY["signed"].strata == PRIMARY["magnitude"].strata
    assert PRIMARY["signed"].strata[0] == "lead_per_feature"
    assert PRIMARY["unsigned"].strata[0] == "matched_negatives"


def test_notes_say_what_scores_cannot_tell():
    held_out = ["all_pairs", "held_out"]
    assert notes_on("signed", "DNASE-501-DIFF_LOG2_SUM", ["all_pairs"]) == []
    assert notes_on("signed", "RNA_SEQ", held_out) == []
    assert notes_on("signed", "RNA_SEQ", ["all_pairs"]) == [NOT_HELD_OUT]
    [note] = notes_on("magnitude", "SPLICE_SITES", held_out)
    assert note.startswith("scores of SPLICE_SITES have no sign")
    assert notes_on("magnitude", "RNA_SEQ", held_out) == [LEFT_OUT["magnitude"]]
    [note] = notes_on("signed", "RNA_SEQ-501-DIFF_LOG2_SUM", ["all_pairs"])
    assert "no gene's expression" in note and "RNA_SEQ_ACTIVE" in note
    # The study's own scorer is named otherwise.
    assert notes_on("signed", "study-mean", ["all_pairs"]) == []
