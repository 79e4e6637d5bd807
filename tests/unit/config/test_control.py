import pytest
from endobench.config.control import check_control, files_of, shared_in_sheet
from endobench.config.schema import check, read_yaml
from endobench.core.errors import InputError
from workflow import ROOT

CONFIGS = sorted((ROOT / "config").glob("*.yaml"))


def row(location="a", **changes):
    return {"kind": "effects", "format": "gtex_pairs", "location": location} | changes


SHEET = {
    "mine": row("https://x/pairs.txt", sha256="1"),
    "same": row("https://x/pairs.txt"),
    "column": row("https://x/pairs.txt", columns="effect=other"),
    "rows": row("https://x/pairs.txt", keep="tissue=Liver"),
    "mirror": row("https://y/pairs.txt", sha256="1"),
    "finemapped": row("https://x/pips.txt", effects_from="mine"),
    "member": row("archive", member="a.txt"),
    "other_member": row("archive", member="b.txt"),
    "archive": {"kind": "archive", "location": "https://x/all.tar"},
    "folder": row("data/../data/pairs.txt"),
    "folder_too": row("data/pairs.txt", columns="effect=other"),
    "other": row("https://z/dsqtls.txt"),
}


def checked(effects, control, local=(), service="standin", **changes):
    dataset = {"name": "d", "effects": effects, "control": control, "scores": None}
    config = {"service": service, "scores": "other", "local": dict(local)}
    check_control(dataset | changes, config, SHEET, "my.yaml")


@pytest.mark.parametrize(
    ("effects", "control"),
    [
        ("mine", "column"),
        ("mine", "rows"),
        ("mine", "mirror"),
        ("mine", "finemapped"),
        ("finemapped", "mine"),
        ("finemapped", "column"),
        ("folder", "folder_too"),
    ],
)
def test_a_control_from_the_file_of_the_effects_is_refused(effects, control):
    with pytest.raises(InputError, match=f"'{control}' comes from the same file as"):
        checked(effects, control)


def test_a_control_that_is_the_table_of_the_effects_is_refused():
    for control in ("mine", "same"):
        with pytest.raises(InputError, match="expected effects from another"):
            checked("same", control) if control == "same" else checked("mine", "mine")


@pytest.mark.parametrize(
    ("effects", "control"),
    [("mine", "other"), ("finemapped", "other"), ("member", "other_member")],
)
def test_another_file_is_a_control(effects, control):
    checked(effects, control)
    checked(effects, "none", no_control="not measured")


def test_one_local_file_under_two_names_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "b.txt").symlink_to("a.txt")
    local = {"mine": str(tmp_path / "a.txt"), "other": str(tmp_path / "b.txt")}
    with pytest.raises(InputError, match="'other' comes from the same file as 'mine'"):
        checked("mine", "other", local)


def test_the_scores_are_no_control_of_themselves():
    with pytest.raises(InputError, match="'other' is also the table of scores"):
        checked("mine", "other", service="table")
    checked("mine", "other")


def test_a_control_and_a_reason_for_none_exclude_each_other():
    with pytest.raises(InputError, match="key 'datasets.no_control' of 'd'.*not both"):
        checked("mine", "other", no_control="not measured")


def test_files_include_those_of_joined_effects():
    assert files_of("finemapped", SHEET, {}) > files_of("mine", SHEET, {})


def test_what_rows_of_the_sheet_share_is_said():
    a = {"citation": "A 2020; doi", "tissue": "EFO:1 EFO:2"}
    b = {"citation": "B 2021", "tissue": "EFO:2"}
    assert shared_in_sheet(a, b) == "the tissue (EFO:2)"
    both = "the source cited (A 2020, doi) and the tissue (EFO:1, EFO:2)"
    assert shared_in_sheet(a, a) == both
    assert shared_in_sheet({}, {}) == shared_in_sheet(b, {}) == ""


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_names_a_control_or_says_why_there_is_none(path):
    config = read_yaml(path)
    for dataset in config["datasets"]:
        assert ("control" in dataset) != ("no_control" in dataset), dataset["name"]


@pytest.mark.parametrize("reason", ["", " ", "a; b", "a\nb", " a", "a ", ";"])
def test_a_reason_is_one_line_without_a_semicolon(reason):
    schema = read_yaml(ROOT / "config/schemas/config.schema.yaml")
    schema = schema["properties"]["datasets"]["items"]["properties"]["no_control"]
    schema = {"properties": {"no_control": schema}}
    for fine in ("not measured: see (1)", "x", None):
        check({"no_control": fine}, schema, "x")
    with pytest.raises(InputError, match="is malformed.*Why there is no positive"):
        check({"no_control": reason}, schema, "x")
