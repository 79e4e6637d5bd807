import dataclasses
from types import SimpleNamespace

import pandas as pd
import pytest
from endobench.evaluate.options import (
    LEAST_RESAMPLES,
    AgreementOptions,
    estimate,
    estimate_part,
)
from endobench.stats.estimates import statistics_of
from endobench.stats.ld_blocks import blocks_of_pairs
from frames import benchmark, blocks_of

PAIRS_, _ = benchmark()


def statistics():
    block = blocks_of_pairs(PAIRS_, blocks_of())
    scores = PAIRS_[["raw"]].rename(columns={"raw": "model"})
    return statistics_of(PAIRS_["effect"].to_numpy(), scores, block)


def options_of(n_resamples):
    return AgreementOptions(null=0.0, n_resamples=n_resamples, seed=1)


@pytest.mark.parametrize(("n_resamples", "n_of_part"), [(2000, 200), (100, 100)])
def test_a_part_takes_the_first_tenth_of_the_resamples(n_resamples, n_of_part):
    assert n_of_part >= LEAST_RESAMPLES
    part = estimate_part(statistics(), options_of(n_resamples)).rows()
    whole = estimate(statistics(), options_of(n_of_part)).rows()
    pd.testing.assert_frame_equal(part, whole)


def test_without_classes_the_effect_allele_is_known():
    options = options_of(100)
    assert not options.classes and options.is_signed


def test_options_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        options_of(100).seed = 2


def test_options_are_read_from_the_parameters_of_a_job():
    params = SimpleNamespace(null=0.5, classes=["by", "a", "b"], n_resamples=9, seed=3)
    options = AgreementOptions.of_job(params)
    assert dataclasses.asdict(options) == vars(params) | {"is_signed": True}
    params.is_signed = False
    assert not AgreementOptions.of_job(params).is_signed


def test_datasets_of_a_job_have_their_own_null_and_classes():
    datasets = {"a": {"null": 0.0, "classes": []}, "b": {"null": 0.5, "classes": [1]}}
    params = SimpleNamespace(datasets=datasets, n_resamples=9, seed=3)
    found = AgreementOptions.by_dataset(params)
    assert found == {
        name: AgreementOptions(n_resamples=9, seed=3, **own)
        for name, own in datasets.items()
    }
