import base64
import io
import re

import pytest
from browsing import (
    DESKTOP,
    PHONE,
    all_open,
    barriers,
    faults_of,
    make_tables,
    places,
)
from endobench.core.columns import CONCLUSIONS, GATES
from endobench.core.tables import read_tsv
from endobench.figures.captions import with_interval
from PIL import Image
from playwright.sync_api import expect

MOST_BYTES = 10_000_000
# A printed report holds answers and figures.
MOST_PAGES = 15
WIDE = (1400, 900)
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
def test_a_page_opens_without_errors_and_without_a_network(
    kept_open, path, size, request
):
    page = kept_open(request.getfixturevalue(path), size)
    assert page.title()
    assert page.locator("h1").count() == 1
    # Faults of late loading count, too.
    page.locator("img").last.scroll_into_view_if_needed()
    assert faults_of(page) == []


def test_the_contents_lead_to_every_section(kept_open, report_path):
    page = kept_open(report_path)
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
def test_no_link_leads_out_of_a_page_that_was_mailed_alone(kept_open, path, request):
    page = kept_open(request.getfixturevalue(path))
    links = page.locator("a[href]").evaluate_all(
        "all => all.map(each => each.getAttribute('href'))"
    )
    assert len(links) > 5
    for link in links:
        assert link.startswith("#"), link
        assert page.locator(f"[id='{link[1:]}']").count() == 1, link
    assert page.locator("[src]:not([src^='data:'])").count() == 0


@pytest.mark.parametrize("figure", ["#ladder-demo figure", ".panels"])
def test_images_are_saved_from_the_page_itself(kept_open, report_path, figure):
    page = kept_open(report_path)
    figure = page.locator(figure).first
    images = figure.locator("img")
    n_images, saved_files = images.count(), []

    def is_last(file):
        saved_files.append(file)
        return len(saved_files) == n_images

    # None is left for the next test.
    with page.expect_download(is_last):
        figure.get_by_role("button", name=re.compile("Save image")).click()
    name = saved_files[0].suggested_filename
    assert re.fullmatch(r"standin\.demo\..*\.png", name)
    with Image.open(saved_files[0].path()) as saved:
        assert saved.format == "PNG"
        size = images.first.evaluate("each => [each.naturalWidth, each.naturalHeight]")
        assert saved.width in (size[0], 2 * size[0])
        if n_images == 1:
            data = images.first.get_attribute("src").partition(",")[2]
            shown = Image.open(io.BytesIO(base64.b64decode(data)))
            assert saved.convert("RGB").tobytes() == shown.convert("RGB").tobytes()


def test_no_figure_and_no_table_falls_out_of_a_large_page(opened, study_path):
    # Figures and notes about them are no work of scripts.
    page = opened(study_path, java_script_enabled=False)
    assert page.get_by_text("left out to keep this page small").count() == 0
    assert page.locator("figure img").count() > 60


def test_the_answer_stands_above_the_fold(kept_open, report_path):
    page = kept_open(report_path, WIDE)
    for each in (".answer", ".panels img >> nth=0", ".facts"):
        expect(page.locator(each)).to_be_in_viewport(ratio=0.9)
    expect(page.locator(".answer")).to_contain_text("Passes all checks")
    expect(page.locator(".facts")).to_contain_text("standin/default/")
    shown = page.locator(".panels img").evaluate_all(
        "all => all.map(each => each.naturalWidth)"
    )
    assert len(shown) == 3
    assert min(shown) > 200


def test_the_published_finding_is_not_folded(kept_open, report_path):
    page = kept_open(report_path)
    published = page.locator(".finding").filter(has_text="demo, published").first
    expect(published.locator(".headline")).to_be_visible()
    expect(published.locator(".headline")).to_contain_text("No agreement was found")
    for finding in page.locator("#findings > .finding").all():
        shown = finding.locator("li").evaluate_all(
            "all => all.filter(each => each.checkVisibility()).length"
        )
        assert shown <= 3


@SIZES
@PATHS
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(kept_open, path, size, scheme, request):
    page = kept_open(request.getfixturevalue(path), size)
    with all_open(page):
        if scheme == "light":
            assert barriers(page) == []
            return
        before = places(page)
        page.emulate_media(color_scheme=scheme)
        # A scheme of colours moves nothing, so that other rules have nothing new to find.
        is_as_before = places(page) == before
        assert is_as_before
        assert barriers(page, of_colors=True) == []


def test_a_dark_theme_follows_the_reader(kept_open, report_path):
    page = kept_open(report_path)

    def lightness(scheme):
        page.emulate_media(color_scheme=scheme)
        color = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", color)[:3])) / 3

    assert lightness("dark") < 50
    assert lightness("light") > 250


def test_the_pairs_are_reached_with_few_tabs(kept_open, report_path):
    page = kept_open(report_path)
    # As if nothing had the focus before.
    page.evaluate(
        """() => {
          document.body.tabIndex = -1;
          document.body.focus();
          document.body.removeAttribute("tabindex");
        }"""
    )
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.evaluate(
            "() => document.activeElement.matches('.skip[href$=explore]')"
        ):
            page.keyboard.press("Enter")
        elif page.evaluate("() => document.activeElement.id") == "benchmark":
            break
    expect(page.locator("#benchmark")).to_be_focused()


def test_the_contents_follow_the_reader(kept_open, report_path):
    page = kept_open(report_path, WIDE)
    for name in ("explore", "ladder-demo", "agreement-demo_dsqtls"):
        page.evaluate("id => document.getElementById(id).scrollIntoView()", name)
        link = page.locator("#contents a[aria-current]")
        expect(link).to_have_attribute("href", f"#{name}")
        expect(link).to_be_in_viewport()
    page.get_by_role("link", name="Back to top").click()
    expect(page.locator(".answer")).to_be_in_viewport()


def test_links_under_the_pointer_stay_there(kept_open, report_path):
    page = kept_open(report_path)
    current = page.locator("#contents a[aria-current]")
    link = page.locator("#contents a[href='#provenance']")
    page.evaluate("() => document.getElementById('explore').scrollIntoView()")
    expect(current).to_have_attribute("href", "#explore")
    link.hover()
    before = link.bounding_box()
    # The link of this section is far above.
    page.evaluate("() => document.getElementById('findings').scrollIntoView()")
    expect(current).to_have_attribute("href", "#findings")
    assert link.bounding_box() == before


def test_on_a_phone_the_contents_make_way_for_the_section(kept_open, report_path):
    page = kept_open(report_path, PHONE)
    link = page.locator("#contents a[href='#loci']")
    expect(link).not_to_be_visible()
    page.get_by_text("Contents", exact=True).click()
    link.click()
    expect(link).not_to_be_visible()
    expect(page.locator("#loci h2")).to_be_in_viewport()


def test_every_section_has_an_anchor_to_copy(kept_open, report_path):
    page = kept_open(report_path)
    anchors = page.locator(".anchor").evaluate_all(
        "all => all.map(each => [each.hash.slice(1), each.closest('section').id])"
    )
    assert len(anchors) > 30
    assert all(target == section for target, section in anchors)


def test_charts_fit_a_phone(kept_open, report_path):
    page = kept_open(report_path, PHONE)
    for name in ("density", "points"):
        box = page.locator(f"#{name} canvas").bounding_box()
        assert 250 < box["width"] <= PHONE[0]
    images = page.locator(".panels img").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().right)"
    )
    assert max(images) <= PHONE[0]


def test_what_scrolls_sideways_says_so(kept_open, report_path):
    page = kept_open(report_path, PHONE)
    found = page.evaluate(
        """() => [...document.querySelectorAll(".wide, .dt-layout-full")]
          .filter((each) => each.checkVisibility())
          .filter((each) => each.scrollWidth > each.clientWidth + 1)
          .map((each) => [each.classList.contains("goes-on"), each.tabIndex])"""
    )
    assert len(found) > 5
    assert all(each == [True, 0] for each in found)


def test_every_control_has_a_tab_stop_and_a_name(kept_open, report_path):
    page = kept_open(report_path)
    make_tables(page)
    page.evaluate(
        """() => {
          const kinds = "a[href], button, input, select, textarea, summary, [tabindex='0']";
          window.controls = [...document.querySelectorAll(kinds)].filter((each) =>
            !each.matches(":disabled, [aria-disabled=true]") && each.checkVisibility());
          window.focused = [];
          document.addEventListener("focusin", (event) =>
            window.focused.push(window.controls.indexOf(event.target)));
        }"""
    )
    names = page.evaluate(
        "() => window.controls.map(each => each.outerHTML.slice(0, 160))"
    )
    assert len(names) > 50
    # Each stop scrolls there, and a low window is soon drawn.
    page.set_viewport_size({"width": DESKTOP[0], "height": 100})
    focused = []
    # Tabs lead to the first control again behind the last one.
    for pressed in range(2 * len(names)):
        if not pressed % 50:
            focused = page.evaluate("() => window.focused")
            if len(focused) > len(set(focused)):
                break
        # Held down, the key moves the focus again and again.
        page.keyboard.down("Tab")
    page.keyboard.up("Tab")
    missed = [name for place, name in enumerate(names) if place not in focused]
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
def test_every_image_has_its_own_alt_text(kept_open, path, request):
    images = kept_open(request.getfixturevalue(path)).locator("img")
    alts = images.evaluate_all("all => all.map(each => each.alt.trim())")
    assert len(alts) > 2
    assert all(alts)
    assert len(alts) == len(set(alts))


BEYOND = """() => {
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


def test_on_a_phone_only_boxes_scroll_sideways(kept_open, report_path):
    page = kept_open(report_path, PHONE)
    with all_open(page):
        beyond = page.evaluate(BEYOND)
        assert beyond == []
        page.evaluate("() => window.scrollTo(500, 0)")
        assert page.evaluate("() => window.scrollX") == 0


@SIZES
def test_the_band_of_a_stand_in_is_always_visible(kept_open, report_path, size):
    page = kept_open(report_path, size)
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


def test_a_real_models_page_has_no_band(opened, hostile_path):
    # Nor has anything from which scripts could write one.
    assert "STAND-IN" not in hostile_path.read_text()
    page = opened(hostile_path, java_script_enabled=False)
    assert page.locator(".standin").count() == 0


@pytest.mark.parametrize("way", ["without scripts", "printed"])
def test_findings_and_figures_need_no_script(
    opened, kept_open, report_path, demonstration, gates, way
):
    if way == "printed":
        page = kept_open(report_path)
        page.emulate_media(media="print")
    else:
        page = opened(report_path, java_script_enabled=False)
    path = demonstration / "results/demo/corrected/conclusion.tsv"
    row = next(read_tsv(path, CONCLUSIONS).itertuples())
    expect(
        page.locator("#findings").get_by_text(with_interval(row)).first
    ).to_be_visible()
    figures = page.locator("#ladder-demo img")
    expect(figures).to_be_visible()
    assert figures.evaluate("each => each.decode().then(() => each.naturalWidth)") > 500
    table = page.locator("#gates-demo table.data").first
    failed = gates.loc[gates["verdict"] == "fail", "gate"]
    assert len(failed) > 2
    for text in failed:
        cell = table.get_by_text(text.replace("_", " "), exact=True).first
        # Tables are not printed: they are files.
        expect(cell).to_be_visible(visible=way == "without scripts")


def test_a_printed_report_is_short(kept_open, report_path):
    page = kept_open(report_path)
    printed = page.pdf(prefer_css_page_size=True)
    assert 5 < len(re.findall(rb"/Type\s*/Page\b", printed)) <= MOST_PAGES


def test_print_leaves_out_controls(kept_open, report_path):
    page = kept_open(report_path)
    page.locator(".packed button").first.click()
    page.emulate_media(media="print")
    controls = page.locator("button, input, select, nav, .dt-paging, .skip, .anchor")
    assert controls.count() > 20
    shown = controls.evaluate_all(
        "all => all.filter(each => each.checkVisibility()).map(each => each.outerHTML)"
    )
    assert shown == []
    expect(page.locator(".standin")).to_be_visible()
