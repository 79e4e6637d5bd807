import functools
import re
import zlib

import matplotlib
import pytest
from drawings import draw_scatter, draw_waterfall
from endobench.design.models import STANDIN_MARK
from endobench.figures.canvas import FONT, WHOLE_FONT, canvas, models_of, save, style
from frames import pairs_of_models
from PIL import Image

DRAWERS = pytest.mark.parametrize("draw", [draw_scatter, draw_waterfall])


def words(figure):
    return [text.get_text() for text in figure.texts]


def test_rare_letters_are_drawn_from_the_whole_font(tmp_path):
    for text, family in (("Blood, ρ ≥ −1, жир", FONT), ("אבג", WHOLE_FONT)):
        with style():
            figure, _ = canvas(4, 3, "", [])
            figure.text(0.5, 0.5, text)
        save(figure, tmp_path / "figure.pdf")
        assert [each.get_fontfamily() for each in figure.texts] == [[family]]
        assert unpacked(tmp_path / "figure.pdf").count(b"/FontFile2") == 1


def unpacked(pdf):
    """Return the bytes of a PDF, with those of its compressed streams."""
    content = pdf.read_bytes()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            content += zlib.decompress(stream)
        except zlib.error:
            continue
    return content


@pytest.mark.parametrize(
    ("models", "is_stamped"),
    [
        (["standin/default/x"], True),
        (["alphagenome/default/x", "standin/default/x"], True),
        (["alphagenome/default/x"], False),
        ([], False),
    ],
)
def test_a_figure_is_stamped_if_any_model_is_a_stand_in(models, is_stamped):
    figure, _ = canvas(4, 3, "title", models)
    assert (STANDIN_MARK in words(figure)) is is_stamped


def test_title_and_stamp_are_above_the_height():
    plain, _ = canvas(4, 3, "", [])
    full, _ = canvas(4, 3, "a title", ["standin"])
    assert plain.get_figheight() == 3
    assert full.get_figheight() > 3


def test_models_of_several_frames_are_gathered():
    frames = pairs_of_models("a", "b"), pairs_of_models("b", None)
    assert models_of(*frames) == {"a", "b"}


def test_an_unknown_suffix_is_refused_and_leaves_no_file(tmp_path):
    figure, _ = canvas(4, 3, "title", [])
    with pytest.raises(ValueError, match=r"\.png or \.pdf"):
        save(figure, tmp_path / "figure.txt")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """From a function that draws and a suffix to a file that was drawn once."""

    @functools.cache
    def path_of(draw, suffix):
        path = tmp_path_factory.mktemp("drawn") / f"figure.{suffix}"
        draw(path, title="demo")
        return path

    return path_of


@DRAWERS
def test_png_for_print(draw, drawn):
    path = drawn(draw, "png")
    with Image.open(path) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.width == pytest.approx(6.9 * 300, abs=2)
    assert [each.name for each in path.parent.iterdir()] == ["figure.png"]


@DRAWERS
def test_pdf_embeds_truetype(draw, drawn):
    content = unpacked(drawn(draw, "pdf"))
    assert b"/FontFile2" in content
    assert b"/Subtype /Type3" not in content
    assert b"CreationDate" not in content


def test_each_font_of_a_pdf_is_embedded_once_whatever_the_text(tmp_path):
    with style():
        figure, _ = canvas(4, 3, "suffix of an effect", [])
        figure.text(0.5, 0.5, "the model’s office → −1 ≤ ρ, 10⁻³")
    save(figure, tmp_path / "figure.pdf")
    content = unpacked(tmp_path / "figure.pdf")
    assert content.count(b"/FontFile2") == 2
    assert b"+DejaVuSans " in content
    assert b"+DejaVuSans-Bold " in content


@DRAWERS
@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_the_same_frame_gives_the_same_bytes(draw, suffix, drawn, tmp_path):
    path = tmp_path / f"again.{suffix}"
    draw(path, title="demo")
    assert path.read_bytes() == drawn(draw, suffix).read_bytes()


@DRAWERS
def test_another_suffix_is_refused(draw, tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.png or \.pdf, not '\.svg'"):
        draw(tmp_path / "figure.svg")


def test_a_users_own_style_changes_nothing(drawn, tmp_path):
    with matplotlib.rc_context({"axes.facecolor": "black", "font.size": 20}):
        draw_scatter(tmp_path / "figure.png", title="demo")
        assert matplotlib.rcParams["font.size"] == 20
    expected = drawn(draw_scatter, "png")
    assert (tmp_path / "figure.png").read_bytes() == expected.read_bytes()
