import concurrent.futures
import os
import subprocess
import sys

import numpy as np
import pytest
from annotated import gene_model, kinds_at, variant_at, window_at
from endobench.model.standin.coverage import touches
from endobench.model.standin.gene_model import Window
from endobench.model.standin.gene_scores import score
from endobench.model.standin.motif_model import BadRequest
from portable import settings

POSITIONS = range(297_000, 303_000, 250)

# Print digests of the scores by gene of variants of a genome.
PROGRAM = """
import hashlib, sys
from annotated import gene_model, kinds_at, window_at
from endobench.model.standin.gene_scores import SCORERS, score
model = gene_model(*sys.argv[1:])
bases = model.model.fetch("chr1", 0, 420_000)
for position in range(299_000, 302_000, 300):
    for variant in kinds_at(bases, position).values():
        for scorer in SCORERS:
            found = score(model, window_at(position), variant, scorer, True)
            print(hashlib.sha256(found.raw.tobytes()).hexdigest())
"""


@pytest.mark.services
def test_scores_by_gene_have_the_same_bits_on_any_processor(
    annotated, monkeypatch, capsys
):
    oldest, *_ = settings().values()
    elsewhere = subprocess.run(
        [sys.executable, "-c", PROGRAM, annotated.genome, annotated.genes],
        env=os.environ | oldest | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split()
    monkeypatch.setattr(sys, "argv", ["", annotated.genome, annotated.genes])
    exec(PROGRAM, {})
    here = capsys.readouterr().out.split()
    assert len(here) == 10 * 4 * 6
    assert elsewhere == here


def changes(model, sequence):
    """Return the expression changes of all genes of one window by a few variants."""
    found = {}
    for position in POSITIONS:
        variant = variant_at(sequence, position)
        rows = score(model, window_at(300_000), variant, "RNA_SEQ", True)
        for row, values in zip(rows.rows, rows.raw, strict=True):
            found[position, row.gene.gene_id] = values
    return found


def test_an_enhancer_raises_one_gene_and_lowers_another(annotated):
    found = changes(annotated.model, annotated.sequence)
    signs = {}
    for (position, _), values in found.items():
        signs.setdefault(position, set()).update(np.sign(values[:3]).tolist())
    assert any({-1, 1} <= each for each in signs.values())


def test_exchanging_the_alleles_of_a_substitution_flips_the_score_of_every_gene(
    annotated,
):
    n_scores = 0
    for position in POSITIONS:
        given = variant_at(annotated.sequence, position)
        genes = annotated.model.genes_in("chr1", position - 1, position)
        exons = [exon for gene in genes for exon in gene.exons]
        # Within an exon, the coverage of REF is that of the genome.
        if any(touches(given, *exon) for exon in exons):
            continue
        exchanged = type(given)()
        exchanged.CopyFrom(given)
        exchanged.reference_bases = given.alternate_bases
        exchanged.alternate_bases = given.reference_bases
        here, there = (
            score(annotated.model, window_at(300_000), each, "RNA_SEQ", True).raw
            for each in (given, exchanged)
        )
        np.testing.assert_allclose(here, -there, atol=1e-6)
        n_scores += np.count_nonzero(here)
    assert n_scores > 100


def test_tissues_and_assays_change_by_other_numbers(annotated):
    values = np.array([*changes(annotated.model, annotated.sequence).values()])
    values = values[(values != 0).any(axis=1)]
    for one in range(values.shape[1]):
        for other in range(one):
            differs = np.abs(values[:, one] - values[:, other]).max()
            assert differs > 0.02 * np.abs(values[:, one]).max()


def test_scores_that_carry_nothing_look_alike_but_are_others(annotated):
    blind = gene_model(annotated.genome, annotated.genes, is_blind=True)
    assert blind.source != annotated.model.source
    one, other = (
        np.array([*changes(each, annotated.sequence).values()])[:, :3].ravel()
        for each in (annotated.model, blind)
    )
    assert 0.1 < other.std() / one.std() < 10
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.15


def test_the_source_names_genome_annotation_and_options(annotated, tmp_path):
    other = tmp_path / "genes.gtf"
    other.write_text(annotated.genes.read_text() + "\n")
    sources = [
        annotated.model.source,
        gene_model(annotated.genome, other).source,
        gene_model(annotated.genome, None).source,
        gene_model(annotated.genome, annotated.genes, has_bare_ids=True).source,
    ]
    assert len(set(sources)) == len(sources)
    assert gene_model(annotated.genome, annotated.genes).source == sources[0]
    assert all(each.startswith("standin ") for each in sources)


def test_an_annotation_that_cannot_be_read_is_told_with_its_line(annotated, tmp_path):
    genes = tmp_path / "genes.gtf"
    genes.write_text(annotated.genes.read_text() + "chr1\tx\n")
    model = gene_model(annotated.genome, genes)
    with pytest.raises(BadRequest, match="genes.gtf: line .*: 2 tab-separated columns"):
        model.genes_in("chr1", 0, 10)


def test_threads_share_the_genes_of_one_reading(annotated):
    model = gene_model(annotated.genome, annotated.genes)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(model.genes_in, "chr1", 0, 420_000) for _ in range(32)]
        first, *others = (each.result() for each in asked)
    assert first and all(each == first for each in others)


@pytest.mark.parametrize("start", range(250_000, 330_000, 9_973))
def test_genes_of_an_interval_are_those_that_touch_it(annotated, start):
    found = annotated.model.genes_in("chr1", start, start + 5_000)
    every = annotated.model.genes_in("chr1", 0, 420_000)
    assert found == [g for g in every if g.start < start + 5_000 and g.end >= start]
    assert annotated.model.genes_in("chr7", 0, 420_000) == []


def test_levels_of_a_window_are_those_of_the_bases_in_it(annotated):
    variant = kinds_at(annotated.sequence, 300_250)["substitution"]
    wide, narrow = window_at(300_250), window_at(300_250)
    narrow.start, narrow.end = 299_000, 302_000
    pairs = [Window(annotated.model, each, variant) for each in (wide, narrow)]
    levels = [
        {gene.gene_id: each.levels[0, row] for row, gene in enumerate(each.genes)}
        for each in pairs
    ]
    common = set(levels[0]) & set(levels[1])
    assert common
    assert any(not np.array_equal(levels[0][each], levels[1][each]) for each in common)


def test_where_a_variant_changes_nothing_both_alleles_have_the_same_coverage(annotated):
    n_affected, n_others = 0, 0
    for position in (299_000, 300_101, 300_250, 301_050, 302_000):
        for variant in kinds_at(annotated.sequence, position).values():
            window = Window(annotated.model, window_at(position), variant)
            for gene, mask in window.counted():
                ref, alt = np.stack(window.means(mask, gene.strand)).swapaxes(0, 1)
                if window.is_affected(mask):
                    n_affected += not np.array_equal(ref, alt)
                else:
                    np.testing.assert_array_equal(ref, alt)
                    n_others += 1
    assert n_affected > 50 and n_others > 100
