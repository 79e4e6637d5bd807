import numpy as np
import pytest
from browsing import (
    box_of,
    choose_all,
    column,
    downloaded,
    drag,
    hover,
    main_thread_s,
    n_points,
    n_shown,
    numbers,
    search,
    work_to_start_s,
)
from endobench.core.columns import PAIRS
from endobench.core.tables import read_frame
from endobench.genome.gtf import gene_names
from playwright.sync_api import expect

MOST_POINTS = 4000
# The work that the page may take, relative to sorting a million numbers in it.
MOST_TO_START, MOST_TO_SORT = 12, 2
SORT_A_MILLION = """() => Array.from({length: 1e6}, (_, n) => Math.sin(n))
  .sort((a, b) => a - b).length"""
FIELDS = ["#effect-low", "#effect-high", "#score-low", "#score-high"]


def six_digits(values):
    """Round to the digits that the page holds."""
    return np.array([float(f"{each:.6g}") for each in values])


@pytest.fixture
def pairs(demonstration):
    path = demonstration / "results/demo/corrected/pairs.parquet"
    return read_frame(path, PAIRS).assign(
        effect=lambda frame: six_digits(frame["effect"]),
        raw=lambda frame: six_digits(frame["raw"]),
    )


@pytest.fixture(scope="module")
def at_first(kept_open, report_path):
    """What the page shows before a test chooses anything."""
    page = kept_open(report_path)
    return page.locator("#shown").inner_text(), seen(page)


@pytest.fixture
def page(kept_open, report_path, at_first):
    """The page with all pairs, for tests that choose among those of its benchmark."""
    page = kept_open(report_path)
    choose_all(page)
    return page


def names(frame):
    return sorted(zip(frame["variant_id"], frame["feature_id"], strict=True))


def csv_of_pairs(page):
    button = box_of(page, "#pairs").get_by_role("button", name="CSV")
    return downloaded(page, button.click)[1]


def seen(page):
    """Return the numbers of counted pairs and of points, and the drawn and saved pairs."""
    n_counted = n_shown(page)
    drawn = page.evaluate(
        "() => window.endobench.views.points.data('points')"
        ".map(each => [each.variant, each.feature])"
    )
    info = f"of {n_counted:,} entr"
    expect(box_of(page, "#pairs").locator(".dt-info")).to_contain_text(info)
    frame = csv_of_pairs(page)
    saved = sorted(zip(frame["variant"], frame["feature"], strict=True))
    return n_counted, n_points(page), set(map(tuple, drawn)), saved


def check_seen(found, chosen):
    n_counted, n_drawn, drawn, saved = found
    assert n_counted == len(chosen)
    assert n_drawn == min(len(chosen), MOST_POINTS)
    assert drawn <= set(names(chosen))
    assert saved == names(chosen)


def check_chosen(page, chosen):
    """Check that count, table, points and download hold exactly the chosen pairs."""
    check_seen(seen(page), chosen)


def test_all_pairs_are_shown_at_first(at_first, pairs):
    words, found = at_first
    assert words.startswith(f"{len(pairs):,} of {len(pairs):,} pairs")
    check_seen(found, pairs)


def test_the_download_holds_all_digits_of_the_page(page, pairs):
    frame = csv_of_pairs(page).set_index(["variant", "feature"])
    pairs = pairs.set_index(["variant_id", "feature_id"]).loc[frame.index]
    for name in ("effect", "score", "p_value", "maf", "distance"):
        values = pairs["raw" if name == "score" else name].to_numpy(dtype=float)
        assert frame[name].astype(float).tolist() == six_digits(values).tolist()


@pytest.mark.parametrize("by", ["variant_id", "feature_id", "gene"])
def test_a_search_keeps_the_matching_pairs(page, demonstration, pairs, by):
    genes = gene_names(demonstration / "resources/simulated/genes.gtf.gz")
    pairs["gene"] = pairs["feature_id"].map(genes).fillna("")
    assert pairs["gene"].str.len().min() > 0
    text = pairs[by].value_counts().index[0]
    search(page, text)
    is_found = pairs["variant_id"].str.contains(text, regex=False)
    for name in ("feature_id", "gene"):
        is_found |= pairs[name].str.contains(text, regex=False)
    assert 1 < is_found.sum() < 50
    check_chosen(page, pairs[is_found])
    search(page, "no such variant")
    assert n_shown(page) == n_points(page) == 0
    search(page, "")
    assert n_shown(page) == len(pairs)


def brushed(page):
    """Return the bounds of the brush, low before high, of effect and of score."""
    value = page.evaluate("() => window.endobench.views.density.signal('brush')")
    return {name: sorted(ends) for name, ends in value.items()}


def within(pairs, effect, score):
    return pairs[pairs["effect"].between(*effect) & pairs["raw"].between(*score)]


def test_a_drag_selects_pairs_and_a_button_clears_the_selection(page, pairs):
    drag(page, "density", (0.3, 0.1), (1.1, 0.5))
    n_chosen = n_shown(page)
    effect, score = brushed(page).values()
    assert effect == pytest.approx([0.3, 1.1], abs=0.02)
    assert score == pytest.approx([0.1, 0.5], abs=0.02)
    chosen = within(pairs, effect, score)
    assert 10 < n_chosen < len(pairs) / 2
    check_chosen(page, chosen)
    fields = [float(page.locator(each).input_value()) for each in FIELDS]
    assert fields == pytest.approx([*effect, *score], rel=1e-3)
    page.locator("#clear").click()
    check_chosen(page, pairs)
    assert [page.locator(each).input_value() for each in FIELDS] == [""] * 4
    assert brushed(page) == {}


def test_the_fields_select_by_keyboard(page, pairs):
    page.locator("#benchmark").focus()
    for text in ("-0.6", "0.5", "", "0.05"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Tab")
    expect(page.locator("#clear")).to_be_focused()
    check_chosen(page, within(pairs, (-0.6, 0.5), (-np.inf, 0.05)))
    page.locator("#clear").focus()
    page.keyboard.press("Enter")
    check_chosen(page, pairs)


def test_the_fields_replace_the_brush(page, pairs):
    drag(page, "density", (0.3, 0.1), (1.1, 0.5))
    n_all = f"{len(pairs):,}"
    page.wait_for_function(
        "n => !document.getElementById('shown').textContent.startsWith(n)", arg=n_all
    )
    page.locator("#effect-high").fill("0.9")
    page.keyboard.press("Tab")
    low = float(page.locator("#effect-low").input_value())
    page.wait_for_timeout(400)
    assert brushed(page) == {}
    assert page.locator("#effect-high").input_value() == "0.9"
    assert float(page.locator("#effect-low").input_value()) == low
    found = page.evaluate("() => window.endobench.views.points.data('points')")
    assert max(each["effect"] for each in found) <= 0.9


def test_a_search_narrows_the_selection(page, pairs):
    page.locator("#effect-low").fill("0")
    page.keyboard.press("Tab")
    text = pairs.loc[pairs["effect"] < 0, "feature_id"].value_counts().index[0]
    search(page, text)
    check_chosen(page, pairs[(pairs["feature_id"] == text) & (pairs["effect"] >= 0)])


def test_hovering_over_a_point_shows_its_pair(page):
    point = page.evaluate(
        """() => {
          const view = window.endobench.views.points;
          const [x, y] = [view.scale("x"), view.scale("y")];
          const places = view.data("points").map((each) => [x(each.effect), y(each.score)]);
          const free = places.map(([x1, y1]) => places
            .map(([x2, y2]) => Math.hypot(x2 - x1, y2 - y1)).sort((a, b) => a - b)[1]);
          return view.data("points")[free.indexOf(Math.max(...free))];
        }"""
    )
    tip = hover(page, "points", point["effect"], point["score"])
    texts = tip.locator("td").all_inner_texts()
    shown = {
        name.rstrip(":"): value
        for name, value in zip(texts[::2], texts[1::2], strict=True)
    }
    assert shown["variant"] == point["variant"]
    assert shown["feature"] == point["feature"]
    for name in ("effect", "score"):
        value = float(shown[name].replace("−", "-"))
        assert value == pytest.approx(point[name], rel=1e-3)


def test_a_click_on_a_point_searches_for_its_variant(page, pairs):
    point = page.evaluate("() => window.endobench.views.points.data('points').at(-1)")
    hover(page, "points", point["effect"], point["score"])
    page.mouse.down()
    page.mouse.up()
    expect(box_of(page, "#pairs").get_by_role("searchbox")).to_have_value(
        point["variant"]
    )
    check_chosen(page, pairs[pairs["variant_id"] == point["variant"]])


@pytest.mark.parametrize("title", ["effect", "p value", "distance, bp"])
@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_pairs_are_sorted_as_numbers(page, pairs, title, how):
    table = page.locator("#pairs")
    head = table.locator("thead th").filter(has_text=title).first
    name = {"p value": "p_value", "distance, bp": "distance"}.get(title, title)
    ends = {"ascending": pairs[name].min(), "descending": pairs[name].max()}
    for order, end in ends.items():
        if how == "mouse":
            head.locator(".dt-column-title").click()
        else:
            head.get_by_role("button").focus()
            page.keyboard.press("Enter")
        expect(head).to_have_attribute("aria-sort", order)
        found = numbers(column(table, title))
        assert found[0] == pytest.approx(end, rel=0.05)
        assert found == sorted(found, reverse=order == "descending")


def test_both_charts_keep_the_same_axes(page, pairs):
    domains = """() => ["density", "points"].map((name) => ["x", "y"].map(
        (axis) => window.endobench.views[name].scale(axis).domain()))"""
    before = page.evaluate(domains)
    assert before[0] == before[1]
    search(page, pairs["variant_id"].iloc[0])
    assert n_shown(page) < 10
    assert page.evaluate(domains) == before


def test_drawn_variants_lead_to_their_loci(page):
    link = page.locator("#pairs tbody a").first
    variant = link.inner_text()
    link.click()
    locus = page.locator(f".locus[data-variant='{variant}']").first
    expect(locus.locator("h3")).to_be_in_viewport()


def test_another_benchmark_can_be_chosen(page, demonstration, pairs):
    path = demonstration / "results/demo/published/pairs.parquet"
    others = read_frame(path, PAIRS)
    search(page, "chr1")
    # Back to that of the other tests.
    for benchmark, chosen in (("published", others), ("corrected", pairs)):
        page.locator("#benchmark").select_option(label=f"demo, {benchmark}")
        page.wait_for_function(
            "n => document.getElementById('shown').textContent.startsWith(n)",
            arg=f"{len(chosen):,} of",
        )
        check_chosen(page, chosen)


def test_all_pairs_of_a_whole_study_can_be_searched(kept_open, study_path, study_pairs):
    page = kept_open(study_path)
    choose_all(page)
    assert page.locator("#shown").inner_text().startswith("107,229 of 107,229 pairs")
    assert n_points(page) == MOST_POINTS
    feature = study_pairs["feature_id"].iloc[77]
    gene = feature.replace("ENSG0000000", "GENE")
    search(page, gene)
    check_chosen(page, study_pairs[study_pairs["feature_id"] == feature])
    search(page, "")
    drag(page, "density", (0.4, 0.05), (0.9, 0.15))
    assert n_shown(page) > MOST_POINTS
    rounded = study_pairs.assign(
        effect=six_digits(study_pairs["effect"]), raw=six_digits(study_pairs["raw"])
    )
    check_chosen(page, within(rounded, *brushed(page).values()))


def test_a_large_page_is_soon_ready_and_sorted(kept_open, study_path):
    page = kept_open(study_path)
    choose_all(page)
    idle = main_thread_s(page)
    page.evaluate(SORT_A_MILLION)
    before = main_thread_s(page)
    unit = before - idle
    assert 0 < work_to_start_s(page) < MOST_TO_START * unit
    head = page.locator("#pairs thead th").filter(has_text="effect").first
    head.locator(".dt-column-title").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert n_shown(page) == 107_229
    assert main_thread_s(page) - before < MOST_TO_SORT * unit
