import numpy as np
import pandas as pd
import pytest
from alarms import alarms_of
from endobench.core.errors import InputError
from endobench.design.gates import gates_of
from endobench.gates import sequences as gates_sequences
from endobench.genome.variants import make_variant_ids
from frames import fasta

LENGTH_BP = 20_000
MOVED_BP = 137
COMPLEMENT = str.maketrans("ACGT", "TGCA")
# The older build lacks the first 137 bp of each chromosome.
CHAIN = "".join(
    f"chain 100 {name} {LENGTH_BP - MOVED_BP} + 0 {LENGTH_BP - MOVED_BP}"
    f" {name} {LENGTH_BP} + {MOVED_BP} {LENGTH_BP} {number}\n{LENGTH_BP - MOVED_BP}\n\n"
    for number, name in enumerate(("chr1", "chr2"), start=1)
)


@pytest.fixture(scope="module")
def sequences():
    rng = np.random.default_rng(1)
    return {
        name: "".join(rng.choice(list("ACGT"), LENGTH_BP)) for name in ("chr1", "chr2")
    }


@pytest.fixture(scope="module")
def genome(tmp_path_factory, sequences):
    return fasta(tmp_path_factory.mktemp("genome"), **sequences)


@pytest.fixture(scope="module")
def chains(tmp_path_factory):
    path = tmp_path_factory.mktemp("chains") / "hg19ToHg38.over.chain"
    path.write_text(CHAIN)
    return {"hg19": path}


@pytest.fixture(scope="module")
def variants(sequences):
    """Substitutions, and one deletion in ten, off the ends of chromosomes."""
    rng = np.random.default_rng(2)
    rows = []
    for number, pos in enumerate(rng.integers(500, LENGTH_BP - 500, 400)):
        chrom = f"chr{1 + number % 2}"
        n = 3 if number % 10 == 0 else 1
        ref = sequences[chrom][pos - 1 : pos - 1 + n]
        others = [base for base in "ACGT" if base != ref]
        rows.append((chrom, pos, ref, ref[0] if n > 1 else rng.choice(others)))
    frame = pd.DataFrame(rows, columns=["chrom", "pos", "ref", "alt"])
    frame = frame.drop_duplicates(["chrom", "pos"], ignore_index=True)
    frame["alt"] = frame["alt"].astype(str)
    return frame.assign(
        chrom=frame["chrom"].astype("category"), variant_id=make_variant_ids(frame)
    )


def flipped(variants, rows):
    result = variants.copy()
    for name in ("ref", "alt"):
        result.loc[rows, name] = [
            allele.translate(COMPLEMENT)[::-1] for allele in variants.loc[rows, name]
        ]
    return result


def exchanged(variants, rows):
    result = variants.copy()
    result.loc[rows, ["ref", "alt"]] = variants.loc[rows, ["alt", "ref"]].to_numpy()
    return result


def with_other_ends(variants, rows):
    """Write another last base into each deletion, as only a whole REF shows."""
    end = variants["ref"].str[-1].map(dict(zip("ACGT", "TGCA", strict=True)))
    is_deletion = variants["ref"].str.len() > 1
    changed = variants["ref"].where(~is_deletion, variants["ref"].str[:-1] + end)
    return variants.assign(ref=changed)


def moved(variants, rows, by):
    return variants.assign(pos=variants["pos"] + np.where(rows, by, 0))


DEFECTS = {
    "one after": (lambda v, rows: moved(v, True, 1), "pos-1 1.000"),
    "one before": (lambda v, rows: moved(v, True, -1), "pos+1 1.000"),
    "5 % exchanged": (exchanged, "ALT 0."),
    "all exchanged": (lambda v, rows: exchanged(v, v.index), "ALT 1.000"),
    "5 % on the other strand": (flipped, "reverse complement 0."),
    "all on the other strand": (
        lambda v, rows: flipped(v, v.index),
        "reverse complement 1.000",
    ),
    "5 % on another build": (lambda v, rows: moved(v, rows, -MOVED_BP), "REF 0.9"),
    "last base of deletions": (with_other_ends, "REF 0.899"),
}


def test_clean_variants_raise_no_alarm(variants, genome, chains):
    measured = gates_sequences.measure(variants, genome, chains)
    assert list(measured) == [gate.name for gate in gates_of("sequences")]
    assert measured["ref_match"].value == 1
    assert measured["ref_match_build"].value < -0.5
    assert alarms_of(measured) == {}


@pytest.mark.parametrize(("break_", "evidence"), DEFECTS.values(), ids=DEFECTS)
def test_variants_of_another_place_or_strand_are_caught(
    variants, genome, break_, evidence
):
    rows = variants.index % 20 == 3
    measured = gates_sequences.measure(break_(variants, rows), genome, {})
    assert alarms_of(measured) == {"ref_match": "fail"}
    assert evidence in measured["ref_match"].evidence


def test_variants_of_another_build_are_caught_and_it_is_named(variants, genome, chains):
    older = moved(variants, True, -MOVED_BP)
    measured = gates_sequences.measure(older, genome, chains)
    assert alarms_of(measured) == {"ref_match": "fail", "ref_match_build": "fail"}
    assert measured["ref_match_build"].value > 0.5
    assert "hg19 1.000" in measured["ref_match_build"].evidence


def test_the_order_of_rows_changes_nothing(variants, genome, chains):
    again = variants.sample(frac=1, random_state=1)
    first, second = (
        gates_sequences.measure(each, genome, chains) for each in (variants, again)
    )
    assert first == second


def test_no_more_than_a_sample_is_lifted(variants, genome, chains, monkeypatch):
    monkeypatch.setattr(gates_sequences, "_LIFTED", 50)
    measured = gates_sequences.measure(variants, genome, chains)["ref_match_build"]
    assert measured.n == 50


def test_a_position_before_the_chromosome_agrees_with_nothing(genome, sequences):
    variants = pd.DataFrame(
        {
            "variant_id": ["chr1_1_A_C_b38"],
            "chrom": ["chr1"],
            "pos": [1],
            "ref": [sequences["chr1"][-1]],
            "alt": ["N"],
        }
    )
    evidence = gates_sequences.measure(variants, genome, {})["ref_match"].evidence
    assert "REF at pos-1 0.000" in evidence


@pytest.mark.parametrize(
    ("n", "has_genome", "why"), [(0, True, "no variants"), (9, False, "no genome")]
)
def test_what_cannot_be_known_is_not_checked(variants, genome, n, has_genome, why):
    path = genome if has_genome else None
    measured = gates_sequences.measure(variants.iloc[:n], path, {})
    assert alarms_of(measured) == {}
    for each in measured.values():
        assert np.isnan(each.value)
        assert why in each.evidence


def test_a_chromosome_that_the_genome_lacks_is_an_error(variants, genome):
    elsewhere = variants.assign(chrom="chr9")
    with pytest.raises(InputError, match="chr9"):
        gates_sequences.measure(elsewhere, genome, {})
