import datetime

import pytest
from endobench.design.models import table_name
from endobench.design.terms import OUTPUT_TERMS, holds_output, notice


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("alphagenome/default/1a2b", True),
        ("weights/FOLD_0/1a2b", True),
        ("address/lab/default/1a2b", True),
        ("standin/default/1a2b", False),
        (table_name("alphagenome_published", "score"), True),
        (table_name("chrombpnet_scores", "score"), False),
        (table_name("dsqtl_alphagenome_free", "dsQTL beta"), False),
    ],
)
def test_output_is_told_from_other_scores(model, expected):
    assert holds_output(model) is expected
    assert bool(notice([model])) is expected


def test_the_notice_says_what_is_allowed_where_and_what_was_changed_when():
    text = notice(["table/cadd", "alphagenome/x"], datetime.date(2026, 2, 3))
    said = ("non-commercial", "train other models", "Changed", "2026-02-03")
    for part in (*said, OUTPUT_TERMS):
        assert part in text
    assert "\n" not in text
    assert notice([]) == ""
