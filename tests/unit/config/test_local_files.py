import pytest
from endobench.config.local_files import (
    LocalFile,
    find_local,
    why_missing,
    why_not_literal,
)

SHEET = {
    "mine": {
        "location": "qtl/mine.tsv",
        "note": "to get it: ask its authors; no p values",
    },
    "known": {"location": "https://x.org/known.tsv", "path": "qtl/known.tsv"},
    "member": {"location": "tar", "member": "a.tsv", "path": "qtl/a.tsv"},
    "packed": {"location": "my.tar", "member": "a.tsv"},
    "tar": {"location": "https://x.org/x.tar"},
}


@pytest.fixture
def folders(tmp_path):
    """Two folders, first and second, and a function that adds a file to one."""
    for name in ("first", "second"):
        (tmp_path / name / "qtl").mkdir(parents=True)
    return tmp_path


def config_of(folders, *names, **local):
    return {"data_dir": [str(folders / name) for name in names], "local": local}


BOTH = ("first", "second")


def test_an_address_is_downloaded_unless_a_folder_has_a_copy(folders):
    config = config_of(folders, *BOTH)
    assert find_local("known", SHEET, config) is None
    assert find_local("member", SHEET, config) is None
    for name, file in (("known", "known.tsv"), ("member", "a.tsv")):
        copy = folders / "second" / "qtl" / file
        copy.touch()
        assert find_local(name, SHEET, config) == LocalFile(str(copy), True)
        assert why_missing(name, SHEET, config) == ""


def test_folders_are_searched_in_their_order(folders):
    config = config_of(folders, *BOTH)
    for folder in reversed(BOTH):
        (folders / folder / "qtl" / "mine.tsv").touch()
        found = find_local("mine", SHEET, config)
        assert found.path == str(folders / folder / "qtl" / "mine.tsv")
    backwards = config_of(folders, *reversed(BOTH))
    assert "/second/" in find_local("mine", SHEET, backwards).path


def test_a_file_that_the_config_names_comes_first(folders):
    for folder in BOTH:
        (folders / folder / "qtl" / "known.tsv").touch()
    (folders / "second" / "own.tsv").touch()
    config = config_of(folders, *BOTH, known="own.tsv")
    path = find_local("known", SHEET, config).path
    assert path == str(folders / "second" / "own.tsv")
    absolute = str(folders / "elsewhere.tsv")
    config = config_of(folders, *BOTH, known=absolute)
    assert find_local("known", SHEET, config).path == absolute


def test_a_member_of_a_local_archive_is_not_the_file_itself(folders):
    (folders / "first" / "my.tar").touch()
    assert not find_local("packed", SHEET, config_of(folders, "first")).is_whole


def test_a_missing_file_is_named_with_the_steps_to_get_it(folders):
    config = config_of(folders, "first")
    place = folders / "first" / "qtl" / "mine.tsv"
    assert why_missing("mine", SHEET, config) == (
        f"key 'data_dir': no file {place} for input mine (its location in the sheet);"
        " to get it: ask its authors"
    )
    several = config_of(folders, *BOTH)
    assert why_missing("mine", SHEET, several) == (
        f"key 'data_dir': no file qtl/mine.tsv in any of {folders / 'first'},"
        f" {folders / 'second'} for input mine (its location in the sheet);"
        " to get it: ask its authors"
    )


def test_a_missing_file_of_the_users_is_named_with_its_key(folders):
    config = config_of(folders, "first", mine="own.tsv")
    assert why_missing("mine", SHEET, config) == (
        f"key 'local.mine': no file {folders / 'first' / 'own.tsv'} for input mine"
    )
    # A folder is not a file.
    (folders / "first" / "own.tsv").mkdir()
    assert why_missing("mine", SHEET, config)


def test_a_path_that_is_no_file_is_told_with_its_key(folders):
    place = folders / "first" / "qtl" / "mine.tsv"
    config = config_of(folders, "first")
    place.mkdir()
    assert why_missing("mine", SHEET, config) == (
        f"key 'data_dir': {place}, for input mine, is a folder; expected a file"
    )
    own = folders / "first" / "own.tsv"
    own.symlink_to("nowhere.tsv")
    config = config_of(folders, "first", mine="own.tsv")
    assert why_missing("mine", SHEET, config) == (
        f"key 'local.mine': {own}, for input mine, is a link to nowhere.tsv, which does"
        " not exist"
    )


@pytest.mark.parametrize(
    "path",
    [
        "~/a.tsv",
        "$HOME/a.tsv",
        "C:\\a.tsv",
        "c:/a.tsv",
        "https://",
        "http:/a/b",
        "www.a.b",
    ],
)
def test_a_path_that_was_meant_otherwise_is_not_literal(path):
    assert why_not_literal(path)


@pytest.mark.parametrize(
    "path",
    ["", ".", "a/b~", "/a/b c.tsv", "../a.tsv", "https://a.b/c", "www/a"],
)
def test_a_path_is_literal(path):
    assert why_not_literal(path) == ""


@pytest.mark.parametrize(
    "name", ["chr*.tsv", "chr{1,2}.tsv", "chr?.tsv", "chr[12].tsv"]
)
def test_a_file_for_each_chromosome_is_to_be_joined(folders, name):
    sheet = {"mine": {"location": f"qtl/{name}"}}
    assert why_missing("mine", sheet, config_of(folders, "first")).endswith(
        "(its location in the sheet); an input is a single file: join its parts, with one"
        " header"
    )
