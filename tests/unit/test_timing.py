import pytest
from endobench.timing import ASSUMED_S, note, seconds_per_variant


def test_what_was_noted_last_is_read(tmp_path):
    path = tmp_path / "model" / "atlas-16384bp.seconds"
    for seconds in (2.5, 0.014):
        note(path, seconds)
        assert seconds_per_variant(path) == pytest.approx(seconds)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_nothing_noted_is_assumed(tmp_path):
    assert seconds_per_variant(tmp_path / "nothing") == ASSUMED_S
    assert ASSUMED_S > 0


@pytest.mark.parametrize("damaged", [b"", b"\n", b"\0\0\0", b"fast", b"\xff\xfe1.0"])
def test_a_damaged_file_is_not_there(tmp_path, damaged):
    path = tmp_path / "model.seconds"
    path.write_bytes(damaged)
    assert seconds_per_variant(path) == ASSUMED_S
