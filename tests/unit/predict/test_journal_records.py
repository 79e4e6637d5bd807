import gzip

import numpy as np
import pytest
from endobench.core.errors import InputError
from endobench.predict.journal_records import decode, pack, records

HEADS = [
    {"variant_id": f"v{number}", "window_start": number, "raw": 2}
    for number in range(3)
]
RECORDS = [pack(head, [np.float32([number, 0.5])]) for number, head in enumerate(HEADS)]


def found(path):
    return [decode(head, values).variant_id for _, _, head, values in records(path)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "host-1-ab.journal"


def test_records_are_read_with_their_places(path):
    path.write_bytes(b"".join(RECORDS))
    places = [(offset, end) for offset, end, _, _ in records(path)]
    ends = np.cumsum([len(each) for each in RECORDS]).tolist()
    assert places == [*zip([0, *ends[:-1]], ends, strict=True)]
    [*_, (_, _, head, values)] = records(path)
    assert (head, decode(head, values).raw.tolist()) == (HEADS[2], [2, 0.5])


@pytest.mark.parametrize("n_torn", [1, 4, 30, len(RECORDS[0]) - 1])
def test_files_may_be_merged_by_cat_torn_or_not(path, n_torn):
    torn = RECORDS[1][:n_torn]
    path.write_bytes(RECORDS[0] + torn + RECORDS[2] + torn)
    assert found(path) == ["v0", "v2"]


@pytest.mark.parametrize(
    "content", [b"", RECORDS[0][:5], RECORDS[0][:30], bytes(4096)], ids=len
)
def test_what_a_kill_or_a_power_cut_leaves_is_no_damage(path, content):
    path.write_bytes(content)
    assert found(path) == []


@pytest.mark.parametrize(
    "content",
    [
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        gzip.compress(b"".join(RECORDS)),
        b"\xff" * 40,
        b"".join(RECORDS).replace(b"\n", b"\r\n"),
        b"".join(RECORDS).decode(errors="replace").encode(),
    ],
    ids=["pointer", "compressed", "bytes", "ends of lines", "as a text"],
)
def test_a_file_without_any_record_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(InputError, match="ab.journal: no answer in it can be read"):
        found(path)


def test_damage_between_records_is_shown_and_a_torn_end_only_logged(path, caplog):
    path.write_bytes(RECORDS[0] + RECORDS[1][:-3] + RECORDS[2] + RECORDS[1][:9])
    assert found(path) == ["v0", "v2"]
    between, end = caplog.records
    assert f"skipped {len(RECORDS[1]) - 3} damaged bytes" in between.message
    assert getattr(between, "is_for_terminal", False)
    assert "skipped 9 damaged bytes" in end.message
    assert not getattr(end, "is_for_terminal", False)


def test_damaged_records_in_a_row_are_shown_at_once(path, caplog):
    damaged = b"".join(RECORDS[1:]).replace(b"\n", b"\r\n")
    path.write_bytes(damaged + RECORDS[0] + damaged)
    assert found(path) == ["v0"]
    assert [each.message.split(": ")[1] for each in caplog.records] == [
        f"skipped {len(damaged)} damaged bytes"
    ] * 2
    assert all(getattr(each, "is_for_terminal", False) for each in caplog.records)


@pytest.mark.parametrize(
    "head",
    [
        {"variant_id": "v9", "window_start": 9, "score": 2},
        {"variant_id": "v9", "raw": 2},
    ],
    ids=["no scores", "no place"],
)
def test_an_intact_record_of_another_kind_is_refused(path, head):
    path.write_bytes(RECORDS[0] + pack(head, []))
    at = len(RECORDS[0])
    with pytest.raises(InputError, match=f"ab.journal: the record at byte {at} is int"):
        found(path)
