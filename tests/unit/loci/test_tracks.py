from collections import namedtuple

import numpy as np
import pandas as pd
import pytest
from alphagenome.data import track_data
from alphagenome.models.v1 import dna_output
from endobench.core.columns import LOCUS_TRACKS
from endobench.core.errors import InputError, NotAnswered
from endobench.core.tables import as_table
from endobench.loci.question import LocusGene, LocusQuestion
from endobench.loci.tracks import MOST_BINS, MOST_DRAWN, align_tracks, drawn_tracks
from questions import HUMAN, VIEW, question, tracks_of

Row = namedtuple("Row", "variant_id chrom pos ref alt")
SNV = Row("chr1_1009_A_G_b38", "chr1", 1009, "A", "G")
START, WINDOW_BP = 0, 2_048


def answer_of(ref, alt=None, names=("t0",), resolution=1):
    metadata = pd.DataFrame({"name": list(names), "strand": "."})

    def output(values):
        data = track_data.TrackData(values.astype("f4"), metadata, resolution)
        return dna_output.Output(dnase=data)

    return dna_output.VariantOutput(output(ref), output(ref if alt is None else alt))


def places(n_bases=WINDOW_BP, n_tracks=1):
    """Return tracks whose value is the place, and a thousand more for each track."""
    return np.arange(n_bases)[:, None] + 10_000 * np.arange(n_tracks)


@pytest.mark.parametrize(
    ("ref", "alt", "expected"),
    [
        ("A", "G", [0, 1, 2, 3, 4, 5]),
        ("AC", "GT", [0, 1, 2, 3, 4, 5]),
        # Of the inserted bases, places 3 and 4, and the one before the largest counts.
        ("A", "ACC", [0, 1, 4, 5, np.nan, np.nan]),
        ("ACC", "A", [0, 1, 2, np.nan, np.nan, 3]),
        ("ACC", "AC", [0, 1, 2, 3, np.nan, 4]),
    ],
)
def test_alt_is_brought_to_the_coordinates_of_ref(ref, alt, expected):
    values = np.arange(6, dtype="f4")[:, None]
    found = align_tracks(values, 2, ref, alt)
    np.testing.assert_array_equal(found[:, 0], np.array(expected, dtype="f4"))


def test_what_is_kept_lies_around_the_variant():
    drawn = drawn_tracks(answer_of(places()), SNV, question(), START)
    as_table(drawn, LOCUS_TRACKS)
    assert drawn["allele"].tolist() == ["REF", "ALT"]
    assert drawn["start"].tolist() == [1008 - 64] * 2
    for values in drawn["values"]:
        assert values.tolist() == list(range(1008 - 64, 1008 + 64))


@pytest.mark.parametrize(("pos", "start"), [(5, 0), (2_040, WINDOW_BP - 128)])
def test_by_the_windows_end_as_much_is_kept(pos, start):
    row = SNV._replace(pos=pos)
    drawn = drawn_tracks(answer_of(places()), row, question(), START)
    assert drawn["start"].tolist() == [start] * 2
    assert {len(values) for values in drawn["values"]} == {128}


def test_the_window_begins_where_the_model_was_asked():
    row = SNV._replace(pos=SNV.pos + 70_000)
    drawn = drawn_tracks(answer_of(places()), row, question(), 70_000)
    assert drawn["start"].tolist() == [71_008 - 64] * 2
    assert drawn["values"].iloc[0][0] == 1008 - 64


def test_bins_are_kept_whole_and_not_aligned():
    row = SNV._replace(ref="ACC", alt="A")
    answer = answer_of(places(WINDOW_BP // 128), resolution=128)
    drawn = drawn_tracks(answer, row, question(), START)
    as_table(drawn, LOCUS_TRACKS)
    assert drawn["start"].tolist() == [7 * 128] * 2
    assert drawn["values"].iloc[1].tolist() == [7, 8]


def test_tracks_are_found_by_name_and_in_the_order_of_the_set():
    names = ["t2", "other", "t0", "t1"]
    answer = answer_of(places(n_tracks=4), names=names)
    drawn = drawn_tracks(answer, SNV, question(3), START)
    assert drawn["track"].tolist() == ["t0", "t1", "t2"] * 2
    first = [values[0] for values in drawn["values"]]
    assert first[:3] == [20_944, 30_944, 944]


def test_of_many_tracks_the_mean_is_drawn():
    n = MOST_DRAWN + 1
    answer = answer_of(places(n_tracks=n), names=[f"t{i}" for i in range(n)])
    drawn = drawn_tracks(answer, SNV, question(n), START)
    assert drawn["track"].tolist() == ["mean of 4 tracks"] * 2
    assert drawn["values"].iloc[0][0] == 944 + 15_000


def test_an_answer_without_a_track_an_output_or_a_number_is_refused():
    with pytest.raises(InputError, match="lacks 1 tracks of the model's metadata"):
        drawn_tracks(answer_of(places()), SNV, question(2), START)
    with pytest.raises(NotAnswered, match="not finite"):
        drawn_tracks(answer_of(places() * np.nan), SNV, question(), START)
    empty = dna_output.VariantOutput(dna_output.Output(), dna_output.Output())
    with pytest.raises(ValueError, match="lacks the output DNASE"):
        drawn_tracks(empty, SNV, question(), START)


def stranded_answer(values):
    """Return an answer with tracks of two strands that share a name, and others."""
    rows = [("t0", "+"), ("t1", "."), ("t0", "-"), ("t2", "+"), ("t2", "-")]
    metadata = pd.DataFrame(rows, columns=["name", "strand"])
    data = track_data.TrackData(values.astype("f4"), metadata, 1)
    output = dna_output.Output(dnase=data)
    return dna_output.VariantOutput(output, output)


@pytest.mark.parametrize(("strand", "expected"), [("+", [0, 1, 3]), ("-", [2, 1, 4])])
def test_a_gene_has_the_tracks_of_its_own_strand(strand, expected):
    asked = question(3, gene=LocusGene("ENSG01", strand, 1_000, 1_010))
    found = drawn_tracks(stranded_answer(places(n_tracks=5)), SNV, asked, START)
    ref = found[found["allele"] == "REF"]
    assert [values[0] // 10_000 for values in ref["values"]] == expected
    assert ref["track"].tolist() == [
        f"t0 ({strand} strand)",
        "t1",
        f"t2 ({strand} strand)",
    ]
    assert set(found["gene_id"]) == {"ENSG01"}


def test_a_gene_that_the_annotation_lacks_has_unstranded_tracks_alone():
    answer = stranded_answer(places(n_tracks=5))
    with pytest.raises(NotAnswered, match="'genes'.* lacks ENSG01"):
        drawn_tracks(answer, SNV, question(1, gene=LocusGene("ENSG01")), START)
    unstranded = answer_of(places())
    found = drawn_tracks(unstranded, SNV, question(gene=LocusGene("ENSG01")), START)
    assert {len(values) for values in found["values"]} == {128}


def test_a_gene_is_drawn_as_far_as_the_window_holds_it():
    inside = question(gene=LocusGene("ENSG01", "+", 1_100, 1_500))
    found = drawn_tracks(answer_of(places()), SNV, inside, START)
    assert found["start"].tolist() == [1_008 - 64] * 2
    assert {len(values) for values in found["values"]} == {1_512 - (1_008 - 64)}
    beyond = question(gene=LocusGene("ENSG01", "+", -9_000, 1_000))
    found = drawn_tracks(answer_of(places()), SNV, beyond, START)
    assert found["start"].tolist() == [START] * 2


def test_of_many_bases_means_are_drawn():
    n_bp = 2 * MOST_BINS + 2
    whole = question(gene=LocusGene("ENSG01", "+", 0, n_bp), window_bp=n_bp)
    found = drawn_tracks(answer_of(places(n_bp)), SNV, whole, START)
    assert found["resolution_bp"].tolist() == [3, 3]
    np.testing.assert_allclose(found["values"].iloc[0][:3], [1, 4, 7])
    assert len(found["values"].iloc[0]) <= MOST_BINS


def test_of_many_bases_the_maxima_of_splice_sites_are_drawn():
    n_bp = 2 * MOST_BINS + 2
    chosen = tracks_of(output="SPLICE_SITES.genes")
    gene = LocusGene("ENSG01", "+", 0, n_bp)
    sites = LocusQuestion(
        chosen, VIEW._replace(scorer="SPLICE_SITES", window_bp=n_bp), HUMAN, gene
    )
    metadata = pd.DataFrame({"name": ["t0", "t0"], "strand": ["+", "-"]})
    values = np.zeros((n_bp, 2), dtype="f4")
    values[6, 0], values[7, 1] = 0.5, 1
    output = dna_output.Output(splice_sites=track_data.TrackData(values, metadata))
    answer = dna_output.VariantOutput(output, output)
    found = drawn_tracks(answer, SNV, sites, START)
    assert found["resolution_bp"].tolist() == [3, 3]
    assert found["track"].tolist() == ["t0 (+ strand)"] * 2
    assert found["values"].iloc[0][:4].tolist() == [0, 0, 0.5, 0]
    coverage = LocusQuestion(
        chosen.assign(output="RNA_SEQ.genes"), VIEW._replace(scorer="RNA_SEQ"), HUMAN
    )
    assert sites.is_of_sites and not coverage.is_of_sites
