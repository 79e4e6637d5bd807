import pandas as pd
import pytest
from browsing import box_of, column, downloaded, make_tables, numbers, unsort
from playwright.sync_api import expect

# Tables with numbers of different lengths.
WATERFALL = "[data-name='demo.waterfall.waterfall']"
METRICS = "[data-name='demo.baselines.metrics']"


def names_made(page):
    made = page.locator("table.data.dataTable")
    return set(made.evaluate_all("all => all.map(each => each.dataset.name)"))


@pytest.fixture(scope="module")
def approached(kept_open, report_path):
    """Tables far away and folded, and which were made when a reader came near each."""
    page = kept_open(report_path)
    far = page.locator("table.data[data-name='cost.rule']")
    folded = page.locator("details:not([open]) table.data").first
    assert far.locator("tbody td").first.inner_text()
    names, steps = [], [names_made(page)]
    for table in (far, folded):
        names.append(table.get_attribute("data-name"))
        table.evaluate("each => { (each.closest('details') ?? {}).open = true; }")
        table.scroll_into_view_if_needed()
        own = page.locator(f"table.dataTable[data-name='{names[-1]}']")
        expect(own).to_have_count(1)
        steps.append(names_made(page))
    page.evaluate(
        "name => { document.querySelector(`[data-name='${name}']`)"
        ".closest('details').open = false; }",
        names[-1],
    )
    return names, steps


@pytest.fixture
def kept(kept_open, report_path, approached):
    """The page, for tests that leave its tables as they were."""
    page = kept_open(report_path)
    make_tables(page)
    return page


def test_tables_are_made_when_a_reader_comes_near(approached):
    (far, folded), (at_first, then, _) = approached
    assert not {far, folded} & at_first
    assert folded not in then


@pytest.fixture
def waterfall(demonstration):
    path = demonstration / "results/demo/corrected/waterfall.tsv"
    return pd.read_csv(path, sep="\t")


def test_every_table_can_be_sorted_and_downloaded(kept):
    names = kept.locator("table.data").evaluate_all(
        "all => all.map(each => each.dataset.name)"
    )
    assert len(names) == len(set(names)) > 10
    for name in names:
        table = kept.locator(f"[data-name='{name}']")
        box = box_of(kept, f"[data-name='{name}']")
        assert box.get_by_role("button", name="CSV", include_hidden=True).count() == 1
        heads = table.locator("thead th").count()
        assert table.locator("thead [role=button]").count() == heads > 0


def shown_heads(page, name):
    heads = page.locator(f"[data-name='{name}'] thead th")
    return heads.evaluate_all(
        "all => all.filter(each => each.checkVisibility()).length"
    )


def test_few_columns_are_shown_and_all_on_demand(kept):
    name = "demo.baselines.metrics"
    n_all = kept.locator(f"{METRICS} thead th").count()
    assert shown_heads(kept, name) <= 7 < n_all
    box = box_of(kept, METRICS)
    box.get_by_role("button", name=f"All {n_all} columns").click()
    assert shown_heads(kept, name) == n_all
    box.get_by_role("button", name="Fewer columns").click()
    assert shown_heads(kept, name) <= 7
    for each in kept.locator("table.data").evaluate_all(
        "all => all.map(each => each.dataset.name)"
    ):
        assert shown_heads(kept, each) <= 7


def test_tables_speak_in_words_and_downloads_in_names(kept):
    shown = column(kept.locator(METRICS), "stratum")
    assert set(shown) == {"all pairs"}
    _, frame = downloaded(
        kept, box_of(kept, METRICS).get_by_role("button", name="CSV").click
    )
    assert {"all_pairs", "lead_per_feature"} <= set(frame["stratum"])


def test_a_long_table_holds_all_its_rows(kept, demonstration):
    sweep = pd.read_csv(demonstration / "results/sweep.tsv", sep="\t", dtype=str)
    sweep = sweep[sweep["dataset"] == "demo"]
    box = box_of(kept, "[data-name='demo.settings.sweep']")
    expect(box.locator(".dt-info")).to_contain_text(f"of {len(sweep)} entries")
    _, frame = downloaded(kept, box.get_by_role("button", name="CSV").click)
    found = [float(each or "nan") for each in frame["value"]]
    assert found == pytest.approx(
        sweep["value"].astype(float).tolist(), rel=0, abs=0, nan_ok=True
    )
    assert frame["stratum"].tolist() == sweep["stratum"].tolist()


@pytest.mark.parametrize("how", ["mouse", "Enter", "Space"])
def test_numbers_are_sorted_as_numbers(kept, how):
    table = kept.locator(WATERFALL)
    title = "rows"
    head = table.locator("thead th").filter(has_text=title)
    for order in ("ascending", "descending"):
        if how == "mouse":
            head.locator(".dt-column-title").click()
        else:
            head.get_by_role("button").focus()
            kept.keyboard.press(how)
        expect(head).to_have_attribute("aria-sort", order)
        shown = column(table, title)
        found = numbers(shown)
        is_falling = order == "descending"
        assert found == sorted(found, reverse=is_falling)
        # As texts, they would be in another order.
        assert shown != sorted(shown, reverse=is_falling)
    unsort(kept, WATERFALL)


def test_a_download_holds_the_tables_exact_numbers(kept, demonstration):
    _, frame = downloaded(
        kept, box_of(kept, METRICS).get_by_role("button", name="CSV").click
    )
    path = demonstration / "results/demo/corrected/metrics.tsv"
    metrics = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    keys = ["task", "stratum", "predictor", "metric"]
    whole = metrics.set_index(keys)["value"]
    found = frame.set_index(keys)["value"]
    assert len(found) > 10
    assert found.index.is_unique
    expected = whole.loc[found.index]
    assert [float(each or "nan") for each in found] == pytest.approx(
        [float(each or "nan") for each in expected], rel=0, abs=0, nan_ok=True
    )


def test_a_download_holds_all_pages_of_the_search_results(kept, waterfall):
    box = box_of(kept, WATERFALL)
    press = box.get_by_role("button", name="CSV").click
    name, frame = downloaded(kept, press)
    assert name == "standin.demo.waterfall.waterfall.csv"
    frame = frame[frame["protocol"] == "corrected"]
    assert frame["n_pairs"].astype(int).tolist() == waterfall["n_pairs"].tolist()
    box.get_by_role("searchbox").fill("kept")
    _, frame = downloaded(kept, press)
    assert set(frame["stage"]) == {"kept"}
    box.get_by_role("searchbox").fill("")


def test_dropped_rows_are_unpacked_on_request(kept, demonstration):
    path = demonstration / "results/demo/corrected/dropped.tsv.gz"
    dropped = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    box = kept.locator("#waterfall-demo .packed")
    box.get_by_role("button").press("Enter")
    # As patiently as any other step of the page.
    box.locator(".dt-info").wait_for()
    press = box.get_by_role("button", name="CSV").click
    _, frame = downloaded(kept, press)
    per_reason = dropped.groupby("reason").head(1_000)
    assert len(frame) == len(per_reason)
    lines = frame["source_line"], per_reason["source_line"]
    assert sorted(lines[0]) == sorted(lines[1])
