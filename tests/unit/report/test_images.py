import base64
import io

import pytest
from endobench.report.html_tables import Room
from endobench.report.images import Images, embedded
from PIL import Image, PngImagePlugin

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
    assert [each.file for each in found] == [f"{name}.png" for name in FILES]
    assert len({each.alt for each in found}) == len(found)
    assert "chr1_1_A_C_b38" in locus.alt
    captions = [each.caption for each in found]
    assert captions == ["strata.rst", "strata_by_size.rst", "cost.rst", "locus.rst"]
    assert images.get("other", None, "strata") == []


def test_the_alt_text_holds_the_result(images):
    [figure] = images.get("demo", None, "strata", result="rho is 0.5")
    assert figure.alt.endswith("rho is 0.5")


def test_a_figure_repeats_what_its_image_says_of_itself(tmp_path, images):
    folder = tmp_path / "figures"
    path = folder / "runs.png"
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("Description", "Spearman 0.7 [0.6, 0.8].")
    Image.new("RGB", (30, 20), "white").save(path, pnginfo=notes)
    [found] = Images([path], tmp_path, Room(10**6)).get(None, None, "runs")
    assert found.said == "Spearman 0.7 [0.6, 0.8]."
    assert images.get(None, None, "cost")[0].said == ""


def drawn(folder):
    path = folder / "one.png"
    image = Image.new("RGB", (3000, 1200), "white")
    image.paste((0, 114, 178), (100, 100, 900, 900))
    image.save(path)
    return path


def test_an_embedded_figure_shows_the_same_as_its_file(tmp_path):
    uri, height = embedded(drawn(tmp_path))
    kind, data = uri.split(",")
    assert kind == "data:image/webp;base64"
    image = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    assert image.size == (1035, 414)
    assert height == 300
    shown = image.getpixel((200, 200))
    assert max(abs(a - b) for a, b in zip(shown, (0, 114, 178), strict=True)) <= 8
    assert image.getpixel((1000, 400)) == (255, 255, 255)


def test_folded_figures_are_smaller_and_shown_at_the_same_size(tmp_path):
    paths = []
    for protocol in ("corrected", "published"):
        folder = tmp_path / "demo" / protocol / "figures"
        folder.mkdir(parents=True)
        paths.append(drawn(folder).rename(folder / "scatter.png"))
    images = Images(paths, tmp_path, Room(10**6), folded={("demo", "published")})
    first, other = (
        images.get("demo", each, "scatter")[0] for each in ("corrected", "published")
    )
    assert (first.width, first.height) == (other.width, other.height) == (750, 300)
    sizes = [
        Image.open(io.BytesIO(base64.b64decode(each.uri.partition(",")[2]))).width
        for each in (first, other)
    ]
    assert sizes == [1035, 750]


def test_a_figure_without_room_names_its_file(tmp_path):
    folder = tmp_path / "demo/figures"
    folder.mkdir(parents=True)
    path = drawn(folder).rename(folder / "sweep.png")
    room = Room(100)
    [found] = Images([path], tmp_path, room).get("demo", None, "sweep")
    assert found.uri is None
    assert found.file == "demo/figures/sweep.png"
    assert room.left == 100


def test_a_full_page_reads_no_more_images(tmp_path):
    folder = tmp_path / "demo/corrected/figures"
    folder.mkdir(parents=True)
    (folder / "scatter.png").write_bytes(b"no image")
    images = Images([folder / "scatter.png"], tmp_path, Room(0))
    [found] = images.get("demo", "corrected", "scatter")
    assert found.uri is None
    images = Images([folder / "scatter.png"], tmp_path, Room(10**6))
    with pytest.raises(OSError, match="cannot identify image file"):
        images.get("demo", "corrected", "scatter")
