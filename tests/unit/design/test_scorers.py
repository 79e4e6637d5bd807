import pytest
from endobench.design.protocol import output_of, tracks_of
from endobench.design.scorers import GENE_SCORERS, is_by_gene, is_signed


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
