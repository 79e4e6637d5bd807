import gzip

import pysam
import pytest
from endobench.export.bgzip import write_indexed

LINES = ["#chrom\tstart\tend", "chr1\t5\t6", "chr1\t9\t12", "chr2\t0\t1"]


def test_text_and_regions_are_read_back(tmp_path):
    path = tmp_path / "folder" / "rows.bed.gz"
    write_indexed(LINES, path, "bed")
    assert gzip.decompress(path.read_bytes()).decode().splitlines() == LINES
    with pysam.TabixFile(str(path)) as file:
        assert list(file.header) == LINES[:1]
        assert list(file.fetch("chr1", 8, 10)) == LINES[2:3]
        assert file.contigs == ["chr1", "chr2"]
    assert {each.name for each in path.parent.iterdir()} == {
        path.name,
        "rows.bed.gz.tbi",
    }


def test_equal_lines_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        write_indexed(iter(LINES), tmp_path / f"{name}.bed.gz", "bed")
    for suffix in ("bed.gz", "bed.gz.tbi"):
        first, second = (tmp_path / f"{name}.{suffix}" for name in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "rows.bed.gz"
    write_indexed(LINES, path, "bed")
    before = path.read_bytes()

    def broken():
        yield LINES[0]
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_indexed(broken(), path, "bed")
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2
