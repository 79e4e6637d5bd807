import gzip
import hashlib
import http.server
import io
import json
import pathlib
import re
import tarfile
import threading
import time

import pytest
from endobench.errors import InputError
from endobench.fetch import extract_member, fetch, verify

CONTENT = bytes(range(256)) * 4096
OTHER = CONTENT[::-1]
QUICK = {"wait_s": 0.001, "timeout_s": 5}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves `content`, and misbehaves as told.

    `cuts` holds, for each coming answer, after how many bytes it breaks off; `errors`
    the status of the coming answers; `requests` the Range of each request.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.cuts, self.errors, self.requests = [], [], []
        self.headers = {}
        self.has_etag = self.has_range = self.heeds_if_range = True
        self.has_length = True
        self.extra_length = 0
        self.stall_s = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/pairs.txt.gz"

    @property
    def etag(self):
        return f'"{sha256(self.content)[:8]}"'


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        server.requests.append(self.headers.get("Range"))
        assert self.headers["Accept-Encoding"] == "identity"
        if server.errors:
            self.send_response(server.errors.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if server.stall_s:
            wait_s, server.stall_s = server.stall_s, 0
            time.sleep(wait_s)
            self.close_connection = True
            return
        start, whole = 0, len(server.content)
        if (asked := self.headers.get("Range")) and server.has_range:
            is_same = self.headers.get("If-Range") == server.etag
            if is_same or not server.heeds_if_range:
                start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
        if start >= whole and start:
            self.send_response(416)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        if server.has_etag:
            self.send_header("ETag", server.etag)
        for item in server.headers.items():
            self.send_header(*item)
        if server.has_length:
            length = whole - start + server.extra_length
            self.send_header("Content-Length", str(length))
        self.end_headers()
        body = server.content[start:]
        self.wfile.write(body[: server.cuts.pop(0)] if server.cuts else body)


@pytest.fixture
def server():
    with Server() as each:
        thread = threading.Thread(target=each.serve_forever, args=(0.01,))
        thread.start()
        yield each
        each.shutdown()
        thread.join()


@pytest.fixture
def place(tmp_path):
    return tmp_path / "downloads" / "pairs"


def left_in(path):
    return sorted(each.name for each in path.parent.iterdir())


def test_download_records_what_it_got(server, place):
    record = fetch(server.url, place, md5=hashlib.md5(CONTENT).hexdigest(), **QUICK)
    assert place.read_bytes() == CONTENT
    assert left_in(place) == ["pairs"]
    assert record.pop("retrieved").endswith("+00:00")
    assert record == {
        "location": server.url,
        "file": "pairs",
        "bytes": len(CONTENT),
        "sha256": sha256(CONTENT),
        "md5": hashlib.md5(CONTENT).hexdigest(),
        "resumed_bytes": 0,
    }
    json.dumps(record)


def test_an_empty_digest_declares_nothing(server, place):
    record = fetch(server.url, place, member="", sha256="", md5="", **QUICK)
    assert "md5" not in record
    assert "member" not in record


def test_cut_connections_are_continued_in_one_run(server, place):
    server.cuts = [300_000, 200_000]
    record = fetch(server.url, place, **QUICK)
    assert place.read_bytes() == CONTENT
    assert server.requests == [None, "bytes=300000-", "bytes=500000-"]
    assert record["resumed_bytes"] == 0


def test_the_next_run_asks_only_for_the_rest(server, place):
    server.cuts = [300_000, 0]
    with pytest.raises(ConnectionError, match="300000 bytes are kept"):
        fetch(server.url, place, retries=0, **QUICK)
    assert left_in(place) == ["pairs.part", "pairs.part.json"]
    record = fetch(server.url, place, sha256=sha256(CONTENT), **QUICK)
    assert server.requests[-1] == "bytes=300000-"
    assert record["resumed_bytes"] == 300_000
    assert left_in(place) == ["pairs"]


def test_progress_does_not_use_up_the_attempts(server, place):
    server.cuts = [150_000] * 6
    fetch(server.url, place, retries=1, **QUICK)
    assert place.read_bytes() == CONTENT
    assert len(server.requests) > 6


@pytest.mark.parametrize("heeds_if_range", [True, False])
@pytest.mark.parametrize("changed", [OTHER, OTHER[:1000], OTHER + OTHER])
def test_a_changed_file_is_fetched_from_the_start(
    server, place, heeds_if_range, changed
):
    server.cuts = [300_000, 0]
    with pytest.raises(ConnectionError):
        fetch(server.url, place, retries=0, **QUICK)
    server.content, server.heeds_if_range = changed, heeds_if_range
    record = fetch(server.url, place, **QUICK)
    assert place.read_bytes() == changed
    assert record["resumed_bytes"] == 0
    assert left_in(place) == ["pairs"]


@pytest.mark.parametrize("lacks", ["has_etag", "has_range"])
def test_without_a_validator_or_ranges_it_begins_anew(server, place, lacks):
    setattr(server, lacks, False)
    server.cuts = [300_000]
    record = fetch(server.url, place, **QUICK)
    assert place.read_bytes() == CONTENT
    assert record["resumed_bytes"] == 0


def test_a_weak_etag_is_no_reason_to_resume(server, place):
    server.has_etag, server.headers = False, {"ETag": 'W/"1"'}
    server.cuts = [300_000]
    fetch(server.url, place, **QUICK)
    assert server.requests == [None, None]


def test_another_address_does_not_resume(server, place):
    server.cuts = [300_000, 0]
    with pytest.raises(ConnectionError):
        fetch(server.url, place, retries=0, **QUICK)
    fetch(server.url + "?version=2", place, **QUICK)
    assert server.requests[-1] is None


def test_damaged_notes_do_not_resume(server, place):
    server.cuts = [300_000, 0]
    with pytest.raises(ConnectionError):
        fetch(server.url, place, retries=0, **QUICK)
    (place.parent / "pairs.part.json").write_text("{")
    assert fetch(server.url, place, **QUICK)["resumed_bytes"] == 0
    assert place.read_bytes() == CONTENT


def test_a_whole_part_is_not_asked_for_again(server, place):
    place.parent.mkdir()
    notes = {"url": server.url, "validator": server.etag, "bytes": len(CONTENT)}
    (place.parent / "pairs.part").write_bytes(CONTENT)
    (place.parent / "pairs.part.json").write_text(json.dumps(notes))
    assert fetch(server.url, place, **QUICK)["resumed_bytes"] == len(CONTENT)
    assert server.requests == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_errors_are_retried(server, place, status):
    server.errors = [status] * 3
    fetch(server.url, place, retries=3, **QUICK)
    assert len(server.requests) == 4


def test_it_gives_up_at_last(server, place):
    server.errors = [500] * 9
    with pytest.raises(ConnectionError, match=r"3 attempts in vain \(status 500\)"):
        fetch(server.url, place, retries=2, **QUICK)
    assert len(server.requests) == 3
    assert not place.exists()


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_permanent_errors_fail_at_once(server, place, status):
    server.errors = [status]
    with pytest.raises(InputError, match=f"the server answered {status}") as caught:
        fetch(server.url, place, **QUICK)
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 1
    assert left_in(place) == []


def test_a_silent_server_is_asked_again(server, place):
    server.stall_s = 0.2
    fetch(server.url, place, wait_s=0.001, timeout_s=0.1)
    assert len(server.requests) == 2
    assert place.read_bytes() == CONTENT


def test_no_server(place):
    with pytest.raises(ConnectionError, match="2 attempts in vain"):
        fetch("http://127.0.0.1:9/pairs", place, retries=1, **QUICK)


def test_a_digest_mismatch_leaves_nothing(server, place):
    with pytest.raises(InputError) as caught:
        fetch(server.url, place, sha256="0" * 64, **QUICK)
    assert sha256(CONTENT) in str(caught.value)
    assert "0" * 64 in str(caught.value)
    assert left_in(place) == []


def test_a_lie_about_the_length_is_not_taken_for_the_file(server, place):
    server.extra_length = 10
    with pytest.raises(ConnectionError):
        fetch(server.url, place, retries=1, **QUICK)
    assert not place.exists()


def test_a_body_without_a_length(server, place):
    server.has_length = False
    assert fetch(server.url, place, **QUICK)["bytes"] == len(CONTENT)


def test_gzip_is_stored_as_sent(server, place):
    server.content = gzip.compress(CONTENT, mtime=0)
    server.headers = {"Content-Encoding": "gzip"}
    fetch(server.url, place, sha256=sha256(server.content), **QUICK)
    assert place.read_bytes() == server.content


def test_the_final_name_keeps_the_old_file_until_the_new_one_is_whole(server, place):
    place.parent.mkdir()
    place.write_bytes(b"old")
    server.cuts = [300_000, 0]
    with pytest.raises(ConnectionError):
        fetch(server.url, place, retries=0, **QUICK)
    assert place.read_bytes() == b"old"
    fetch(server.url, place, **QUICK)
    assert place.read_bytes() == CONTENT


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_names_the_file(server, place):
    place.parent.mkdir()
    (place.parent / "pairs.part").symlink_to("/dev/full")
    (place.parent / "pairs.part.json").write_text(json.dumps({"url": server.url}))
    with pytest.raises(OSError, match=r"No space left on device.*pairs\.part"):
        fetch(server.url, place, **QUICK)
    assert len(server.requests) == 1
    assert not place.exists()


def test_a_local_file_becomes_a_link(tmp_path, place, monkeypatch):
    (tmp_path / "here.txt").write_bytes(CONTENT)
    monkeypatch.chdir(tmp_path)
    record = fetch("here.txt", place, sha256=sha256(CONTENT).upper())
    assert place.readlink() == tmp_path / "here.txt"
    assert (record["bytes"], record["sha256"]) == (len(CONTENT), sha256(CONTENT))
    fetch("here.txt", place)


def test_a_missing_local_file(tmp_path, place):
    (tmp_path / "peaks.bed").touch()
    with pytest.raises(InputError, match=r"peeks\.bed: no such file.*'peaks\.bed'"):
        fetch(tmp_path / "peeks.bed", place)
    with pytest.raises(InputError, match="no such file"):
        fetch(tmp_path, place)


def test_a_local_file_of_another_digest(tmp_path, place):
    (tmp_path / "here.txt").write_bytes(CONTENT)
    with pytest.raises(InputError, match="md5"):
        fetch(tmp_path / "here.txt", place, md5="0" * 32)
    assert not place.exists()
    assert (tmp_path / "here.txt").read_bytes() == CONTENT


def test_a_file_is_never_replaced_by_a_link_to_itself(tmp_path):
    (tmp_path / "here.txt").write_bytes(CONTENT)
    with pytest.raises(InputError, match="its own destination"):
        fetch(tmp_path / "here.txt", tmp_path / "here.txt")
    assert (tmp_path / "here.txt").read_bytes() == CONTENT


def test_other_protocols_are_refused(place):
    with pytest.raises(InputError, match="expected an http"):
        fetch("ftp://example.org/x", place)


def tar_of(members, mode="w:gz"):
    """Return a tar archive; a member is its bytes, or a path to link to."""
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


def test_a_member_decides_nothing_about_where_it_goes(archive, tmp_path):
    place = tmp_path / "one" / "two" / "pairs"
    extract_member(
        archive({"../../evil": b"x", "/etc/evil": b"y"}), "../../evil", place
    )
    assert place.read_bytes() == b"x"
    assert {each.name for each in tmp_path.rglob("*")} == {
        *("archive", "one", "two", "pairs")
    }


@pytest.mark.parametrize("target", ["/etc/hostname", "a.txt"])
def test_a_link_in_an_archive_is_refused(archive, place, target):
    with pytest.raises(InputError, match="not a regular file"):
        extract_member(archive({"a.txt": b"a", "link": target}), "link", place)
    assert not place.exists()


@pytest.mark.parametrize("name", ["v8/b.tx", "b.txt", "./v8/b.txt"])
def test_an_absent_member_names_the_near_ones(archive, place, name):
    with pytest.raises(InputError, match=r"near are.*'v8/b\.txt'"):
        extract_member(archive({"v8/b.txt": b"a", "v8/c.txt": b""}), name, place)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("kept", [0.0, 0.0001, 0.3, 0.6, 0.9])
def test_a_cut_archive_is_told_as_such(archive, place, mode, kept):
    noise = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(256))
    members = {"a.txt": noise, "b.txt": noise[::-1]}
    end = int(len(tar_of(members, mode)) * kept)
    if mode == "w" and kept == 0.9:
        end = 512 + len(noise) + 512 + len(noise) - 1
    with pytest.raises(InputError, match="cut"):
        extract_member(archive(members, mode, end), "b.txt", place)
    assert not place.exists()


@pytest.mark.parametrize("end", [1024, 1124])
def test_an_archive_cut_between_members_is_no_absent_member(archive, place, end):
    members = {"a.txt": b"a", "b.txt": b"b"}
    with pytest.raises(InputError, match="cut after 1 files"):
        extract_member(archive(members, "w", end), "b.txt", place)


def test_no_archive_at_all(tmp_path, place):
    (tmp_path / "x").write_bytes(CONTENT)
    with pytest.raises(InputError, match="not a tar archive"):
        extract_member(tmp_path / "x", "b.txt", place)


def test_a_member_of_a_downloaded_archive(server, place):
    server.content = tar_of({"v8/b.txt": CONTENT})
    with pytest.raises(InputError, match="near are 'v8/b.txt'"):
        fetch(server.url, place, member="v8/c.txt", **QUICK)
    assert not place.exists()
    # The archive is not asked for again because of a wrong name.
    record = fetch(
        server.url, place, member="v8/b.txt", sha256=sha256(CONTENT), **QUICK
    )
    assert len(server.requests) == 1
    assert place.read_bytes() == CONTENT
    assert record["member"] == "v8/b.txt"
    assert left_in(place) == ["pairs"]


def test_a_member_of_another_digest(server, place):
    server.content = tar_of({"v8/b.txt": CONTENT})
    with pytest.raises(InputError, match="sha256"):
        fetch(server.url, place, member="v8/b.txt", sha256="0" * 64, **QUICK)
    assert left_in(place) == []


def test_verify(tmp_path):
    (tmp_path / "x").write_bytes(CONTENT)
    assert verify(tmp_path / "x") == {"sha256": sha256(CONTENT)}
    assert set(verify(tmp_path / "x", sha256=sha256(CONTENT))) == {"sha256"}
    with pytest.raises(InputError, match="declared is"):
        verify(tmp_path / "x", md5="0" * 32)
