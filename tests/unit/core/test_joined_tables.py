import pytest
from endobench.core.joined_tables import join_tables


def written(folder, *texts):
    paths = [folder / f"{place}.tsv" for place in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


def test_rows_are_joined_under_one_header(tmp_path):
    paths = written(tmp_path, "a\tb\n1\t\n", "a\tb\n", "a\tb\n2\tx y\n3\tNA\n")
    join_tables(paths, tmp_path / "joined.tsv")
    assert (tmp_path / "joined.tsv").read_text() == "a\tb\n1\t\n2\tx y\n3\tNA\n"


def test_other_columns_are_refused_and_nothing_is_written(tmp_path):
    paths = written(tmp_path, "a\tb\n1\t2\n", "b\ta\n1\t2\n")
    with pytest.raises(ValueError, match="1.tsv: the header"):
        join_tables(paths, tmp_path / "joined.tsv")
    assert not (tmp_path / "joined.tsv").exists()
