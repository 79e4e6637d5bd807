import re

import jinja2
import pytest
from drawings import STANDIN
from endobench.report.content import report
from endobench.report.render import libraries, render
from reported import inputs_of
from workflow import ROOT

TEMPLATES = ROOT / "resources/report"
STAMP = "STAND-IN MODEL: not AlphaGenome"


def page_of(folder, **changes):
    content = report(inputs_of(folder, **changes), folder, classes={})
    path = folder / "report.html"
    shared = {"report": content, "libraries": libraries()}
    render("report.html.j2", TEMPLATES, path, is_standin=content.is_standin, **shared)
    return path.read_text()


def test_a_page_asks_the_network_for_nothing(tmp_path):
    text = page_of(tmp_path)
    # Styles and scripts are within; links lead to files beside the page.
    for address in re.findall(r'(?:src|href)="([^"]*)"', text):
        assert address.startswith(("#", "data:image/", "demo/"))
    assert not re.search(r"@import|url\(\s*['\"]?(?!data:)", text)
    assert "fetch(" not in text


@pytest.mark.parametrize("model", ["alphagenome/default/ab12", STANDIN])
def test_the_band_of_a_stand_in_is_on_its_page_and_on_no_other(tmp_path, model):
    assert (STAMP in page_of(tmp_path, model=model)) == (model == STANDIN)


def test_texts_of_users_are_shown_as_they_are(tmp_path):
    hostile = "<script>alert(1)</script>"
    inputs = inputs_of(tmp_path)
    text = page_of(tmp_path, gates=inputs.gates.assign(evidence=hostile))
    assert hostile not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_template_that_asks_for_what_is_not_there_ends_with_an_error(tmp_path):
    (tmp_path / "page.j2").write_text("{{ nothing }}")
    with pytest.raises(jinja2.UndefinedError):
        render("page.j2", tmp_path, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_the_libraries_are_whole():
    found = libraries()
    assert set(found) == {"vega", "datatables", "style"}
    assert "dataTable" in found["style"]
