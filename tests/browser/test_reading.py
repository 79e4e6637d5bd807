import re

import pytest
from browsing import DESKTOP, PHONE, barriers
from endobench.core.columns import CONCLUSIONS, GATES
from endobench.core.tables import read_tsv
from endobench.figures.captions import with_interval
from playwright.sync_api import expect

MOST_BYTES = 10_000_000
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
PATHS = pytest.mark.parametrize("path", ["report_path", "loci_path"])
SECTIONS = [
    "findings",
    "explore",
    "dataset-demo",
    "dataset-demo_dsqtls",
    "gates-demo",
    "waterfall-demo",
    "ladder-demo",
    "agreement-demo",
    "sign-demo",
    "strata-demo",
    "settings-demo",
    "baselines-demo",
    "calibration-demo",
    "classes-demo_dsqtls",
    "loci",
    "runs",
    "cost",
    "provenance",
]


@pytest.fixture
def gates(demonstration):
    return read_tsv(demonstration / "results/demo/gates.tsv", GATES)


@pytest.mark.parametrize("path", ["report_path", "study_path", "hostile_path"])
def test_a_page_is_small_enough_to_be_mailed(path, request):
    assert request.getfixturevalue(path).stat().st_size < MOST_BYTES


@SIZES
@PATHS
def test_a_page_opens_without_errors_and_without_a_network(opened, path, size, request):
    page = opened(request.getfixturevalue(path), size)
    assert page.title()
    assert page.locator("h1").count() == 1
    # Faults of late loading count, too.
    page.locator("img").last.scroll_into_view_if_needed()


def test_the_contents_lead_to_every_section(opened, report_path):
    page = opened(report_path)
    links = page.locator("#contents a").evaluate_all(
        "all => all.map(each => each.getAttribute('href'))"
    )
    assert {f"#{name}" for name in SECTIONS} <= set(links)
    for link in links:
        if link.startswith("#"):
            assert page.locator(f"[id='{link[1:]}']").count() == 1, link
    ids = page.locator("[id]").evaluate_all("all => all.map(each => each.id)")
    assert len(ids) == len(set(ids))
    page.locator("#contents a[href='#provenance']").click()
    expect(page.locator("#provenance h2")).to_be_in_viewport()


@PATHS
def test_links_to_files_lead_to_files(opened, path, request):
    path = request.getfixturevalue(path)
    page = opened(path)
    links = page.locator("a[href]").evaluate_all(
        "all => all.map(each => each.getAttribute('href'))"
    )
    paths = {link for link in links if not link.startswith("#")}
    assert sum(link.endswith(".pdf") for link in paths) > 2
    for link in paths:
        assert not re.match("[a-z]+:|/", link), link
        assert (path.parent / link).is_file(), link


@SIZES
@PATHS
def test_the_page_is_accessible(opened, path, size, request):
    page = opened(request.getfixturevalue(path), size)
    page.locator("summary").evaluate_all("all => all.forEach(each => each.click())")
    assert barriers(page) == []


def test_every_control_has_a_tab_stop_and_a_name(opened, report_path):
    page = opened(report_path)
    page.evaluate(
        """() => {
          const kinds = "a[href], button, input, select, textarea, summary, [tabindex='0']";
          window.controls = [...document.querySelectorAll(kinds)].filter((each) =>
            !each.matches(":disabled, [aria-disabled=true]") && each.checkVisibility());
        }"""
    )
    names = page.evaluate(
        "() => window.controls.map(each => each.outerHTML.slice(0, 160))"
    )
    assert len(names) > 50
    reached, start = set(), "() => window.controls.indexOf(document.activeElement)"
    for _ in range(2 * len(names)):
        page.keyboard.press("Tab")
        place = page.evaluate(start)
        if place in reached:
            break
        reached.add(place)
    missed = [name for place, name in enumerate(names) if place not in reached]
    assert missed == []
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    nameless = [
        node["role"]["value"]
        for node in tree["nodes"]
        if any(each["name"] == "focusable" for each in node.get("properties", []))
        and not node.get("ignored")
        and not node.get("name", {}).get("value", "").strip()
    ]
    # The main content is the target of a link, not a tab stop.
    assert set(nameless) <= {"main"}


@PATHS
def test_every_image_has_its_own_alt_text(opened, path, request):
    images = opened(request.getfixturevalue(path)).locator("img")
    alts = images.evaluate_all("all => all.map(each => each.alt.trim())")
    assert len(alts) > 2
    assert all(alts)
    assert len(alts) == len(set(alts))


def test_on_a_phone_only_boxes_scroll_sideways(opened, report_path):
    page = opened(report_path, PHONE)
    page.locator("summary").evaluate_all("all => all.forEach(each => each.click())")
    beyond = page.evaluate(
        """() => {
          const scrolls = (each) => /auto|scroll/.test(getComputedStyle(each).overflowX);
          const inBox = (each) => {
            for (let at = each.parentElement; at !== document.body; at = at.parentElement) {
              const box = at.getBoundingClientRect();
              if (scrolls(at) && box.left >= 0 && box.right <= innerWidth) return true;
            }
            return false;
          };
          return [...document.body.querySelectorAll("*")]
            .filter((each) => each.checkVisibility() && !each.closest(".unseen, .skip"))
            .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
            .filter((each) => !inBox(each))
            .map((each) => each.outerHTML.slice(0, 120));
        }"""
    )
    assert beyond == []
    page.evaluate("() => window.scrollTo(500, 0)")
    assert page.evaluate("() => window.scrollX") == 0


@SIZES
def test_the_band_of_a_stand_in_is_always_visible(opened, report_path, size):
    page = opened(report_path, size)
    band = page.get_by_role("note").filter(has_text="STAND-IN MODEL: not AlphaGenome")
    expect(band).to_have_count(1)
    for share in (0, 0.3, 0.7, 1):
        page.evaluate(
            "share => window.scrollTo(0, share * document.body.scrollHeight)", share
        )
        is_on_top = band.evaluate(
            """band => {
              const {left, top, width, height} = band.getBoundingClientRect();
              return top === 0 && width === document.documentElement.clientWidth
                && [0.1, 0.5, 0.9].every((part) => band.contains(
                  document.elementFromPoint(left + part * width, top + height / 2)));
            }"""
        )
        assert is_on_top, f"at {share} of the page"


def test_a_real_models_page_has_no_band(opened, real_path):
    page = opened(real_path)
    assert page.locator(".standin").count() == 0
    assert "STAND-IN" not in page.locator("body").inner_text()


@pytest.mark.parametrize("way", ["without scripts", "printed"])
def test_findings_figures_and_tables_need_no_script(
    opened, report_path, demonstration, gates, way
):
    page = opened(report_path, java_script_enabled=way == "printed")
    if way == "printed":
        page.emulate_media(media="print")
    path = demonstration / "results/demo/corrected/conclusion.tsv"
    for row in read_tsv(path, CONCLUSIONS).itertuples():
        expect(page.locator("#findings")).to_contain_text(with_interval(row))
    figures = page.locator("#ladder-demo img")
    expect(figures).to_be_visible()
    assert figures.evaluate("each => each.decode().then(() => each.naturalWidth)") > 500
    table = page.locator("#gates-demo table.data").first
    for text in gates["gate"].head(3):
        expect(table.get_by_text(text, exact=True).first).to_be_visible()


def test_print_leaves_out_controls(opened, report_path):
    page = opened(report_path)
    page.locator(".packed button").first.click()
    page.emulate_media(media="print")
    controls = page.locator("button, input, select, nav, .dt-paging, .skip")
    assert controls.count() > 20
    shown = controls.evaluate_all(
        "all => all.filter(each => each.checkVisibility()).map(each => each.outerHTML)"
    )
    assert shown == []
    expect(page.locator(".standin")).to_be_visible()
