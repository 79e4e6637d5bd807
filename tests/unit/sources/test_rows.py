import numpy as np
import pytest
from endobench.core.columns import EFFECTS
from endobench.core.errors import InputError
from endobench.sources import text_table
from endobench.sources.formats import Source
from endobench.sources.rows import EffectTable, Selection

HEADER = "variant_id\tfeature_id\teffect\tkind\n"
LINES = [
    "chr1_5_A_G_b38\tg1\t0.5\ta\n",
    "chr1_5_A_G_b38\tg2\t-0.5\tb\n",
    "chr2_7_A_A_b38\tg1\t1\ta\n",
    "chr9_7_A_C_b38\t\t\ta\n",
]


def table_of(folder, lines=LINES, keep=(), chromosomes=None):
    path = folder / "table"
    path.write_text(HEADER + "".join(lines))
    source = Source("tidy", unit="beta", keep=keep)
    return EffectTable(path, source, Selection(chromosomes))


@pytest.mark.parametrize("block_bytes", [1, 70, 1 << 24])
def test_blocks_together_equal_the_whole_table(tmp_path, monkeypatch, block_bytes):
    monkeypatch.setattr(text_table, "_BLOCK_BYTES", block_bytes)
    table = table_of(tmp_path, chromosomes=["chr1", "chr2"])
    parts, whole = list(table.read_blocks()), table.read()
    assert len(parts) == (
        1 if block_bytes > 1000 else len(LINES) if block_bytes == 1 else 2
    )
    for frame, part in ((whole.frame, parts),):
        lines = np.concatenate([each.frame["source_line"] for each in part])
        assert lines.tolist() == frame["source_line"].tolist() == [2, 3, 4, 5]
    reasons = [each for part in parts for each in part.reason.astype(object)]
    assert reasons[2:] == ["alleles_equal", "chromosome_not_requested"]
    assert whole.reason.astype(object).tolist()[2:] == reasons[2:]
    kept = [row for part in parts for row in table.kept(part).to_pylist()]
    assert kept == table.kept(whole).to_pylist()
    assert table.kept(whole).schema == EFFECTS
    lost = [table.lost(part)["source_line"].tolist() for part in parts]
    assert sum(lost, []) == table.lost(whole)["source_line"].tolist() == [4, 5]


def test_the_first_reason_counts(tmp_path):
    line = "chr2_7_A_A_b38\t\t99\ta\n"
    rows = table_of(tmp_path, [line], chromosomes=["chr1"]).read()
    assert rows.reason.tolist() == ["alleles_equal"]


def test_selected_rows_are_looked_for_in_the_whole_table(tmp_path, monkeypatch):
    monkeypatch.setattr(text_table, "_BLOCK_BYTES", 1)
    (rows,) = table_of(tmp_path, keep=[["kind", "=", "b"]]).read_blocks()
    assert rows.frame["source_line"].tolist() == [3]


def test_a_header_alone_is_an_error(tmp_path):
    table = table_of(tmp_path, [])
    with pytest.raises(InputError, match="has a header but no rows"):
        list(table.read_blocks())
