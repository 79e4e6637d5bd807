import numpy as np
import pysam
import pytest
from endobench.genome.alleles import (
    align_alternate,
    allele_sequences,
    padded_fetch,
    stretch,
)

CHROM_BP = 400


@pytest.fixture(scope="module")
def chromosome():
    return "".join(np.random.default_rng(11).choice(list("ACGT"), CHROM_BP))


@pytest.fixture(scope="module")
def fetch(chromosome, tmp_path_factory):
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text(f">chr1\n{chromosome}\n>chr2\nacgtRYKMnnACGT\n")
    pysam.faidx(str(path))
    with pysam.FastaFile(str(path)) as fasta:
        yield padded_fetch(fasta)


def window_of(bases, start, end):
    """Return a window of a chromosome, with N beyond its ends."""
    return "".join(bases[i] if 0 <= i < len(bases) else "N" for i in range(start, end))


def test_fetch_reads_what_is_there(fetch, chromosome):
    assert fetch("chr1", 10, 60) == chromosome[10:60]


def test_fetch_knows_four_bases_in_upper_case(fetch):
    assert fetch("chr2", 0, 14) == "ACGT" + "N" * 6 + "ACGT"


@pytest.mark.parametrize(
    ("start", "end"),
    [(-5, 5), (CHROM_BP - 5, CHROM_BP + 5), (-30, CHROM_BP + 30), (5, 5)],
)
def test_fetch_pads_beyond_the_ends(fetch, chromosome, start, end):
    assert fetch("chr1", start, end) == window_of(chromosome, start, end)


@pytest.mark.parametrize(("start", "end"), [(-20, -10), (CHROM_BP, CHROM_BP + 10)])
def test_fetch_outside_of_the_chromosome_is_unknown(fetch, start, end):
    assert fetch("chr1", start, end) == "N" * 10


def test_fetch_refuses_an_unknown_chromosome(fetch):
    with pytest.raises(KeyError):
        fetch("chr9", 0, 10)


@pytest.mark.parametrize("seed", range(40))
def test_alt_is_a_window_of_the_edited_chromosome(fetch, chromosome, seed):
    rng = np.random.default_rng(seed)
    start = int(rng.integers(-40, CHROM_BP - 40))
    end = start + int(rng.integers(40, 120))
    first = int(rng.integers(max(start, 0), min(end, CHROM_BP - 10)))
    ref = chromosome[first : first + int(rng.integers(1, 9))]
    alt = "".join(rng.choice(list("ACGT"), int(rng.integers(1, 9))))
    edited = chromosome[:first] + alt + chromosome[first + len(ref) :]
    pair = allele_sequences(fetch, "chr1", start, end, first + 1, ref, alt)
    assert pair == (window_of(chromosome, start, end), window_of(edited, start, end))


@pytest.mark.parametrize("n_more", [1, 6])
def test_an_insertion_drops_bases_at_the_right_end(fetch, chromosome, n_more):
    base = chromosome[149]
    more = "G" * n_more
    pair = allele_sequences(fetch, "chr1", 100, 200, 150, base, base + more)
    assert pair[1] == chromosome[100:150] + more + chromosome[150 : 200 - n_more]
    assert len(pair[0]) == len(pair[1]) == 100


@pytest.mark.parametrize("n_less", [1, 6])
def test_a_deletion_takes_bases_in_from_the_genome(fetch, chromosome, n_less):
    ref = chromosome[149 : 150 + n_less]
    pair = allele_sequences(fetch, "chr1", 100, 200, 150, ref, ref[0])
    assert pair[1] == chromosome[100:150] + chromosome[150 + n_less : 200 + n_less]
    assert "N" not in pair[1]


def test_a_deletion_at_the_chromosomes_end_is_padded_there_only(fetch, chromosome):
    ref = chromosome[380:385]
    pair = allele_sequences(fetch, "chr1", 340, CHROM_BP, 381, ref, ref[0])
    assert pair[1] == chromosome[340:381] + chromosome[385:] + "NNNN"


def test_a_ref_that_the_genome_lacks_is_written_in(fetch, chromosome):
    other = "ACGT"["ACGT".index(chromosome[149]) - 1]
    one = allele_sequences(fetch, "chr1", 100, 200, 150, chromosome[149], other)
    two = allele_sequences(fetch, "chr1", 100, 200, 150, other, chromosome[149])
    assert one == two[::-1]


@pytest.mark.parametrize("position", [100, 201])
def test_a_variant_outside_of_the_window_is_refused(fetch, position):
    with pytest.raises(ValueError, match=f"chr1:{position} is not in chr1:100-200"):
        allele_sequences(fetch, "chr1", 100, 200, position, "A", "C")


@pytest.mark.parametrize("position", [101, 200])
def test_a_window_holds_its_first_and_its_last_base(fetch, chromosome, position):
    ref = chromosome[position - 1]
    other = "ACGT"["ACGT".index(ref) - 1]
    _, alt = allele_sequences(fetch, "chr1", 100, 200, position, ref, other)
    assert alt[position - 101] == other


@pytest.mark.parametrize("position", [1, 150, CHROM_BP])
@pytest.mark.parametrize("alt_bp", [1, 4])
@pytest.mark.parametrize("ref_bp", [1, 3])
def test_a_stretch_has_the_same_flanks_on_both_sides_of_either_allele(
    fetch, chromosome, position, ref_bp, alt_bp
):
    first = position - 1
    ref, alt = chromosome[first : first + ref_bp], "T" * alt_bp
    pair = stretch(fetch, "chr1", first - 20, first + 20, position, ref, alt)
    left = window_of(chromosome, first - 20, first)
    right = window_of(chromosome, first + len(ref), first + 20)
    assert pair == (left + ref + right, left + alt + right)


def test_a_deletion_beyond_the_stretch_is_included_completely(fetch, chromosome):
    ref, alt = stretch(fetch, "chr1", 90, 105, 101, chromosome[100:120], "A")
    assert (len(ref), len(alt)) == (30, 11)


def test_an_alignment_is_that_of_alphagenome():
    values = np.arange(10.0)[:, None]
    same = align_alternate(values, 4, "A", "G")
    assert np.array_equal(same, values)
    inserted = align_alternate(values, 4, "A", "ATT")[:, 0]
    assert inserted.tolist() == [0, 1, 2, 3, 6, 7, 8, 9]
    # If two bases become three, one is inserted after the second.
    exchanged = align_alternate(values, 4, "AC", "GTT")[:, 0]
    assert exchanged.tolist() == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    deleted = align_alternate(values, 4, "ATT", "A")[:, 0]
    assert deleted.tolist() == [0, 1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 9]
