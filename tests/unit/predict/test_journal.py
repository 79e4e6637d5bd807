import contextlib
import errno
import functools
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import threading
import types
import zlib

import endobench
import numpy as np
import pandas as pd
import pytest
from endobench.core.errors import InputError
from endobench.model.answer import ARRAYS, Answer
from endobench.predict.journal import Journal
from endobench.predict.journal_records import pack
from hypothesis import given, settings
from hypothesis import strategies as st

SCRIPTS = pathlib.Path(endobench.__file__).parent.parent
VALUES = st.lists(st.floats(width=32), max_size=5).map(np.float32)
ANSWERS = st.builds(
    Answer,
    st.text(max_size=8),
    st.integers(-(2**40), 2**40),
    VALUES,
    *[st.none() | VALUES] * 3,
    *[st.none()] * 2,
)


def frozen(answer):
    """Return an answer with its arrays as bytes, to compare bit by bit."""
    arrays = [getattr(answer, name) for name in ARRAYS]
    values = [None if array is None else array.tobytes() for array in arrays]
    assert all(array is None or array.dtype == np.float32 for array in arrays)
    return (answer.variant_id, answer.window_start, *values)


def write(folder, *answers):
    with Journal(folder) as journal:
        for answer in answers:
            journal.append(answer)


def rows_of(answers):
    return pd.DataFrame(
        {
            "variant_id": [answer.variant_id for answer in answers],
            "window_start": [answer.window_start for answer in answers],
        }
    )


@functools.cache
def rows_of_first():
    return rows_of([answer_of(number) for number in range(1, 500)])


def read(folder, answers=None):
    """Return those of some answers that the journal holds."""
    rows = rows_of_first() if answers is None else rows_of(answers)
    with Journal(folder) as journal:
        places = journal.find(rows)
        return [frozen(journal.read(place)) for place in places if place["file"] >= 0]


def names(folder):
    return [name for name, *_ in read(folder)]


def answer_of(number):
    return Answer(f"v{number}", number, np.float32([number / 3, -number]))


def file_of(folder):
    (path,) = folder.glob("*.journal")
    return path


@given(answers=st.lists(ANSWERS, max_size=6, unique_by=lambda each: each.variant_id))
@settings(max_examples=40)
def test_answers_are_read_back_bit_by_bit(tmp_path_factory, answers):
    folder = tmp_path_factory.mktemp("journal")
    write(folder, *answers)
    assert read(folder, answers) == list(map(frozen, answers))


def test_a_record_has_the_bytes_of_earlier_versions(tmp_path):
    write(tmp_path, Answer("v1", 7, np.float32([1, -2]), np.float32([0.5, 0.25])))
    head = b'{"variant_id": "v1", "window_start": 7, "checked": 1, "raw": 2, "quantile": 2}'
    body = head + b"\n" + struct.pack("<4f", 1, -2, 0.5, 0.25)
    frame = struct.pack("<II", len(body), zlib.crc32(body))
    assert file_of(tmp_path).read_bytes() == frame + body


def test_answers_for_other_windows_or_variants_do_not_count(tmp_path):
    write(tmp_path, answer_of(1), answer_of(2))
    rows = pd.DataFrame({"variant_id": ["v2", "v1", "v3"], "window_start": [2, 9, 3]})
    with Journal(tmp_path) as journal:
        places = journal.find(rows)
    assert (places["file"] >= 0).tolist() == [True, False, False]
    assert places["n_tracks"].tolist() == [2, -1, -1]


def test_an_answer_without_tracks_is_kept(tmp_path):
    write(tmp_path, Answer("v1", 1, np.empty(0)))
    with Journal(tmp_path) as journal:
        places = journal.find(pd.DataFrame({"variant_id": ["v1"], "window_start": [1]}))
        assert places["n_tracks"].tolist() == [0]
        assert journal.read(places[0]).raw.size == 0


def test_found_answers_can_be_read_after_more_are_written(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(answer_of(1))
        rows = pd.DataFrame({"variant_id": ["v1", "v2"], "window_start": [1, 2]})
        (place, _) = journal.find(rows)
        write(tmp_path, answer_of(2))
        journal.append(answer_of(3))
        assert journal.read(place).variant_id == "v1"
        assert [journal.read(each).variant_id for each in journal.find(rows)] == [
            "v1",
            "v2",
        ]


def test_numbers_are_kept_in_single_precision(tmp_path):
    write(tmp_path, Answer("v1", 1, np.array([0.1]), quantile=[1, 2]))
    rows = pd.DataFrame({"variant_id": ["v1"], "window_start": [1]})
    with Journal(tmp_path) as journal:
        answer = journal.read(journal.find(rows)[0])
    assert answer.raw.tolist() == [np.float32(0.1)]
    assert answer.quantile.tolist() == [1, 2]
    assert answer.ref_value is None


def test_an_answer_is_on_disk_before_the_journal_is_closed(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(answer_of(1))
        assert read(tmp_path) == [frozen(answer_of(1))]


def test_a_journal_without_answers_creates_no_file(tmp_path):
    write(tmp_path / "shard")
    assert read(tmp_path / "shard") == []
    assert not (tmp_path / "shard").exists()


def test_a_tear_at_any_byte_loses_only_the_torn_record(tmp_path):
    answers = [answer_of(number) for number in range(1, 4)]
    ends = [0]
    with Journal(tmp_path) as journal:
        for answer in answers:
            journal.append(answer)
            ends.append(file_of(tmp_path).stat().st_size)
    path = file_of(tmp_path)
    content = path.read_bytes()
    assert ends[-1] == len(content)
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        n_whole = sum(end <= length for end in ends[1:])
        assert read(tmp_path) == [frozen(answer) for answer in answers[:n_whole]]


def test_a_tail_of_zeros_is_skipped(tmp_path, caplog):
    write(tmp_path, answer_of(1))
    with open(file_of(tmp_path), "ab") as file:
        file.write(bytes(64))
    assert read(tmp_path) == [frozen(answer_of(1))]
    assert "skipped 64 damaged bytes" in caplog.text


def test_a_flipped_byte_loses_only_its_record(tmp_path):
    answers = [frozen(answer_of(number)) for number in range(1, 4)]
    write(tmp_path, *map(answer_of, range(1, 4)))
    path = file_of(tmp_path)
    content = path.read_bytes()
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0x41
        path.write_bytes(damaged)
        found = read(tmp_path)
        assert len(found) == 2 and set(found) < set(answers)


def test_two_writers_of_one_folder_do_not_disturb_each_other(tmp_path):
    with Journal(tmp_path) as one, Journal(tmp_path) as other:
        for number in range(1, 9):
            (one if number % 2 else other).append(answer_of(number))
    assert len(list(tmp_path.glob("*.journal"))) == 2
    assert read(tmp_path) == [frozen(answer_of(number)) for number in range(1, 9)]


def test_threads_may_write_at_once(tmp_path):
    with Journal(tmp_path) as journal:

        def work(first):
            for number in range(first, first + 50):
                journal.append(answer_of(number))

        threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    expected = {f"v{100 * n + m}" for n in range(1, 5) for m in range(50)}
    found = names(tmp_path)
    assert len(found) == 200 and set(found) == expected


def test_a_writer_after_a_tear_loses_nothing(tmp_path):
    write(tmp_path, answer_of(1), answer_of(2))
    path = file_of(tmp_path)
    path.write_bytes(path.read_bytes()[:-3])
    write(tmp_path, answer_of(3), answer_of(4))
    assert names(tmp_path) == ["v1", "v3", "v4"]


def test_a_torn_file_does_not_hide_the_others(tmp_path):
    for number in range(1, 4):
        write(tmp_path, answer_of(number))
    for path in sorted(tmp_path.glob("*.journal"))[:1]:
        path.write_bytes(path.read_bytes()[:40])
    assert len(read(tmp_path)) == 2


@pytest.mark.services
def test_a_full_disk_is_an_error_and_tears_only_one_record(tmp_path):
    code = (
        "import resource, signal, sys\n"
        "import numpy as np\n"
        "from endobench.model.answer import Answer\n"
        "from endobench.predict.journal import Journal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "limits = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "with Journal(sys.argv[1]) as journal:\n"
        "    journal.append(Answer('v1', 1, np.zeros(2)))\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (99, limits[1]))\n"
        "    try:\n"
        "        journal.append(Answer('v2', 2, np.zeros(2)))\n"
        "    except OSError as error:\n"
        "        print(error)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, limits)\n"
        "    journal.append(Answer('v3', 3, np.zeros(2)))\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (9, limits[1]))\n"
        "    try:\n"
        "        journal.append(Answer('v4', 4, np.zeros(2)))\n"
        "    except OSError as error:\n"
        "        print(error)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={"PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=True,
    )
    in_part, not_at_all = result.stdout.splitlines()
    assert "written only in part; is the disk full?" in in_part
    assert re.search(r"File too large: '.*\.journal'", not_at_all)
    assert names(tmp_path) == ["v1", "v3"]


@pytest.mark.parametrize("other", ["notes.txt", "x.journal.partial"])
def test_other_files_in_the_folder_are_ignored(tmp_path, other):
    write(tmp_path, answer_of(1))
    shutil.copy(file_of(tmp_path), tmp_path / other)
    assert len(read(tmp_path)) == 1


# Two records as written before the library had packages (commit 0599222).
EARLIER = bytes.fromhex(
    "5e000000ba6c24a87b2276617269616e745f6964223a2022636872315f31305f415f475f623338222c"
    "202277696e646f775f7374617274223a20352c2022726177223a20322c20227175616e74696c65223a"
    "20327d0a0000003f000080bf0000803e0000803f4000000024a00b177b2276617269616e745f696422"
    "3a2022636872315f32305f41435f415f623338222c202277696e646f775f7374617274223a20372c20"
    "22726177223a20307d0a"
)


def test_a_journal_of_an_earlier_version_is_read(tmp_path):
    (tmp_path / "host-1-ab.journal").write_bytes(EARLIER)
    rows = pd.DataFrame(
        {
            "variant_id": ["chr1_10_A_G_b38", "chr1_20_AC_A_b38", "chr1_30_C_T_b38"],
            "window_start": [5, 7, 9],
        }
    )
    with Journal(tmp_path) as journal:
        places = journal.find(rows)
        assert (places["file"] < 0).tolist() == [False, False, True]
        first, second = (journal.read(place) for place in places[:2])
    assert (first.variant_id, first.window_start) == ("chr1_10_A_G_b38", 5)
    assert (first.raw.tolist(), first.quantile.tolist()) == ([0.5, -1], [0.25, 1])
    assert first.ref_value is None and second.raw.tolist() == []


def ids_of(*numbers):
    return [f"chr1_{number}_A_G_b38" for number in numbers]


def put(journal, *numbers):
    for variant_id in ids_of(*numbers):
        journal.append(Answer(variant_id, 5, np.zeros(1)))


def test_answers_of_other_writers_are_followed(tmp_path):
    rows = pd.DataFrame({"variant_id": ids_of(1, 2, 3, 4), "window_start": 5})
    with (
        Journal(tmp_path) as own,
        Journal(tmp_path) as other,
        Journal(tmp_path) as third,
    ):
        put(other, 1)
        assert (own.find(rows)["file"] >= 0).tolist() == [True, False, False, False]
        assert not list(own.follow())
        put(own, 2)
        put(other, 3)
        # A file that is new, and one that has grown.
        put(third, 4)
        assert sorted(own.follow()) == [(each, 5) for each in ids_of(3, 4)]
        assert not list(own.follow())


def test_a_record_that_is_being_written_is_followed_later(tmp_path):
    with Journal(tmp_path) as own, Journal(tmp_path) as other:
        put(other, 1, 2)
        [path] = tmp_path.glob("*.journal")
        content = path.read_bytes()
        path.write_bytes(content[:-3])
        assert list(own.follow()) == [(each, 5) for each in ids_of(1)]
        path.write_bytes(content)
        assert list(own.follow()) == [(each, 5) for each in ids_of(2)]


def test_a_record_of_another_kind_is_refused_when_it_is_followed(tmp_path):
    record = pack({"variant_id": "v1", "window_start": 5, "score": 2}, [])
    (tmp_path / "host-1-ab.journal").write_bytes(record)
    with pytest.raises(InputError, match="ab.journal: the record at byte 0 is intact"):
        list(Journal(tmp_path).follow())


def test_a_journal_of_an_earlier_version_is_not_checked_until_it_is_sampled(tmp_path):
    (tmp_path / "host-1-ab.journal").write_bytes(EARLIER)
    ids = ["chr1_10_A_G_b38", "chr1_30_C_T_b38", "chr1_40_C_T_b38"]
    rows = pd.DataFrame({"variant_id": ids, "window_start": [5, 9, 9]})
    with Journal(tmp_path) as journal:
        journal.append(Answer(ids[1], 9, np.zeros(1)))
        assert journal.find(rows)["is_checked"].tolist() == [False, True, False]
        journal.vouch()
        assert journal.find(rows)["is_checked"].tolist() == [True, True, False]


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path):
    with Journal(tmp_path / "new") as journal:
        journal.try_writing()
    assert not list((tmp_path / "new").iterdir())


def test_a_doubt_holds_for_every_shard_of_the_scorer_and_for_no_other(tmp_path):
    doubted = Journal(tmp_path / "scorer" / "chr1")
    put(doubted, 1)
    doubted.doubt("here now scores v1 differently")
    with pytest.raises(
        InputError, match=r"changed.txt: here now scores v1 differently\."
    ):
        Journal(tmp_path / "scorer" / "chr2").check_undoubted()
    Journal(tmp_path / "other" / "chr1").check_undoubted()
    doubted.__exit__()


@pytest.mark.parametrize("damage", ["empty", "folder", "bytes"])
def test_a_doubt_without_its_reason_is_a_doubt(tmp_path, damage):
    """The disk may have been full when the model changed."""
    note = tmp_path / "scorer" / "changed.txt"
    note.parent.mkdir()
    if damage == "folder":
        note.mkdir()
    else:
        note.write_bytes(b"\xff" * (damage == "bytes"))
    with pytest.raises(InputError, match=r"changed.txt: .*\w.* remove this file"):
        Journal(tmp_path / "scorer" / "chr1").check_undoubted()


def test_a_file_of_answers_that_cannot_be_read_is_told_before_they_are_paid_again(
    tmp_path,
):
    write(tmp_path, answer_of(1))
    (tmp_path / "other.journal").mkdir()
    with pytest.raises(InputError, match="other.journal: cannot be read.* move it"):
        read(tmp_path)


def contents(folder, of=None, n_tracks=None):
    """Return the ids that a journal with declared contents finds."""
    rows = pd.DataFrame({"variant_id": ["v1", "v2"], "window_start": [1, 2]})
    with Journal(folder, contents=of, n_tracks=n_tracks) as journal:
        places = journal.find(rows)
        return rows["variant_id"][places["file"] >= 0].tolist()


def test_a_file_that_was_copied_from_another_question_is_refused(tmp_path):
    """Its window may begin at the same base, at the start of a chromosome."""
    with Journal(tmp_path / "16", contents="FOLD_1/ab/DNASE-16384bp") as journal:
        journal.append(answer_of(1))
    assert contents(tmp_path / "16", "FOLD_1/ab/DNASE-16384bp") == ["v1"]
    for other in ("ALL_FOLDS/ab/DNASE-16384bp", "FOLD_1/ab/DNASE-131072bp"):
        shutil.copytree(tmp_path / "16", tmp_path / other)
        with pytest.raises(
            InputError,
            match=f"v1 has answers of FOLD_1/ab/D.*those of {other} are kept",
        ):
            contents(tmp_path / other, other)
    # While a run follows what another one adds, too.
    with Journal(tmp_path / "new", contents="other") as journal:
        assert list(journal.follow()) == []
        shutil.copytree(tmp_path / "16", tmp_path / "new")
        with pytest.raises(InputError, match="those of other are kept"):
            list(journal.follow())


def test_answers_of_another_number_of_tracks_are_refused(tmp_path):
    """Earlier versions did not write what their answers are."""
    write(tmp_path, answer_of(1), Answer("v2", 2, np.empty(0)))
    assert contents(tmp_path, "any", 2) == ["v1", "v2"]
    with pytest.raises(InputError, match="v1 has 2 tracks here, where 305 tracks are"):
        contents(tmp_path, "any", 305)


def test_two_files_may_hold_one_answer_but_not_two(tmp_path):
    first, other = answer_of(1), answer_of(2)
    write(tmp_path / "one", first, other)
    write(tmp_path / "two", first._replace(raw=first.raw + np.float32(0.001)))
    shutil.copytree(tmp_path / "one", tmp_path / "both")
    shutil.copytree(tmp_path / "two", tmp_path / "both", dirs_exist_ok=True)
    assert sorted(names(tmp_path / "both")) == ["v1", "v2"]
    write(tmp_path / "three", other._replace(raw=other.raw + np.float32([0, 3])))
    shutil.copytree(tmp_path / "three", tmp_path / "both", dirs_exist_ok=True)
    with pytest.raises(
        InputError,
        match=r"v2 has other values here than in .*journal: it was .*track 1",
    ):
        names(tmp_path / "both")


GENES = Answer(
    "v1", 5, np.float32([[1, 2], [3, 4]]), feature_ids=np.array(["ENSG1", "ENSG2"])
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda raw, genes: (raw[::-1], genes[::-1]), None),
        (lambda raw, genes: (raw[::-1], genes), "it was .*ENSG1"),
        (lambda raw, genes: (raw[:1], genes[:1]), "it had . genes?, now"),
        (lambda raw, genes: (raw * np.float32([1, np.nan]), genes), None),
        (lambda raw, genes: (raw[:, :1], genes), "it had . tracks"),
    ],
    ids=["other order", "exchanged", "fewer", "without a number", "fewer tracks"],
)
def test_two_files_may_hold_the_same_genes_in_any_order(tmp_path, change, words):
    raw, genes = change(GENES.raw, GENES.feature_ids)
    write(tmp_path, GENES)
    write(tmp_path, GENES._replace(raw=np.ascontiguousarray(raw), feature_ids=genes))
    rows = rows_of([GENES])
    if words is None:
        assert Journal(tmp_path).find(rows)["file"] >= 0
    else:
        with pytest.raises(InputError, match=f"v1 has other values here .*{words}"):
            Journal(tmp_path).find(rows)


def test_a_file_that_is_deleted_under_its_writer_ends_the_job(tmp_path, monkeypatch):
    monkeypatch.setattr(endobench.predict.journal, "_SYNC_EVERY_S", 0)
    journal = Journal(tmp_path)
    journal.append(answer_of(1))
    file_of(tmp_path).unlink()
    with pytest.raises(InputError, match="journal: was deleted while answers"):
        journal.append(answer_of(2))
    with pytest.raises(InputError, match="was deleted"):
        journal.__exit__()
    # It has been closed nevertheless, and begins a new file.
    journal.append(answer_of(3))
    journal.__exit__()
    assert names(tmp_path) == ["v3"]


@pytest.mark.parametrize(
    ("total", "free", "is_refused"),
    [(10**9, 10**6, True), (10**9, 10**7, False), (0, 0, False)],
)
def test_room_for_the_answers_in_flight_is_needed(
    tmp_path, monkeypatch, total, free, is_refused
):
    usage = types.SimpleNamespace(total=total, free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    refused = pytest.raises(InputError, match="No space left on device.; no call was")
    with refused if is_refused else contextlib.nullcontext():
        Journal(tmp_path).try_writing()
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_full_when_answers_are_flushed_names_the_file(
    tmp_path, monkeypatch
):
    """As network file systems and quotas report it: not when bytes are written."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fsync(_):
        raise full

    with Journal(tmp_path) as journal:
        journal.append(answer_of(1))
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fsync)
            patched.setattr(endobench.predict.journal, "_SYNC_EVERY_S", 0)
            with pytest.raises(OSError, match="No space left on device: .*journal'"):
                journal.append(answer_of(2))
    assert names(tmp_path) == ["v1", "v2"]
