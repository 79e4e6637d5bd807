import io

import pandas as pd
import pytest
from endobench.design.conclusions import (
    FINDINGS,
    REPORTABLE,
    current_finding,
    current_reportable,
    exceptions_of,
    is_old_reportable,
)
from pandas._libs.parsers import STR_NA_VALUES

# Strings that read.table, readr, polars (with common options) or Excel take for missing.
MISSING = {"", "NA", "N/A", "NULL", "null", "None", "none", "NaN", "nan", "-", "."}
TRUTH = {"true", "false", "t", "f", "1", "0"}


@pytest.mark.parametrize("word", [*FINDINGS, *REPORTABLE])
def test_no_reader_takes_a_word_for_missing_or_for_a_truth_value(word):
    assert word not in MISSING | set(STR_NA_VALUES)
    assert word.lower() not in TRUTH
    table = io.StringIO(f"finding\tn\n{word}\t1\n")
    assert pd.read_csv(table, sep="\t")["finding"].tolist() == [word]


def test_words_of_earlier_versions_are_understood():
    assert current_finding("null") == "no_agreement"
    assert [current_reportable(word) for word in ("True", "False")] == [
        "with exceptions",
        "no",
    ]
    assert is_old_reportable("True") and not is_old_reportable("yes")


@pytest.mark.parametrize("word", FINDINGS)
def test_a_current_finding_stays(word):
    assert current_finding(word) == word


@pytest.mark.parametrize("word", REPORTABLE)
def test_a_current_verdict_stays(word):
    assert current_reportable(word) == word


def test_an_unknown_word_is_an_error():
    with pytest.raises(ValueError, match="'maybe' is not one of yes"):
        current_reportable("maybe")
    with pytest.raises(ValueError, match="'nan' is not one of agreement"):
        current_finding(float("nan"))


def test_exceptions_are_read_from_the_reason():
    why = "no gate fails; exception: a: b, c; stand-in model; exception: d"
    assert exceptions_of(why) == ["a: b, c", "d"]
    assert exceptions_of("no gate fails") == []
