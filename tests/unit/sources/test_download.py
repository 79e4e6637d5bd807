import gzip
import hashlib
import json
import pathlib

import pytest
from endobench.core.errors import InputError
from endobench.sources.fetch import fetch
from web import CONTENT, OTHER, QUICK, left_in, sha256

pytestmark = pytest.mark.services


def test_download_records_what_it_got(server, place):
    record = fetch(
        server.url, place, md5=hashlib.md5(CONTENT).hexdigest(), policy=QUICK
    )
    assert place.read_bytes() == CONTENT
    assert left_in(place) == ["pairs"]
    assert record.pop("retrieved").endswith("+00:00")
    assert record == {
        "location": server.url,
        "file": "pairs",
        "bytes": len(CONTENT),
        "sha256": sha256(CONTENT),
        "md5": hashlib.md5(CONTENT).hexdigest(),
        "is_as_declared": True,
        "resumed_bytes": 0,
    }
    json.dumps(record)


def test_an_empty_digest_declares_nothing(server, place):
    record = fetch(server.url, place, member="", sha256="", md5="", policy=QUICK)
    assert "md5" not in record
    assert "member" not in record


def test_a_file_of_another_size_is_refused_before_it_is_downloaded(server, place):
    server.cuts = [0]
    with pytest.raises(
        InputError, match="the file has 1048576 bytes, but the sheet declares 7;"
    ):
        fetch(server.url, place, bytes="7", policy=QUICK)
    assert len(server.requests) == 1
    assert left_in(place) == []


def test_a_size_is_checked_where_the_server_announces_none(server, place):
    server.has_length = False
    with pytest.raises(InputError, match="size in bytes is 1048576"):
        fetch(server.url, place, bytes="7", policy=QUICK)
    assert left_in(place) == []
    fetch(server.url, place, bytes=str(len(CONTENT)), policy=QUICK)
    assert place.read_bytes() == CONTENT


def test_cut_connections_are_continued_in_one_run(server, place):
    server.cuts = [300_000, 200_000]
    record = fetch(server.url, place, policy=QUICK)
    assert place.read_bytes() == CONTENT
    assert server.requests == [None, "bytes=300000-", "bytes=500000-"]
    assert record["resumed_bytes"] == 0


def test_the_next_run_asks_only_for_the_rest(server, place):
    server.cuts = [300_000, 0]
    with pytest.raises(ConnectionError, match="continues after 300000 bytes"):
        fetch(server.url, place, policy=QUICK._replace(retries=0))
    assert left_in(place) == ["pairs.part", "pairs.part.json"]
    record = fetch(server.url, place, sha256=sha256(CONTENT), policy=QUICK)
    assert server.requests[-1] == "bytes=300000-"
    assert record["resumed_bytes"] == 300_000
    assert left_in(place) == ["pairs"]


def test_progress_does_not_count_as_a_failed_attempt(server, place):
    server.cuts = [150_000] * 6
    fetch(server.url, place, policy=QUICK._replace(retries=1))
    assert place.read_bytes() == CONTENT
    assert len(server.requests) > 6


@pytest.mark.parametrize("heeds_if_range", [True, False])
@pytest.mark.parametrize("changed", [OTHER, OTHER[:1000], OTHER + OTHER])
def test_a_changed_file_is_fetched_from_the_start(
    server, place, heeds_if_range, changed
):
    server.cuts = [300_000, 0]
    with pytest.raises(ConnectionError):
        fetch(server.url, place, policy=QUICK._replace(retries=0))
    server.content, server.heeds_if_range = changed, heeds_if_range
    record = fetch(server.url, place, policy=QUICK)
    assert place.read_bytes() == changed
    assert record["resumed_bytes"] == 0
    assert left_in(place) == ["pairs"]


@pytest.mark.parametrize("lacks", ["has_etag", "has_range"])
def test_without_a_validator_or_ranges_a_download_restarts(server, place, lacks):
    setattr(server, lacks, False)
    server.cuts = [300_000]
    record = fetch(server.url, place, policy=QUICK)
    assert place.read_bytes() == CONTENT
    assert record["resumed_bytes"] == 0


def test_a_weak_etag_is_no_reason_to_resume(server, place):
    server.has_etag, server.headers = False, {"ETag": 'W/"1"'}
    server.cuts = [300_000]
    fetch(server.url, place, policy=QUICK)
    assert server.requests == [None, None]


def test_another_address_does_not_resume(server, place):
    server.cuts = [300_000, 0]
    with pytest.raises(ConnectionError):
        fetch(server.url, place, policy=QUICK._replace(retries=0))
    fetch(server.url + "?version=2", place, policy=QUICK)
    assert server.requests[-1] is None


def test_damaged_notes_are_not_used_to_resume(server, place):
    server.cuts = [300_000, 0]
    with pytest.raises(ConnectionError):
        fetch(server.url, place, policy=QUICK._replace(retries=0))
    (place.parent / "pairs.part.json").write_text("{")
    assert fetch(server.url, place, policy=QUICK)["resumed_bytes"] == 0
    assert place.read_bytes() == CONTENT


def test_a_complete_part_is_not_requested_again(server, place):
    place.parent.mkdir()
    notes = {"url": server.url, "validator": server.etag, "bytes": len(CONTENT)}
    (place.parent / "pairs.part").write_bytes(CONTENT)
    (place.parent / "pairs.part.json").write_text(json.dumps(notes))
    assert fetch(server.url, place, policy=QUICK)["resumed_bytes"] == len(CONTENT)
    assert server.requests == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_transient_errors_are_retried(server, place, status):
    server.errors = [status] * 3
    fetch(server.url, place, policy=QUICK._replace(retries=3))
    assert len(server.requests) == 4


def test_a_download_gives_up_eventually(server, place):
    server.errors = [500] * 9
    with pytest.raises(
        ConnectionError, match=r"after 3 failed attempts \(status 500\)"
    ):
        fetch(server.url, place, policy=QUICK._replace(retries=2))
    assert len(server.requests) == 3
    assert not place.exists()


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_permanent_errors_fail_at_once(server, place, status):
    server.errors = [status]
    with pytest.raises(InputError, match=f"the server responded {status}") as caught:
        fetch(server.url, place, policy=QUICK)
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 1
    assert left_in(place) == []


def test_a_silent_server_is_retried(server, place):
    server.stall_s = 0.2
    fetch(server.url, place, policy=QUICK._replace(timeout_s=0.1))
    assert len(server.requests) == 2
    assert place.read_bytes() == CONTENT


def test_no_server(place):
    with pytest.raises(ConnectionError, match="after 2 failed attempts"):
        fetch("http://127.0.0.1:9/pairs", place, policy=QUICK._replace(retries=1))


def test_a_digest_mismatch_leaves_nothing(server, place):
    with pytest.raises(InputError) as caught:
        fetch(server.url, place, sha256="0" * 64, policy=QUICK)
    assert sha256(CONTENT) in str(caught.value)
    assert "0" * 64 in str(caught.value)
    assert left_in(place) == []


def test_a_wrong_length_is_not_accepted(server, place):
    server.extra_length = 10
    with pytest.raises(ConnectionError):
        fetch(server.url, place, policy=QUICK._replace(retries=1))
    assert not place.exists()


def test_a_body_without_a_length(server, place):
    server.has_length = False
    assert fetch(server.url, place, policy=QUICK)["bytes"] == len(CONTENT)


def test_gzip_is_stored_as_sent(server, place):
    server.content = gzip.compress(CONTENT, mtime=0)
    server.headers = {"Content-Encoding": "gzip"}
    fetch(server.url, place, sha256=sha256(server.content), policy=QUICK)
    assert place.read_bytes() == server.content


def test_the_final_name_keeps_the_old_file_until_the_new_one_is_whole(server, place):
    place.parent.mkdir()
    place.write_bytes(b"old")
    server.cuts = [300_000, 0]
    with pytest.raises(ConnectionError):
        fetch(server.url, place, policy=QUICK._replace(retries=0))
    assert place.read_bytes() == b"old"
    fetch(server.url, place, policy=QUICK)
    assert place.read_bytes() == CONTENT


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_names_the_file(server, place):
    place.parent.mkdir()
    (place.parent / "pairs.part").symlink_to("/dev/full")
    (place.parent / "pairs.part.json").write_text(json.dumps({"url": server.url}))
    with pytest.raises(OSError, match=r"No space left on device.*pairs\.part"):
        fetch(server.url, place, policy=QUICK)
    assert len(server.requests) == 1
    assert not place.exists()
