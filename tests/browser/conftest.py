import contextlib
import shutil

import pages
import pytest
from browsing import DESKTOP, PHONE, as_at_first, visit
from playwright.sync_api import sync_playwright

# Names of the executable on Debian, on other systems and of Google.
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def chromium():
    """A browser per test file; its event loop would disturb other tests."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("needs chromium; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            # Large pages need more than the small shared memory of containers.
            args=["--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """Return a function that opens pages; any fault of a page fails the test."""
    with contextlib.ExitStack() as stack:

        def opened(path, *arguments, **options):
            return stack.enter_context(visit(chromium, path, *arguments, **options))

        yield opened


@pytest.fixture(scope="module")
def kept_open(chromium):
    """Return a function that opens a page once for the tests of a file.

    Chromium works for seconds until a page is ready. Tests get the page at its top, for
    a screen and a reader of a light theme, and whatever they fold or choose in it they
    set and undo. Tests that cannot undo what they do name a page of theirs by a word. A
    fault of the page fails the last test of the file.
    """
    with contextlib.ExitStack() as stack:
        kept = {}

        def opened(path, size=DESKTOP, word=""):
            # A phone has other charts and folded contents from the start.
            key = path, size == PHONE, word
            if key not in kept:
                kept[key] = stack.enter_context(visit(chromium, path, size))
            as_at_first(kept[key], size)
            return kept[key]

        yield opened


@pytest.fixture(scope="session")
def report_path(demonstration):
    """The report of the demonstration."""
    return demonstration / "results/report.html"


@pytest.fixture(scope="session")
def loci_path(demonstration):
    """The page of the demonstration's loci."""
    return demonstration / "results/loci.html"


@pytest.fixture(scope="session")
def study_pairs(demonstration):
    """As many pairs as the study had."""
    return pages.pairs_of_study(demonstration)


@pytest.fixture(scope="session")
def study_path(demonstration, study_pairs, shared_folder):
    """A page with as many pairs, and their gene names."""

    def write(folder):
        inputs = pages.inputs_of(demonstration)
        inputs = pages.with_pairs(inputs, study_pairs, folder / "pairs.parquet")
        names = study_pairs["feature_id"].drop_duplicates()
        gene_names = names.str.replace("ENSG0000000", "GENE")
        # As `gtf.gene_names`, without versions.
        gene_names = gene_names.set_axis(names.str.partition(".")[0])
        pages.write_page(inputs, demonstration, folder / "report.html", gene_names)

    return shared_folder("page_of_a_study", write) / "report.html"


@pytest.fixture(scope="session")
def hostile_path(demonstration, shared_folder):
    """A real model's page whose texts look like markup, formulas and templates."""

    def write(folder):
        inputs = pages.real_inputs(pages.inputs_of(demonstration))
        inputs = pages.hostile_inputs(inputs, folder)
        pairs = pages.hostile_pairs(demonstration)
        inputs = pages.with_pairs(inputs, pairs, folder / "pairs.parquet")
        pages.write_page(inputs, demonstration, folder / "report.html")

    return shared_folder("page_of_hostile_names", write) / "report.html"
