from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.baselines import predictors
from endobench.benchmark.strata import strata
from endobench.core.columns import SWEEP
from endobench.design.scorers import GENE_SCORERS
from endobench.design.tasks import MAGNITUDE, SIGNED
from endobench.figures.labels import (
    BASELINES,
    DIVISIONS,
    STRATA,
    TERTILES,
    WHOLE,
    division_of,
    effect_label,
    how_done,
    predictor_words,
    primary_rows,
    score_label,
    scorer_words,
    stratum_words,
)
from frames import benchmark


def test_a_label_names_the_unit():
    assert "s.d. of expression" in effect_label("slope", SIGNED)
    assert effect_label("log2FC", SIGNED).endswith("(log2FC)")
    assert "(log2)" in score_label("DNASE-501-DIFF_LOG2_SUM", "m", SIGNED)
    assert "first component of log2" in score_label(
        "DNASE-501-DIFF_LOG2_SUM", "m", SIGNED, "pc1"
    )


def test_a_label_of_sizes_has_no_direction():
    for label in (
        effect_label("slope", MAGNITUDE),
        score_label("DNASE-501-DIFF_LOG2_SUM", "m", MAGNITUDE),
    ):
        assert "size" in label and "ALT minus REF" not in label
    assert score_label("table", "m", MAGNITUDE) == "absolute score (m)"
    for task, words in (
        (SIGNED, "effect measured by dsqtl, ALT minus REF"),
        (MAGNITUDE, "absolute effect measured by dsqtl"),
    ):
        assert score_label("table", "assay/dsqtl", task) == words


def test_how_a_benchmark_is_done_tells_the_published_fault():
    row = SimpleNamespace(protocol="published", scorer="study-mean")
    assert "p values as effects" in how_done(row)
    row = SimpleNamespace(protocol="corrected", scorer="table")
    assert how_done(row) == "corrected: table of scores"


def test_the_task_is_that_of_the_first_benchmark():
    # Scores of splice junctions have no sign; accessibility on the same pairs has.
    sweep = pd.DataFrame(
        [
            ("corrected.DNASE", SIGNED),
            ("corrected.DNASE", MAGNITUDE),
            ("corrected", MAGNITUDE),
        ],
        columns=["protocol", "task"],
    ).assign(dataset="a", metric="spearman")
    rows, task = primary_rows(sweep.reindex(columns=SWEEP.names))
    assert task == MAGNITUDE
    assert set(rows["protocol"]) == {"corrected", "corrected.DNASE"}


def test_the_rows_of_several_datasets_are_refused():
    sweep = pd.DataFrame({"dataset": ["a", "b"]}).reindex(columns=SWEEP.names)
    with pytest.raises(ValueError, match="a, b"):
        primary_rows(sweep)


@pytest.mark.parametrize(
    ("stratum", "words", "words_under_head"),
    [
        ("lead_per_feature", "best scored variant per feature", None),
        ("effect_tertile_2", "middle third of effects", None),
        ("effect_over_0.5", "effect size over 0.5", "over 0.5"),
        ("pip_0.1_to_0.9", "PIP 0.1 to 0.9", "0.1 to 0.9"),
        ("maf_under_0.05", "MAF under 0.05", "under 0.05"),
        ("distance_10kb_to_100kb", "distance 10 kb to 100 kb", "10 kb to 100 kb"),
        ("chromosome_chr2_alt", "chromosome chr2_alt", "chr2_alt"),
        ("fold_fold1", "fold fold1", "fold1"),
        ("indel", "insertions and deletions", None),
        ("in_gene", "inside the feature’s own gene", None),
        ("promoter_within_2kb", "within 2 kb of the gene’s start", None),
        ("near_a_gene", "near a gene", None),
    ],
)
def test_a_stratum_has_words_alone_and_under_its_head(stratum, words, words_under_head):
    assert stratum_words(stratum) == words
    expected = words if words_under_head is None else words_under_head
    assert stratum_words(stratum, is_under_head=True) == expected


def test_words_are_of_strata_that_benchmarks_have():
    pairs, annotations = benchmark(n_features=200)
    place = np.arange(len(pairs))
    half = place % 2 == 0
    pairs = pairs.assign(pip=place / len(pairs), in_peak=half, is_source_lead=half)
    pairs = pairs.assign(in_gene=half, scored_gene=pairs["feature_id"].astype(object))
    names = set(strata(pairs, annotations, (0.5,), model_version="FOLD_0"))
    assert len(names) > 15
    for division in DIVISIONS:
        assert any(name.startswith(division.starts) for name in names), division
    assert set(STRATA) <= {*names, "matched_negatives"}
    assert set(TERTILES) | set(WHOLE) <= set(STRATA)
    assert division_of("near_a_gene").head == "other strata"


def test_words_are_of_baselines_that_there_are_and_a_new_one_has_its_name():
    assert set(BASELINES) <= set(predictors(*benchmark(50)))
    assert predictor_words("gc_change") == "GC change"
    assert predictor_words("model") == "model"
    assert predictor_words("conservation_score") == "conservation score"


@pytest.mark.parametrize("scorer", GENE_SCORERS)
def test_scores_of_genes_say_what_they_are(scorer):
    words = GENE_SCORERS[scorer].words
    assert scorer_words(scorer) == f"{scorer} ({words})"
    if not GENE_SCORERS[scorer].is_signed:
        assert score_label(scorer, "m", MAGNITUDE) == f"predicted score: {words}"
    assert scorer_words("DNASE-501-DIFF_LOG2_SUM") == "DNASE-501-DIFF_LOG2_SUM"


def test_the_score_of_expression_has_a_direction_and_a_unit():
    label = score_label("RNA_SEQ", "m", SIGNED)
    assert "ALT minus REF" in label and "natural log of the gene's fold change" in label
