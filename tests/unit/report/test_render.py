import functools
import re

import jinja2
import pytest
from drawings import REAL, STANDIN, gates_of
from endobench.report.content import report
from endobench.report.render import libraries, render
from reported import inputs_of
from workflow import ROOT

TEMPLATES = [ROOT / "resources/report", ROOT / "resources/captions"]
CONFIG = {"ld_blocks": "none"}
STAMP = "STAND-IN MODEL: not AlphaGenome"


class Kept(jinja2.BytecodeCache):
    """Compiled templates; to compile them takes longer than to fill them."""

    def __init__(self):
        self._found = {}

    def load_bytecode(self, bucket):
        if bucket.key in self._found:
            bucket.bytecode_from_string(self._found[bucket.key])

    def dump_bytecode(self, bucket):
        self._found[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="module", autouse=True)
def templates_are_compiled_once():
    environment = functools.partial(jinja2.Environment, bytecode_cache=Kept())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2, "Environment", environment)
        yield


@pytest.fixture(scope="module")
def code():
    return libraries()


@pytest.fixture(scope="module")
def page_of(tmp_path_factory, code):
    """From a model to its page, or from changes to the page of a few sections."""
    folder = tmp_path_factory.mktemp("pages")

    @functools.cache
    def page_of_model(model):
        return page(inputs_of(folder, model))

    def page(inputs):
        content = report(inputs, folder, classes={})
        path = folder / "report.html"
        shared = {"report": content, "libraries": code}
        shared["is_standin"] = content.is_standin
        render("report.html.j2", TEMPLATES, path, CONFIG, **shared)
        return path.read_text()

    def text_of(model=REAL, **changes):
        if not changes:
            return page_of_model(model)
        return page(inputs_of(folder, model, is_short=True, **changes))

    return text_of


def test_a_page_needs_no_network(page_of):
    text = page_of()
    # Styles, scripts and images are embedded; links lead to parts of the page.
    for address in re.findall(r'(?:src|href)="([^"]*)"', text):
        assert address.startswith(("#", "data:image/"))
    assert not re.search(r"@import|url\(\s*['\"]?(?!data:)", text)
    assert "fetch(" not in text


@pytest.mark.parametrize("model", [REAL, STANDIN])
def test_only_the_page_of_a_stand_in_has_its_band(page_of, model):
    assert (STAMP in page_of(model)) == (model == STANDIN)


@pytest.mark.parametrize("model", [REAL, STANDIN])
def test_only_the_page_of_alphagenome_carries_the_notice_of_its_output(page_of, model):
    assert ("non-commercial use" in page_of(model)) == (model != STANDIN)


def test_texts_of_users_are_shown_as_they_are(page_of):
    hostile = "<script>alert(1)</script>"
    text = page_of(gates=gates_of(["corrected"]).assign(evidence=hostile))
    assert hostile not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_numbers_have_minus_signs_and_their_exact_values_hyphens(page_of):
    evidence = "a difference of -0.5 on chr1:5-9"
    gates = gates_of(["corrected"]).assign(evidence=evidence, value=-0.25)
    text = page_of(gates=gates)
    assert f'data-order="{evidence}">a difference of −0.5 on chr1:5-9</td>' in text
    assert 'data-order="-0.25">−0.25</td>' in text


def test_an_undefined_variable_of_a_template_is_an_error(tmp_path):
    (tmp_path / "page.j2").write_text("{{ nothing }}")
    with pytest.raises(jinja2.UndefinedError):
        render("page.j2", [tmp_path], tmp_path / "page.html", CONFIG)
    assert not (tmp_path / "page.html").exists()


def test_figures_are_numbered_and_have_the_captions_of_their_files(page_of):
    text = page_of()
    numbers = re.findall(r"<b>Figure (\d+)\.", text)
    assert numbers == [str(1 + place) for place in range(len(numbers))]
    assert len(numbers) == 2
    caption = (ROOT / "resources/captions/scatter.rst").read_text()
    assert caption.partition("\n\n")[0].strip() in text


@pytest.mark.parametrize(
    ("is_reportable", "words"),
    [
        ("no", "Why it is not reportable:"),
        ("with exceptions", "Exceptions:"),
        ("yes", None),
    ],
)
def test_what_is_not_reportable_says_why_at_the_top(
    page_of, tmp_path, is_reportable, words
):
    conclusions = inputs_of(tmp_path).conclusions
    conclusions = conclusions.assign(is_reportable=is_reportable, why="two reasons")
    text = page_of(conclusions=conclusions)
    top = text[text.index("<header") : text.index("</header>")]
    assert ("two reasons" in top) == (words is not None)
    assert words is None or f"<b>{words}</b> two reasons." in top


def test_a_small_p_value_is_not_broken_into_lines(tmp_path):
    (tmp_path / "page.j2").write_text("{{ text | together }}")
    path = tmp_path / "page.html"
    render("page.j2", [tmp_path], path, CONFIG, text="0.7 [0.6, 0.8], p = 5.5 × 10⁻⁶⁵.")
    assert path.read_text() == "0.7 [0.6, 0.8], p\u00a0=\u00a05.5\u00a0×\u00a010⁻⁶⁵."


def test_the_libraries_are_complete(code):
    assert set(code) == {"vega", "datatables", "style"}
    assert "dataTable" in code["style"]
