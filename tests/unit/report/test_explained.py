import pandas as pd
from endobench.core.columns import EXPLANATIONS
from endobench.design.explanations import NAMES
from endobench.report.explained import explained
from endobench.report.html_tables import Room


def rows_of(*rows):
    named = {"dataset": "d", "is_primary": False, "words": "A minus b", "test": "t"}
    frame = pd.DataFrame([named | row for row in rows], columns=EXPLANATIONS.names)
    return frame.astype({"n": "Int64"})


PRIMARY = {
    "explanation": "readout",
    "is_primary": True,
    "value": 0.2104,
    "ci_low": 0.1012,
    "ci_high": 0.3021,
    "p": 2e-9,
    "n": 1234,
    "verdict": "supported",
}
UNTESTED = {
    "explanation": "context",
    "is_primary": True,
    "verdict": "not tested",
    "config": "window_bp: [16384, 1048576];; scorer: DNASE",
}


def test_the_primary_test_speaks_with_its_numbers_and_the_others_by_verdict():
    others = [
        {"explanation": "readout", "verdict": verdict}
        for verdict in ("contradicted", "supported", "supported", "not tested")
    ]
    [answer] = explained(rows_of(*others, PRIMARY), "d", Room(100_000)).answers
    assert answer.name == "readout" and answer.verdict == "supported"
    assert answer.sentences == [
        "Primary test: a minus b, 0.21 [0.10, 0.30], p = 2.0 × 10⁻⁹, n = 1,234.",
        "Other tests: 2 support it, 1 contradicts it, 1 was not made.",
    ]
    assert answer.config == []


def test_what_is_not_tested_gives_the_lines_that_test_it():
    [answer] = explained(rows_of(UNTESTED), "d", Room(100_000)).answers
    assert answer.config == ["window_bp: [16384, 1048576]", "scorer: DNASE"]
    assert "not made in this run" in answer.sentences[0]
    why = UNTESTED | {"config": None, "evidence": "needs standard errors"}
    [answer] = explained(rows_of(why), "d", Room(100_000)).answers
    assert answer.config == [] and "(needs standard errors)" in answer.sentences[0]


def test_the_test_with_the_most_pairs_takes_the_place_of_one_that_was_not_made():
    others = [
        {"explanation": "context", "verdict": verdict, "n": n, "value": 0.1}
        for verdict, n in (
            ("supported", 30),
            ("contradicted", 3000),
            ("not tested", None),
        )
    ]
    [answer] = explained(rows_of(UNTESTED, *others), "d", Room(100_000)).answers
    assert answer.verdict == "contradicted" and not answer.is_by_primary
    assert answer.sentences[1:] == [
        "In its place: a minus b, 0.100 (no interval), n = 3,000.",
        "Other tests: 1 supports it, 1 was not made.",
    ]
    assert answer.config
    primary = PRIMARY | {"explanation": "context"}
    [answer] = explained(rows_of(primary, *others), "d", Room(100_000)).answers
    assert answer.verdict == "supported" and answer.is_by_primary


def test_names_keep_their_capitals_within_a_sentence():
    row = PRIMARY | {"words": "DNASE-501 instead of the mean"}
    [answer] = explained(rows_of(row), "d", Room(100_000)).answers
    assert answer.sentences[0].startswith("Primary test: DNASE-501 instead")


def test_an_estimate_without_an_interval_says_so():
    row = PRIMARY | {"ci_low": None, "ci_high": None, "p": None}
    [answer] = explained(rows_of(row), "d", Room(100_000)).answers
    assert "0.210 (no interval), n = 1,234." in answer.sentences[0]


def test_a_test_that_decides_nothing_says_why():
    evidence = "corrected has failing gates: orientation"
    row = PRIMARY | {"verdict": "cannot be told apart", "evidence": evidence}
    [answer] = explained(rows_of(row), "d", Room(100_000)).answers
    assert answer.sentences[0].endswith(f"n = 1,234 ({evidence}).")
    row |= {"value": None, "ci_low": None, "ci_high": None}
    [answer] = explained(rows_of(row), "d", Room(100_000)).answers
    assert answer.sentences[0] == f"Primary test: a minus b, no value ({evidence})."
    other = row | {"value": 0.1, "is_primary": False, "explanation": "context"}
    [answer] = explained(rows_of(UNTESTED, other), "d", Room(100_000)).answers
    assert answer.sentences[1].endswith(f"n = 1,234 ({evidence}).")


def test_answers_are_in_the_order_of_the_explanations():
    rows = rows_of(UNTESTED, PRIMARY)
    found = explained(rows, "d", Room(100_000))
    names = [each.name for each in found.answers]
    assert names == sorted(names, key=NAMES.index) and len(names) == 2
    assert len(found.table.rows) == 2 and found.table.name == "d.explanations"
    assert explained(rows.iloc[:0], "d", Room(100_000)) is None
