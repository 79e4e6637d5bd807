from types import SimpleNamespace

import pandas as pd
import pytest
from endobench.core.errors import InputError, WrongAnswer
from endobench.genome.alleles import padded_fetch
from endobench.genome.fasta import open_genome
from endobench.model.expected import (
    Expected,
    check_identity,
    check_interval,
    check_metadata,
    check_variant,
)
from endobench.model.listing import Listing
from endobench.model.retries import is_transient
from endobench.model.scorer_names import HUMAN
from endobench.model.scorers import model_asker, sequence_asker
from liars import (
    ABOUT_SCORES,
    ABOUT_TRACKS,
    Liar,
    an_output_too_many,
    of_another_output,
)
from servers import client_of, serving, substitutions

SCORER = "DNASE-501-DIFF_LOG2_SUM"
ROW = SimpleNamespace(variant_id="v1", chrom="chr1", pos=9, ref="A", alt="AT")


@pytest.fixture(scope="module")
def liar(genome):
    """Yield a server whose lie is set by each test, and a connection to it."""
    with serving(genome[0], Liar) as (service, address), client_of(address) as made:
        yield service, made


@pytest.fixture
def lying(liar):
    """Return a function that sets the lie and returns the client and its tracks."""
    service, made = liar

    def tell(lie):
        service.lie = lie
        return made.client, made.client.output_metadata().dnase["name"].tolist()

    yield tell
    service.lie = None


@pytest.fixture(scope="module")
def row(genome):
    [row] = substitutions(genome[1], [12_000]).itertuples(index=False)
    return row


# The client itself reads no more than two layers.
@pytest.mark.services
@pytest.mark.parametrize("lie", sorted({*ABOUT_SCORES} - {"three layers"}))
def test_the_clients_own_scores_are_checked_like_those_of_the_wire(lying, row, lie):
    client, names = lying(ABOUT_SCORES[lie])
    with pytest.raises(WrongAnswer, match=row.variant_id) as caught:
        model_asker(client, {SCORER: names})(row, [SCORER])
    assert is_transient(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.services
@pytest.mark.parametrize("window_bp", [2_048, 16_384])
@pytest.mark.parametrize("lie", ABOUT_TRACKS)
def test_predictions_of_sequences_are_checked(lying, genome, row, lie, window_bp):
    client, names = lying(ABOUT_TRACKS[lie])
    fetch = padded_fetch(open_genome(genome[0]))
    scorer = f"study-{SCORER}"
    start = row.pos - 1 - window_bp // 2
    row = row._replace(window_start=start, window_end=start + window_bp)
    ask = sequence_asker(client, fetch, {scorer: names}, window_bp)
    with pytest.raises(WrongAnswer, match=row.variant_id) as caught:
        ask(row, [scorer])
    assert is_transient(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.services
@pytest.mark.parametrize("lie", [of_another_output, an_output_too_many])
def test_outputs_of_sequences_that_nobody_asked_for_are_told_at_once(
    lying, genome, row, lie
):
    client, names = lying(lie)
    fetch = padded_fetch(open_genome(genome[0]))
    ask = sequence_asker(client, fetch, {"study-mean": names}, 16_384)
    with pytest.raises(InputError, match="asked for DNASE; .* ATAC, which nobody"):
        ask(row, ["study-mean"])


@pytest.mark.services
def test_bins_where_bases_were_asked_for_are_a_wrong_answer(lying, genome, row):
    def in_bins(responses, _):
        for response in responses:
            if response.HasField("output"):
                response.output.track_data.resolution = 128
        return responses

    client, names = lying(in_bins)
    fetch = padded_fetch(open_genome(genome[0]))
    ask = sequence_asker(client, fetch, {"study-mean": names}, 16_384)
    with pytest.raises(WrongAnswer, match="single bases; bins of 128 bp came"):
        ask(row, ["study-mean"])


def test_a_variant_is_its_chromosome_position_and_both_alleles():
    check_variant(ROW, "chr1", 9, "A", "AT")
    for other in [
        ("chr2", 9, "A", "AT"),
        ("chr1", 10, "A", "AT"),
        ("chr1", 9, "AT", "A"),
        ("chr1", 9, "A", "AC"),
    ]:
        came = f"{other[0]}:{other[1]} {other[2]}>{other[3]}"
        with pytest.raises(WrongAnswer, match=rf"v1 \(chr1:9 A>AT\).* about {came}$"):
            check_variant(ROW, *other)
    with pytest.raises(WrongAnswer, match="the answer names no variant"):
        check_variant(ROW, "", 0, "", "")


@pytest.mark.parametrize(
    ("chrom", "start", "end"), [("chr2", 0, 64), ("chr1", 2, 66), ("chr1", 0, 32)]
)
def test_an_interval_is_its_chromosome_place_and_width(chrom, start, end):
    found = SimpleNamespace(chromosome="chr1", start=1, end=65)
    check_interval(ROW, found, 0, 64, tolerance_bp=1)
    with pytest.raises(WrongAnswer, match="the answer is about chr1:1-65"):
        check_interval(ROW, found, 0, 64)
    found = SimpleNamespace(chromosome=chrom, start=start, end=end)
    with pytest.raises(
        WrongAnswer, match=rf"chr1:0-64 \(64 bp\).*{chrom}:{start}-{end}"
    ):
        check_interval(ROW, found, 0, 64, tolerance_bp=1)


def test_what_only_one_side_says_about_a_track_contradicts_nothing():
    listed = pd.DataFrame(
        {"name": ["a", "b"], "strand": ["+", "-"], "target": [None, 1]}
    )
    check_metadata(ROW, listed[["name"]], listed)
    check_metadata(ROW, listed.assign(target=2.0, more="x").iloc[:1], listed.iloc[:1])
    with pytest.raises(WrongAnswer, match="lists track 'b' with strand '-'; .* '[+]'"):
        check_metadata(ROW, listed.assign(strand="+"), listed)


def test_a_list_is_compared_in_what_identifies_a_track():
    listed = pd.DataFrame({"name": ["a", "b"], "nonzero_mean": [0.1, 0.2]})
    found = listed.assign(nonzero_mean=[0.1, 0.25])
    check_identity(ROW, found, listed)
    with pytest.raises(
        WrongAnswer, match="'b' with nonzero_mean 0.2; it came with 0.25"
    ):
        check_metadata(ROW, found, listed)
    listed["histone_mark"] = ["H3K27ac", "H3K4me3"]
    with pytest.raises(WrongAnswer, match="'a' with histone_mark 'H3K27ac'; it came"):
        check_identity(ROW, listed.assign(histone_mark="H3K4me3"), listed)


@pytest.mark.services
def test_a_scorer_may_declare_a_row_for_each_gene(lying):
    client, names = lying(None)
    listing = Listing(client, HUMAN)
    by_gene = Expected(SCORER, names, listing, n_rows=None)
    by_gene.check_shape(ROW, (2, 5, 8), n_genes=5)
    with pytest.raises(WrongAnswer, match="asked for 5 rows of 8 tracks"):
        by_gene.check_shape(ROW, (2, 1, 8), n_genes=5)
    with pytest.raises(WrongAnswer, match="one row for the variant; 5 genes came"):
        Expected(SCORER, names, listing).check_shape(ROW, (2, 1, 8), n_genes=5)


@pytest.mark.services
def test_quantiles_are_expected_once_an_answer_had_them(lying):
    client, names = lying(None)
    expected = Expected(SCORER, names, Listing(client, HUMAN))
    expected.check_shape(ROW, (1, 1, 8))
    expected.check_shape(ROW, (2, 1, 8))
    with pytest.raises(WrongAnswer, match="asked for quantiles.*; none came"):
        expected.check_shape(ROW, (1, 1, 8))
