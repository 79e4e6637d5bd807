import numpy as np
import pytest
from annotated import gene_lines
from endobench.genome.transcripts import read_genes
from endobench.model.standin.splicing import (
    junctions,
    polyadenylation_sites,
    probabilities,
    upstream,
)

EXONS = [(101, 200), (301, 400), (501, 700)]


def gene(tmp_path, strand, transcripts=(EXONS,)):
    path = tmp_path / "genes.gtf"
    path.write_text(gene_lines("ENSG00000000001.1", strand, transcripts))
    [found] = read_genes(path)
    return found


def test_a_perfect_site_is_certain_and_each_disagreement_halves_it():
    sequence = "TTTT" + "CAGGTAAGT" + "TTTT"
    donor, acceptor = probabilities(sequence, "+").T
    assert donor.argmax() == 6 and donor[6] == 1
    assert probabilities(sequence.replace("CAGG", "CTGG"), "+")[6, 0] == 0.5
    assert probabilities(sequence.replace("GGTA", "GCTA"), "+")[6, 0] == 0
    ending = "TTCTCTACAGGTT"
    assert probabilities("GG" + ending, "+")[:, 1].argmax() == 12
    assert probabilities("GG" + ending, "+")[12, 1] == 1
    assert acceptor.max() < 1


def test_sites_of_the_reverse_strand_are_those_of_the_complement():
    rng = np.random.default_rng(1)
    sequence = "".join(rng.choice(list("ACGT"), 300))
    turned = sequence.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    np.testing.assert_array_equal(
        probabilities(sequence, "-"), probabilities(turned, "+")[::-1]
    )


@pytest.mark.parametrize(("strand", "skipped"), [("+", 300), ("-", 399)])
def test_junctions_are_introns_and_those_that_skip_an_exon(tmp_path, strand, skipped):
    found = junctions(gene(tmp_path, strand), 0, 1_000)
    assert found == [(200, 300, None), (200, 500, skipped), (400, 500, None)]
    assert junctions(gene(tmp_path, strand), 0, 450) == [(200, 300, None)]


@pytest.mark.parametrize(("strand", "sites"), [("+", [600, 700]), ("-", [150, 100])])
def test_polyadenylation_sites_are_ordered_as_transcribed(tmp_path, strand, sites):
    one = gene(tmp_path, strand)
    assert polyadenylation_sites(one) == sites
    low, high = upstream(one, sites[-1])
    assert high - low == 400
    assert (high if strand == "+" else low) == sites[-1]
