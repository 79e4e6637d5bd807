import pytest
from endobench.core.errors import InputError
from endobench.sources.cells import parse_columns, parse_keep, published_of


def test_a_map_of_columns_is_read():
    assert parse_columns("effect=obs.beta; p_value = Pr(>|t|) ;") == [
        ["effect", "obs.beta"],
        ["p_value", "Pr(>|t|)"],
    ]
    assert parse_columns("effect=log2 (effect size)") == [
        ["effect", "log2 (effect size)"]
    ]
    assert parse_columns("") == []


def test_rows_to_keep_are_read():
    assert parse_keep("Element=PKLR; Barcodes>=10; p < 0.1; q<=1; z!=0; y>2") == [
        ["Element", "=", "PKLR"],
        ["Barcodes", ">=", "10"],
        ["p", "<", "0.1"],
        ["q", "<=", "1"],
        ["z", "!=", "0"],
        ["y", ">", "2"],
    ]


def test_published_numbers_are_read():
    row = {"published": "pearson=0.7368; auprc=0.5643"}
    assert published_of(row) == {"pearson": 0.7368, "auprc": 0.5643}
    assert published_of({}) == {}


@pytest.mark.parametrize("text", ["effect", "effect=", "=b", "effect>b"])
def test_a_malformed_term_is_named(text):
    with pytest.raises(
        InputError, match="'columns': .* is malformed; expected the form"
    ):
        parse_columns(text)


def test_a_name_twice_is_an_error():
    with pytest.raises(InputError, match="terms are separated by ';', not by ','"):
        parse_columns("chrom=CHR, pos=BP")
    with pytest.raises(InputError, match="'columns': 'effect' appears twice"):
        parse_columns("effect=a; effect=b")


def test_a_comparison_needs_a_number():
    with pytest.raises(InputError, match="'keep': n>=ten: 'ten' is not a number"):
        parse_keep("n>=ten")


@pytest.mark.parametrize("text", ["r=0.5", "pearson=high", "pearson"])
def test_a_published_value_needs_a_known_metric_and_a_number(text):
    with pytest.raises(InputError, match="^'published': "):
        published_of({"published": text})
