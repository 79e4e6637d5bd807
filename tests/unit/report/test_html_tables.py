import base64
import io

import numpy as np
import pandas as pd
import pytest
from endobench.report.html_tables import Room, figure, table
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image


def cells(value, dtype=object):
    frame = pd.DataFrame({"a": pd.Series([value, "x"], dtype=dtype)})
    return table(frame, "t", "caption").rows[0][0]


@given(st.floats(allow_nan=False))
def test_the_exact_number_is_kept_beside_the_text(value):
    frame = pd.DataFrame({"a": [value]})
    [[cell]] = table(frame, "t", "caption").rows
    assert float(cell.value) == value
    assert cell.is_number
    assert len(cell.text) <= 9


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.7438249, "0.7438"),
        (5.4e-65, "5.4e-65"),
        (1234567, "1,234,567"),
        (np.int64(12), "12"),
        (-0.99999, "-0.99999"),
        (1.0, "1"),
        (True, "yes"),
        (np.False_, "no"),
        (None, ""),
        (np.nan, ""),
        (pd.NA, ""),
        ("<b>", "<b>"),
    ],
)
def test_cells_are_readable(value, text):
    assert cells(value).text == text


def test_columns_are_chosen_and_empty_ones_left_out():
    frame = pd.DataFrame({"a": [1], "b": [None], "c": [2]})
    found = table(frame, "t", "caption", {"c": "third", "b": "second", "z": "none"})
    assert found.headings == ["third"]


def test_long_texts_are_distinguished_from_short_ones():
    assert cells("x" * 40).is_long
    assert not cells("x" * 10).is_long


def drawn(folder, name="one"):
    path = folder / "figures" / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    image = Image.new("RGB", (3000, 1200), "white")
    image.paste((0, 114, 178), (100, 100, 900, 900))
    image.save(path)
    return path


def test_an_embedded_figure_shows_the_same_as_its_file(tmp_path):
    found = figure(drawn(tmp_path), tmp_path, "a square", Room(10**6))
    kind, data = found.uri.split(",")
    assert kind == "data:image/webp;base64"
    image = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    assert image.size == (1300, 520)
    assert image.getpixel((200, 200)) == (0, 114, 178)
    assert image.getpixel((1250, 450)) == (255, 255, 255)
    assert (found.png, found.pdf) == ("figures/one.png", "figures/one.pdf")


def test_a_figure_without_room_names_its_files(tmp_path):
    room = Room(100)
    found = figure(drawn(tmp_path), tmp_path, "a square", room)
    assert found.uri is None
    assert found.png == "figures/one.png"
    assert room.left == 100


def test_room_is_spent_once():
    room = Room(10)
    assert room.take("123456") == "123456"
    assert room.take("123456") is None
    assert room.take("1234") == "1234"
    assert room.left == 0


def test_a_table_without_room_says_how_many_rows_it_has():
    frame = pd.DataFrame({"a": range(30)})
    found = table(frame, "t", "caption", room=Room(100))
    assert (found.rows, found.n_left_out) == ([], 30)
    found = table(frame, "t", "caption", room=Room(10_000))
    assert (len(found.rows), found.n_left_out) == (30, 0)


def test_constant_identifiers_go_into_the_download():
    frame = pd.DataFrame({"model": "m", "dataset": ["a", "b"], "value": [1, 2]})
    found = table(frame, "t", "caption", {"value": "value"})
    assert found.constants == {"model": "m"}
    assert table(frame, "t", "caption").constants == {}
