"""A page in a browser: its faults, its contents and its downloads."""

import contextlib
import re
import weakref

import pandas as pd
import tenacity
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as NotInTime
from playwright.sync_api import expect

# A busy machine lets a page wait for seconds.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)
DESKTOP, PHONE = (1280, 900), (390, 844)
# The rules that depend on colours.
_OF_COLORS = ["color-contrast", "link-in-text-block"]
_FAULTS = weakref.WeakKeyDictionary()
_SESSIONS = weakref.WeakKeyDictionary()
_WORK_TO_START = weakref.WeakKeyDictionary()
# Hide the texts that look like one before: of the same style, in parents of the same style.
# Links, and what stands beside one, differ in more than their looks and stay.
_HIDE_REPEATED = """() => {
  const names = ["color", "backgroundColor", "backgroundImage", "fontSize", "fontWeight",
    "opacity", "position", "textShadow", "visibility", "display"];
  const codes = new Map(), looks = new Map(), seen = new Set();
  for (const each of document.querySelectorAll("body, body *")) {
    const style = getComputedStyle(each);
    const values = names.map((name) => style[name]);
    const look = [looks.get(each.parentElement), each.tagName, ...values].join("|");
    if (!codes.has(look)) codes.set(look, codes.size);
    looks.set(each, codes.get(look));
  }
  for (const [each, look] of looks) {
    if (each.children.length || each.parentElement?.querySelector("a")) continue;
    if (seen.has(look)) each.setAttribute("data-repeated", each.style.visibility);
    seen.add(look);
  }
  const repeated = document.querySelectorAll("[data-repeated]");
  for (const each of repeated) each.style.visibility = "hidden";
  return repeated.length;
}"""
_SHOW_REPEATED = """() => {
  for (const each of document.querySelectorAll("[data-repeated]")) {
    each.style.visibility = each.dataset.repeated;
    each.removeAttribute("data-repeated");
  }
}"""


@contextlib.contextmanager
def visit(browser, path, size=DESKTOP, **options):
    """Open a page from disk, without a network.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
    path : pathlib.Path
    size : tuple of int
        Width and height in CSS pixels.
    **options
        Of the browser's context, such as ``java_script_enabled``.

    Yields
    ------
    playwright.sync_api.Page

    Raises
    ------
    AssertionError
        On exit, if the page requested anything but itself, logged or threw an error, or
        opened a dialog or another page.
    """
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, offline=True, **options
    )
    faults = []
    with contextlib.closing(context):
        own = path.as_uri()

        def hear_request(request):
            if not request.url.startswith((own, "data:", "blob:")):
                faults.append(f"requested {request.url[:200]}")

        def hear_console(message):
            if message.type == "error":
                faults.append(f"console: {message.text}")

        def hear_dialog(dialog):
            faults.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        context.route(re.compile("^(?!file:|data:|blob:)"), lambda route: route.abort())
        context.on("request", hear_request)
        context.on("console", hear_console)
        context.on("weberror", lambda error: faults.append(f"threw {error.error}"))
        context.on("dialog", hear_dialog)
        page = context.new_page()
        _FAULTS[page] = faults
        page.set_default_timeout(PATIENCE_MS)
        page.on(
            "websocket", lambda socket: faults.append(f"opened the socket {socket.url}")
        )
        context.on("page", lambda other: faults.append(f"opened {other.url}"))
        session = context.new_cdp_session(page)
        # In time of the thread, since other work of the machine is no matter.
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        _SESSIONS[page] = session
        page.goto(own)
        if options.get("java_script_enabled", True):
            page.wait_for_function("() => window.endobench")
            page.evaluate("() => window.endobench.ready")
        _WORK_TO_START[page] = main_thread_s(page)
        yield page
    assert faults == [], "\n".join(faults)


def main_thread_s(page):
    """Return how long the page's main thread has worked, in seconds."""
    metrics = _SESSIONS[page].send("Performance.getMetrics")["metrics"]
    return {each["name"]: each["value"] for each in metrics}["TaskDuration"]


def work_to_start_s(page):
    """Return how long the page's main thread worked until the page was ready."""
    return _WORK_TO_START[page]


def faults_of(page):
    """Return what would fail the test of a page so far, see `visit`."""
    return list(_FAULTS[page])


def as_at_first(page, size=DESKTOP):
    """Show the top of a page in a window of a size, to a reader of a light theme."""
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(media="null", color_scheme="light")
    page.mouse.move(0, 0)
    page.evaluate("() => window.scrollTo(0, 0)")


def make_tables(page):
    """Let a page make all tables, as it does with those that a reader comes near."""
    page.evaluate("() => window.endobench.enhanceAll()")


@contextlib.contextmanager
def all_open(page):
    """Open all that is folded in a page, for a while; all its tables are made."""
    make_tables(page)
    page.evaluate(
        """() => {
          window.folded = [...document.querySelectorAll("details:not([open])")];
          for (const each of window.folded) each.open = true;
        }"""
    )
    try:
        yield
    finally:
        page.evaluate("() => window.folded.forEach((each) => { each.open = false; })")


def places(page):
    """Return where the elements of a page are, as one text."""
    return page.evaluate(
        """() => [...document.querySelectorAll("body *")].map((each) => {
          const {left, top, width, height} = each.getBoundingClientRect();
          return [left, top, width, height].map(Math.round).join(" ");
        }).join()"""
    )


def barriers(page, *, of_colors=False):
    """Return the violations of axe-core's default rules, a line per element.

    The contrast of thousands of cells takes ten times as long as all other rules. It
    follows from styles, so that one text of each look tells it for all.

    Parameters
    ----------
    page : playwright.sync_api.Page
    of_colors : bool
        Apply only the rules that depend on colours.

    Returns
    -------
    list of str
    """
    others = dict.fromkeys(_OF_COLORS, {"enabled": False})
    found = [] if of_colors else _violations(page, rules=others)
    page.evaluate(_HIDE_REPEATED)
    found += _violations(page, runOnly=_OF_COLORS)
    page.evaluate(_SHOW_REPEATED)
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]}"
        f" {' '.join(node['failureSummary'].split())}"
        for rule in found
        for node in rule["nodes"]
    ]


def _violations(page, **options):
    options["resultTypes"] = ["violations"]
    return Axe().run(page, options=options).response["violations"]


def downloaded(page, press):
    """Return the CSV file that the page offers after a press, with all cells as texts.

    Parameters
    ----------
    page : playwright.sync_api.Page
    press : callable
        Called without arguments.

    Returns
    -------
    name : str
    frame : pandas.DataFrame of str
    """
    with page.expect_download() as caught:
        press()
    frame = pd.read_csv(
        caught.value.path(), dtype=str, keep_default_na=False, encoding="utf-8-sig"
    )
    return caught.value.suggested_filename, frame


def box_of(page, table):
    """Return the container of a table with its search, buttons and pages."""
    return page.locator(".dt-container").filter(has=page.locator(table))


def choose_all(page):
    """Let the explorer show all pairs of its benchmark, in the order of the page."""
    page.locator("#clear").click()
    unsort(page, "#pairs")
    # Charts follow a little later.
    page.evaluate(
        """async () => {
          for (const view of Object.values(window.endobench.views)) await view.runAsync();
        }"""
    )


def unsort(page, table):
    """Show the rows of a table in the order of the page again."""
    page.evaluate("each => { new DataTable.Api(each).order([]).draw(); }", table)


def search(page, text):
    """Type into the search of the explorer's table."""
    box_of(page, "#pairs").get_by_role("searchbox").fill(text)


def column(table, title):
    """Return the texts of a table's column as shown.

    Parameters
    ----------
    table : playwright.sync_api.Locator
    title : str
        Heading of the column.
    """
    heads = [head.strip() for head in table.locator("thead th").all_inner_texts()]
    place = heads.index(title) + 1
    return table.locator(f"tbody td:nth-child({place})").all_inner_texts()


def numbers(texts):
    """Return shown numbers as floats; missing ones are left out."""
    plain = [text.replace(",", "").replace("−", "-") for text in texts]
    return [float(text) for text in plain if text.strip()]


def n_shown(page):
    """Return the number of pairs that the explorer reports, once it is stable."""
    counted = "() => document.getElementById('shown').textContent"
    before = None
    while (now := page.evaluate(counted)) != before:
        before = now
        page.wait_for_timeout(400)
    return int(now.split(" of ")[0].replace(",", ""))


def n_points(page):
    """Return the number of pairs drawn as points."""
    return page.evaluate("() => window.endobench.views.points.data('points').length")


def spot(page, name, x, y):
    """Return the window position of a point of a chart, in CSS pixels.

    Parameters
    ----------
    page : playwright.sync_api.Page
    name : {"density", "points"}
    x, y : float
        In the units of the chart's axes.
    """
    page.locator(f"#{name}").evaluate("each => each.scrollIntoView({block: 'center'})")
    return page.evaluate(
        """([name, x, y]) => {
          const view = window.endobench.views[name];
          const drawn = document.querySelector(`#${name} canvas, #${name} svg`);
          const box = drawn.getBoundingClientRect();
          const [left, top] = view.origin(), around = view.padding();
          return [box.left + around.left + left + view.scale("x")(x),
                  box.top + around.top + top + view.scale("y")(y)];
        }""",
        [name, x, y],
    )


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(NotInTime),
    stop=tenacity.stop_after_delay(PATIENCE_MS / 1000),
    reraise=True,
)
def hover(page, name, x, y):
    """Move the mouse over a point of a chart and return the tooltip that is shown.

    Tables that are made meanwhile shift the page below the mouse. A reader would move it
    again, and so does this.
    """
    page.mouse.move(0, 0)
    page.mouse.move(*spot(page, name, x, y))
    tip = page.locator("#vg-tooltip-element.visible")
    tip.wait_for(timeout=2_000)
    return tip


def drag(page, name, start, end):
    """Drag the mouse over a chart between two points in units of its axes."""
    here, there = spot(page, name, *start), spot(page, name, *end)
    page.mouse.move(*here)
    page.mouse.down()
    page.mouse.move(*there, steps=8)
    page.mouse.up()
