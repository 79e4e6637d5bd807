import pytest
from endobench.report.html_tables import Room
from endobench.report.images import Images
from PIL import Image

FILES = (
    "demo/corrected/figures/strata",
    "demo/figures/strata",
    "figures/cost",
    "loci/figures/chr1_1_A_C",
)


@pytest.fixture
def images(tmp_path):
    for name in FILES:
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True)
        Image.new("RGB", (30, 20), "white").save(path)
    return Images([tmp_path / f"{name}.png" for name in FILES], tmp_path, Room(10**6))


def test_figures_are_found_by_dataset_and_protocol(images):
    [of_benchmark] = images.get("demo", "corrected", "strata", "scatter")
    [of_dataset] = images.get("demo", None, "strata")
    [of_run] = images.get(None, None, "cost")
    locus = images.locus("chr1_1_A_C", "chr1_1_A_C_b38")
    found = [of_benchmark, of_dataset, of_run, locus]
    assert [each.png for each in found] == [f"{name}.png" for name in FILES]
    assert len({each.alt for each in found}) == len(found)
    assert "chr1_1_A_C_b38" in locus.alt
    assert images.get("other", None, "strata") == []


def test_the_alt_text_holds_the_result(images):
    [figure] = images.get("demo", None, "strata", result="rho is 0.5")
    assert figure.alt.endswith("rho is 0.5")
