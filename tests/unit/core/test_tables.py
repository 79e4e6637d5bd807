import functools
import gzip

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from endobench.core import columns
from endobench.core.errors import InputError
from endobench.core.losses import dropped
from endobench.core.tables import (
    as_table,
    read_chromosomes,
    read_frame,
    read_frames,
    read_parts,
    read_rows,
    read_table,
    read_tsv,
    read_tsvs,
    stacked,
    table_writer,
    write_table,
    write_tsv,
)
from frames import variants_of
from hypothesis import given
from hypothesis import strategies as st

SCHEMAS = {
    name: value for name, value in vars(columns).items() if isinstance(value, pa.Schema)
}
FLAT = {
    name: schema
    for name, schema in SCHEMAS.items()
    if not any(pa.types.is_list(field.type) for field in schema)
}
WORDS = ["007", "NA", "True", 'a "quoted"\ttab', "1e5", "chr1"]


def values_of(type_):
    n_rows = len(WORDS)
    if pa.types.is_list(type_):
        lists = [[0.5, -1.25], None] * n_rows
        return pa.array(lists[:n_rows], type_)
    if pa.types.is_dictionary(type_):
        return pa.array(WORDS).dictionary_encode()
    if pa.types.is_string(type_):
        return pa.array([*WORDS[1:], None], type_)
    if pa.types.is_boolean(type_):
        return pa.array([True, False, None] * 2, type_)
    if pa.types.is_integer(type_):
        return pa.array(range(-1, n_rows - 1), type_)
    return pa.array([None, 0.1, -1 / 3, 1e-300, 5e20, 2.0], type_)


@functools.cache
def table_of(schema):
    return pa.table([values_of(field.type) for field in schema], schema=schema)


@pytest.mark.parametrize("name", SCHEMAS)
def test_parquet_gives_back_what_was_written(tmp_path, name):
    expected = table_of(SCHEMAS[name])
    write_table(expected, tmp_path / "table.parquet", SCHEMAS[name])
    table = read_table(tmp_path / "table.parquet", SCHEMAS[name])
    assert table.schema.equals(SCHEMAS[name])
    assert table.equals(expected)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_frame_is_written_as_its_table(tmp_path, name):
    expected = table_of(SCHEMAS[name])
    frame = expected.to_pandas().sample(frac=1, axis=1, random_state=0)
    write_table(frame.assign(other=1), tmp_path / "table.parquet", SCHEMAS[name])
    assert read_table(tmp_path / "table.parquet", SCHEMAS[name]).equals(expected)


# Whatever the columns, the same text is packed.
@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        *((name, ".tsv") for name in FLAT),
        *((name, ".tsv.gz") for name in ("CONTROL_PAIRS", "IN_PEAKS")),
    ],
)
def test_text_gives_back_what_was_written(tmp_path, name, suffix):
    frame = table_of(FLAT[name]).to_pandas()
    # In text, a boolean column may always have missing values.
    unsure = [field.name for field in FLAT[name] if pa.types.is_boolean(field.type)]
    frame = frame.astype(dict.fromkeys(unsure, "boolean"))
    write_tsv(frame, tmp_path / f"table{suffix}", FLAT[name])
    found = read_tsv(tmp_path / f"table{suffix}", FLAT[name])
    pd.testing.assert_frame_equal(found, frame, check_categorical=False)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_table_without_rows_keeps_its_contract(tmp_path, name):
    write_table(SCHEMAS[name].empty_table(), tmp_path / "a.parquet", SCHEMAS[name])
    write_table(pd.DataFrame(), tmp_path / "b.parquet", SCHEMAS[name])
    for path in tmp_path.iterdir():
        table = read_table(path, SCHEMAS[name])
        assert table.schema.equals(SCHEMAS[name])
        assert table.num_rows == 0


@pytest.mark.parametrize("name", FLAT)
def test_text_without_rows_keeps_its_contract(tmp_path, name):
    write_tsv(pd.DataFrame(), tmp_path / "table.tsv", FLAT[name])
    frame = read_tsv(tmp_path / "table.tsv", FLAT[name])
    assert list(frame) == FLAT[name].names
    assert frame.empty


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_column_that_a_frame_lacks_is_filled_with_nulls(name):
    schema = SCHEMAS[name]
    whole = table_of(schema).to_pandas()
    # Every other column, and then the rest.
    for missing in (schema.names[::2], schema.names[1::2]):
        table = as_table(whole.drop(columns=missing), schema)
        for column in map(table.column, missing):
            assert column.null_count == len(column) == len(whole)


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_text_keeps_every_bit_of_a_number(tmp_path_factory, values):
    path = tmp_path_factory.getbasetemp() / "numbers.tsv"
    frame = pd.DataFrame({"variant_id": "v", "score": values})
    write_tsv(frame, path, columns.SCORE_TABLE)
    assert read_tsv(path, columns.SCORE_TABLE)["score"].tolist() == values


@pytest.mark.parametrize("text", ["2024", "007", "True", "1e5", "NA", "inf"])
def test_a_string_that_looks_like_something_else_stays_a_string(tmp_path, text):
    frame = pd.DataFrame({"dataset": [text] * 2, "stage": text, "n_pairs": 1})
    write_tsv(frame, tmp_path / "table.tsv", columns.WATERFALL)
    found = read_tsv(tmp_path / "table.tsv", columns.WATERFALL)
    assert found["dataset"].tolist() == found["stage"].tolist() == [text] * 2


def test_compressed_text_holds_no_time_of_writing(tmp_path):
    frame = table_of(columns.EFFECTS).to_pandas()
    for name in ("a", "b"):
        write_tsv(frame, tmp_path / name / "table.tsv.gz", columns.EFFECTS)
    one, other = (path.read_bytes() for path in tmp_path.glob("*/table.tsv.gz"))
    assert one == other
    assert int.from_bytes(one[4:8], "little") == 1


def test_lines_stay_integers_if_some_are_missing(tmp_path):
    rows = pd.DataFrame({"variant_id": ["a", "b"], "source_line": [3, None]})
    lost = dropped(rows.astype({"source_line": "Int64"}), "variants", "duplicate")
    write_table(lost, tmp_path / "dropped.parquet", columns.DROPPED)
    frame = read_frame(tmp_path / "dropped.parquet", columns.DROPPED)
    write_tsv(frame, tmp_path / "dropped.tsv", columns.DROPPED)
    lines = (tmp_path / "dropped.tsv").read_text().splitlines()
    assert lines[1:] == ["variants\tduplicate\ta\t3\t", "variants\tduplicate\tb\t\t"]


@pytest.mark.parametrize(
    "values",
    [[True, False], [True, None], [None, None], [False, False]],
    ids=str,
)
@pytest.mark.parametrize("dtype", ["boolean", object])
def test_a_boolean_may_be_missing(tmp_path, values, dtype):
    frame = pd.DataFrame({"variant_id": ["a", "b"]})
    frame["in_peak"] = pd.Series(values, dtype=dtype)
    write_table(frame, tmp_path / "table.parquet", columns.IN_PEAKS)
    write_tsv(frame, tmp_path / "table.tsv", columns.IN_PEAKS)
    for found in (
        read_frame(tmp_path / "table.parquet", columns.IN_PEAKS),
        read_tsv(tmp_path / "table.tsv", columns.IN_PEAKS),
    ):
        assert as_table(found, columns.IN_PEAKS)["in_peak"].to_pylist() == values
    lines = (tmp_path / "table.tsv").read_text().splitlines()[1:]
    words = ["" if each is None else str(each) for each in values]
    assert [line.split("\t")[-1] for line in lines] == words


def test_several_tables_are_read_as_one(tmp_path):
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, model in zip(paths, ["m1", "m2"], strict=True):
        frame = pd.DataFrame({"variant_id": ["v"], "model": [model]})
        write_table(frame, path, columns.SCORES)
    frame = read_frames(paths, columns.SCORES)
    assert frame["model"].tolist() == ["m1", "m2"]
    assert list(read_frames([], columns.SCORES)) == columns.SCORES.names


def test_only_the_rows_asked_for_are_read(tmp_path):
    schema = columns.ANSWERS
    for name, scorers in (("a", ["s1", "s2", "s1"]), ("b", ["s2"]), ("c", [])):
        ids = [f"{name}{number}" for number in range(len(scorers))]
        frame = pd.DataFrame({"variant_id": ids, "scorer": scorers})
        write_table(frame, tmp_path / f"{name}.parquet", schema)
    paths = sorted(tmp_path.iterdir())
    frame = read_frames(paths, schema, [("scorer", "==", "s1")])
    assert frame["variant_id"].tolist() == ["a0", "a2"]
    assert list(frame) == schema.names
    table = read_table(paths[0], schema, ["variant_id"], [("scorer", "==", "s2")])
    assert table.to_pydict() == {"variant_id": ["a1"]}
    nothing = read_frames(paths, schema, [("scorer", "==", "s3")])
    assert as_table(nothing, schema).schema.equals(schema)
    assert nothing.empty
    assert read_frames([], schema, [("scorer", "==", "s1")]).empty


def test_only_the_columns_asked_for_are_read_of_several_tables(tmp_path):
    variants = variants_of("chr1_3_A_G_b38", "chr2_4_A_G_b38")
    for name, rows in (("a", variants[:1]), ("b", variants[1:])):
        write_table(rows, tmp_path / name, columns.VARIANTS)
    paths = [tmp_path / "a", tmp_path / "b"]
    found = read_frames(paths, columns.VARIANTS, columns=["pos", "chrom"])
    assert found.to_dict("list") == {"pos": [3, 4], "chrom": ["chr1", "chr2"]}
    assert list(read_frames([], columns.VARIANTS, columns=["pos"])) == ["pos"]


def test_rows_of_some_values_come_with_the_column_of_all(tmp_path):
    ids = [f"chr{c}_{pos}_A_G_b38" for c in (1, 2) for pos in (3, 4)]
    variants = variants_of(*ids)
    with table_writer(tmp_path / "v", columns.VARIANTS) as writer:
        for rows in (variants[:1], variants[1:]):
            writer.write_table(as_table(rows, columns.VARIANTS))
    wanted = [ids[3], "elsewhere", ids[0]]
    rows, column = read_rows(tmp_path / "v", columns.VARIANTS, "variant_id", wanted)
    assert rows["variant_id"].to_pylist() == [ids[0], ids[3]]
    assert rows.to_pandas()["chrom"].tolist() == ["chr1", "chr2"]
    assert column.to_pylist() == ids
    # A file may have no row groups at all.
    with table_writer(tmp_path / "none", columns.VARIANTS):
        pass
    rows, column = read_rows(tmp_path / "none", columns.VARIANTS, "variant_id", ids)
    assert rows.schema.equals(columns.VARIANTS)
    assert len(rows) == len(column) == 0


@pytest.mark.parametrize("name", FLAT)
def test_a_table_is_written_as_its_frame(tmp_path, name):
    table = table_of(FLAT[name])
    for each, path in ((table, "table.tsv"), (table.to_pandas(), "frame.tsv")):
        write_tsv(each, tmp_path / path, FLAT[name])
    texts = [path.read_text() for path in tmp_path.iterdir()]
    assert texts[0] == texts[1]


def test_values_of_another_type_are_written_as_they_are(tmp_path):
    schema = pa.schema([("word", pa.string()), ("number", pa.float64())])
    frame = pd.DataFrame({"word": [0.5, 2], "number": [1, 2]})
    write_tsv(frame, tmp_path / "table.tsv", schema)
    assert (tmp_path / "table.tsv").read_text() == "word\tnumber\n0.5\t1\n2.0\t2\n"


def test_a_missing_column_is_named(tmp_path):
    frame = table_of(columns.VARIANTS).to_pandas()
    lesser = pa.schema([field for field in columns.VARIANTS if field.name != "pos"])
    write_table(frame, tmp_path / "table.parquet", lesser)
    write_tsv(frame, tmp_path / "table.tsv", lesser)
    for read, name in ((read_table, "table.parquet"), (read_tsv, "table.tsv")):
        with pytest.raises(InputError) as caught:
            read(tmp_path / name, columns.VARIANTS)
        assert str(caught.value) == f"{tmp_path / name}: missing columns: pos"


def test_only_the_columns_asked_for_must_be_there(tmp_path):
    lesser = pa.schema([columns.VARIANTS.field("pos")])
    write_table(table_of(columns.VARIANTS), tmp_path / "table.parquet", lesser)
    table = read_table(tmp_path / "table.parquet", columns.VARIANTS, ["pos"])
    assert table.column_names == ["pos"]


def test_every_truncation_of_a_parquet_file_is_an_error(tmp_path):
    path = tmp_path / "table.parquet"
    write_table(table_of(columns.VARIANTS), path, columns.VARIANTS)
    content = path.read_bytes()
    for length in range(0, len(content), 31):
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match="not a complete Parquet file"):
            read_table(path, columns.VARIANTS)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08junk", b"\xff\xfe\n\xff\n"])
def test_a_damaged_text_table_is_an_error_of_the_input(tmp_path, content):
    path = tmp_path / "table.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="table.tsv"):
        read_tsv(path, columns.VARIANTS)


def test_a_truncated_text_table_is_an_error_of_the_input(tmp_path):
    path = tmp_path / "table.tsv.gz"
    write_tsv(table_of(columns.VARIANTS).to_pandas(), path, columns.VARIANTS)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(InputError, match="not a complete table"):
        read_tsv(path, columns.VARIANTS)


@pytest.mark.parametrize("write", [write_table, write_tsv])
def test_a_failing_write_leaves_nothing(tmp_path, write):
    class Unwritable:
        def __str__(self):
            raise OSError("no space left")

    frame = pd.DataFrame({"variant_id": [Unwritable()], "pos": 1})
    with pytest.raises((OSError, pa.ArrowInvalid, pa.ArrowTypeError)):
        write(frame, tmp_path / "table.tsv", columns.VARIANTS)
    assert list(tmp_path.iterdir()) == []


def test_a_value_of_the_wrong_type_is_not_written(tmp_path):
    frame = pd.DataFrame({"variant_id": ["v"], "pos": [1.5]})
    with pytest.raises(pa.ArrowInvalid):
        write_table(frame, tmp_path / "table.parquet", columns.VARIANTS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["dropped.tsv", "dropped.tsv.gz"])
@pytest.mark.parametrize(
    "value", ["1.0", 'a "quoted" one', "two\twords", "two\nlines", None]
)
def test_texts_are_written_as_pandas_writes_them(tmp_path, name, value):
    frame = pd.DataFrame(
        {
            "stage": ["peaks", "peaks"],
            "reason": pd.Categorical(["a", "b"]),
            "variant_id": ["chr1_1_A_G_b38", None],
            "source_line": [7, None],
            "value": [None, value],
        }
    )
    write_tsv(frame, tmp_path / name, columns.DROPPED)
    expected = frame.astype({"source_line": "Int64"}).to_csv(sep="\t", index=False)
    content = (tmp_path / name).read_bytes()
    content = gzip.decompress(content) if name.endswith("gz") else content
    assert content.decode() == expected


def test_chromosomes_are_read_one_after_the_other(tmp_path):
    variants = variants_of(
        *(f"chr{c}_{pos}_A_G_b38" for c in (1, 10, 2) for pos in (3, 4))
    )
    with table_writer(tmp_path / "v", columns.VARIANTS) as writer:
        for rows in (variants[:1], variants[1:3], variants[3:]):
            writer.write_table(as_table(rows, columns.VARIANTS))
    found = dict(read_chromosomes(tmp_path / "v", columns.VARIANTS))
    assert list(found) == ["chr1", "chr10", "chr2"]
    assert pd.concat(found.values())["variant_id"].tolist() == [*variants["variant_id"]]
    assert [len(part) for part in read_parts(tmp_path / "v", columns.VARIANTS)] == [
        1,
        2,
        3,
    ]


def test_parts_with_texts_as_dictionaries_hold_the_same(tmp_path):
    variants = variants_of("chr1_3_A_G_b38", "chr1_4_AT_G_b38")
    write_table(variants, tmp_path / "v", columns.VARIANTS)
    (part,) = read_parts(tmp_path / "v", columns.VARIANTS, ["ref", "pos"], ["ref"])
    assert part.column_names == ["ref", "pos"]
    assert pa.types.is_dictionary(part["ref"].type)
    assert part["ref"].to_pylist() == ["A", "AT"]


def test_parts_of_a_table_without_a_column_or_half_a_table_are_refused(tmp_path):
    variants = variants_of("chr1_3_A_G_b38")
    write_table(variants, tmp_path / "v", columns.VARIANTS)
    with pytest.raises(InputError, match=r"v: missing columns: tss"):
        next(read_parts(tmp_path / "v", columns.VARIANTS, ["pos", "tss"]))
    (tmp_path / "v").write_bytes((tmp_path / "v").read_bytes()[:-20])
    with pytest.raises(InputError, match="v: not a complete Parquet file"):
        next(read_parts(tmp_path / "v", columns.VARIANTS))


def test_several_texts_are_read_as_one(tmp_path):
    table = table_of(columns.FAILURES)
    for name, rows in (("a", table[:2]), ("b", table[:0]), ("c", table[2:])):
        write_tsv(rows, tmp_path / name, columns.FAILURES)
    found = read_tsvs([tmp_path / name for name in "abc"], columns.FAILURES)
    pd.testing.assert_frame_equal(found, table.to_pandas(), check_categorical=False)


def test_frames_are_stacked_as_pandas_does():
    frames = [
        pd.DataFrame(
            {"stage": "a", "variant_id": ["x", None], "source_line": [1, None]}
        ),
        pd.DataFrame({"stage": pd.Categorical(["b"]), "reason": "c", "value": "3"}),
    ]
    found = stacked(frames, columns.DROPPED).to_pandas()
    expected = pd.concat(
        as_table(each, columns.DROPPED).to_pandas() for each in frames[:1]
    )
    assert found["stage"].tolist() == ["a", "a", "b"]
    assert found["variant_id"].isna().tolist() == [False, True, True]
    assert found[:2]["variant_id"].tolist()[:1] == expected["variant_id"].tolist()[:1]


def test_a_note_is_metadata_of_the_file_and_an_empty_one_is_not(tmp_path):
    path = tmp_path / "table.parquet"
    schema = pa.schema([("x", pa.int64())])
    write_table(pd.DataFrame({"x": [1]}), path, schema, terms="as agreed", other="")
    metadata = pa.parquet.read_schema(path).metadata
    assert metadata[b"terms"] == b"as agreed"
    assert b"other" not in metadata
