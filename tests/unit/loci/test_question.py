from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from endobench.loci.question import LocusGene, LocusQuestion, gene_of
from questions import HUMAN, VIEW, question, tracks_of


def test_a_question_is_remembered_by_all_that_changes_its_answer():
    atac = VIEW._replace(scorer="ATAC-501-DIFF_LOG2_SUM")
    ids = {
        question().digest("a"),
        question().digest("b"),
        question(2).digest("a"),
        question(width_bp=256).digest("a"),
        question(window_bp=131_072).digest("a"),
        LocusQuestion(tracks_of(output="ATAC"), atac, HUMAN).digest("a"),
    }
    assert len(ids) == 6
    assert question().digest("a") == question().digest("a")


def test_short_windows_are_the_shortest_that_are_sent_and_widths_no_wider():
    asked = question(width_bp=1_000_000)
    assert asked.window_bp == asked.width_bp == 16_384


def test_terms_are_sent_but_for_all_tracks_or_a_track_without_one():
    assert question(2).terms == ["EFO:0", "EFO:1"]
    assert question(2, track_set="all").terms is None
    tracks = tracks_of(2).assign(ontology_curie=["EFO:0", None])
    assert LocusQuestion(tracks, VIEW, HUMAN).terms is None


def test_a_question_without_some_tracks_leaves_the_other_as_it_was():
    asked = question(3)
    assert asked.without(["t1"]).tracks["track"].tolist() == ["t0", "t2"]
    assert len(asked.tracks) == 3


GENES = pd.DataFrame(
    {
        "gene_id": ["G1", "G1", "G2"],
        "chrom": ["chrX", "chrY", "chr1"],
        "strand": ["+", "-", "+"],
        "start": [10, 20, 30],
        "end": [18, 28, 38],
        "exon_start": [[10, 15], [20], [30]],
        "exon_end": [[12, 18], [28], [38]],
    }
)


@pytest.mark.parametrize(
    ("chrom", "expected"),
    [
        ("chrX", LocusGene("G1", "+", 10, 18, ((10, 12), (15, 18)))),
        ("chrY", LocusGene("G1", "-", 20, 28, ((20, 28),))),
        ("chr1", LocusGene("G1")),
    ],
)
def test_the_gene_is_the_one_of_the_variants_chromosome(chrom, expected):
    locus = SimpleNamespace(gene_id="G1", chrom=chrom)
    assert gene_of(locus, GENES) == expected
    assert gene_of(locus, None) == LocusGene("G1")


def test_a_locus_without_a_gene_has_none():
    assert gene_of(SimpleNamespace(gene_id=np.nan, chrom="chr1"), GENES) is None
