import csv
import hashlib
import re

import pytest
from endobench.config.local_files import STEPS, is_url
from endobench.config.schema import check, read_yaml, row_check
from endobench.config.settings import check_config
from endobench.config.sheet import (
    build_of,
    check_names,
    read_sheet,
    read_sheet_schema,
)
from endobench.core.errors import InputError
from endobench.design.assemblies import ORGANISMS
from endobench.design.units import UNITS
from endobench.sources.formats import EFFECT_ALLELES
from endobench.sources.published_formats import FORMATS
from hypothesis import given
from hypothesis import strategies as st
from sheets import shipped_sheet
from workflow import ROOT

SCHEMAS = ROOT / "config" / "schemas"
SHEETS = [ROOT / "config" / name for name in ("datasets.tsv", "gtex.tsv")]
CLASSES = {"by": "pip", "positive": 0.9, "negative": 0.01}


HEADER = [
    "name",
    "kind",
    "format",
    "location",
    "build",
    "effect_allele",
    "unit",
    "null",
]
HEADER += ["licence"]
EFFECTS = ["mine", "effects", "gtex_pairs", "pairs.txt", "GRCh38", "ALT", "slope", "0"]
EFFECTS += ["CC0-1.0"]
PEAKS = ["my_peaks", "peaks", "", "peaks.bed", "hg19", "", "", "", "CC0-1.0"]
CHAIN = ["my_chain", "chain", "", "hg19.chain", "hg19", "", "", "", "CC0-1.0"]
OLD = ["old", "effects", "gtex_pairs", "o.txt", "hg18", "ALT", "slope", "0", "CC0-1.0"]
SCORES = ["my_scores", "scores", "scores", "s.txt", "GRCh38", "ALT", "", "", "CC0-1.0"]
BLOCKS = ["blocks", "ld_blocks", "", "blocks.bed", "hg18", "", "", "", "CC0-1.0"]
GENES = ["my_genes", "genes", "", "genes.gtf", "GRCh38", "", "", "", "CC0-1.0"]
FOLDS = ["my_folds", "folds", "", "folds.bed", "GRCh38", "", "", "", "CC0-1.0"]


@pytest.fixture
def sheet_of(tmp_path):
    def read(*rows, header=HEADER):
        path = tmp_path / "datasets.tsv"
        path.write_text("".join("\t".join(row) + "\n" for row in [header, *rows]))
        return read_sheet(path, SCHEMAS / "sheet.schema.yaml")

    return read


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


def changed(row, column, value):
    return [
        value if name == column else each
        for name, each in zip(HEADER, row, strict=True)
    ]


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


def mine(**changes):
    """Return a checked config that names the rows of the small sheet."""
    rows = {"name": "d", "effects": "mine", "peaks": "my_peaks"}
    config = {
        "datasets": [{**rows, **changes.pop("dataset", {})}],
        "chromosomes": ["chr1"],
        "genome": "none",
        "service": "table",
        "scores": "my_scores",
        "chains": {"hg19": "my_chain"},
    }
    config |= changes
    check_config(config, SCHEMAS / "config.schema.yaml", "my.yaml")
    return config


def test_names_that_are_in_the_sheet_are_valid(sheet_of):
    check_names(mine(), sheet_of(SCORES, EFFECTS, PEAKS, CHAIN), "my.yaml")
    peakless = mine(dataset={"peaks": "none"}, chains={})
    check_names(peakless, sheet_of(SCORES, EFFECTS), "my.yaml")
    chain = ["older_chain", "chain", "", "hg18.chain", "hg18", "", "", "", "CC0-1.0"]
    whole = mine(
        dataset={"control": "old"},
        chains={"hg19": "my_chain", "hg18": "older_chain"},
        ld_blocks="blocks",
        folds="my_folds",
        genes="my_genes",
    )
    rows = SCORES, EFFECTS, PEAKS, CHAIN, OLD, BLOCKS, FOLDS, GENES, chain
    check_names(whole, sheet_of(*rows), "my.yaml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"dataset": {"effects": "mime"}},
            "key 'datasets.effects': 'mime' is not a row of",
        ),
        (
            {"dataset": {"peaks": "mine"}},
            "key 'datasets.peaks': 'mine' is of kind 'eff",
        ),
        (
            {"dataset": {"blacklist": "b"}},
            "key 'datasets.blacklist': 'b' is not a row of ",
        ),
        (
            {"genome": "None"},
            "key 'genome': 'None' is not a row of config/datasets.tsv, config/gtex.tsv; did"
            " you mean 'none'?",
        ),
        (
            {"chains": {}},
            "key 'datasets.peaks': 'my_peaks' is on hg19; name the chain to",
        ),
        (
            {"chains": {"hg19": "mine"}},
            "key 'chains.hg19': 'mine' is of kind 'effects'",
        ),
        (
            {"chains": {"hg19": "my_chain", "hg18": "my_chain"}},
            "key 'chains.hg18': 'my_chain' lifts from hg19, not hg18",
        ),
        (
            {"genome": "my_peaks"},
            "key 'genome': 'my_peaks' is of kind 'peaks'; expected",
        ),
        (
            {"scores": "my_peaks"},
            "key 'scores': 'my_peaks' is of kind 'peaks'; expected scores or",
        ),
        (
            {"dataset": {"control": "mime"}},
            "key 'datasets.control': 'mime' is not a row of config/datasets.tsv, config",
        ),
        (
            {"dataset": {"control": "my_peaks"}},
            "key 'datasets.control': 'my_peaks' is of kind 'peaks'; expected effects or",
        ),
        (
            {"dataset": {"control": "old"}},
            "key 'datasets.control': 'old' is on hg18; name the chain to GRCh38 under",
        ),
        (
            {"dataset": {"control": "mine"}},
            "key 'datasets.control': 'mine' is also the table of effects of dataset 'd';",
        ),
        (
            {"dataset": {"classes": {**CLASSES, "positive": 0.01, "negative": 0.9}}},
            "key 'datasets.classes' of 'd': positive 0.01 must be above negative 0.9,",
        ),
        (
            {"dataset": {"classes": CLASSES}},
            "key 'datasets.classes' of 'd': a table of format gtex_pairs has no pip",
        ),
        ({"ld_blocks": "block"}, "key 'ld_blocks': 'block' is not a row of config/"),
        (
            {"ld_blocks": "my_folds"},
            "key 'ld_blocks': 'my_folds' is of kind 'folds'; expected ld_blocks",
        ),
        ({"ld_blocks": "blocks"}, "key 'ld_blocks': 'blocks' is on hg18; name the"),
        (
            {"folds": "blocks"},
            "key 'folds': 'blocks' is of kind 'ld_blocks'; expected folds",
        ),
        (
            {"local": {"my_peak": "x"}},
            "key 'local.my_peak': not a row of config/datas",
        ),
    ],
)
def test_a_name_that_is_not_in_the_sheet_or_of_another_kind(sheet_of, changes, message):
    sheet = sheet_of(SCORES, EFFECTS, PEAKS, CHAIN, OLD, BLOCKS, FOLDS)
    with pytest.raises(InputError) as caught:
        check_names(mine(**changes), sheet, "my.yaml")
    assert str(caught.value).startswith(f"my.yaml: {message}")


@pytest.mark.parametrize("name", ["none", "sequence", "sham", "spike_in"])
def test_a_reserved_name_is_refused(sheet_of, name):
    message = f"line 2: key 'name': '{name}' is reserved, as are .*Name of this input"
    with pytest.raises(InputError, match=message):
        sheet_of(changed(PEAKS, "name", name))
    assert f"{name}2" in sheet_of(changed(PEAKS, "name", f"{name}2"))


@pytest.mark.parametrize(
    ("control", "key"), [("old", "scores"), ("again", "effects"), ("other", None)]
)
def test_a_control_is_another_file_whatever_its_name(sheet_of, control, key):
    again = changed(EFFECTS, "name", "again")
    other = changed(changed(again, "name", "other"), "location", "other.txt")
    sheet = sheet_of(SCORES, EFFECTS, PEAKS, CHAIN, OLD, again, other)
    sheet["older_chain"] = {**sheet["my_chain"], "build": "hg18"}
    chains = {"hg19": "my_chain", "hg18": "older_chain"}
    choices = {"dataset": {"control": control}, "scores": "old", "chains": chains}
    if key is None:
        check_names(mine(**choices), sheet, "m")
    else:
        with pytest.raises(
            InputError, match=f"'{control}' is also the table of {key} of"
        ):
            check_names(mine(**choices), sheet, "m")
    if key == "scores":
        # Scores of a model do not come from a table.
        model = {"service": "standin", "genome": "g"}
        sheet["g"] = {**sheet["mine"], "kind": "genome"}
        check_names(mine(**choices, **model), sheet, "m")


def test_a_misspelt_row_is_answered_with_a_similar_one(sheet_of):
    config = mine(dataset={"peaks": "my_peak"})
    with pytest.raises(InputError, match="did you mean 'my_peaks'"):
        check_names(config, sheet_of(SCORES, EFFECTS, PEAKS, CHAIN), "my.yaml")


def test_the_genome_is_grch38(sheet_of):
    genome = ["old", "genome", "", "old.fa", "hg19", "", "", "", "CC0-1.0"]
    with pytest.raises(
        InputError, match="key 'genome': 'old' is hg19; expected GRCh38"
    ):
        check_names(
            mine(genome="old"), sheet_of(SCORES, EFFECTS, PEAKS, CHAIN, genome), "m"
        )


def test_two_datasets_of_one_name_are_an_error(sheet_of):
    config = mine()
    config["datasets"] *= 2
    with pytest.raises(InputError, match="key 'datasets': name 'd' appears twice"):
        check_names(config, sheet_of(SCORES, EFFECTS, PEAKS, CHAIN), "my.yaml")


def tables(*rows, **fields):
    """Return the rows of a sheet, one per dict of changes, and its header."""
    base = {
        "name": "t",
        "kind": "effects",
        "format": "generic",
        "location": "t.tsv",
        "build": "GRCh38",
        "effect_allele": "ALT",
        "unit": "beta",
        "null": "0",
        "licence": "none",
    }
    whole = [base | fields | row for row in rows or [{}]]
    header = list(dict.fromkeys(key for row in whole for key in row))
    return [[row.get(key, "") for key in header] for row in whole], header


PLACE = "chrom=c; pos=p"
PAIRS = {"name": "pairs", "format": "gtex_pairs", "columns": "", "unit": "slope"}
DAPG = {"format": "gtex_dapg", "unit": "slope", "effects_from": "pairs"}
VCF = {"name": "v", "kind": "alleles", "format": "", "columns": "", "effect_allele": ""}
VCF |= {"unit": "", "null": ""}


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
            r"not a text file in UTF-8 \(byte 0xe4 is not UTF-8",
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


def test_a_table_that_is_harmonised_needs_the_genome(sheet_of):
    columns = f"{PLACE}; allele1=a; allele2=b; effect=b"
    lines, header = tables({"columns": columns, "effect_allele": "allele1"})
    sheet = sheet_of(*lines, header=header)
    config = mine(dataset={"effects": "t", "peaks": "none"}, chains={}, scores="t")
    with pytest.raises(InputError, match="'t' needs the genome to determine REF"):
        check_names(config, sheet, "my.yaml")


def test_human_effects_need_a_human_genome(sheet_of):
    genome = changed(changed(PEAKS, "kind", "genome"), "build", "mm10")
    sheet = sheet_of(SCORES, EFFECTS, genome)
    config = mine(dataset={"peaks": "none"}, chains={}, genome="my_peaks")
    message = r"'mine' is on GRCh38 \(human\), but the genome is mm10 \(mouse\)"
    with pytest.raises(InputError, match=message):
        check_names(config, sheet, "my.yaml")


def test_variants_named_by_rsid_take_the_build_of_the_vcf(sheet_of):
    lines, header = tables(
        {"columns": "rsid=rs; effect=b", "alleles": "v", "build": "hg19"}, VCF
    )
    sheet = sheet_of(*lines, header=header)
    assert build_of(sheet["t"], sheet) == "GRCh38"


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


def test_genes_are_of_the_genomes_build(sheet_of):
    old = ["old_genes", *GENES[1:4], "hg19", *GENES[5:]]
    sheet = sheet_of(SCORES, EFFECTS, PEAKS, CHAIN, old)
    for name, message in (
        ("old_genes", "'old_genes' is on hg19; expected genes on the build of"),
        ("my_peaks", "'my_peaks' is of kind 'peaks'; expected genes"),
        ("mine_genes", "'mine_genes' is not a row of"),
    ):
        with pytest.raises(InputError) as caught:
            check_names(mine(genes=name), sheet, "my.yaml")
        assert str(caught.value).startswith(f"my.yaml: key 'genes': {message}")


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
