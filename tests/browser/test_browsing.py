import pytest
from browsing import barriers, visit

PAGE = """<!doctype html><html lang="en"><title>page</title>
<script>window.endobench = {ready: Promise.resolve()}</script>
<main><h1>page</h1>%s</main></html>"""


@pytest.fixture
def written(tmp_path):
    def written(body):
        path = tmp_path / "a page.html"
        path.write_text(PAGE % body)
        return path

    return written


@pytest.fixture(scope="module")
def filled(kept_open, tmp_path_factory):
    """Return a function that fills one page with a body after the other."""
    path = tmp_path_factory.mktemp("filled") / "a page.html"
    path.write_text(PAGE % "")

    def filled(body):
        page = kept_open(path)
        page.set_content(PAGE % body)
        return page

    return filled


def test_a_page_without_faults_passes(opened, written):
    assert barriers(opened(written("<p>text <img alt='a dot' src='data:,'></p>"))) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<img alt='' src='https://example.org/x.png'>", "requested https://example"),
        ("<img alt='' src='beside.png'>", "requested file:.*beside.png"),
        ("<script>fetch('https://example.org')</script>", "requested https://example"),
        ("<script>new WebSocket('wss://example.org')</script>", "socket wss://"),
        ("<script>console.error('no data')</script>", "console: no data"),
        ("<script>throw new Error('no bins')</script>", "threw .*no bins"),
        ("<script>Promise.reject(new Error('late'))</script>", "threw .*late"),
        ("<script>setTimeout(() => alert(1))</script>", "dialog: 1"),
        ("<script>window.open('about:blank')</script>", "opened about:blank"),
    ],
)
def test_any_fault_of_a_page_fails_its_test(chromium, written, body, fault):
    with (
        pytest.raises(AssertionError, match=fault),
        visit(chromium, written(body)) as page,
    ):
        page.wait_for_timeout(100)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<img src='data:,'>", "image-alt"),
        ("<p style='color: #aaa'>faint</p>", "color-contrast"),
        ("<input>", "label"),
    ],
)
def test_barriers_name_their_element(filled, body, rule):
    (line,) = barriers(filled(body))
    assert line.startswith(rule)
    assert body.split()[0] in line


def test_a_cell_stands_for_all_of_its_look_and_for_no_other(filled):
    rows = ["<td>plain<td>plain<td style='color: #aaa'>faint<td style='color: #aaa'>f"]
    rows.append("<td>plain<td>plain<td>plain<td>plain")
    body = "<table><tr>" + "<tr>".join(rows)
    page = filled(f"{body}<tr style='background: #444'><td>in a dark row</table>")
    lines = barriers(page)
    assert ["faint" in lines[0], "in a dark row" in lines[1]] == [True, True]
    assert len(lines) == 2
    assert all(cell.is_visible() for cell in page.locator("td").all())


@pytest.mark.parametrize("of_colors", [True, False])
def test_rules_of_colors_find_faint_texts_and_every_hidden_link(filled, of_colors):
    link = "<a href='#x' style='color: #333; text-decoration: none'>a link</a>"
    body = f"<input><p style='color: #aaa'>faint</p><p id='x'>words {link} words</p>"
    # A link of the same look without words beside it, and one with words in an element.
    body = f"<p>{link}</p>{body}<p><b>words</b> {link} <b>words</b></p>"
    lines = barriers(filled(body), of_colors=of_colors)
    expected = ["color-contrast"] if of_colors else ["color-contrast", "label"]
    assert sorted(line.split()[0] for line in lines) == [
        *expected,
        *["link-in-text-block"] * 2,
    ]
