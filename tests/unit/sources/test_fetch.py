import hashlib
import io
import shutil
import tarfile

import pytest
from endobench.core.errors import InputError
from endobench.sources.fetch import extract_member, fetch
from web import CONTENT, QUICK, left_in, sha256


def test_a_local_file_becomes_a_link(tmp_path, place, monkeypatch):
    (tmp_path / "here.txt").write_bytes(CONTENT)
    monkeypatch.chdir(tmp_path)
    record = fetch("here.txt", place, sha256=sha256(CONTENT).upper())
    assert place.samefile(tmp_path / "here.txt")
    assert (record["bytes"], record["sha256"]) == (len(CONTENT), sha256(CONTENT))
    fetch("here.txt", place)


def test_a_folder_that_was_moved_or_copied_with_its_inputs_reads_its_own(
    tmp_path, monkeypatch
):
    folder = tmp_path / "ours"
    (folder / "downloads").mkdir(parents=True)
    (folder / "here.txt").write_bytes(CONTENT)
    monkeypatch.chdir(folder)
    fetch("here.txt", "downloads/here")
    copied = shutil.copytree(folder, tmp_path / "copied", symlinks=True)
    (copied / "here.txt").write_text("changed here")
    assert (copied / "downloads/here").read_text() == "changed here"
    # A file from elsewhere stays where it is.
    (tmp_path / "far.txt").write_bytes(CONTENT)
    fetch(tmp_path / "far.txt", "downloads/far")
    assert (folder / "downloads/far").readlink() == tmp_path / "far.txt"


def test_a_missing_local_file(tmp_path, place):
    (tmp_path / "peaks.bed").touch()
    with pytest.raises(InputError, match=r"peeks\.bed: no such file.*'peaks\.bed'"):
        fetch(tmp_path / "peeks.bed", place)
    with pytest.raises(InputError, match="is a folder"):
        fetch(tmp_path, place)
    (tmp_path / "broken.bed").symlink_to("nowhere.bed")
    with pytest.raises(
        InputError, match=r"broken\.bed: is a link to nowhere\.bed, which"
    ):
        fetch(tmp_path / "broken.bed", place)


def test_a_local_file_of_another_digest(tmp_path, place):
    (tmp_path / "here.txt").write_bytes(CONTENT)
    with pytest.raises(InputError, match="md5"):
        fetch(tmp_path / "here.txt", place, md5="0" * 32)
    assert not place.exists()
    assert (tmp_path / "here.txt").read_bytes() == CONTENT


def test_a_users_own_file_may_differ_and_says_so(tmp_path, place, caplog):
    (tmp_path / "here.txt").write_bytes(CONTENT)
    record = fetch(tmp_path / "here.txt", place, md5="0" * 32, is_own=True)
    assert place.read_bytes() == CONTENT
    assert record["is_as_declared"] is False
    assert record["sha256"] == sha256(CONTENT)
    assert "the sheet declares 000" in caplog.text


def test_a_record_tells_whether_the_file_is_the_declared_one(tmp_path, place):
    (tmp_path / "here.txt").write_bytes(CONTENT)
    declared = fetch(tmp_path / "here.txt", place, sha256=sha256(CONTENT))
    assert declared["is_as_declared"] is True
    assert fetch(tmp_path / "here.txt", place)["is_as_declared"] is None


def test_a_file_is_never_replaced_by_a_link_to_itself(tmp_path):
    (tmp_path / "here.txt").write_bytes(CONTENT)
    with pytest.raises(InputError, match="source and destination are the same file"):
        fetch(tmp_path / "here.txt", tmp_path / "here.txt")
    assert (tmp_path / "here.txt").read_bytes() == CONTENT


def test_a_file_of_another_size_than_declared_is_refused(tmp_path, place):
    (tmp_path / "here.txt").write_bytes(CONTENT)
    with pytest.raises(InputError, match="size in bytes is 1048576, .*declares 7;"):
        fetch(tmp_path / "here.txt", place, bytes="7")
    assert not place.exists()
    record = fetch(tmp_path / "here.txt", place, bytes=str(len(CONTENT)))
    assert record["is_as_declared"] is True
    record = fetch(tmp_path / "here.txt", place, bytes="7", is_own=True)
    assert record["is_as_declared"] is False


def test_other_protocols_are_refused(place):
    with pytest.raises(InputError, match="expected an http"):
        fetch("ftp://example.org/x", place)


def tar_of(members, mode="w:gz"):
    """Return a tar archive of files, given as bytes, and links, given as paths."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            if isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
                tar.addfile(entry)
            else:
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def archive(tmp_path):
    def write(members, mode="w:gz", end=None):
        path = tmp_path / "archive"
        path.write_bytes(tar_of(members, mode)[:end])
        return path

    return write


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_one_member_of_an_archive(archive, place, mode):
    path = archive({"v8/a.txt": b"a", "v8/b.txt": CONTENT}, mode)
    extract_member(path, "v8/b.txt", place)
    assert place.read_bytes() == CONTENT
    assert left_in(place) == ["pairs"]


def test_a_member_name_does_not_decide_where_it_is_written(archive, tmp_path):
    place = tmp_path / "one" / "two" / "pairs"
    extract_member(
        archive({"../../evil": b"x", "/etc/evil": b"y"}), "../../evil", place
    )
    assert place.read_bytes() == b"x"
    assert {each.name for each in tmp_path.rglob("*")} == {
        "archive",
        "one",
        "two",
        "pairs",
    }


@pytest.mark.parametrize("target", ["/etc/hostname", "a.txt"])
def test_a_link_in_an_archive_is_refused(archive, place, target):
    with pytest.raises(InputError, match="not a regular file"):
        extract_member(archive({"a.txt": b"a", "link": target}), "link", place)
    assert not place.exists()


@pytest.mark.parametrize("name", ["b.txt", "v8_updated/b.txt"])
def test_a_member_is_found_in_any_folder_by_its_base_name(archive, place, name):
    members = {
        "v8_updated": b"",
        "v8_updated/ab.txt": b"a",
        "v8_updated/b.txt": CONTENT,
    }
    extract_member(archive(members), name, place)
    assert place.read_bytes() == CONTENT


def test_a_folder_of_that_name_is_no_member(archive, place):
    # A link to a folder may have the base name of the file.
    members = {"latest/b.txt": "../v8", "v8/b.txt": CONTENT}
    extract_member(archive(members), "b.txt", place)
    assert place.read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["v8/b.tx", "b.tx", "./v8/b.txt"])
def test_a_missing_member_is_answered_with_similar_ones(archive, place, name):
    with pytest.raises(InputError, match=r"closest of 2 files:.*'v8/b\.txt'"):
        extract_member(archive({"v8/b.txt": b"a", "v8/c.txt": b""}), name, place)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("kept", [0.0, 0.0001, 0.3, 0.6, 0.9])
def test_a_truncated_archive_is_recognised(archive, place, mode, kept):
    noise = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(256))
    members = {"a.txt": noise, "b.txt": noise[::-1]}
    end = int(len(tar_of(members, mode)) * kept)
    if mode == "w" and kept == 0.9:
        end = 512 + len(noise) + 512 + len(noise) - 1
    with pytest.raises(InputError, match="truncated"):
        extract_member(archive(members, mode, end), "b.txt", place)
    assert not place.exists()


@pytest.mark.parametrize("end", [1024, 1124])
def test_an_archive_truncated_between_members_is_recognised(archive, place, end):
    members = {"a.txt": b"a", "b.txt": b"b"}
    with pytest.raises(InputError, match="truncated after 1 files"):
        extract_member(archive(members, "w", end), "b.txt", place)


def test_no_archive_at_all(tmp_path, place):
    (tmp_path / "x").write_bytes(CONTENT)
    with pytest.raises(InputError, match="not a tar archive"):
        extract_member(tmp_path / "x", "b.txt", place)


@pytest.mark.services
def test_a_member_of_a_downloaded_archive(server, place):
    server.content = tar_of({"v8/b.txt": CONTENT})
    with pytest.raises(InputError, match="closest of 1 files: 'v8/b.txt'"):
        fetch(server.url, place, member="v8/c.txt", policy=QUICK)
    assert not place.exists()
    # A wrong name does not cause another download.
    record = fetch(
        server.url, place, member="v8/b.txt", sha256=sha256(CONTENT), policy=QUICK
    )
    assert len(server.requests) == 1
    assert place.read_bytes() == CONTENT
    assert record["member"] == "v8/b.txt"
    assert left_in(place) == ["pairs"]


@pytest.mark.services
def test_a_member_of_another_digest(server, place):
    server.content = tar_of({"v8/b.txt": CONTENT})
    with pytest.raises(InputError, match="sha256"):
        fetch(server.url, place, member="v8/b.txt", sha256="0" * 64, policy=QUICK)
    assert left_in(place) == []


@pytest.mark.services
def test_the_size_of_a_member_is_not_that_of_its_archive(server, place):
    server.content = tar_of({"v8/b.txt": CONTENT})
    size = str(len(CONTENT))
    fetch(server.url, place, member="v8/b.txt", bytes=size, policy=QUICK)
    assert place.read_bytes() == CONTENT
    with pytest.raises(InputError, match=f"b.txt: its size in bytes is {size}, but"):
        fetch(server.url, place, member="v8/b.txt", bytes="7", policy=QUICK)
