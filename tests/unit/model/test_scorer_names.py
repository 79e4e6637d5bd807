import pytest
from alphagenome.models.v1.variant_scorers import RECOMMENDED_VARIANT_SCORERS
from endobench.core.errors import InputError
from endobench.design.scorers import GENE_SCORERS, is_signed, output_of
from endobench.model.scorer_names import parse_scorer
from endobench.model.service import ORGANISMS

LOG2_SUM = "DNASE-501-DIFF_LOG2_SUM"


def test_the_default_scorer_is_the_clients_recommended_one():
    assert parse_scorer(LOG2_SUM) == RECOMMENDED_VARIANT_SCORERS["DNASE"]


@pytest.mark.parametrize(
    "name", ["DNASE-502-DIFF_MEAN", "NOISE-501-DIFF_MEAN", "DNASE-501-MEAN"]
)
def test_unknown_scorer_is_named(name):
    with pytest.raises(
        InputError, match=f"key 'scorer': '{name}': .*(not one of|Supported)"
    ):
        parse_scorer(name)


@pytest.mark.parametrize("name", ["L2_DIFF", "L2_DIFF_LOG1P", "ACTIVE_SUM"])
def test_a_score_without_a_sign_is_refused(name):
    with pytest.raises(InputError, match="has no sign"):
        parse_scorer(f"DNASE-501-{name}")


@pytest.mark.parametrize("name", GENE_SCORERS)
def test_a_scorer_by_gene_is_the_one_that_the_client_recommends(name):
    parsed = parse_scorer(name)
    assert parsed == RECOMMENDED_VARIANT_SCORERS[name]
    assert parsed.is_signed == is_signed(name)
    assert parsed.requested_output.name == output_of(name)


def test_a_scorer_that_an_organism_lacks_is_refused():
    with pytest.raises(
        InputError, match="'POLYADENYLATION' is not offered for MUS_MUS"
    ):
        parse_scorer("POLYADENYLATION", ORGANISMS["mouse"])
    assert parse_scorer("RNA_SEQ", ORGANISMS["mouse"])


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("RNASEQ", "RNA_SEQ"),
        ("rna_seq", "RNA_SEQ"),
        ("RNA-SEQ", "RNA_SEQ"),
        ("RNA_SEQ_ACTIV", "RNA_SEQ_ACTIVE"),
        ("SPLICE_SITE", "SPLICE_SITES"),
        ("SPLICE_JUNCTION", "SPLICE_JUNCTIONS"),
        ("POLYADENILATION", "POLYADENYLATION"),
        ("DNASE", "DNASE-501-DIFF_LOG2_SUM"),
        ("chip-tf", "CHIP_TF-501-DIFF_LOG2_SUM"),
        ("DNASE-501", "DNASE-501-DIFF_LOG2_SUM"),
        ("DNASE-501-DIFF-LOG2_SUM", "DNASE-501-DIFF_LOG2_SUM"),
        ("", None),
    ],
)
def test_a_name_of_another_form_is_told_with_the_nearest(name, nearest):
    with pytest.raises(InputError) as caught:
        parse_scorer(name)
    message = str(caught.value)
    assert message.startswith(
        f"key 'scorer': {name!r} is neither a scorer by gene (RNA_"
    )
    assert "\n" not in message
    if nearest:
        assert message.endswith(f"nearest: {nearest}")


def test_a_mask_over_transcripts_says_that_it_is_no_genes_expression(caplog):
    name = "RNA_SEQ-2001-DIFF_LOG2_SUM"
    for _ in range(2):
        assert parse_scorer(name).width == 2001
        parse_scorer("DNASE-2001-DIFF_LOG2_SUM")
    [said] = caplog.messages
    assert said.startswith(
        f"scorer {name} sums RNA_SEQ around the variant: it is no gen"
    )
    assert said.endswith("(RNA_SEQ, RNA_SEQ_ACTIVE, POLYADENYLATION)")
