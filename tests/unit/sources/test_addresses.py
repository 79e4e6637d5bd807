import threading

import pytest
from check_inputs import main
from endobench.sources.addresses import (
    AS_DECLARED,
    DIFFERS,
    LOG_IN,
    MISSING,
    UNDECLARED,
    UNREACHABLE,
    UNTOLD,
    Address,
    addresses_of,
    ask_all,
    without_address,
)
from inputs_server import SIZE, InputsServer

HEADER = ["name", "kind", "location", "member", "md5", "build", "licence", "note"]
HEADER += ["bytes"]


@pytest.fixture
def inputs():
    with InputsServer() as each:
        thread = threading.Thread(target=each.serve_forever, args=(0.01,))
        thread.start()
        yield each
        each.shutdown()
        thread.join()


def asked(url, size=SIZE):
    [found] = ask_all([Address(url, ("a",), size, True)], wait_s=0.001)
    return found


@pytest.mark.services
def test_a_file_of_the_declared_size_is_as_declared_and_not_downloaded(inputs):
    found = asked(inputs.url("file.gz"))
    assert (found.status, found.bytes, found.moved_to) == (AS_DECLARED, SIZE, None)
    assert inputs.requests == [("HEAD", "/file.gz", None)]


@pytest.mark.services
@pytest.mark.parametrize(
    ("path", "status", "size"),
    [
        ("larger.gz", DIFFERS, SIZE + 1),
        ("gone.gz", MISSING, None),
        ("private.gz", LOG_IN, None),
        ("login.gz", LOG_IN, None),
        ("headless.gz", AS_DECLARED, SIZE),
        ("signed.gz", AS_DECLARED, SIZE),
        ("mute.gz", UNTOLD, None),
        ("busy.gz", AS_DECLARED, SIZE),
        ("down.gz", UNREACHABLE, None),
        ("page.gz", LOG_IN, None),
        ("empty.gz", AS_DECLARED, SIZE),
        ("encoded.gz", UNTOLD, None),
        ("marked.gz", AS_DECLARED, SIZE),
        ("twice.gz", AS_DECLARED, SIZE),
        ("nowhere.gz", MISSING, None),
        ("circle.gz", MISSING, None),
        ("proxied.gz", UNREACHABLE, None),
    ],
)
def test_a_server_that_differs_in_one_thing_is_told_from_the_others(
    inputs, path, status, size
):
    found = asked(inputs.url(path))
    assert (found.status, found.bytes) == (status, size)
    # At most the first byte of a file, or a page, was sent.
    assert inputs.n_sent <= 9


@pytest.mark.services
def test_where_a_server_sends_for_good_is_told(inputs):
    found = asked(inputs.url("moved.gz"))
    assert (found.status, found.bytes) == (AS_DECLARED, SIZE)
    assert found.moved_to == inputs.url("file.new")
    # A redirect for now, as to a mirror, is no move.
    assert asked(inputs.url("signed.gz")).moved_to is None


@pytest.mark.services
def test_without_a_declared_size_the_servers_is_told(inputs):
    found = asked(inputs.url("file.gz"), None)
    assert (found.status, found.bytes) == (UNDECLARED, SIZE)


def test_a_server_that_is_not_reached_has_a_reason(no_trust):
    found = asked("https://no-such-host.invalid/a")
    assert found.status == UNREACHABLE
    assert "the name of no-such-host.invalid cannot be resolved" in found.detail


def sheet_rows(**rows):
    base = {"kind": "peaks", "build": "GRCh38", "licence": "none"}
    return {name: {"name": name, **base, **row} for name, row in rows.items()}


def test_each_address_is_asked_once_with_each_declared_size():
    sheet = sheet_rows(
        a={"location": "https://x/1", "bytes": "7", "md5": "0"},
        b={"location": "https://x/1", "bytes": "7"},
        c={"location": "https://x/1", "bytes": "8", "sha256": "0"},
        d={"location": "https://x/2", "member": "m", "bytes": "9"},
        e={"location": "archive"},
        archive={"location": "https://x/3"},
    )
    assert addresses_of(sheet) == [
        Address("https://x/1", ("a", "b"), 7, False),
        Address("https://x/1", ("c",), 8, True),
        Address("https://x/2", ("d",), None, False),
        Address("https://x/3", ("archive",), None, False),
    ]


def test_files_that_the_user_has_to_bring_are_told():
    sheet = sheet_rows(
        a={"location": "here/a.tsv"},
        b={"location": "here/b.tsv", "note": "syn123 of Synapse"},
        c={"location": "archive"},
        archive={"location": "https://x/3"},
        d={"location": "here/d.tsv", "note": "to get it: log in to its archive"},
        demo={"location": "resources/simulated/x.tsv"},
    )
    assert without_address(sheet) == [
        ("a", "", False),
        ("b", "syn123 of Synapse", True),
        ("d", "to get it: log in to its archive", True),
    ]


def written(folder, *rows):
    """Write a sheet, and a config that names it; return the config's path."""
    lines = ["\t".join(HEADER)]
    for row in rows:
        row = {"kind": "peaks", "build": "GRCh38", "licence": "none", **row}
        lines.append("\t".join(row.get(key, "") for key in HEADER))
    (folder / "sheet.tsv").write_text("\n".join(lines) + "\n")
    path = folder / "mine.yaml"
    path.write_text(
        f"sheet: {folder / 'sheet.tsv'}\ndatasets: [{{name: a, effects: x, peaks: a}}]\n"
        "genome: g\nchromosomes: [chr1]\nservice: standin\n"
    )
    return str(path)


def run(path, capsys):
    """Run the program; return its status and what it printed."""
    with pytest.raises(SystemExit) as caught:
        main([path])
    return caught.value.code, capsys.readouterr().out


@pytest.mark.services
def test_the_program_prints_a_table_and_succeeds_if_all_is_there(
    inputs, tmp_path, capsys
):
    path = written(
        tmp_path,
        {"name": "a", "location": inputs.url("file.gz"), "bytes": str(SIZE)}
        | {"md5": "0" * 32},
        {"name": "b", "location": inputs.url("moved.gz"), "bytes": str(SIZE)},
        {"name": "c", "location": "mine.bed", "note": "syn1 of Synapse"},
    )
    status, printed = run(path, capsys)
    assert not status
    assert f"| as declared | 5,000 | 5,000 | a | {inputs.url('file.gz')} |" in printed
    assert f"- b: now {inputs.url('file.new')}" in printed
    [_, digests] = printed.split("No digest")
    assert digests.startswith(
        ": a changed file of the same size would not be noticed (1)"
    )
    assert "needs a log-in: bring the file (1)\n\n- c (syn1 of Synapse)" in printed
    assert printed.endswith("2 addresses: 2 as declared\n")


@pytest.mark.services
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("larger.gz", "a: other size, 5,001 bytes"),
        ("gone.gz", "a: missing (status 404)"),
        ("private.gz", "a: needs a log-in (status 403)"),
        ("login.gz", "a: needs a log-in (a web page comes in place of the file)"),
    ],
)
def test_the_program_fails_for_each_fault(inputs, tmp_path, capsys, path, words):
    config = written(
        tmp_path, {"name": "a", "location": inputs.url(path), "bytes": str(SIZE)}
    )
    status, printed = run(config, capsys)
    assert status == 1
    assert f"Faults (1)\n\n- {words}\n" in printed


def test_the_program_says_what_is_wrong_with_a_sheet(tmp_path, capsys):
    config = written(tmp_path, {"name": "a", "location": "ftp://host/a.gz"})
    status, printed = run(config, capsys)
    assert status.startswith("ERROR: ")
    assert "line 2: key 'location': ftp://host/a.gz: expected an http" in status
    assert not printed
