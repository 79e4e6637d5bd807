import pytest
from alphagenome.models import variant_scorers
from endobench.design.protocol import output_of, tracks_of
from endobench.design.scorers import (
    GENE_SCORERS,
    MASK_AGGREGATIONS,
    MASK_OUTPUTS,
    is_by_gene,
    is_signed,
    why_no_mask,
)


@pytest.mark.parametrize("name", GENE_SCORERS)
def test_a_scorer_by_gene_has_tracks_of_its_own(name):
    assert is_by_gene(name)
    assert tracks_of(name) == f"{output_of(name)}.genes"


def test_a_centre_mask_is_not_by_gene():
    name = "RNA_SEQ-501-DIFF_LOG2_SUM"
    assert not is_by_gene(name)
    assert is_signed(name)
    assert tracks_of(name) == output_of(name) == "RNA_SEQ"


def test_only_expression_has_a_sign():
    assert [name for name in GENE_SCORERS if is_signed(name)] == ["RNA_SEQ"]


def test_the_client_has_the_outputs_and_aggregations_of_masks():
    kind = variant_scorers.BaseVariantScorer.CENTER_MASK
    outputs = {each.name for each in variant_scorers.SUPPORTED_OUTPUT_TYPES[kind]}
    assert set(MASK_OUTPUTS) == outputs
    names = {each.name for each in variant_scorers.AggregationType}
    assert set(MASK_AGGREGATIONS) == names


def test_a_mask_of_unknown_parts_is_answered_with_the_nearest():
    assert why_no_mask("DNASE-501-DIFF_LOG2_SUM") == why_no_mask("RNA_SEQ") == ""
    assert why_no_mask("DNAS-501-DIFF_MEAN").endswith("expected DNASE")
    assert why_no_mask("DNASE-501-DIFF_MEANS").endswith("expected DIFF_MEAN")
