"""The pages: their links lead somewhere, and their commands are those of the workflow."""

import re
import shlex
import subprocess
import unicodedata

import pytest
import yaml
from snakemake.cli import get_argument_parser, parse_config
from workflow import ROOT, checkout, said, snakemake

DOCS = ROOT / "resources/docs"
# Made by commands, or a record of what was.
MADE = {"config/README.md", "resources/docs/gauntlet.md", "resources/docs/power.md"}
PAGES = sorted(
    path
    for pattern in ("*.md", ".github/*.md", "*/README.md", "scripts/*/README.md")
    for path in ROOT.glob(pattern)
    # Pytest writes a page into its cache.
    if path.parent.name != ".pytest_cache"
) + sorted(DOCS.rglob("*.md"))
OF_READERS = [path for path in PAGES if path.name != "pull_request_template.md"]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^()\s]+)\)")
INLINE = re.compile(r"`(snakemake -[^`]*)`")
# Words that stand for something of the reader's, and what is no whole command.
PLACEHOLDERS = re.compile(r"\.\.\.|PATH|FOLDER|--configfile$")
OF_A_READER = {"mine.yaml"}
KEYS = yaml.safe_load((ROOT / "config/schemas/config.schema.yaml").read_text())
KEYS = set(KEYS["properties"])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def name_of(path):
    return str(path.relative_to(ROOT))


def anchors(path):
    """Return the anchors of a page as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text()), re.MULTILINE)
    found = []
    for heading in headings:
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        kept = (
            each
            for each in text
            if each in " -_" or unicodedata.category(each)[0] in "LN"
        )
        anchor = "".join(kept).strip().replace(" ", "-")
        n_before = found.count(anchor)
        found.append(f"{anchor}-{n_before}" if n_before else anchor)
    return found


def faults(path):
    """Return the links of a page that lead nowhere."""
    found = []
    # Code in a line may look like a link; in the text of a link, it does no harm.
    text = re.sub(r"`[^`\n]*`", "code", FENCE.sub("", path.read_text()))
    for link in LINK.findall(text):
        if re.match(r"https?://[\w.-]+/?", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        is_there = target.is_relative_to(ROOT) and target.exists()
        if not is_there or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


def commands(path):
    """Return the lines of a page's shell blocks, each as one command."""
    found = []
    for language, text in FENCE.findall(path.read_text()):
        if language == "sh":
            text = re.sub(r"<<'(\w+)'\n.*?^\1$", "", text, flags=re.DOTALL | re.M)
            found += [each.strip() for each in text.splitlines() if each.strip()]
    return found


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading(path):
    assert faults(path) == []


def test_links_that_lead_nowhere_are_found(tmp_path):
    page = ROOT / "resources/docs/README.md"
    text = "# A heading\n[a](none.md) [b](#a-heading) [c](#none) [`d`](tutorial.md#no)"

    class Page(type(page)):
        def read_text(self, *_, **__):
            return text if self.name == "README.md" else super().read_text()

    assert faults(Page(page)) == ["none.md", "#none", "tutorial.md#no"]


def test_pages_that_descriptions_of_keys_name_exist():
    for path in (ROOT / "config/schemas").iterdir():
        found = re.findall(r"resources/docs/[\w/]+\.md", path.read_text())
        assert [each for each in found if not (ROOT / each).exists()] == [], path.name


def test_every_page_is_in_the_index():
    text = (DOCS / "README.md").read_text()
    for path in DOCS.rglob("*.md"):
        name = path.relative_to(DOCS)
        assert path.name == "README.md" or f"]({name})" in text, name


@pytest.mark.parametrize("path", OF_READERS, ids=name_of)
def test_a_page_says_what_it_is_for_and_what_to_read_next(path):
    title, purpose, *_ = path.read_text().strip().split("\n\n")
    assert title.startswith("# ") and "\n" not in title
    assert not purpose.startswith(("#", "|", "```", "- "))
    if path not in {ROOT / "README.md", ROOT / "CHANGELOG.md"}:
        assert "Next:" in path.read_text().strip().split("\n\n")[-1]


def test_pages_are_of_a_length_that_is_read():
    words = {
        name_of(path): len(path.read_text().split())
        for path in [ROOT / "README.md", *DOCS.rglob("*.md")]
        if name_of(path) not in MADE
    }
    assert 700 <= words.pop("README.md") <= 900
    assert {name: n for name, n in words.items() if not 200 <= n <= 1200} == {}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_shell_blocks_parse_and_name_what_exists(path):
    for language, text in FENCE.findall(path.read_text()):
        if language == "sh":
            result = subprocess.run(
                ["bash", "-n"], input=text, capture_output=True, text=True, check=False
            )
            assert result.returncode == 0, text + result.stderr
        if language == "yaml":
            assert isinstance(yaml.safe_load(text), dict)
    for command in commands(path):
        for target in re.findall(r"^(?:\w+=\S+ )*make ([a-z-]+)", command):
            assert target in TARGETS, command


def test_every_target_and_config_that_pages_name_exists():
    for path in PAGES:
        text = path.read_text()
        if path.name == "CHANGELOG.md":
            continue
        for target in re.findall(r"`make ([a-z-]+)`", text):
            assert target in TARGETS, (name_of(path), target)
        for name in re.findall(r"(?<![\w/.])config/[\w/]+\.(?:yaml|tsv)", text):
            assert (ROOT / name).exists(), (name_of(path), name)
        for name in re.findall(r"(?<![\w/.])(?:tests|scripts)/[\w/]+\.py", text):
            assert (ROOT / name).exists(), (name_of(path), name)


def runs():
    """Yield the page and the arguments of each run of Snakemake that pages show."""
    for path in PAGES:
        text = path.read_text()
        inline = INLINE.findall(FENCE.sub("", text))
        for command in dict.fromkeys(commands(path) + inline):
            if command.startswith("snakemake ") and not PLACEHOLDERS.search(command):
                yield name_of(path), shlex.split(command, comments=True)[1:]


def test_runs_that_pages_show_have_options_configs_and_keys_that_exist(checked):
    parser = get_argument_parser()
    for page, words in checked("runs on pages", list(runs())):
        try:
            options = parser.parse_args(words)
        except SystemExit as error:
            raise AssertionError(f"{page}: snakemake {' '.join(words)}") from error
        for config in options.configfile or []:
            assert config.name in OF_A_READER or (ROOT / config).exists(), page
        assert set(parse_config(options.config)) <= KEYS, (page, words)
        for profile in options.profile or []:
            assert (ROOT / profile / "config.yaml").exists(), page


def test_files_that_pages_request_can_be_made(tmp_path):
    parser, targets = get_argument_parser(), {}
    for _, words in runs():
        options = parser.parse_args(words)
        if {path.name for path in options.configfile or []} <= OF_A_READER:
            configs = ()
        else:
            configs = tuple(map(str, options.configfile))
        found = targets.setdefault(configs, set())
        found |= {each for each in options.targets if each.startswith("results/")}
    folder = checkout(tmp_path)
    for configs, files in targets.items():
        if files:
            given = ["--configfile", *configs] if configs else []
            words = said(snakemake(folder, "--dry-run", *sorted(files), *given))
            assert "all jobs" in words
    assert sum(map(len, targets.values())) >= 3


def test_keys_in_configs_that_pages_show_exist():
    for path in PAGES:
        for language, text in FENCE.findall(path.read_text()):
            if language == "yaml":
                config = yaml.safe_load(text)
                # A module has a config below a key of the other workflow's.
                assert set(config.get("benchmark", config)) <= KEYS, (path.name, text)


def test_pictures_are_small():
    pictures = list((DOCS / "pictures").iterdir())
    assert {each.name for each in pictures} == {"ladder.png", "report.png", "rules.svg"}
    assert max(each.stat().st_size for each in pictures) < 150_000


def test_forms_of_issues_ask_for_something():
    forms = [
        yaml.safe_load(path.read_text())
        for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")
        if path.name != "config.yml"
    ]
    assert len(forms) >= 2
    for form in forms:
        assert {"name", "description", "body"} <= set(form)
        assert all({"type", "attributes"} <= set(each) for each in form["body"])
