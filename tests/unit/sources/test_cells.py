import re

import pytest
from endobench.core.errors import InputError
from endobench.sources.cells import (
    Published,
    all_published,
    parse_columns,
    parse_keep,
    published_of,
)


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


def test_published_numbers_may_have_a_model_an_interval_and_a_number_of_pairs():
    text = (
        "AlphaGenome: pearson=0.74; My model 2 : spearman = 0.541 [0.493, 0.586] n=1025"
    )
    row = {"published": f"{text}; pearson=-1e-3 n=7; Borzoi: pearson=0.6"}
    assert all_published(row) == [
        Published("AlphaGenome", "pearson", 0.74),
        Published("My model 2", "spearman", 0.541, 0.493, 0.586, 1025),
        Published("", "pearson", -0.001, n=7),
        Published("Borzoi", "pearson", 0.6),
    ]
    # The run's own value is compared with the first one.
    assert published_of(row) == {"pearson": 0.74, "spearman": 0.541}


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
    with pytest.raises(InputError, match="'keep': n>nan: 'nan' is not a number"):
        parse_keep("n>nan")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("r=0.5", "'r' is not one of spearman, "),
        ("pearson=high", "pearson: 'high' is not a number"),
        ("pearson=nan", "pearson: 'nan' is not a number"),
        ("pearson=inf", "pearson: 'inf' is not a number"),
        ("pearson", "'pearson' is malformed; expected the form"),
        ("pearson=0.5 [0.4]", "malformed"),
        ("pearson=0.5 n=0", "malformed"),
        ("pearson=0.5, auprc=0.6", "terms are separated by ';', not by ','"),
        ("pearson=0.5 [0.6, 0.7]", "pearson: 0.5 is not in its interval, 0.6 to 0.7"),
        ("a: pearson=0.5; a: pearson=0.6", "'a: pearson' appears twice"),
    ],
)
def test_a_published_value_that_cannot_be_read_is_named(text, complaint):
    with pytest.raises(InputError, match=f"^'published': .*{re.escape(complaint)}"):
        published_of({"published": text})
