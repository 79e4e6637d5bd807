import numpy as np
import pandas as pd
import pytest
from alphagenome.models.v1 import variant_scorers
from endobench.design.routes import (
    ATLAS_SCORERS,
    ATLAS_WINDOW_BP,
    choose_routes,
    why_not_atlas,
)
from endobench.model.scorer_names import parse_scorer

SCORER = "DNASE-501-DIFF_LOG2_SUM"
RECOMMENDED = variant_scorers.RECOMMENDED_VARIANT_SCORERS


@pytest.fixture
def rows():
    """A substitution alone, and what the Atlas does not hold."""
    alleles = [
        ("A", "C", 0),
        ("A", "AC", 0),
        ("AC", "A", 0),
        ("AC", "GT", 0),
        ("A", "C", 1),
        ("A", "C", -1),
        ("N", "C", 0),
        ("A", "N", 0),
        ("T", "G", 0),
    ]
    return pd.DataFrame(alleles, columns=["ref", "alt", "shift_bp"])


@pytest.mark.parametrize("scorer", ATLAS_SCORERS)
def test_a_name_is_the_scorer_that_the_client_recommends(scorer):
    assert parse_scorer(scorer) == RECOMMENDED[ATLAS_SCORERS[scorer]]


def test_every_recommended_scorer_with_a_sign_or_by_gene_is_known():
    masks = {
        name
        for name, scorer in RECOMMENDED.items()
        if isinstance(scorer, variant_scorers.CenterMaskScorer)
    }
    signed = {name for name in masks if RECOMMENDED[name].is_signed}
    by_gene = RECOMMENDED.keys() - masks - {"CONTACT_MAPS"}
    assert set(ATLAS_SCORERS.values()) == signed | by_gene


@pytest.mark.parametrize("policy", ["auto", "atlas"])
def test_only_substitutions_in_unmoved_windows_go_to_the_atlas(rows, policy):
    chosen = choose_routes(rows, [SCORER], ATLAS_WINDOW_BP, policy)
    assert np.flatnonzero(chosen).tolist() == [0, 8]


@pytest.mark.parametrize(
    "scorers, window_bp, policy",
    [
        ([SCORER], ATLAS_WINDOW_BP, "model"),
        ([SCORER], 524_288, "auto"),
        ([SCORER], 524_288, "atlas"),
        (["DNASE-2001-DIFF_LOG2_SUM"], ATLAS_WINDOW_BP, "auto"),
        ([SCORER, "DNASE-501-DIFF_MEAN"], ATLAS_WINDOW_BP, "auto"),
        (["study-mean"], 2_048, "auto"),
    ],
)
def test_any_other_question_goes_to_the_model(rows, scorers, window_bp, policy):
    assert not choose_routes(rows, scorers, window_bp, policy).any()


def test_a_choice_does_not_depend_on_the_other_rows(rows):
    chosen = choose_routes(rows, [SCORER], ATLAS_WINDOW_BP, "auto")
    order = np.random.default_rng(0).permutation(len(rows))
    permuted = choose_routes(rows.iloc[order], [SCORER], ATLAS_WINDOW_BP, "auto")
    assert np.array_equal(permuted, chosen[order])
    assert choose_routes(rows[:0], [SCORER], ATLAS_WINDOW_BP, "auto").shape == (0,)


def test_the_reason_names_what_the_atlas_lacks():
    assert why_not_atlas(list(ATLAS_SCORERS), ATLAS_WINDOW_BP) is None
    assert "16384 bp" in why_not_atlas([SCORER], 16_384)
    other = "DNASE-501-DIFF_MEAN"
    assert why_not_atlas([SCORER, other], ATLAS_WINDOW_BP).endswith(f"not of {other}")
