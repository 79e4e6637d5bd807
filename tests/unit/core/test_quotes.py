import csv
import io

import pytest
from endobench.core.quotes import unquoted
from hypothesis import given
from hypothesis import strategies as st


@given(st.text(st.characters(exclude_characters="\r\n\\"), min_size=1))
def test_what_python_quotes_is_read_back(text):
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="").writerow([text])
    assert unquoted(file.getvalue()) == text


@pytest.mark.parametrize("text", ["", '"', "a", '"a', 'a"', 'say "a" b'])
def test_a_field_without_quotes_around_it_is_unchanged(text):
    assert unquoted(text) == text


def test_quotes_that_r_escapes():
    assert unquoted('"gene_id \\"g1\\";"') == 'gene_id "g1";'
