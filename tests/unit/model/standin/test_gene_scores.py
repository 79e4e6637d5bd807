"""Scores by gene are those of the formulas on whole arrays, computed in another way."""

import numpy as np
import pytest
from alphagenome.protos.v1 import dna_model_pb2
from annotated import (
    EMPTY,
    LENGTH,
    WINDOW_BP,
    gene_lines,
    gene_model,
    kinds_at,
    window_at,
)
from endobench.genome import motifs
from endobench.genome.alleles import align_alternate
from endobench.genome.expression import STRENGTH, traits
from endobench.genome.transcripts import read_genes
from endobench.model.standin.gene_scores import SCORERS, score
from endobench.model.standin.gene_tracks import TRACKS, merged

POSITIONS = {
    "between genes": 299_000,
    "both genes": 300_250,
    "signal": 300_101,
    "exon's last base": 300_400,
    "intron's first base": 300_401,
    "exon before": 299_999,
}
KINDS = ["substitution", "insertion", "deletion", "many bases"]
EXPECTED = np.array([2936, 734, 178, 566, 157, 94, 419, 63]) / 2**20


def coverage(bases, places, exon_of, interval):
    """Return coverage per base and track, from dense occupancies of a window's bases.

    `places` has the position in REF of each base; `exon_of` has for each gene the number
    of the exon, if any, that each base belongs to.
    """
    step = 2.0**-6
    occupied = np.rint(motifs.occupancy(bases) / step) * step
    values = np.zeros((len(bases), len(TRACKS["RNA_SEQ"])))
    known = np.arange(max(interval.start, 0), min(interval.end, LENGTH))
    for gene, exon in exon_of.items():
        own = traits(gene.gene_id)
        sums = decay(own, places - gene.first_base) @ occupied
        sums -= EXPECTED * decay(own, known - gene.first_base).sum()
        for number in set(exon[exon > 0].tolist()):
            at = np.flatnonzero(exon == number)
            factor = factors_of("".join(bases[place] for place in at), gene.strand)
            for place, track in enumerate(TRACKS["RNA_SEQ"]):
                if track.strand in (gene.strand, "."):
                    exponent = own.side * STRENGTH * (sums @ track.sample.weights)
                    values[at, place] += own.base * np.exp(exponent) * factor
    return values


def decay(own, distance):
    share = np.maximum(1 - np.abs(distance) / own.reach_bp, 0) ** 2
    return np.rint(share * 2**10) / 2**10


def factors_of(text, strand):
    halvings = np.zeros(len(text))
    for start in range(len(text) - 5):
        if strand == "+" and text[start : start + 6] == "AATAAA":
            halvings[start + 6 :] += 1
        if strand == "-" and text[start : start + 6] == "TTTATT":
            halvings[:start] += 1
    of_base = {"A": 1, "C": 1.25, "G": 1.125, "T": 0.875, "N": 0}
    return np.array([of_base[base] for base in text]) / 2**halvings


def alleles(annotated, interval, variant):
    """Return the coverage of REF and of ALT along a window, in the coordinates of REF."""
    low, high = interval.start, interval.end
    at, ref = variant.position - 1 - low, variant.reference_bases
    alt, after = variant.alternate_bases, at + len(ref)
    exon_of = {}
    for gene in annotated.model.genes_in("chr1", low, high):
        exon_of[gene] = np.zeros(high - low, dtype=int)
        for place, (start, end) in enumerate(gene.exons):
            exon_of[gene][max(start - low, 0) : max(end - low, 0)] = place + 1
    sequence, places = annotated.sequence[low:high], np.arange(low, high)
    found = coverage(sequence, places, exon_of, interval)
    changed = sequence[:at] + alt + sequence[after:]
    # Bases that ALT has more stand where REF's last base does.
    kept = [min(at + place, after - 1) for place in range(len(alt))]
    order = np.concatenate([np.arange(at), kept, np.arange(after, high - low)])
    exon_of = {gene: exon[order] for gene, exon in exon_of.items()}
    values = coverage(changed, places[order], exon_of, interval)
    return found, align_alternate(values, at, ref, alt)


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        *(("both genes", kind) for kind in KINDS),
        ("between genes", "insertion"),
        ("signal", "substitution"),
        ("exon's last base", "insertion"),
        ("exon's last base", "deletion"),
        ("intron's first base", "insertion"),
        ("exon before", "deletion"),
    ],
)
def test_expression_is_that_of_the_formulas_on_whole_arrays(annotated, place, kind):
    variant = kinds_at(annotated.sequence, POSITIONS[place])[kind]
    # Short enough for arrays of all bases and tracks; it cuts genes and their sites.
    interval = dna_model_pb2.Interval(
        chromosome="chr1",
        start=variant.position - 17_000,
        end=variant.position + 15_000,
    )
    ref, alt = alleles(annotated, interval, variant)
    changes = score(annotated.model, interval, variant, "RNA_SEQ", False)
    activities = score(annotated.model, interval, variant, "RNA_SEQ_ACTIVE", False)
    assert [row.gene for row in changes.rows] == [row.gene for row in activities.rows]
    assert len(changes.rows) > 6
    for row, found, active in zip(
        changes.rows, changes.raw, activities.raw, strict=True
    ):
        mask = np.zeros(len(ref), dtype=bool)
        for low, high in row.gene.exons_from(interval.start, interval.end):
            mask[low - interval.start : high - interval.start] = True
        means = ref[mask].mean(axis=0), alt[mask].mean(axis=0)
        expected = np.log(means[1] + 0.001) - np.log(means[0] + 0.001)
        is_other = [
            track.strand not in (".", row.gene.strand) for track in changes.tracks
        ]
        assert np.isnan(found).tolist() == np.isnan(active).tolist() == is_other
        own = ~np.array(is_other)
        # Levels, and not only scores, are rounded; silent genes have few steps.
        np.testing.assert_allclose(found[own], expected[own], atol=3e-5)
        np.testing.assert_allclose(
            active[own], np.maximum(*means)[own], rtol=1e-4, atol=1e-6
        )
    assert np.nanmax(np.abs(changes.raw)) > 1e-3


def test_genes_are_those_with_a_start_in_the_window(annotated):
    variant = kinds_at(annotated.sequence, 300_250)["substitution"]
    interval = window_at(300_250)
    found = score(annotated.model, interval, variant, "RNA_SEQ", True)
    expected = {
        gene.gene_id
        for gene in read_genes(annotated.genes)
        if any(interval.start <= t.tss < interval.end for t in gene.transcripts)
    }
    ids = [row.gene.gene_id for row in found.rows]
    assert set(ids) == expected and len(ids) == len(expected)
    # Neither in the order of the file, nor of places or ids.
    starts = [row.gene.start for row in found.rows]
    assert ids != sorted(ids) and starts != sorted(starts)


def test_a_mask_is_cut_at_the_ends_of_the_window_and_omits_transcripts_from_outside(
    tmp_path, annotated
):
    genes = tmp_path / "genes.gtf"
    outer, inner = (265_001, 266_000), (299_001, 299_100)
    late = (330_001, 340_000)
    genes.write_text(
        gene_lines("ENSG00000000011.1", "+", [[outer, inner], [inner, late]])
        + gene_lines("ENSG00000000012.1", "+", [[outer, inner]])
    )
    model = gene_model(annotated.genome, genes)
    variant = kinds_at(annotated.sequence, 300_250)["substitution"]
    # The first transcripts start before the window, which ends within the last exon.
    interval = window_at(270_000 + WINDOW_BP // 2, 0)
    found = score(model, interval, variant, "RNA_SEQ", True)
    assert [row.gene.gene_id for row in found.rows] == ["ENSG00000000011.1"]
    gene = found.rows[0].gene
    assert gene.exons_from(interval.start, interval.end) == (
        (299_000, 299_100),
        (330_000, 340_000),
    )
    assert gene.exons_from(interval.start, 335_000)[-1] == (330_000, 335_000)


def test_a_gene_on_the_reverse_strand_starts_at_its_end(annotated):
    [gene] = [
        g for g in read_genes(annotated.genes) if g.gene_id == "ENSG00000000002.4"
    ]
    assert gene.transcripts[0].tss == 301_500
    assert not gene.exons_from(300_000, 301_500)
    assert gene.exons_from(300_000, 301_501)


@pytest.mark.parametrize("scorer", SCORERS)
def test_no_gene_in_the_window_is_an_answer_without_rows(annotated, scorer):
    variant = kinds_at(annotated.sequence, EMPTY)["substitution"]
    for is_merged in (True, False):
        found = score(annotated.model, window_at(EMPTY), variant, scorer, is_merged)
        assert found.rows == []
        assert found.raw.shape == (0, len(found.tracks))
        assert found.raw.dtype == np.float32


@pytest.mark.parametrize("scorer", SCORERS)
def test_merging_takes_the_track_of_the_genes_strand(annotated, scorer):
    variant = kinds_at(annotated.sequence, 300_250)["deletion"]
    whole, one = (
        score(annotated.model, window_at(300_250), variant, scorer, is_merged)
        for is_merged in (False, True)
    )
    assert np.isfinite(one.raw).all()
    assert {row.gene.strand for row in one.rows} == {"+", "-"}
    names = [track.name for track in one.tracks]
    assert len(set(names)) == len(names)
    for row, values, merged_values in zip(whole.rows, whole.raw, one.raw, strict=True):
        places = merged(whole.tracks)[row.gene.strand]
        assert [whole.tracks[place].name for place in places] == names
        assert values[places].tolist() == merged_values.tolist()


def test_unstranded_tracks_count_the_genes_of_both_strands(annotated):
    variant = kinds_at(annotated.sequence, 300_250)["substitution"]
    found = score(annotated.model, window_at(300_250), variant, "RNA_SEQ_ACTIVE", False)
    rows = {
        row.gene.gene_id: values
        for row, values in zip(found.rows, found.raw, strict=True)
    }
    by_name = {
        strand: [
            place
            for place, track in enumerate(found.tracks)
            if track.strand == strand and track.name.startswith("EFO:0002067 polyA")
        ]
        for strand in "+-."
    }
    for gene_id, strand in (("ENSG00000000001.3", "+"), ("ENSG00000000002.4", "-")):
        values = rows[gene_id]
        assert values[by_name["."]] > values[by_name[strand]]


@pytest.mark.parametrize("scorer", ["SPLICE_SITES", "SPLICE_SITE_USAGE"])
def test_splicing_is_of_genes_whose_body_holds_the_variant(annotated, scorer):
    for position, expected in (
        (300_650, {1}),
        (300_250, {1, 2}),
        (301_400, {2}),
    ):
        variant = kinds_at(annotated.sequence, position)["substitution"]
        found = score(annotated.model, window_at(position), variant, scorer, True)
        ids = {int(row.gene.gene_id[4:15]) for row in found.rows}
        assert {1, 2} & ids >= expected & {1, 2}
        for row in found.rows:
            assert row.gene.start < position <= row.gene.end
        assert (found.raw >= 0).all()


def test_junctions_are_introns_of_coding_genes_and_a_gene_may_have_several(annotated):
    several, introns = 0, {}
    for gene in read_genes(annotated.genes):
        introns[gene.gene_id] = {
            (one[1], two[0])
            for transcript in gene.transcripts
            for place, one in enumerate(transcript.exons)
            for two in transcript.exons[place + 1 : place + 3]
        }
    for gene in read_genes(annotated.genes):
        position = gene.exons[-1][0] + 1
        if gene.kind != "protein_coding" or len(gene.exons) < 3:
            continue
        variant = kinds_at(annotated.sequence, position)["substitution"]
        found = score(
            annotated.model, window_at(position), variant, "SPLICE_JUNCTIONS", True
        )
        for row in found.rows:
            assert row.gene.kind == "protein_coding"
            assert row.junction in introns[row.gene.gene_id]
        keys = [(row.gene.gene_id, row.junction) for row in found.rows]
        assert len(set(keys)) == len(keys)
        several += len(keys) > len({gene_id for gene_id, _ in keys})
    assert several > 0


def test_polyadenylation_needs_most_sites_in_the_window(annotated):
    position = 300_250
    variant = kinds_at(annotated.sequence, position)["insertion"]
    found = score(
        annotated.model, window_at(position), variant, "POLYADENYLATION", False
    )
    assert {"ENSG00000000001.3", "ENSG00000000002.4"} <= {
        row.gene.gene_id for row in found.rows
    }
    # Unlike other scores by gene, tracks of both strands have one.
    assert np.isfinite(found.raw).all() and found.raw.max() > 0.01
    outside = window_at(position, WINDOW_BP // 2 - 20)
    found = score(annotated.model, outside, variant, "POLYADENYLATION", False)
    assert "ENSG00000000002.4" not in {row.gene.gene_id for row in found.rows}


def test_without_sites_or_exons_changed_a_score_is_exactly_zero(annotated):
    variant = kinds_at(annotated.sequence, 300_250)["substitution"]
    found = score(annotated.model, window_at(300_250), variant, "RNA_SEQ", True)
    far = [
        np.abs(values).max()
        for row, values in zip(found.rows, found.raw, strict=True)
        if abs(row.gene.first_base - 300_250) > traits(row.gene.gene_id).reach_bp
    ]
    assert len(far) > 10 and not any(far)
