import gzip
import shutil

import pysam
import pytest
from endobench.core.errors import InputError
from endobench.genome import fasta as module
from endobench.genome.fasta import index_genome, open_genome, read_chromosome
from endobench.genome.reference import left_align
from frames import fasta, variants_of


def test_a_chromosome_is_read_in_upper_case(tmp_path):
    with open_genome(fasta(tmp_path, chr1="acgtN", chr2="RYKM")) as genome:
        assert read_chromosome(genome, "chr1").tobytes() == b"ACGTN"
        assert read_chromosome(genome, "chr2").tobytes() == b"RYKM"


@pytest.mark.parametrize("length", [1, 5, 6, 11, 12, 13])
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_chromosome_is_read_across_lines_and_segments(
    tmp_path, monkeypatch, length, is_packed
):
    monkeypatch.setattr(module, "_SEGMENT_BP", 7)
    sequence = "acgTNRacgtACGT"[:length]
    lines = "\r\n".join(sequence[at : at + 3] for at in range(0, length, 3))
    path = tmp_path / "genome.fa"
    path.write_bytes(f">chr0\r\nAC\r\n>chr1 text\r\n{lines}\r\n".encode())
    if is_packed:
        pysam.tabix_compress(str(path), str(tmp_path / "packed.gz"))
        path = tmp_path / "packed.gz"
    with open_genome(path) as genome:
        assert read_chromosome(genome, "chr1").tobytes().decode() == sequence.upper()


@pytest.mark.parametrize("asked", ["chr1", "1", "CHR1"])
@pytest.mark.parametrize("there", ["chr1", "1", "Chr1"])
def test_a_missing_chromosome_is_named_with_its_other_name(tmp_path, asked, there):
    if asked == there:
        return
    path = fasta(tmp_path, **{there: "ACGT", "chr12": "ACGT"})
    with open_genome(path) as genome, pytest.raises(InputError) as caught:
        read_chromosome(genome, asked)
    message = str(caught.value)
    assert message.startswith(
        f"{path}: chromosome {asked!r} of the variants is missing"
    )
    assert f"did you mean {there!r}?" in message


def test_no_chromosome_is_suggested_without_a_similar_one(tmp_path):
    path = fasta(tmp_path, chr2="ACGT")
    with open_genome(path) as genome, pytest.raises(InputError) as caught:
        read_chromosome(genome, "chr22")
    assert "did you" not in str(caught.value)
    assert "(found 1: chr2)" in str(caught.value)


def test_a_missing_genome_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no such FASTA file"):
        open_genome(tmp_path / "genome.fa")


def test_an_index_is_created_in_a_writable_folder(tmp_path):
    (tmp_path / "genome.fa").write_text(">chr1\nACGT\n")
    with open_genome(tmp_path / "genome.fa") as genome:
        assert list(genome.references) == ["chr1"]
    assert (tmp_path / "genome.fa.fai").exists()


def test_a_genome_whose_index_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "genome.fa").write_text(">chr1\nACGT\n")
    # Not even root can write to this folder.
    with open(tmp_path / "genome.fa") as file, pytest.raises(InputError) as caught:
        open_genome(f"/proc/self/fd/{file.fileno()}")
    assert "no index" in str(caught.value)
    assert "Run 'samtools faidx' in a writable folder" in str(caught.value)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_genome_is_indexed_plain(tmp_path, pack):
    source = tmp_path / "downloads" / "genome.fa"
    source.parent.mkdir()
    source.write_bytes(pack(b">chr1 with words\nACGTACGT\nAC\n>chr2\nNNN\n"))
    destination = tmp_path / "genomes" / "genome.fa"
    index_genome(source, destination)
    with open_genome(destination) as genome:
        assert list(genome.references) == ["chr1", "chr2"]
        assert read_chromosome(genome, "chr1").tobytes() == b"ACGTACGTAC"
    # The folder of the source is unchanged.
    assert [path.name for path in source.parent.iterdir()] == ["genome.fa"]


def test_a_copied_folder_reads_its_own_genome(tmp_path, monkeypatch):
    folder = tmp_path / "ours"
    folder.mkdir()
    fasta(folder, chr1="ACGT").rename(folder / "here.fa")
    monkeypatch.chdir(folder)
    index_genome("here.fa", "indexed.fa")
    copied = shutil.copytree(folder, tmp_path / "copied", symlinks=True)
    (copied / "here.fa").write_text(">chr1\nTTTT\n")
    with open_genome(copied / "indexed.fa") as genome:
        assert read_chromosome(genome, "chr1").tobytes() == b"TTTT"


def test_indexing_anew_forgets_the_old_index(tmp_path):
    for text in (">chr1\nACGT\n", ">chr2\nACGTACGT\n"):
        (tmp_path / "source.fa").write_text(text)
        index_genome(tmp_path / "source.fa", tmp_path / "genome.fa")
    with open_genome(tmp_path / "genome.fa") as genome:
        assert list(genome.references) == ["chr2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            gzip.compress(b">chr1\nACGT\n" * 99, mtime=0)[:-9],
            "not a complete gzip file",
        ),
        (
            gzip.compress(b">chr1\nACGT\n" * 99, mtime=0)[:30],
            "not a complete gzip file",
        ),
        (b"\x1f\x8bjunk", "not a complete gzip file"),
        (b"", "not a FASTA file, since it starts with b''"),
        (b"chr1\t5\t9\n", "not a FASTA file, since it starts with b'c'"),
        (gzip.compress(b"chr1\t5\t9\n", mtime=0), "not a FASTA file, since it starts"),
        (
            b">chr1\nACGT\nAC\nACGT\n",
            r"source\.fa: line 3 has 2 characters; all lines of sequence 'chr1' but its"
            " last must have 4",
        ),
        (
            ">chr1\nACGT\n".encode("utf-16"),
            r"source\.fa: not a text file in UTF-8, but",
        ),
        (
            b">chr1\rACGT\r",
            r"source\.fa: lines end with a carriage return alone",
        ),
        (b">chr1\nACGT\n>chr2\n", "'chr2', the last one, has no bases"),
        (b">c of 16 or more\n\0\0ACGT\nAC\n", r"line of .*'c' contains '.x00'"),
        (b">c\nAC GT\nAC\n", "the first line of sequence 'c' contains ' '"),
        (b">c\nACGTA\nA CGT\nAC\n", r"source\.fa: a line of .*'c' contains blanks"),
        (b">c\nACGTA\nA\xe8CGT\nAC\n", "blanks or other bytes that are no letters"),
        (b">chr\xe9\nACGT\n", r"source\.fa: .*line 1: byte 0xe9 is not UTF-8"),
        (b">c\nACGT\nACGT  \nAC\n", "line 3 has 6 characters, blanks included"),
    ],
)
def test_an_incomplete_fasta_file_is_an_error(tmp_path, content, message):
    (tmp_path / "source.fa").write_bytes(content)
    with pytest.raises(InputError, match=message):
        index_genome(tmp_path / "source.fa", tmp_path / "new" / "genome.fa")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_last_line_may_lack_its_end(tmp_path, end, mark):
    source = tmp_path / "source.fa"
    line_end = end or "\n"
    text = f"{mark}>chr1{line_end}ACGT{line_end}TTTT{end}"
    source.write_bytes(text.encode())
    index_genome(source, tmp_path / "new" / "genome.fa")
    with open_genome(tmp_path / "new" / "genome.fa") as genome:
        assert read_chromosome(genome, "chr1").tobytes() == b"ACGTTTTT"


def test_a_file_cut_after_it_was_indexed_is_refused(tmp_path):
    path = fasta(tmp_path, chr1="ACGTACGT")
    with open_genome(path) as genome:
        path.write_bytes(path.read_bytes()[:-4])
        with pytest.raises(InputError, match="truncated since it was indexed"):
            read_chromosome(genome, "chr1")


def test_a_truncated_genome_of_bgzip_is_refused(tmp_path):
    path = tmp_path / "genome.fa.gz"
    with pysam.BGZFile(str(path), "w") as file:
        file.write(b">chr1\nACGT\n")
    path.write_bytes(path.read_bytes()[:-28])
    with pytest.raises(InputError, match=r"genome\.fa\.gz: truncated"):
        index_genome(path, tmp_path / "new" / "genome.fa")
    assert not [each for each in tmp_path.glob("new/*") if each.is_file()]


def test_chromosomes_are_indexed_by_their_names_in_this_workflow(tmp_path):
    source = tmp_path / "source.fa"
    source.write_text(
        ">NC_000001.11 Homo sapiens\nACGT\n>X\nTTTT\n>KI270728.1\nGG\n>MT\nCCC\n"
    )
    index_genome(source, tmp_path / "genome.fa", "GRCh38")
    with open_genome(tmp_path / "genome.fa") as genome:
        assert list(genome.references) == ["chr1", "chrX", "KI270728.1", "chrM"]
        assert genome.fetch("chrX", 0, 9) == "TTTT"
        assert read_chromosome(genome, "chr1").tobytes() == b"ACGT"
    variants = variants_of("chr1_4_T_TT_b38")
    assert left_align(variants, tmp_path / "genome.fa")["pos"].tolist() == [3]
    with pytest.raises(
        InputError, match=r"source\.fa: chromosome 'NC_000001.11' is the"
    ):
        index_genome(source, tmp_path / "genome.fa", "hg19")


def test_two_sequences_keep_their_names_rather_than_share_one(tmp_path):
    source = tmp_path / "source.fa"
    source.write_text(">1\nACGT\n>chr1\nTTTT\n")
    index_genome(source, tmp_path / "genome.fa", "GRCh38")
    with open_genome(tmp_path / "genome.fa") as genome:
        assert list(genome.references) == ["1", "chr1"]


@pytest.mark.parametrize(
    "text",
    [
        ">chr1\nACGT\n>chr1 again\nTTTT\n>chr2\nAC\n",
        ">chr2\nAC\n>chr1\n>chr3\nACGT\n",
    ],
)
def test_a_sequence_that_the_index_would_leave_out_is_refused(tmp_path, text):
    source, destination = tmp_path / "a.fa", tmp_path / "out" / "genome.fa"
    source.write_text(text)
    with pytest.raises(InputError, match="'chr1.*' has no bases or appears twice"):
        index_genome(source, destination)
    assert not list(destination.parent.iterdir())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_every_sequence_is_in_the_index(tmp_path, end):
    source = tmp_path / "a.fa"
    lines = [">chr1 a", "ACGT", "AC", ">chr2", "TTTT", "TTTT", ">chr3", "G"]
    source.write_bytes((end[-2:] if end == "\r\n" else "\n").join(lines).encode())
    with source.open("ab") as file:
        file.write(end.encode())
    index_genome(source, tmp_path / "genome.fa")
    with open_genome(tmp_path / "genome.fa") as genome:
        assert list(genome.references) == ["chr1", "chr2", "chr3"]


@pytest.mark.parametrize(
    "changes",
    [
        # Another line length, another sequence before, a longer one, a shorter one.
        {"lines": 7},
        {"first": "ACGTACGTACGTACGTA"},
        {"second": "ACGTACGTACGTACGTACGT"},
        {"first": "ACG"},
    ],
)
def test_an_index_of_another_file_is_refused(tmp_path, changes):
    def write(lines=5, first="ACGTAC", second="CCCCCGGGGGTTTTT"):
        path = tmp_path / "genome.fa"
        with path.open("w") as file:
            for name, bases in (("chr1", first), ("chr2", second)):
                parts = [bases[at : at + lines] for at in range(0, len(bases), lines)]
                print(f">{name}", *parts, sep="\n", file=file)
        return path

    path = write()
    with open_genome(path) as genome:
        assert genome.fetch("chr2", 4, 6) == "CG"
    write(**changes)
    with pytest.raises(
        InputError, match="genome.fa.fai: not the index of genome.fa, in"
    ):
        open_genome(path)


def test_a_genome_of_another_build_shows_in_its_lengths(tmp_path, monkeypatch):
    known = {"GRCh38": {"chr1": 9}, "hg19": {"chr1": 8}}
    monkeypatch.setattr("endobench.design.assemblies._LENGTHS", known)
    (tmp_path / "mine.fa").write_text(">1\nACGTACGT\n")
    path = tmp_path / "indexed.fa"
    with pytest.raises(InputError, match="mine.fa: .* this genome is hg19, not GRCh38"):
        index_genome(tmp_path / "mine.fa", path, "GRCh38")
    assert not path.exists() and not path.with_name("indexed.fa.fai").exists()
    index_genome(tmp_path / "mine.fa", path, "hg19")
    # A genome of no known lengths may be of any build.
    (tmp_path / "mine.fa").write_text(">1\nACGT\n")
    index_genome(tmp_path / "mine.fa", path, "GRCh38")


def test_blanks_behind_all_lines_are_no_bases(tmp_path):
    source = tmp_path / "source.fa"
    source.write_text(">chr1\nACGT \nTTGA \nCC \n")
    index_genome(source, tmp_path / "genome.fa")
    with open_genome(tmp_path / "genome.fa") as genome:
        assert bytes(read_chromosome(genome, "chr1")) == b"ACGTTTGACC"
