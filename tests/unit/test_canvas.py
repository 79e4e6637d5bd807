import pytest
from endobench.canvas import STAMP_TEXT, canvas, models_of, save, text_width
from frames import pairs_of_models


def words(figure):
    return [text.get_text() for text in figure.texts]


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
    assert (STAMP_TEXT in words(figure)) is is_stamped


def test_title_and_stamp_take_no_room_of_the_figure():
    plain, _ = canvas(4, 3, "", [])
    full, _ = canvas(4, 3, "a title", ["standin"])
    assert plain.get_figheight() == 3
    assert full.get_figheight() > 3


def test_models_of_several_frames_are_gathered():
    frames = pairs_of_models("a", "b"), pairs_of_models("b", None)
    assert models_of(*frames) == {"a", "b"}


def test_a_suffix_that_is_no_figures_is_refused(tmp_path):
    figure, _ = canvas(4, 3, "title", [])
    with pytest.raises(ValueError, match=r"\.png or \.pdf"):
        save(figure, tmp_path / "figure.txt")
    assert list(tmp_path.iterdir()) == []


def test_longer_text_is_wider():
    assert text_width(["a long word"]) > text_width(["a"]) > 0
