import datetime
import json

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import RUNS
from endobench.core.errors import InputError
from endobench.evaluate.card import card, read_card
from endobench.evaluate.runs import HERE, Run, compare
from endobench.evaluate.summary import SUMMARY

MANIFEST = {
    "git_revision": "1a2b",
    "versions": {"python": "3.11.7"},
    "models": ["alphagenome/default/x"],
    "inputs": {
        "pairs": {
            "location": "https://example.org/pairs.gz",
            "sha256": "0" * 64,
            "build": "GRCh38",
            "licence": "CC0-1.0",
            "bytes": 5,
        }
    },
}
ROW = {
    "dataset": "demo",
    "protocol": "corrected",
    "model": "alphagenome/default/x",
    "track_set": "K562",
    "scorer": "DNASE-501-DIFF_LOG2_SUM",
    "window_bp": 16384,
    "stratum": "lead_per_feature",
    "task": "signed",
    "n_pairs": 754,
    "n_variants": 658,
    "n_blocks": 12,
    "n_eff": 654.5,
    "finding": "agreement",
    "is_reportable": "yes",
    "why": "no gate fails",
    "spearman": 0.744,
    "spearman_ci_low": 0.702,
    "spearman_ci_high": 0.78,
    "spearman_p": 5e-65,
}


def summary(**changes):
    return pd.DataFrame([ROW | changes]).reindex(columns=SUMMARY.names)


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "card.json"
        path.write_text(json.dumps(content, allow_nan=False))
        return path

    return write


def test_a_card_says_what_was_found_with_which_model_on_which_data(written):
    found = read_card(written(card(MANIFEST, summary(), datetime.date(2026, 2, 3))))
    (benchmark,) = found["benchmarks"]
    assert (benchmark["metric"], benchmark["value"], benchmark["p"]) == (
        "spearman",
        0.744,
        5e-65,
    )
    assert benchmark["is_reportable"] == "yes"
    assert found["data"][0]["sha256"] == "0" * 64
    assert found["workflow"]["revision"] == "1a2b"
    assert "2026-02-03" in found["terms"] and "non-commercial" in found["terms"]


def test_undefined_numbers_are_null(written):
    missing = {"spearman": np.nan, "spearman_ci_low": np.nan, "n_eff": np.nan}
    found = read_card(written(card(MANIFEST, summary(**missing))))
    benchmark = found["benchmarks"][0]
    assert benchmark["value"] is benchmark["ci_low"] is benchmark["n_eff"] is None


def test_a_stand_in_needs_no_notice():
    assert card(MANIFEST | {"models": ["standin/x"]}, summary())["terms"] is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"card_version": 2}, "key 'card_version'"),
        ({"benchmarks": [{}]}, "key 'benchmarks.0'"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_no_card_is_refused_in_one_line(written, change, expected):
    path = written(card(MANIFEST, summary()) | change)
    with pytest.raises(InputError, match=expected) as caught:
        read_card(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_what_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "cut.json").write_text('{"card_version": 1')
    with pytest.raises(InputError, match="cut.json: cannot be read as a card"):
        read_card(tmp_path / "cut.json")


def test_a_card_stands_beside_the_numbers_of_this_run(written):
    here = Run(HERE, None, summary(spearman=0.5))
    other = Run.of_summary("lab", written(card(MANIFEST, summary())))
    runs = compare(here, [other], None, {})
    assert runs["run"].tolist() == [HERE, "lab"]
    assert runs["value"].tolist() == [0.5, 0.744]
    assert runs["ci_low"].tolist() == [0.702, 0.702]
    assert runs["difference"].isna().all()
    assert list(runs) == RUNS.names
