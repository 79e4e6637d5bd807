from endobench.report.first_columns import FIRST_COLUMNS
from endobench.report.headings import HEADINGS


def test_first_columns_have_headings_and_leave_some_out():
    for name, columns in FIRST_COLUMNS.items():
        assert set(columns) <= set(HEADINGS[name]), name
        assert len(set(columns)) == len(columns) < len(HEADINGS[name]), name
