import gzip

import pandas as pd
import pysam
import pytest
from endobench.core.errors import InputError
from endobench.genome import bed as module
from endobench.genome.bed import read_bed, write_bed
from frames import rows_of


def test_lines_without_an_interval_are_skipped(tmp_path):
    path = tmp_path / "peaks.narrowPeak"
    path.write_text(
        'track type=narrowPeak name="K562"\nbrowser position chr1:1-9\n# a comment\n\n'
        "chr1\t5\t9\t.\t0\t.\t1\t2\t3\t4\nchr1\t1\t3\t.\t0\t.\t1\t2\t3\t4\n"
    )
    assert rows_of(read_bed(path), "chrom", "start", "end", "source_line") == [
        ("chr1", 5, 9, 5),
        ("chr1", 1, 3, 6),
    ]


def test_compressed_intervals_and_windows_line_ends(tmp_path):
    path = tmp_path / "peaks.bed"
    path.write_bytes(gzip.compress(b"chr1\t5\t9\r\nchr2\t0\t1\r\n", mtime=0))
    assert rows_of(read_bed(path), "chrom", "start", "end") == [
        ("chr1", 5, 9),
        ("chr2", 0, 1),
    ]


def test_the_fourth_column_is_the_name(tmp_path):
    path = tmp_path / "folds.bed"
    path.write_text("chr1\t5\t9\tfold0\nchr1\t9\t12\t.\t7\nchr2\t1\t3\n")
    assert read_bed(path)["name"].tolist() == ["fold0", None, None]
    write_bed(read_bed(path), tmp_path / "three.bed")
    assert (tmp_path / "three.bed").read_text() == (
        "chr1\t5\t9\nchr1\t9\t12\nchr2\t1\t3\n"
    )
    named = read_bed(path).assign(name=["b", "a", "c"])
    write_bed(named[::-1], tmp_path / "four.bed")
    assert rows_of(read_bed(tmp_path / "four.bed"), "chrom", "start", "name") == [
        ("chr1", 5, "b"),
        ("chr1", 9, "a"),
        ("chr2", 1, "c"),
    ]


def test_column_names_may_follow_comments(tmp_path):
    path = tmp_path / "peaks.bed"
    path.write_text("# by hand\nseqnames\tstart\tend\nchr1\t5\t9\n")
    assert rows_of(read_bed(path), "start", "source_line") == [(5, 3)]


@pytest.mark.parametrize(
    "header",
    ["chr \t start \t stop", "chrom\tstart\tend\tname", "Chrom\tchromStart\tchromEnd"],
)
def test_a_first_line_of_column_names_and_blanks_around_fields(tmp_path, header):
    path = tmp_path / "fourier_ls-all.bed"
    path.write_text(f"{header}\nchr1 \t 10583 \t 1892607\nchr1\t1892607\t3582736 \n")
    assert rows_of(read_bed(path), "chrom", "start", "end", "name", "source_line") == [
        ("chr1", 10583, 1892607, None, 2),
        ("chr1", 1892607, 3582736, None, 3),
    ]


def test_a_name_in_another_encoding_is_told_with_its_line(tmp_path):
    path = tmp_path / "peaks.bed"
    path.write_bytes(b"chr1\t1\t2\ta\nchr1\t5\t9\t\xe9\n")
    with pytest.raises(InputError, match="line 2: byte 0xe9 is not UTF-8"):
        read_bed(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chr1\t5", "2 tab-separated columns; expected at least 3"),
        ("chr1 5 9", "1 tab-separated columns; expected at least 3"),
        ("chr1\tstart\tend", "start 'start' and end 'end' must be whole numbers"),
        ("chr1\t5.5\t9", "start '5.5' and end '9' must be whole numbers"),
        ("chr1\t5\tNA", "start '5' and end 'NA' must be whole numbers"),
        (
            "chr1\t5\t" + 20 * "9",
            f"start '5' and end '{20 * '9'}' must be whole numbers",
        ),
        ("chr1\t1,000\t2,000", "start '1,000' and end '2,000' must be whole numbers"),
        ("chr1\t-50\t9", "start -50 is negative, but BED counts from 0"),
        ("chr1\t²\t9", "start '²' and end '9' must be whole numbers"),
        (
            "7\tchr1\t5\t9",
            "start 'chr1' and end '5' must be whole numbers (the chromosome is in the",
        ),
        (
            "chr1\t1.23E+08\t5",
            "start '1.23E+08' and end '5' must be whole numbers ('1.2",
        ),
        ("chr1\t9\t9", "end 9 is not after start 9"),
        ("chr1\t9\t5", "end 5 is not after start 9"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, message):
    path = tmp_path / "peaks.bed"
    path.write_text(f"# made by hand\nchr1\t1\t2\n{line}\n")
    with pytest.raises(InputError) as caught:
        read_bed(path)
    assert str(caught.value).startswith(f"{path}: line 3: {message}")


@pytest.mark.parametrize(
    "content",
    [b"", b"track name=x\n", b"\x1f\x8bjunk", bytes(range(200, 256)) * 9]
    + [gzip.compress(b"chr1\t5\t9\n" * 99, mtime=0)[:-length] for length in (1, 8, 12)],
)
def test_a_file_without_readable_intervals_is_an_error(tmp_path, content):
    path = tmp_path / "peaks.bed"
    path.write_bytes(content)
    with pytest.raises(
        InputError, match=r"peaks\.bed: .*expected a (complete )?BED file"
    ):
        read_bed(path)


def test_a_name_with_a_quote_is_written_and_read_back(tmp_path):
    names = ["peak 1", 'the "high" one']
    columns = {"chrom": "chr1", "start": [1, 5], "end": [3, 9], "name": names}
    write_bed(pd.DataFrame(columns), tmp_path / "peaks.bed")
    assert read_bed(tmp_path / "peaks.bed")["name"].tolist() == names


def test_written_intervals_are_sorted_and_read_back(tmp_path):
    rows = [("chr2", 1, 5), ("chr1", 7, 9), ("chr10", 3, 4), ("chr1", 7, 8)]
    frame = pd.DataFrame(rows, columns=["chrom", "start", "end"])
    write_bed(frame.assign(source_line=1), tmp_path / "out.bed")
    found = read_bed(tmp_path / "out.bed")
    assert rows_of(found, "chrom", "start", "end") == sorted(rows)


@pytest.mark.parametrize("columns", [3, 4, 10])
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_plain_file_is_read_as_it_is_line_by_line(tmp_path, columns, end):
    rows = [["chr1", "5", "9", "a", *"123456"], ["chr2", "0", "7", ".", *"123456"]]
    path = tmp_path / "peaks.bed"
    path.write_text("\n".join("\t".join(row[:columns]) for row in rows) + end)
    found = module._read_plain(path)
    pd.testing.assert_frame_equal(found, module._read_lines(path))
    path.write_text(path.read_text() + "\n" * (not end) + "chr1\t9\t9\n")
    assert module._read_plain(path) is None


PLAIN = "chr1\t5\t9\ta\nchr2\t100000\t100007\tb\n"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + PLAIN,
        '"chr1"\t5\t9\t"a"\n"chr2"\t"1e+05"\t100007\t"b"\n',
        "chrom\tstart\tend\tname\n1\tchr1\t5\t9\ta\n2\tchr2\t1e+05\t100007\tb\n",
        '"chrom"\t"start"\t"end"\t"name"\n"1"\t"chr1"\t5\t9\t"a"\n'
        '"2"\t"chr2"\t1e+05\t100007\t"b"\n',
        "CHR1\t5.0\t9.0\ta\n2\t100000\t100007\tb\n",
        "NC_000001.11\t5\t9\ta\nCM000664.2\t100000\t100007\tb\n",
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_intervals_are_the_same_whichever_program_wrote_them(tmp_path, text, pack):
    path = tmp_path / "peaks.bed"
    path.write_bytes(pack(text.encode()))
    found = read_bed(path, "GRCh38")
    assert rows_of(found, "chrom", "start", "end", "name") == [
        ("chr1", 5, 9, "a"),
        ("chr2", 100000, 100007, "b"),
    ]


def test_intervals_on_another_build_are_refused(tmp_path):
    path = tmp_path / "peaks.bed"
    path.write_text("NC_000001.10\t5\t9\n")
    with pytest.raises(
        InputError, match=r"peaks\.bed: chromosome 'NC_000001.10' is the"
    ):
        read_bed(path, "GRCh38")


def test_truncated_intervals_of_bgzip_are_refused(tmp_path):
    path = tmp_path / "peaks.bed.gz"
    with pysam.BGZFile(str(path), "w") as file:
        file.write(PLAIN.encode())
    assert len(read_bed(path)) == 2
    path.write_bytes(path.read_bytes()[:-28])
    with pytest.raises(InputError, match=r"peaks\.bed\.gz: truncated"):
        read_bed(path)


def test_intervals_on_unknown_chromosomes_are_told(caplog):
    names = ["chr1", "chrScaffold_1", "chrScaffold_2", "chrScaffold_2"]
    intervals = pd.DataFrame({"chrom": names, "start": 0, "end": 5})
    module.tell_of_names(intervals[:2], "peaks.bed")
    assert not caplog.records
    module.tell_of_names(intervals, "peaks.bed")
    assert caplog.messages == [
        "peaks.bed: 3 of 4 intervals lie on no chromosome such as chr1 (found:"
        " 'chrScaffold_1', 'chrScaffold_2')"
    ]


def test_row_names_are_not_suspected_where_the_start_is_a_number(tmp_path):
    path = tmp_path / "a.bed"
    path.write_text("chr1\t10\t20.5\n")
    with pytest.raises(InputError, match="'20.5' is not a whole number"):
        read_bed(path)


@pytest.mark.parametrize(
    "header",
    [
        "# This file is generated by MACS\n\nchr\tstart\tend\tlength\tabs_summit",
        '"seqnames"\t"start"\t"end"\t"width"\t"strand"',
    ],
)
@pytest.mark.parametrize("from_1", [True, False])
def test_starts_from_1_are_known_by_the_lengths(tmp_path, caplog, header, from_1):
    path = tmp_path / "peaks.xls"
    rows = [("chr1", 100, 300), ("chr2", 7, 8)]
    lines = [
        f"{chrom}\t{start + from_1}\t{end}\t{end - start}\t*"
        for chrom, start, end in rows
    ]
    path.write_text("\n".join([header, *lines]) + "\n")
    assert rows_of(read_bed(path), "chrom", "start", "end") == rows
    assert (caplog.messages != []) == from_1


def test_a_header_of_fewer_names_has_no_row_names_below_it(tmp_path):
    path = tmp_path / "a.bed"
    path.write_text("chrom\tchromStart\tchromEnd\nchr1\t5\t9\ta\n")
    assert rows_of(read_bed(path), "start", "end", "name") == [(5, 9, "a")]
