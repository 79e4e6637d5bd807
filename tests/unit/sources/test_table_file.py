import datetime
import decimal
import gzip
import re

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from endobench.core.errors import InputError
from endobench.sources.table_file import open_table, read_columns

FRAME = pd.DataFrame({"name": ["a", "b"], "n": [1, 2], "x": [0.5, None]})
TYPES = {"name": pa.string(), "n": pa.int64(), "x": pa.float64()}


def write(folder, how):
    path = folder / "table"
    if how == "tabs":
        FRAME.to_csv(path, sep="\t", index=False)
    elif how == "commas":
        FRAME.to_csv(path, index=False)
    elif how == "gzip":
        path.write_bytes(gzip.compress(FRAME.to_csv(sep="\t", index=False).encode()))
    elif how == "parquet":
        FRAME.to_parquet(path)
    else:
        FRAME.to_feather(path)
    return path


@pytest.mark.parametrize("how", ["tabs", "commas", "gzip", "parquet", "feather"])
def test_a_table_is_the_same_whatever_it_is_written_as(tmp_path, how):
    table_file = open_table(write(tmp_path, how))
    assert table_file.names == ["name", "n", "x"]
    pd.testing.assert_frame_equal(read_columns(table_file, TYPES).to_pandas(), FRAME)


@pytest.mark.parametrize("how", ["tabs", "parquet", "feather"])
def test_a_missing_column_is_named(tmp_path, how):
    table_file = open_table(write(tmp_path, how))
    with pytest.raises(InputError, match=r"column 'y' is missing .found: name, n, x"):
        read_columns(table_file, {"y": pa.string()})


@pytest.mark.parametrize("how", ["parquet", "feather"])
def test_a_damaged_file_is_an_error_of_the_input(tmp_path, how):
    path = write(tmp_path, how)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=f"not a complete {how} file"):
        read_columns(open_table(path), TYPES)


def test_a_column_of_another_type_is_named(tmp_path):
    path = tmp_path / "t"
    pd.DataFrame({"x": ["a", "b"]}).to_parquet(path)
    with pytest.raises(InputError, match="column 'x': "):
        read_columns(open_table(path), {"x": pa.float64()})


def test_floats_of_parquet_may_be_whole_numbers(tmp_path):
    path = tmp_path / "t"
    pd.DataFrame({"x": [1e5, float("nan")]}).to_parquet(path)
    table = read_columns(open_table(path), {"x": pa.int64()})
    assert table["x"].to_pylist() == [100000, None]
    pd.DataFrame({"x": [1.0, 5.5]}).to_parquet(path)
    with pytest.raises(InputError, match="'x': row 2: 5.5 is not a whole number"):
        read_columns(open_table(path), {"x": pa.int64()})


def test_strings_and_booleans_of_parquet_are_as_in_text(tmp_path):
    path = tmp_path / "t"
    pd.DataFrame({"x": ["1.5", "NA"], "used": [True, False]}).to_parquet(path)
    table = read_columns(open_table(path), {"x": pa.float64(), "used": pa.string()})
    assert table["x"].to_pylist() == [1.5, None]
    assert table["used"].to_pylist() == ["True", "False"]


def test_quotes_in_csv_are_not_part_of_a_value(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('\ufeff"gene","x (a, b)"\n"g, 1",0.5\n')
    table_file = open_table(path)
    assert table_file.names == ["gene", "x (a, b)"]
    table = read_columns(table_file, {"gene": pa.string(), "x (a, b)": pa.float64()})
    assert table.to_pylist() == [{"gene": "g, 1", "x (a, b)": 0.5}]


def test_a_file_without_a_header_has_the_names_of_its_format(tmp_path):
    path = tmp_path / "t"
    path.write_text("a\t1\nb\tx\n")
    table_file = open_table(path, header=("name", "n"))
    assert table_file.first_line == 1
    assert read_columns(table_file, {"name": pa.string()}).to_pydict() == {
        "name": ["a", "b"]
    }
    with pytest.raises(InputError, match="line 2: column 'n': 'x' is not a number"):
        read_columns(table_file, {"n": pa.float64()})
    with pytest.raises(
        InputError, match="line 1: 2 fields; expected the 3 columns of this"
    ):
        open_table(path, header=("a", "b", "c"))


def test_quotes_and_a_byte_order_mark_before_the_first_row(tmp_path):
    path = tmp_path / "t"
    path.write_text('\ufeff"a"\t"1"\n"b"\t"1e+05"\n')
    table_file = open_table(path, header=("name", "n"))
    types = {"name": pa.string(), "n": pa.int64()}
    assert read_columns(table_file, types).to_pydict() == {
        "name": ["a", "b"],
        "n": [1, 100000],
    }


def test_a_name_with_vcf_may_be_a_table(tmp_path):
    path = tmp_path / "table.vcf"
    path.write_text("Chr\tPos\nchr1\t5\n")
    assert open_table(path).kind == "text"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (123456789.0, ".* is not exact, since float numbers"),
        (float("inf"), "inf is not a whole number"),
    ],
)
def test_a_position_that_32_bits_cannot_hold_is_refused(tmp_path, value, what):
    path = tmp_path / "table.parquet"
    table = pa.table({"pos": pa.array([100.0, value], pa.float32())})
    pq.write_table(table, path)
    with pytest.raises(InputError, match=f"row 2: {what}"):
        read_columns(open_table(path), {"pos": pa.int64()})


def test_a_vcf_is_recognised_by_its_columns(tmp_path):
    path = tmp_path / "a.txt"
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    path.write_text(f"##source=x\n{columns}\nchr1\t5\t.\tA\tG\t.\t.\tAF=0.5\n")
    table_file = open_table(path)
    assert table_file.kind == "vcf"
    assert read_columns(table_file, {"INFO/AF": pa.float64()})[
        "INFO/AF"
    ].to_pylist() == [0.5]


def test_the_nearest_column_may_be_one_that_is_also_read(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("beta\tPIP\n1\t0.5\n")
    types = {"beta": pa.float64(), "betta": pa.float64()}
    with pytest.raises(InputError, match="'betta' is missing; the closest is 'beta'"):
        read_columns(open_table(path), types)
    with pytest.raises(InputError, match="'pip' is missing; the closest is 'PIP'"):
        read_columns(open_table(path), {"pip": pa.float64()})


def test_a_flipped_bit_of_parquet_shows_in_a_checksum(tmp_path):
    path = tmp_path / "t"
    table = pa.table({"x": [each / 7 for each in range(99)]})
    pq.write_table(
        table, path, compression="none", use_dictionary=False, write_page_checksum=True
    )
    content = bytearray(path.read_bytes())
    content[400] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a complete parquet file"):
        read_columns(open_table(path), {"x": pa.float64()})


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ([[1.0], [2.0]], "has values of type list<.*>; expected numbers"),
        (
            [datetime.date(2024, 1, 1)] * 2,
            "has values of type date32.*expected numbers",
        ),
    ],
)
def test_values_that_are_no_numbers_are_told_by_their_type(tmp_path, values, what):
    path = tmp_path / "t"
    pq.write_table(pa.table({"x": values}), path)
    with pytest.raises(InputError, match=f"column 'x': {what}"):
        read_columns(open_table(path), {"x": pa.float64()})


def test_decimals_of_parquet_are_numbers(tmp_path):
    path = tmp_path / "t"
    values = [decimal.Decimal("0.1"), decimal.Decimal("100000.0")]
    pq.write_table(pa.table({"x": values}), path)
    table = read_columns(open_table(path), {"x": pa.float64()})
    assert table["x"].to_pylist() == [0.1, 100000.0]
    with pytest.raises(InputError, match="row 1: '0.1' is not a whole number"):
        read_columns(open_table(path), {"x": pa.int64()})


def test_names_of_many_columns_are_told_in_part(tmp_path):
    path = tmp_path / "t"
    path.write_text("\t".join(["x" * 900, *(f"c{each}" for each in range(99))]) + "\n")
    with pytest.raises(InputError, match=r"x\.\.\., c0, .* and 60 others\)") as caught:
        read_columns(open_table(path), {"beta": pa.float64()})
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("separator", "what"),
    [
        (";", r"semicolons: tr ';' '\t' < FILE"),
        ("|", r"vertical bars: tr '|' '\t' < FILE"),
        (" ", r"blanks: awk -v OFS='\t' '{ $1 = $1 } 1' FILE"),
    ],
)
def test_other_separators_are_named_with_what_changes_them(tmp_path, separator, what):
    path = tmp_path / "table"
    FRAME.to_csv(path, sep=separator, index=False, na_rep="NA")
    with pytest.raises(InputError, match=re.escape(f", not by {what} > NEW_FILE (f")):
        read_columns(open_table(path), TYPES)


def test_a_file_that_lacks_a_header_is_recognised(tmp_path):
    path = tmp_path / "nominal.txt"
    FRAME.to_csv(path, sep="\t", index=False, header=False)
    message = "line 1: column 'name' is missing; does the file lack a header"
    with pytest.raises(InputError, match=message):
        read_columns(open_table(path), TYPES)


def test_the_line_of_the_header_is_that_below_the_comments(tmp_path):
    path = tmp_path / "table"
    path.write_text("# made by hand\n\ngene\tn\na\t1\n")
    with pytest.raises(InputError, match="line 3: column 'name' is missing"):
        read_columns(open_table(path), TYPES)


@pytest.mark.parametrize("sep", ["\t", ","])
@pytest.mark.parametrize("label", ["", False])
def test_a_column_without_a_name_is_called_row_names(tmp_path, sep, label):
    path = tmp_path / "top_table"
    FRAME.set_index("name").to_csv(path, sep=sep, index_label=label)
    types = {"(row names)": pa.string(), "x": pa.float64()}
    table = read_columns(open_table(path), types)
    assert table.to_pydict() == {"(row names)": ["a", "b"], "x": [0.5, None]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("empty", ["", "\t\t", ",,", " "])
def test_lines_without_a_value_at_the_end_are_no_rows(tmp_path, end, empty):
    path = tmp_path / "table"
    lines = ["name\tn\tx", "a\t1\t0.5", "b\t2\t", empty, empty]
    for last in ("", end):
        path.write_bytes((end.join(lines) + last).encode())
        table = read_columns(open_table(path), TYPES)
        assert table.to_pydict() == {"name": ["a", "b"], "n": [1, 2], "x": [0.5, None]}


def test_no_break_spaces_around_a_text_are_no_part_of_it(tmp_path):
    path = tmp_path / "table"
    path.write_text("name\tn\nENSG1\N{NO-BREAK SPACE}\t1\n")
    table = read_columns(open_table(path), {"name": pa.string()})
    assert table["name"].to_pylist() == ["ENSG1"]
