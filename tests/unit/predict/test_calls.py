import pandas as pd
import pytest
from endobench.core.columns import EFFECTS
from endobench.core.tables import write_table
from endobench.predict.call_budget import LimitReached
from endobench.predict.calls import Calls

PREDICTION = {
    "concurrency": 4,
    "attempts": 3,
    "deadline_s": 30,
    "connect_timeout_s": 10,
    "max_requests": 5,
}


def calls(folder, **changes):
    prediction = PREDICTION | {"journal": str(folder)} | changes
    others = {"tls_ca": "ca.pem", "weights_batch": None, "weights_compiled": "kept"}
    return Calls.of_config({"prediction": prediction, **others})


def test_calls_are_those_of_the_config(tmp_path):
    found = calls(tmp_path)
    assert (found.concurrency, found.attempts, found.deadline_s) == (4, 3, 30)
    assert found.tls_ca == "ca.pem"


def test_an_unknown_key_of_the_config_is_an_error(tmp_path):
    with pytest.raises(TypeError, match="unknown"):
        calls(tmp_path, unknown=1)


def test_jobs_of_a_run_share_its_budget_and_runs_do_not(tmp_path):
    first, second = (calls(tmp_path).call_budget("one") for _ in range(2))
    for budget in (first, second, first, second, first):
        budget.spend()
    with pytest.raises(LimitReached):
        second.spend()
    calls(tmp_path).call_budget("other").spend()


def test_the_genes_of_all_datasets_are_kept_where_only_these_are_asked_for(tmp_path):
    intron = "chr1:497299:498399:clu_51878:ENSG00000237094.11"
    features = {
        "a": ["ENSG01.2", "ENSG02.1", "ENSG01.2"],
        "b": ["ENSG02.7", intron, None],
    }
    paths = [tmp_path / name for name in features]
    for path, ids in zip(paths, features.values(), strict=True):
        effects = pd.DataFrame({"variant_id": "v", "feature_id": ids})
        write_table(effects, path, EFFECTS)
    assert calls(tmp_path).genes(paths) is None
    found = calls(tmp_path, kept_genes="asked").genes(paths)
    assert found == {"ENSG01", "ENSG02", "ENSG00000237094"}
