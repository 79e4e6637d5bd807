import csv
import hashlib
import re

import pytest
from endobench.config.local_files import STEPS, is_url
from endobench.config.schema import check, read_yaml, row_check
from endobench.config.sheet import read_sheet, read_sheet_schema
from endobench.core.errors import InputError
from endobench.design.assemblies import ORGANISMS
from endobench.design.units import UNITS
from endobench.sources.formats import EFFECT_ALLELES
from endobench.sources.published_formats import FORMATS
from hypothesis import given
from hypothesis import strategies as st
from sheet_rows import (
    EFFECTS,
    GENES,
    HEADER,
    PAIRS,
    PEAKS,
    PLACE,
    SCORES,
    VCF,
    changed,
    tables,
)
from sheets import shipped_sheet
from workflow import ROOT

SCHEMAS = ROOT / "config" / "schemas"
SHEETS = [ROOT / "config" / name for name in ("datasets.tsv", "gtex.tsv")]


def refusal(check_row, *arguments):
    """Return the message with which a check refuses a row, or None."""
    try:
        return check_row(*arguments)
    except InputError as error:
        return str(error)


SCHEMA = read_sheet_schema(SCHEMAS / "sheet.schema.yaml")
# A value that the schema of a column refuses, or else any.
CELLS = [("name", "none"), ("kind", "peak"), ("unit", "m"), ("null", "x"), ("siz", "1")]
CELLS += [("sha256", "1"), ("tissue", "blood"), ("scores_from", "you"), ("note", "!")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([EFFECTS, PEAKS, SCORES, GENES]),
            st.sets(st.sampled_from(HEADER), max_size=2),
            st.lists(st.sampled_from(CELLS), max_size=1),
        ),
        min_size=1,
    )
)
def test_rows_are_refused_as_they_would_be_one_by_one(drawn):
    check_row = row_check(SCHEMA, "kind")
    for cells, left_out, changes in drawn:
        named = zip(HEADER, cells, strict=True)
        row = {key: cell for key, cell in named if cell and key not in left_out}
        row |= dict(changes)
        assert refusal(check_row, row, "line 2") == refusal(
            check, row, SCHEMA, "line 2"
        )


def test_conditions_of_the_schema_depend_on_the_kind_alone():
    assert {*SCHEMA} <= {
        *("$schema", "title", "description", "type", "additionalProperties"),
        *("required", "properties", "allOf"),
    }
    for each in SCHEMA["allOf"]:
        assert [*each["if"]["properties"]] == ["kind"] and [*each["then"]] == [
            "required"
        ]


def test_the_sheet_that_comes_with_the_workflow_is_valid():
    sheet = shipped_sheet()
    for row in sheet.values():
        is_member = "member" in row
        assert is_member == (sheet.get(row["location"], {}).get("kind") == "archive")


def test_a_local_copy_is_that_of_one_file():
    sheet = shipped_sheet()
    files = {}
    for row in sheet.values():
        if "path" in row:
            file = [row["location"], row.get("member"), row.get("sha256")]
            assert files.setdefault(row["path"], file) == file, row["name"]
    assert len(files) > 8


def test_a_sheet_is_read_by_name_and_empty_cells_are_absent(sheet_of):
    sheet = sheet_of(EFFECTS, PEAKS)
    assert list(sheet) == ["mine", "my_peaks"]
    assert sheet["my_peaks"] == {
        "name": "my_peaks",
        "kind": "peaks",
        "location": "peaks.bed",
        "build": "hg19",
        "licence": "CC0-1.0",
    }


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (PEAKS[:-1], "8 fields, but the header has 9; empty cells at its end need"),
        ([*PEAKS, "more"], "10 fields, but the header has 9"),
        (
            changed(PEAKS, "kind", "peak"),
            "key 'kind': 'peak' is not one of peaks, effects, ",
        ),
        (
            changed(PEAKS, "build", "hg38"),
            "key 'build': 'hg38' is not one of GRCh38, hg19, hg18, mm10, mm9; did you"
            " mean 'GRCh38'?",
        ),
        (
            changed(PEAKS, "location", "~/a.bed"),
            "key 'location': '~/a.bed': '~' and '$' are not replaced here",
        ),
        (
            changed(PEAKS, "location", "C:\\a.bed"),
            "key 'location': 'C:\\\\a.bed': a path of Windows",
        ),
        (
            changed(PEAKS, "licence", "x" * 200_000),
            "field larger than field limit",
        ),
        (
            changed(PEAKS, "name", "my peaks"),
            "key 'name': 'my peaks' is malformed; did you mean",
        ),
        (changed(PEAKS, "licence", ""), "key 'licence' is missing"),
        (
            changed(EFFECTS, "effect_allele", ""),
            "key 'effect_allele' is missing. Allele",
        ),
        (changed(EFFECTS, "unit", ""), "key 'unit' is missing. Unit of the effects"),
        (changed(EFFECTS, "null", ""), "key 'null' is missing. Value of no effect"),
        (
            changed(EFFECTS, "format", "gtex"),
            "key 'format': 'gtex' is not one of gtex_sqtl, gtex_dapg, gtex_susie, ",
        ),
        (EFFECTS, "name 'mine' appears twice, first in"),
    ],
)
def test_a_bad_line_of_the_sheet_is_named(sheet_of, tmp_path, row, message):
    with pytest.raises(InputError) as caught:
        sheet_of(EFFECTS, row)
    expected = f"{tmp_path / 'datasets.tsv'}: line 3: {message}"
    assert str(caught.value).startswith(expected)


def test_blank_lines_of_the_sheet_are_counted(sheet_of):
    with pytest.raises(InputError, match="line 5: name 'mine' appears twice"):
        sheet_of(EFFECTS, [""], [""], EFFECTS)


def test_an_unknown_column_of_the_sheet_is_named(sheet_of):
    with pytest.raises(
        InputError, match="line 1: column 'licence' is missing; the closest is 'lis"
    ):
        sheet_of(PEAKS, header=[*HEADER[:-1], "liscence"])
    with pytest.raises(InputError, match="key 'notes' is unknown; did you mean 'note'"):
        sheet_of([*PEAKS, "x"], header=[*HEADER, "notes"])


def test_a_sheet_without_tabs_is_refused(sheet_of, tmp_path):
    path = tmp_path / "datasets.tsv"
    path.write_text("name kind format\nmine peaks x\n")
    with pytest.raises(InputError, match="line 1: columns must be separated by tabs"):
        read_sheet(path, SCHEMAS / "sheet.schema.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,kind\n", "line 1: columns must be separated by tabs, not by commas"),
        ("name;kind\n", "line 1: columns must be separated by tabs, not by semicolons"),
        ("name  kind\n", "line 1: columns must be separated by tabs, not by blanks"),
        ("# mine\nname\tkind\n", "line 1: a sheet has no comments; remove this line"),
    ],
)
def test_what_separates_columns_instead_is_said(tmp_path, text, expected):
    path = tmp_path / "datasets.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=expected):
        read_sheet(path, SCHEMAS / "sheet.schema.yaml")


def test_a_missing_sheet_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.tsv: no such sheet \(key 'sheet'"):
        read_sheet(tmp_path / "none.tsv", SCHEMAS / "sheet.schema.yaml")


@pytest.mark.parametrize("name", ["none", "sequence", "sham", "spike_in"])
def test_a_reserved_name_is_refused(sheet_of, name):
    message = f"line 2: key 'name': '{name}' is reserved, as are .*Name of this input"
    with pytest.raises(InputError, match=message):
        sheet_of(changed(PEAKS, "name", name))
    assert f"{name}2" in sheet_of(changed(PEAKS, "name", f"{name}2"))


DAPG = {"format": "gtex_dapg", "unit": "slope", "effects_from": "pairs"}


def test_tables_whose_partners_are_there_are_valid(sheet_of):
    for rows in (
        [{"columns": "rsid=rs; effect=b", "alleles": "v"}, VCF],
        [{"columns": f"{PLACE}; effect=b", "alleles": "v"}, VCF],
        [{"columns": "locus=snp; effect=b", "alleles": "v", "build": "hg19"}, VCF],
        [DAPG, PAIRS],
        [{**DAPG, "format": "gtex_caviar", "keep": "TISSUE=Lung"}, PAIRS],
    ):
        lines, header = tables(*rows)
        assert "t" in sheet_of(*lines, header=header)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([DAPG, PAIRS | {"build": "hg19"}], "'pairs' is on hg19; expected GRCh38"),
        ([DAPG], "'pairs' is not a row"),
        ([DAPG | {"effects_from": "t"}], "'t' has no effects of its own"),
        (
            [DAPG, PAIRS | {"effect_allele": "allele2"}],
            "'pairs' needs the genome or a VCF to determine its alleles",
        ),
        (
            [DAPG, PAIRS | {"effect_allele": "unknown"}],
            "'pairs' has effects of unknown sign",
        ),
        ([{"columns": "rsid=r; effect=b", "alleles": "v"}], "'v' is not a row"),
        (
            [DAPG, PAIRS | {"kind": "scores"}],
            "'pairs' is of kind 'scores'; expected eff",
        ),
        (
            [{"columns": f"{PLACE}; effect=b", "alleles": "v", "build": "hg19"}, VCF],
            "'v' is on GRCh38; expected hg19",
        ),
    ],
)
def test_a_partner_that_does_not_fit_is_refused(sheet_of, rows, message):
    lines, header = tables(*rows)
    with pytest.raises(InputError, match=f"line 2: key '.*': {message}"):
        sheet_of(*lines, header=header)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; expected"),
        ("name\tkind\n".encode("utf-16"), "not a text file"),
        (b"\nname\tkind\n", "line 1: is empty; expected the names of columns"),
        (b"NAME\tKIND\n", "line 1: column 'name' is missing; the closest is 'NAME'"),
        (b"name\tkind\tname\n", "line 1: column 'name' appears twice"),
        (
            b"name\tkind\n\xe4\tx\n",
            r"not a text file in UTF-8 \(line 2: byte 0xe4 is not UTF-8",
        ),
    ],
)
def test_a_sheet_that_is_not_a_table_is_refused(tmp_path, content, message):
    path = tmp_path / "mine.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"mine.tsv: {message}"):
        read_sheet(path, SCHEMAS / "sheet.schema.yaml")


@pytest.mark.parametrize("quote", ['"', ""])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_sheet_is_the_same_whichever_program_wrote_it(tmp_path, quote, mark, end):
    row = changed(PEAKS, "location", 'a "b" (c, d).bed')
    cells = [HEADER, [each.replace('"', quote * 2 or '"') for each in row]]
    lines = ["\t".join(f"{quote}{cell}{quote}" for cell in line) for line in cells]
    # Excel leaves rows of empty cells.
    lines.append("\t" * (len(HEADER) - 1))
    path = tmp_path / "mine.tsv"
    path.write_bytes((mark + end.join(lines) + end).encode())
    sheet = read_sheet(path, SCHEMAS / "sheet.schema.yaml")
    assert sheet["my_peaks"]["location"] == 'a "b" (c, d).bed'


def test_blanks_around_a_cell_are_no_part_of_it(tmp_path):
    path = tmp_path / "mine.tsv"
    cells = [f"{cell} " for cell in HEADER], [f" {cell}\u00a0" for cell in PEAKS]
    path.write_text("\n".join(map("\t".join, cells)) + "\n")
    sheet = read_sheet(path, SCHEMAS / "sheet.schema.yaml")
    assert sheet["my_peaks"]["kind"] == "peaks"


def test_row_names_of_r_are_refused_in_a_sheet(tmp_path):
    path = tmp_path / "mine.tsv"
    path.write_text("\t".join(HEADER) + "\n" + "\t".join(["1", *PEAKS]) + "\n")
    with pytest.raises(
        InputError, match=r"line 2: 10 fields, .* 9; .*row.names = FALSE"
    ):
        read_sheet(path, SCHEMAS / "sheet.schema.yaml")


def test_several_sheets_are_one_whose_names_are_unique(tmp_path):
    paths = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.tsv"
        row = changed(PEAKS, "name", name)
        path.write_text("".join("\t".join(each) + "\n" for each in (HEADER, row)))
        paths.append(path)
    schema = SCHEMAS / "sheet.schema.yaml"
    assert list(read_sheet(paths, schema)) == ["one", "two"]
    with pytest.raises(InputError, match=r"one.tsv: line 2: name 'one' appears twice"):
        read_sheet([*paths, paths[0]], schema)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("format", FORMATS),
        ("build", [each for builds in ORGANISMS.values() for each in builds]),
        ("organism", ORGANISMS),
        ("effect_allele", EFFECT_ALLELES),
        ("unit", UNITS),
    ],
)
def test_the_library_defines_the_values_of_a_column(column, values):
    schema = read_sheet_schema(SCHEMAS / "sheet.schema.yaml")
    assert schema["properties"][column]["enum"] == list(values)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_the_columns_of_the_sheets_are_those_of_the_schema(path):
    schema = read_yaml(SCHEMAS / "sheet.schema.yaml")
    header = path.read_text().splitlines()[0].split("\t")
    assert header == list(schema["properties"])


def test_every_tissue_of_gtex_has_its_tables():
    sheet = shipped_sheet()
    kinds = {"v8": ("pairs", "egenes", "independent")}
    kinds |= dict.fromkeys(("v10", "v11"), ("pairs", "susie"))
    for release, names in kinds.items():
        for kind in names:
            end = f"_{kind}" if release == "v8" else f"_{release}_{kind}"
            members = [
                row["member"]
                for name, row in sheet.items()
                if name.endswith(end) and row["location"].startswith(f"gtex_{release}")
            ]
            assert len(set(members)) == len(members) == 49
            assert all(f".{release}." in member for member in members)


def test_a_file_without_a_public_address_has_the_steps_to_get_it():
    sheet = shipped_sheet()
    bare = [
        row
        for row in sheet.values()
        if not is_url(row["location"]) and row["location"] not in sheet
    ]
    assert len(bare) > 20
    for row in bare:
        is_simulated = row["location"].startswith("resources/simulated/")
        assert is_simulated or row["note"].startswith(STEPS), row["name"]
        # A location that is a path needs no other path.
        assert "path" not in row


def test_public_files_are_addressed_by_a_commit_and_pinned():
    sheet = shipped_sheet()
    start = "https://raw.githubusercontent.com/"
    rows = [row for row in sheet.values() if row["location"].startswith(start)]
    assert {row["name"] for row in rows} == {
        "whole_blood_independent_annotated",
        "dsqtl_yoruba",
        "sat_mpra_pklr",
        "sat_mpra_pklr_48h",
        "folds",
        "study_pairs",
        "study_predictions",
        "study_predictions_2kb",
        "study_predictions_16kb",
        "study_predictions_131kb",
        "study_window_pairs",
    }
    for row in rows:
        assert re.fullmatch(r"[0-9a-f]{40}", row["location"].split("/")[5])
    # The commit alone pins the study's whole table, whose digest is not published.
    unpinned = {row["name"] for row in rows if "sha256" not in row}
    assert unpinned == {"study_pairs", "study_predictions"}
    assert not any(row["location"].startswith("http://") for row in sheet.values())


WITH_A_COPY = [row for row in shipped_sheet().values() if "path" in row]


@pytest.mark.parametrize("row", WITH_A_COPY, ids=lambda row: row["name"])
def test_digests_are_those_of_the_real_files(shared_data, row):
    content = shared_data(row["path"]).read_bytes()
    for name in {"sha256", "md5"} & set(row):
        assert hashlib.new(name, content).hexdigest() == row[name]


def test_members_whose_folder_may_change_are_named_without_it():
    sheet = shipped_sheet()
    later = ("gtex_v10", "gtex_v11", "gtex_v8_independent")
    members = [
        row["member"] for row in sheet.values() if row["location"].startswith(later)
    ]
    assert len(members) == 5 * 49
    assert not any("/" in member for member in members)


def test_every_tissue_of_gtex_names_its_track_of_expression(shared_data):
    sheet = shipped_sheet()
    table = csv.DictReader(
        shared_data("tracks/gtex_tissue_tracks.tsv").read_text().splitlines(),
        delimiter="\t",
    )
    known = {row["gtex_tissue"] for row in table if row["in_gtex_v8_eqtl_49"] == "yes"}
    named = {
        tissue
        for row in sheet.values()
        if row["kind"] == "effects" and row["location"].startswith("gtex_v")
        for tissue in [each for each in row["tissue"].split() if "gtex:" in each]
    }
    assert named == {f"gtex:{each}" for each in known}
    for row in sheet.values():
        if row["location"] == "gtex_v8_eqtl":
            # The name in the member is that of the track.
            tissue = row["member"].split("/")[-1].split(".")[0]
            assert row["tissue"].split()[-1] == f"gtex:{tissue}"


def test_every_tissue_of_gtex_has_its_introns():
    sheet = shipped_sheet()
    for end, format_ in (("_sqtls", "gtex_sqtl"), ("_sgenes", "gtex_sgenes")):
        rows = [row for name, row in sheet.items() if name.endswith(end)]
        assert len(rows) == len({row["member"] for row in rows}) == 49
        assert {row["format"] for row in rows} == {format_}
        assert all(row["location"] == "gtex_v8_sqtl" for row in rows)


def test_a_sheet_that_is_no_file_or_has_a_comment_is_refused(tmp_path, sheet_of):
    with pytest.raises(InputError, match=r"is a folder; expected a file \(key 'sheet'"):
        read_sheet(tmp_path, SCHEMAS / "sheet.schema.yaml")
    with pytest.raises(InputError, match="line 2: 1 fields, .* has no comments"):
        sheet_of(["# my peaks"], PEAKS)
