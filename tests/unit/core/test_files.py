import bz2
import errno
import functools
import gzip
import lzma
import os

import pysam
import pytest
from endobench.core.errors import InputError
from endobench.core.files import (
    ahead,
    atomic_path,
    check_complete,
    is_gzip,
    open_text,
    why_damaged,
    why_not_readable,
)

# All processes must collect the same tests, whose names hold what is packed.
packed = functools.partial(gzip.compress, mtime=0)


def test_a_file_appears_complete_in_a_new_folder(tmp_path):
    path = tmp_path / "new" / "table.tsv.gz"
    with atomic_path(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
        assert temporary.name == path.name
    assert path.read_text() == "whole"
    with atomic_path(path) as temporary:
        temporary.write_text("anew")
        assert path.read_text() == "whole"
    assert path.read_text() == "anew"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_nothing(tmp_path):
    def write():
        with atomic_path(tmp_path / "table.tsv") as temporary:
            temporary.write_text("half")
            raise KeyError("stop")

    with pytest.raises(KeyError):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_file_before(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("before")
    with pytest.raises(KeyError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise KeyError("stop")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_reported_with_the_file(tmp_path):
    path = tmp_path / "table.tsv"
    with pytest.raises(OSError, match="No space left") as caught, atomic_path(path):
        raise OSError(errno.ENOSPC, "Error writing bytes to file")
    assert str(path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_body_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "table.tsv"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["text.txt", "text.gz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_text_is_opened_by_its_content_whatever_its_name(tmp_path, name, pack):
    path = tmp_path / name
    path.write_bytes(pack(b"one\ntwo\n"))
    assert is_gzip(path) == (pack is gzip.compress)
    with open_text(path) as file:
        assert file.read() == "one\ntwo\n"


def test_items_and_errors_keep_their_order():
    def items():
        yield from range(5)
        raise ValueError("the sixth")

    found = []
    with pytest.raises(ValueError, match="the sixth"):
        for each in ahead(items()):
            found.append(each)
    assert found == [0, 1, 2, 3, 4]
    assert list(ahead([])) == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_byte_of_another_encoding_is_told_with_its_line(tmp_path, pack):
    path = tmp_path / "text"
    path.write_bytes(pack(b"abc\n" * 9_999 + b"ab\xe9\n" + b"\xe8\n"))
    with open_text(path) as file, pytest.raises(UnicodeDecodeError) as caught:
        file.read()
    why = why_damaged(caught.value, path)
    assert why.startswith("line 10000: byte 0xe9 is not UTF-8; save the file")


def test_a_byte_of_another_encoding_is_told_where_the_file_is_truncated(tmp_path):
    path = tmp_path / "text.gz"
    path.write_bytes(
        gzip.compress(b"ab\xe9" + os.urandom(50_000).hex().encode())[:-200]
    )
    with open_text(path) as file, pytest.raises(UnicodeDecodeError) as caught:
        file.read(1)
    assert why_damaged(caught.value, path).startswith("byte 0xe9 is not UTF-8")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_byte_order_mark_is_no_part_of_a_text(tmp_path, pack):
    path = tmp_path / "text"
    path.write_bytes(pack("\ufeffä\nb\n".encode()))
    with open_text(path) as file:
        assert file.read() == "ä\nb\n"
    path.write_bytes(pack("ä\n".encode("utf-16")))
    with pytest.raises(
        InputError, match="text: not a text file in UTF-8, but in UTF-16"
    ):
        open_text(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (bz2.compress(b"chr1"), "is compressed with bzip2"),
        (lzma.compress(b"chr1"), "is compressed with xz"),
        (b"PK\x03\x04...", "is a ZIP archive or an Excel workbook"),
        (packed(packed(b"chr1")), "is compressed twice; unpack it once"),
        (b"a.txt".ljust(257, b"\0") + b"ustar", "is a tar archive"),
        (packed(b"a.txt".ljust(257, b"\0") + b"ustar"), "is a tar archive"),
        (b"\n<!DOCTYPE HTML><html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1", "is a pointer of Git LFS"),
        (b"<?xml version='1.0'?><Error>", "is a web page"),
        (b'{"message": "Not found"}', "is JSON, such as a server's message"),
        (packed(b"BAM\1"), "is a BAM"),
        (b"\xeb\xf2\x89\x87\4\0", "is a bigBed; convert it with bigBedToBed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Excel workbook"),
        (packed(b"RDX3\nX"), "is a workspace of R"),
        (packed(b"PAR1..."), "is a parquet file; unpack it from gzip"),
        (b"PAR1...", "is a parquet file; write it as text"),
        (b"\x89HDF\r\n\x1a\n\0\0", r"is a binary file, which starts with b'.x89HDF"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path, content, what):
    path = tmp_path / "text"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"text: {what}"):
        open_text(path)


def test_a_file_of_bgzip_must_have_its_last_block(tmp_path):
    path = tmp_path / "text.gz"
    with pysam.BGZFile(str(path), "w") as file:
        file.write(b"chr1\n" * 99999)
    whole = path.read_bytes()
    check_complete(path)
    for n_bytes in (len(whole) - 28, len(whole) - 1, 40, 18):
        path.write_bytes(whole[:n_bytes])
        with pytest.raises(InputError, match="truncated, since it lacks the block"):
            open_text(path)
    path.write_bytes(gzip.compress(b"chr1\n"))
    check_complete(path)


@pytest.fixture
def odd(tmp_path):
    """A folder with paths that are no files that can be read, by name."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("folder", "is a folder; expected a file"),
        ("broken", "is a link to nowhere, which does not exist"),
        ("loop", "is a link that leads back to itself"),
        ("pipe", "is a pipe or a device; expected a file"),
        ("none", "no such file"),
    ],
)
def test_a_path_that_is_no_file_is_told_without_opening_it(odd, name, words):
    assert why_not_readable(odd / name) == words


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_of_others_is_told(tmp_path):
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder" / "mine.tsv"
    path.touch()
    assert why_not_readable(path) == ""
    for each in (path, path.parent):
        each.chmod(0)
        assert why_not_readable(path) == "cannot be read: Permission denied"
        each.chmod(0o700)
