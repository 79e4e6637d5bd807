import pytest
from browsing import (
    PHONE,
    all_open,
    barriers,
    box_of,
    choose_all,
    column,
    downloaded,
    hover,
    make_tables,
    n_shown,
    search,
)
from pages import HOSTILE
from playwright.sync_api import expect

FIELDS = ["#effect-low", "#effect-high", "#score-low", "#score-high"]
GATES = "[data-name='demo.gates.gates']"


@pytest.fixture(scope="module")
def unpacked(kept_open, hostile_path):
    """The page with all that it packs, on a phone, where names have the least room."""
    page = kept_open(hostile_path, PHONE)
    make_tables(page)
    boxes = page.locator(".packed")
    page.locator(".unpack").evaluate_all("all => all.forEach(each => each.click())")
    expect(boxes.locator(".dt-info")).to_have_count(boxes.count())
    return page


@pytest.fixture
def page(kept_open, hostile_path, unpacked):
    """The page with all pairs; closing it checks that no dialog was opened."""
    page = kept_open(hostile_path, PHONE)
    choose_all(page)
    return page


def test_names_do_not_become_elements(page):
    with all_open(page):
        page.wait_for_timeout(500)
    assert page.locator("img[src='x'], [onerror]").count() == 0
    assert page.locator("b").filter(has_text="bold").count() == 0
    scripts = page.locator("script").evaluate_all("all => all.map(each => each.text)")
    assert "alert(1)" not in scripts
    assert "49" not in page.locator("#gates-demo td").all_inner_texts()


def test_the_explorer_shows_names_literally(page):
    # The smallest p values come first.
    table = page.locator("#pairs")
    assert set(HOSTILE) <= set(column(table, "variant"))
    assert set(HOSTILE) <= set(column(table, "feature"))


@pytest.mark.parametrize("place", range(len(HOSTILE)))
def test_hovering_over_a_point_shows_a_name_literally(page, place):
    assert n_shown(page) > len(HOSTILE)
    point = page.evaluate(
        "name => window.endobench.views.points.data('points')"
        ".find(each => each.variant === name)",
        HOSTILE[place],
    )
    page.locator("#effect-low").fill(str(point["effect"] - 1e-9))
    page.locator("#effect-high").fill(str(point["effect"] + 1e-9))
    page.locator("#score-low").fill(str(point["score"] - 1e-9))
    page.locator("#score-high").fill(str(point["score"] + 1e-9))
    page.keyboard.press("Tab")
    assert n_shown(page) == 1
    tip = hover(page, "points", point["effect"], point["score"])
    assert tip.locator("td.value").first.inner_text() == HOSTILE[place]


@pytest.mark.parametrize("text", HOSTILE)
def test_names_can_be_searched(page, text):
    search(page, text)
    assert n_shown(page) == 1
    assert column(page.locator("#pairs"), "variant") == [text]


def test_tables_show_names_literally(page):
    for table in (GATES, "#waterfall-demo .packed table"):
        cells = page.locator(table).locator("tbody td").all_inner_texts()
        assert set(HOSTILE) <= set(cells)


@pytest.mark.parametrize("table", ["#pairs", GATES])
def test_downloads_hold_names_literally_but_no_formulas(page, table):
    button = box_of(page, table).get_by_role("button", name="CSV").first
    _, frame = downloaded(page, button.click)
    cells = set(frame.to_numpy().ravel())
    # A spreadsheet would run a text that begins like a formula.
    assert {"'" + each if each[0] == "=" else each for each in HOSTILE} <= cells
    assert not any(cell.startswith("=") for cell in cells)


def test_long_and_strange_names_are_no_barrier(page):
    assert barriers(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") == PHONE[0]
