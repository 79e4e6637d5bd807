"""The report of a whole run, of its own config, and of a comparison of runs."""

import json
import re
import zipfile

import pytest
import yaml
from endobench.core.columns import METRICS, WATERFALL
from endobench.core.tables import read_tsv
from workflow import said, snakemake

STAMP = "STAND-IN MODEL: not AlphaGenome"


def page_of(folder, name="report"):
    return (folder / f"results/{name}.html").read_text()


def test_the_numbers_of_the_page_are_those_of_the_tables(demonstration):
    text = page_of(demonstration)
    metrics = read_tsv(demonstration / "results/demo/corrected/metrics.tsv", METRICS)
    is_named = metrics["is_primary"].astype(bool)
    [row] = metrics[is_named].itertuples()
    assert f"Spearman {row.value:.3f} [{row.ci_low:.3f}, {row.ci_high:.3f}]" in text
    assert f'data-order="{row.value!r}"' in text
    waterfall = read_tsv(
        demonstration / "results/demo/corrected/waterfall.tsv", WATERFALL
    )
    for each in waterfall.itertuples():
        assert f"{each.n_pairs:,}" in text
        assert each.reason in text


def test_the_demonstration_has_every_section(demonstration):
    text = page_of(demonstration)
    whole = ["findings", "explore", "loci", "runs", "cost", "provenance"]
    keys = ["gates", "waterfall", "agreement", "sign", "strata", "settings"]
    keys += ["baselines", "calibration"]
    whole += [f"{key}-{name}" for name in ("demo", "demo_dsqtls") for key in keys]
    for id_ in [*whole, "ladder-demo", "classes-demo_dsqtls"]:
        assert f'<section id="{id_}">' in text


@pytest.mark.parametrize("name", ["report", "loci"])
def test_pages_of_a_stand_in_are_marked_and_the_files_they_name_exist(
    demonstration, name
):
    text = page_of(demonstration, name)
    assert text.count(f'role="note">{STAMP}<') == 1
    # A page that is mailed alone links to no file, but names those of the run.
    assert not re.findall(r'href="([^"#:]+)"', text)
    files = set(re.findall(r"<code>([^<]+[.](?:png|tsv|tsv[.]gz))</code>", text))
    assert len(files) > 5
    for file in files:
        assert (demonstration / "results" / file).is_file(), file
    for file in (each for each in files if each.endswith(".png")):
        pdf = demonstration / "results" / file.replace(".png", ".pdf")
        assert pdf.is_file(), file


def test_the_config_of_the_page_repeats_the_run(copied):
    text = page_of(copied)
    config = re.search(r'aria-label="Complete config">(.*?)</pre>', text, re.DOTALL)
    config = config.group(1).replace("&#39;", "'").replace("&#34;", '"')
    (copied / "again.yaml").write_text(config)
    manifest = json.loads((copied / "results/manifest.json").read_text())
    assert yaml.safe_load(config) == manifest["config"]
    words = said(snakemake(copied, "-n", "--configfile", "again.yaml"))
    assert "Nothing to be done" in words


def test_a_changed_text_only_rewrites_the_pages(copied):
    prose = copied / "resources/report/prose.html.j2"
    prose.write_text(
        prose.read_text().replace("To repeat this run", "To make it again")
    )
    words = said(snakemake(copied))
    jobs = re.search(r"^job +count\n-.*?\n(.*?)^total", words, re.MULTILINE | re.DOTALL)
    assert {line.split()[0] for line in jobs.group(1).splitlines()} == {
        "all",
        "write_crate",
        "write_report",
    }
    assert "To make it again" in page_of(copied)


def embedded(text, name):
    """Return a value that the report of Snakemake holds as JSON."""
    place = re.search(rf'\bvar {name} = (?={{")', text).end()
    return json.JSONDecoder().raw_decode(text, place)[0]


def test_the_report_of_snakemake_has_captions_categories_and_the_page(copied):
    snakemake(copied, "--report", "report.zip")
    with zipfile.ZipFile(copied / "report.zip") as archive:
        names = archive.namelist()
        pages = [name for name in names if name.endswith("report.html")]
        # The page of the run has a longer path.
        index = min(pages, key=len)
        assert len(pages) == 2
        text = archive.read(index).decode()
    assert any(name.endswith("scatter.png") for name in names)
    categories = ["Agreement", "Gates", "Loci", "Cost", "Report"]
    categories.append("Comparison with other runs")
    categories += ["Pairs kept and dropped", "Ablation of the published protocol"]
    for words in categories:
        assert words in text
    # Snakemake shows paths in a category in which one result has no labels.
    results, found = (embedded(text, name) for name in ("results", "categories"))
    labelled = {
        name: {
            bool(results[path]["labels"]) for paths in parts.values() for path in paths
        }
        for name, parts in found.items()
    }
    assert [name for name, each in labelled.items() if len(each) > 1] == []
    assert labelled["Agreement"] == {True}
    # Captions are rendered templates.
    assert "95 % confidence intervals from a bootstrap of LD blocks" in text
    assert STAMP in text


def test_a_failed_page_leaves_no_file(copied):
    (copied / "results/report.html").unlink()
    (copied / "resources/report/page.html.j2").write_text("{{ nothing }}")
    result = snakemake(copied, check=False)
    assert result.returncode != 0
    assert not (copied / "results/report.html").exists()
