import gzip
import re
import urllib.parse

import numpy as np
import pysam
import pysam.bcftools
import pytest
from endobench.core.columns import PAIRS
from endobench.export.scored_variants import scored_variants
from endobench.export.vcf import _NEEDS_NO_ENCODING, encoded, write_vcf
from frames import fasta
from hypothesis import given
from hypothesis import strategies as st
from scored import FEATURE, GENOME, ROWS, SEQUENCE, pairs_by_gene, pairs_of

ORDER = ["chr1", "chr2", "chr10"]
KEYS = {
    "SCORE",
    "MODEL",
    "ROUTE",
    "SCORER",
    "WINDOW_BP",
    "TRACK_SET",
    "N_TRACKS",
    "IN_PEAK",
    "UNIT",
    "SOURCE_ID",
    "FEATURE",
    "EFFECT",
    "SE",
    "P",
}


@pytest.fixture
def genome(tmp_path):
    return fasta(tmp_path, **GENOME)


@pytest.fixture
def write(tmp_path, genome):
    """Return a function that writes the VCF of pairs and returns its path."""

    def written(pairs, genome_path=genome, name="x.vcf.gz", **how):
        path = tmp_path / name
        variants = scored_variants(pairs, genome_path)
        write_vcf(variants, pairs, path, genome_path, "demo corrected", **how)
        return path

    return written


def records(path, *region):
    with pysam.VariantFile(str(path)) as file:
        return list(file.fetch(*region))


def ids(path, *region):
    return [record.id for record in records(path, *region)]


def header_of(path):
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    return [line for line in lines if line.startswith("##")]


@pytest.fixture
def view(capfd):
    """Return a function that returns what bcftools prints of a VCF, and its messages."""

    def viewed(path):
        capfd.readouterr()
        text = pysam.bcftools.view("--no-version", str(path))
        return text, pysam.bcftools.view.get_messages() + capfd.readouterr().err

    return viewed


def test_values_are_read_back_to_the_last_bit(write):
    pairs = pairs_of(quantile=[0.123456789] * 2 + [None] * 5, pip=[0.1] + [None] * 6)
    path = write(pairs)
    found = {record.id: record.info for record in records(path)}
    assert len(found) == 6
    for variant_id, rows in pairs.groupby("variant_id"):
        info = found[variant_id]
        assert info["SCORE"] == np.float32(rows["raw"].iloc[0])
        rows = rows.sort_values("feature_id")
        assert list(info["EFFECT"]) == rows["effect"].astype("float32").tolist()
        assert list(info["SE"]) == rows["effect_se"].astype("float32").tolist()
        assert info["WINDOW_BP"] == 16_384 and info["IN_PEAK"] == 1
        assert info["SOURCE_ID"] == (variant_id,)
    info = found["chr1_11_A_G_b38"]
    assert info["QUANTILE"] == np.float32(0.123456789)
    # The feature of the first pair is the first by name.
    assert [each and round(each, 6) for each in info["PIP"]] == [0.1, None]
    assert set(found["chr2_5_T_C_b38"]) == KEYS
    # The text holds p values below the smallest 32-bit float.
    assert "P=1e-05,1e-120;" in gzip.decompress(path.read_bytes()).decode()


def test_bcftools_reads_it_without_messages(write, view, tmp_path):
    for pairs in (pairs_of(), pairs_of(model="standin/x", in_peak=None)):
        for path in (write(pairs), write(pairs, None)):
            text, said = view(path)
            assert said == ""
            rows = [line for line in text.splitlines() if not line.startswith("#")]
            assert len(rows) == 6
    # bcftools reports an undeclared key.
    damaged = tmp_path / "damaged.vcf"
    text = gzip.decompress(write(pairs_of()).read_bytes()).decode()
    lines = text.splitlines(keepends=True)
    damaged.write_text("".join(line for line in lines if "ID=ROUTE," not in line))
    assert "ROUTE" in view(damaged)[1]


def test_the_header_declares_what_records_use(write):
    path = write(pairs_of(model="standin/x"))
    text = gzip.decompress(path.read_bytes()).decode()
    lines = header_of(path)
    assert lines[0] == "##fileformat=VCFv4.3"
    assert "##endobench_benchmark=demo corrected" in lines
    assert "##endobench_scorer=DNASE-501-DIFF_LOG2_SUM" in lines
    body = [line for line in text.splitlines() if not line.startswith("#")]
    infos = [line.split("\t")[7].split(";") for line in body]
    used = {item.partition("=")[0] for info in infos for item in info}
    declared = {line.split("ID=")[1].split(",")[0] for line in lines if "INFO=" in line}
    assert used == KEYS | {"STANDIN"} <= declared


def test_the_header_and_each_record_mark_stand_in_scores(write):
    path = write(pairs_of(model="standin/x"))
    assert "##endobench_warning=STAND-IN MODEL: not AlphaGenome" in header_of(path)
    assert all(record.info["STANDIN"] for record in records(path))
    assert not any(line.startswith("##endobench_terms=") for line in header_of(path))
    path = write(pairs_of())
    assert sum(line.startswith("##endobench_terms=") for line in header_of(path)) == 1
    assert not any("endobench_warning" in line for line in header_of(path))
    assert not any("STANDIN" in record.info for record in records(path))


def test_the_header_warns_of_unknown_effect_alleles(write):
    lines = header_of(write(pairs_of(), is_signed=False))
    (warning,) = [line for line in lines if "endobench_warning" in line]
    assert warning.startswith("##endobench_warning=EFFECT has no known sign: ")


def test_records_are_in_genome_order_and_found_by_region(write):
    path = write(pairs_of())
    assert [f"##contig=<ID={name},length={len(SEQUENCE)}>" for name in ORDER] == [
        line for line in header_of(path) if "contig" in line
    ]
    assert ids(path) == list(dict.fromkeys(row[0] for row in ROWS))
    assert ids(path, "chr1", 11, 20) == ["chr1_12_CGT_C_b38"]
    assert ids(path, "chr1", 10, 11) == ["chr1_11_A_G_b38", "chr1_11_A_T_b38"]
    assert ids(path, "chr10") == ["chr10_3_G_GA_b38"]
    assert ids(path, "chr2", 100, 150) == []


def test_the_filter_marks_refs_that_differ_from_the_genome(write, genome):
    rows = [*ROWS, ("chr2_4_G_C_b38", "g4", 0.1, 0.1, 0.1)]
    with pysam.FastaFile(str(genome)) as fasta_file:
        for record in records(write(pairs_of(rows))):
            found = fasta_file.fetch(record.chrom, record.start, record.stop)
            is_match = found == record.ref
            assert is_match == (record.id != "chr2_4_G_C_b38")
            assert record.filter.keys() == ["PASS" if is_match else "ref_mismatch"]


def test_without_a_genome_there_are_no_lengths_and_no_filters(write):
    path = write(pairs_of(), None)
    contigs = [line for line in header_of(path) if "contig" in line]
    assert contigs == [f"##contig=<ID={name}>" for name in sorted(ORDER)]
    assert not any(record.filter.keys() for record in records(path))
    assert ids(path, "chr10", 0, 10) == ["chr10_3_G_GA_b38"]


def test_feature_ids_with_any_characters_survive(write):
    features = {
        urllib.parse.unquote(each)
        for record in records(write(pairs_of()))
        for each in record.info["FEATURE"]
    }
    assert features == {row[1] for row in ROWS} and FEATURE in features


@given(st.text(min_size=1))
def test_any_text_is_encoded_without_loss(text):
    if text.encode(errors="ignore").decode() != text:
        return
    found = encoded(text)
    assert urllib.parse.unquote(found) == text
    assert not set(found) & set(";=, \t\r\n") and found.strip(".") and found.isascii()


@given(text=st.text(min_size=1) | st.text("a.~,;% \n^]-", min_size=1))
def test_encoding_does_not_change_texts_that_need_none(text):
    if re.fullmatch(_NEEDS_NO_ENCODING[1:-1], text):
        assert encoded(text) == text


def test_the_order_of_pairs_changes_no_byte(write, tmp_path):
    first = write(pairs_of())
    for seed in range(3):
        shuffled = pairs_of().sample(frac=1, random_state=seed)
        second = write(shuffled, name="y.vcf.gz")
        for suffix in ("", ".tbi"):
            paths = [path.with_name(path.name + suffix) for path in (first, second)]
            assert paths[0].read_bytes() == paths[1].read_bytes()


def test_without_pairs_the_file_is_complete_but_has_no_records(write, view):
    for genome_path in ({}, {"genome_path": None}):
        path = write(PAIRS.empty_table().to_pandas(), **genome_path)
        text, said = view(path)
        assert said == "" and records(path) == []
        assert text.splitlines()[-1].startswith("#CHROM")


def test_a_repeated_pair_keeps_both_effects(write):
    pairs = pairs_of([ROWS[0], (*ROWS[0][:2], 0.7, *ROWS[0][3:])])
    (record,) = records(write(pairs))
    assert record.info["FEATURE"] == ("g1", "g1")
    assert record.info["EFFECT"] == pytest.approx((0.1, 0.7))


def test_a_record_lists_the_score_of_each_gene(write, view):
    path = write(pairs_by_gene())
    first, last = records(path)
    assert first.info["GENE"] == ("ENSG01", "ENSG02")
    assert first.info["SCORE"] == (0.5, -0.75)
    assert len(first.info["FEATURE"]) == len(first.info["EFFECT"]) == 3
    assert (last.info["GENE"], last.info["SCORE"]) == (("ENSG01",), (0.25,))
    text, said = view(path)
    assert said == ""
    # Each pair's score is found under its gene.
    scores = {
        (record.id, gene): score
        for record in records(path)
        for gene, score in zip(record.info["GENE"], record.info["SCORE"], strict=True)
    }
    pairs = pairs_by_gene()
    keys = zip(pairs["variant_id"], pairs["scored_gene"], strict=True)
    assert [scores[key] for key in keys] == pairs["raw"].tolist()


@pytest.mark.parametrize(
    ("scorer", "words"),
    [
        ("RNA_SEQ", "log fold change of the gene's expression"),
        ("SPLICE_SITES", "largest change of a splice site's probability in the gene"),
        ("table", "Predicted effect"),
    ],
)
def test_the_header_says_what_the_score_of_a_gene_is(write, scorer, words):
    lines = header_of(write(pairs_by_gene(scorer)))
    [score] = [line for line in lines if line.startswith("##INFO=<ID=SCORE,")]
    assert words in score and "Number=." in score
    # Of unsigned scores, nothing says that a sign has a meaning.
    assert ("ALT minus REF" in score) == (scorer == "table")


def test_scores_of_variants_have_no_genes(write):
    lines = header_of(write(pairs_of()))
    assert any(line.startswith("##INFO=<ID=SCORE,Number=1,") for line in lines)
    assert not any(line.startswith("##INFO=<ID=GENE,") for line in lines)
