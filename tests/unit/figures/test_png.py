import numpy as np
import pytest
from endobench.figures.png import with_palette, write_png
from PIL import Image


def drawn(n_colours, seed=5):
    """Return a white image with a band and pixels of random colours."""
    pixels = np.full((60, 80, 4), 255, dtype=np.uint8)
    pixels[10:20, :, :3] = 238
    random = np.random.default_rng(seed)
    colours = random.integers(0, 256, (n_colours, 3), dtype=np.uint8)
    places = random.permutation(np.arange(20 * 80, 60 * 80))[:n_colours]
    pixels.reshape(-1, 4)[places, :3] = colours
    return pixels


def rgb(image):
    return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("n_colours", [0, 1, 200])
def test_few_colours_are_kept_as_they_are(n_colours):
    pixels = drawn(n_colours)
    assert (rgb(with_palette(pixels)) == pixels[..., :3]).all()


def test_of_many_colours_the_frequent_ones_are_kept_and_the_others_are_near():
    pixels = drawn(3000)
    image = with_palette(pixels)
    assert len(image.getcolors()) <= 256
    found = rgb(image)
    assert (found[:20] == pixels[:20, :, :3]).all()
    apart = np.abs(found - pixels[..., :3]).max(axis=-1)[20:]
    assert apart.max() < 70
    # Of 256 colours chosen for all of a cube, each has 40 of 256 values to itself.
    assert apart.mean() < 20


def test_shades_of_edges_change_by_less_than_one_sees():
    pixels = drawn(0)
    shades = np.linspace(0, 1, 400)[:, None]
    inks = np.array([[0, 114, 178], [213, 94, 0], [30, 30, 30]])
    mixed = shades[:, None] * 255 + (1 - shades[:, None]) * inks
    pixels[20:35].reshape(-1, 4)[:, :3] = mixed.reshape(-1, 3).round().astype(np.uint8)
    apart = np.abs(rgb(with_palette(pixels)) - pixels[..., :3])
    assert apart.max() <= 16


def test_a_file_has_its_resolution_and_texts(tmp_path):
    path = tmp_path / "figure.png"
    write_png(drawn(5), path, 300, {"Description": "ρ of 5 pairs"})
    with Image.open(path) as image:
        assert image.mode == "P"
        assert image.size == (80, 60)
        assert image.info["Description"] == "ρ of 5 pairs"
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
