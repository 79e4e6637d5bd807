import pytest
from alphagenome.models import variant_scorers
from endobench.design.scorers import (
    GENE_SCORERS,
    MASK_AGGREGATIONS,
    MASK_OUTPUTS,
    STUDY_SCORER,
    is_by_gene,
    is_signed,
    is_study,
    longest_window,
    output_of,
    studied,
    tracks_of,
    unstudied,
    why_no_mask,
    why_not_answerable,
)

MASKS = ["DNASE-501-DIFF_LOG2_SUM", "ATAC-501-DIFF_MEAN"]


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


def test_scorers_of_the_studys_sequences_are_recognised_by_name():
    masked = f"study-{MASKS[1]}"
    assert is_study(STUDY_SCORER) and is_study(masked)
    assert not any(map(is_study, MASKS))
    assert studied(MASKS[1]) == masked
    assert [unstudied(each) for each in (masked, MASKS[1])] == [MASKS[1]] * 2


def test_why_there_is_no_answer_is_one_line_with_what_would_be_right():
    chip = "CHIP_TF-501-DIFF_MEAN"
    assert why_not_answerable(chip, 2_048) == (
        "key 'window_bp': windows of 2048 bp are sent as sequences, whose CHIP_TF tracks"
        " come in bins of 128 bp; use 16384 or more"
    )
    assert why_not_answerable(f"study-{chip}", 16_384) == (
        "key 'datasets.ladder': windows of 16384 bp are sent as sequences, whose CHIP_TF"
        " tracks come in bins of 128 bp; its step 'mask' uses the first scorer, which"
        " must read DNASE or ATAC"
    )


@pytest.mark.parametrize(
    ("scorer", "output"),
    [
        (MASKS[0], "DNASE"),
        ("CHIP_TF-501-DIFF_MEAN", "CHIP_TF"),
        (STUDY_SCORER, "DNASE"),
        ("study-CHIP_TF-501-DIFF_MEAN", "CHIP_TF"),
    ],
)
def test_a_scorer_reads_one_output(scorer, output):
    assert output_of(scorer) == output


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([], 1_048_576),
        ([248_956_422, 46_709_983], 1_048_576),
        ([1_000_000, 500_000], 131_072),
        ([1_000_000, 524_288], 524_288),
        # Chromosome M alone holds no window of a scorer by gene.
        ([16_569], 131_072),
    ],
)
def test_the_longest_window_fits_into_every_chromosome(lengths, expected):
    assert longest_window(lengths) == expected


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
