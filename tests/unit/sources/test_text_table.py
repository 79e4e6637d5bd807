"""A table is read the same, whichever program wrote it."""

import csv
import gzip
import logging
import re

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pysam
import pytest
from endobench.core.errors import InputError
from endobench.sources.formats import Source
from endobench.sources.load import load_effects
from endobench.sources.read import read_effects, write_effects
from endobench.sources.rows import Selection
from endobench.sources.table_file import open_table, read_columns
from frames import rows_of

PLACE = [["chrom", "chrom"], ["pos", "pos"], ["ref", "ref"], ["alt", "alt"]]
NUMBERS = [["feature_id", "gene"], ["effect", "beta"], ["p_value", "p"]]
GENERIC = Source("generic", unit="slope", columns=[*PLACE, *NUMBERS])
ROWS = pd.DataFrame(
    {
        "chrom": ["chr1", "chr1", "chr2", "chrX"],
        "pos": [100000, 1500000, 7, 12345678],
        "ref": ["A", "AC", "G", "T"],
        "alt": ["G", "A", "T", "C"],
        "gene": ["g1", "g2", "g1", "NA"],
        "beta": [0.5, -0.25, 2.0, 0.125],
        "p": [0.5, 1e-100, None, 0.25],
    }
)


def read(path, source=GENERIC, **selection):
    return read_effects(path, source, Selection(**selection))


def assert_same(path, **fields):
    """Compare the rows of a file with `ROWS`, whatever their lines."""
    found = read(path, GENERIC._replace(**fields))
    expected = [
        ("chr1_100000_A_G_b38", "g1", 0.5, 0.5),
        ("chr1_1500000_AC_A_b38", "g2", -0.25, 1e-100),
        ("chr2_7_G_T_b38", "g1", 2.0, None),
    ]
    names = ["variant_id", "feature_id", "effect", "p_value"]
    effects = found.effects[names].astype(object)
    effects = effects.where(effects.notna(), None)
    assert rows_of(effects, *names) == expected
    assert found.dropped["reason"].tolist() == ["feature_missing"]


def written(path, frame=ROWS, **options):
    frame.to_csv(path, **({"sep": "\t", "index": False} | options))
    return path


def one_line(path, *args, **options):
    with pytest.raises(InputError) as caught:
        read(path, *args, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("sep", ["\t", ","])
@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
def test_quotes_are_no_part_of_a_value(tmp_path, sep, quoting):
    assert_same(written(tmp_path / "t", sep=sep, quoting=quoting, na_rep="NA"))


def test_quotes_around_values_alone_are_no_part_of_them(tmp_path):
    path = written(tmp_path / "t", quoting=csv.QUOTE_ALL)
    header, *lines = path.read_text().splitlines()
    path.write_text("\n".join([header.replace('"', ""), *lines]) + "\n")
    assert_same(path)


@pytest.mark.parametrize("sep", ["\t", ","])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])
def test_row_names_of_r_are_no_column(tmp_path, sep, quoting):
    # R writes no name above them, and pandas an empty one.
    path = written(tmp_path / "t", sep=sep, quoting=quoting, index=True, na_rep="NA")
    assert_same(path)
    text = path.read_text().removeprefix('""').removeprefix(sep)
    path.write_text(text)
    assert_same(path)


def test_an_empty_field_at_the_end_of_all_rows_is_no_row_name(tmp_path):
    path = written(tmp_path / "t")
    header, *lines = path.read_text().splitlines()
    path.write_text("\n".join([header, *(f"{line}\t" for line in lines)]) + "\n")
    assert_same(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("sep", ["\t", ","])
def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path, pack, sep):
    path = written(tmp_path / "t", sep=sep)
    path.write_bytes(pack(b"\xef\xbb\xbf" + path.read_bytes()))
    assert_same(path)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems(tmp_path, end):
    path = written(tmp_path / "t")
    content = path.read_bytes().replace(b"\n", end.encode())
    for whole in (content, content.removesuffix(end.encode())):
        path.write_bytes(whole)
        assert_same(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_another_encoding_is_named(tmp_path, encoding):
    path = written(tmp_path / "t", encoding=encoding)
    assert one_line(path) == "not a text file in UTF-8, but in UTF-16; save it as UTF-8"


@pytest.fixture(scope="module")
def of_bgzip(tmp_path_factory):
    """Return the bytes of a table in several blocks of bgzip."""
    path = tmp_path_factory.mktemp("whole") / "t.gz"
    frame = pd.concat([ROWS] * 2500, ignore_index=True)
    frame = frame.assign(pos=frame["pos"] + range(len(frame)))
    written(path.with_suffix(""), frame)
    pysam.tabix_compress(str(path.with_suffix("")), str(path))
    assert len(read(path).effects) == 7500
    # Each block says how long it is.
    assert path.read_bytes().count(b"BC\x02\x00") > 3
    return path.read_bytes()


@pytest.mark.parametrize("cut", [28, 29, 200])
def test_a_truncated_file_of_bgzip_is_refused(tmp_path, of_bgzip, cut):
    path = tmp_path / "t.gz"
    path.write_bytes(of_bgzip[:-cut])
    assert "truncated" in one_line(path)
    with pytest.raises(InputError, match="truncated"):
        write_effects(path, GENERIC, *(tmp_path / "new" / each for each in "evl"))
    assert not [each for each in tmp_path.glob("new/*") if each.is_file()]


@pytest.mark.parametrize("cut", [1, 8, 40])
def test_truncated_gzip_and_parquet_files_are_refused(tmp_path, cut):
    path = tmp_path / "t.gz"
    path.write_bytes(gzip.compress(written(tmp_path / "t").read_bytes() * 99)[:-cut])
    assert "truncated" in one_line(path) or "not a readable" in one_line(path)
    ROWS.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert "not a complete parquet file" in one_line(path)


POSITIONS = {
    "R": ["1e+05", "1500000", "7", "12345678"],
    "R, fewer digits": ["1e+05", "1.5e+06", "7", "12345678"],
    "pandas": ["100000.0", "1500000.0", "7.0", "12345678.0"],
    "Polars": ["100000", "1.5e6", "7", "12345678"],
    "Excel": ["1E+05", "1.5E+06", " 7 ", "12345678"],
    "awk": ["100000", "+1500000", "7", "12345678"],
}


@pytest.mark.parametrize("program", POSITIONS)
@pytest.mark.parametrize("kind", ["text", "string", "large_string"])
def test_whole_numbers_are_read_in_any_notation(tmp_path, program, kind):
    frame = ROWS.assign(pos=POSITIONS[program])
    if kind == "text":
        written(tmp_path / "t", frame)
    else:
        type_ = pa.large_string() if kind == "large_string" else pa.string()
        table = pa.table({name: pa.array(frame[name]) for name in frame})
        position = list(frame).index("pos")
        table = table.set_column(position, "pos", pa.array(frame["pos"], type_))
        pq.write_table(table, tmp_path / "t")
    assert_same(tmp_path / "t")


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("1.23457e+08", "is rounded to a few digits"),
        ("1.23E+08", "is rounded to a few digits"),
        ("7.5", "is not a whole number"),
        ("1,500,000", "has a comma"),
        ("chr1", "is not a number"),
    ],
)
def test_a_position_that_is_none_is_named_with_its_line(tmp_path, value, what):
    frame = ROWS.assign(pos=["1e+05", value, "7", "12345678"])
    message = one_line(written(tmp_path / "t", frame))
    assert message.startswith(f"line 3: column 'pos': {value!r} ")
    assert what in message
    frame.to_parquet(tmp_path / "p")
    assert one_line(tmp_path / "p").startswith(f"column 'pos': row 2: {value!r} ")


MISSING = ["", "NA", "N/A", "#N/A", "NaN", "nan", "-nan", "null", "NULL", "None", "."]


@pytest.mark.parametrize("kind", ["text", "large_string"])
def test_a_missing_number_is_missing_however_it_is_written(tmp_path, kind):
    values = [*MISSING, "<NA>", "#DIV/0!", "-nan(ind)", "none"]
    frame = pd.concat([ROWS.iloc[[0]], *[ROWS.iloc[[2]]] * len(values)])
    frame = frame.assign(
        p=["0.5", *values], gene=[f"g{i}" for i in range(len(frame))]
    ).astype({"p": object})
    if kind == "text":
        written(tmp_path / "t", frame, quoting=csv.QUOTE_NONE)
    else:
        frame.to_parquet(
            tmp_path / "t",
            schema=pa.Schema.from_pandas(frame).set(
                6, pa.field("p", pa.large_string())
            ),
        )
    effects = read(tmp_path / "t").effects
    assert len(effects) == len(frame)
    assert effects["p_value"].isna().tolist() == [False] + [True] * len(values)


def test_a_decimal_comma_is_named(tmp_path):
    frame = ROWS.assign(beta=["0.5", "-0,25", "2", "1"])
    assert one_line(written(tmp_path / "t", frame)) == (
        "line 3: column 'beta': '-0,25' is not a number, since it has a comma; write a"
        " decimal point, and no separators of thousands"
    )


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("beta,chrom,pos,ref,alt,gene,p", "{},chr1,7,A,G,g1,1"),
        ("gene,beta,chrom,pos,ref,alt,p", "g{row},{},chr1,7,A,G,1"),
        ("chrom,pos,ref,alt,gene,p,beta", "chr1,7,A,G,g1,1,{}"),
    ],
)
@pytest.mark.parametrize("values", [("0,25", "0,05"), ("1,5", "-0,5")])
def test_a_decimal_comma_is_not_taken_for_the_end_of_a_row_name(
    tmp_path, header, line, values
):
    path = tmp_path / "comma.csv"
    lines = [line.format(each, row=row) for row, each in enumerate(values)]
    path.write_text("\n".join([header, *lines]) + "\n")
    message = f"line 3: '{values[1]}' looks like a number with a decimal comma"
    with pytest.raises(InputError, match=message):
        read(path)


def test_whole_numbers_beside_row_names_are_no_decimals(tmp_path):
    path = tmp_path / "padded.csv"
    header = ROWS.assign(chrom=["01", "01", "02", "X"]).to_csv(index=True)
    path.write_text(header.removeprefix(","))
    assert_same(path)


def test_classes_of_r_are_numbers(tmp_path):
    frame = ROWS.assign(p=["TRUE", "FALSE", "NA", "TRUE"])
    columns = [*PLACE, ["feature_id", "gene"], ["label", "p"]]
    source = Source("generic", unit="label", columns=columns, effect_allele="unknown")
    effects = read(written(tmp_path / "t", frame), source).effects
    assert effects["label"].tolist() == [1.0, 0.0]


NAMES = {
    "bare": ["1", "1", "2", "X"],
    "upper case": ["CHR1", "Chr1", "CHR2", "chrx"],
    "RefSeq": ["NC_000001.11", "NC_000001.11", "NC_000002.12", "NC_000023.11"],
    "GenBank": ["CM000663.2", "CM000663.2", "CM000664.2", "CM000685.2"],
    "PLINK": ["1", "01", "2", "23"],
}


@pytest.mark.parametrize("names", NAMES)
def test_chromosomes_are_known_by_their_aliases(tmp_path, names):
    path = written(tmp_path / "t", ROWS.assign(chrom=NAMES[names], gene="g1"))
    found = read(path, chromosomes=["chr1", "chr2", "chrX"])
    assert found.variants["chrom"].tolist() == ["chr1", "chr1", "chr2", "chrX"]


FORMS = [
    "{chrom}_{pos}_{ref}_{alt}",
    "{chrom}_{pos}_{ref}_{alt}_hg38",
    "{chrom}:{pos}:{ref}:{alt}",
    "{chrom}:{pos}:{ref}>{alt}",
    "{chrom}:{pos}_{ref}/{alt}",
    "{chrom}-{pos}-{ref}-{alt}",
    "{bare}-{pos}-{ref}-{alt}",
    "{bare}:{pos}[b38]{ref},{alt}",
    "{bare}:{sci}:{ref}:{alt}",
    "GRCh38:{bare}:{pos}:{ref}:{alt}",
    "{accession}:{zero}:{ref}:{alt}",
    "{accession}:{pos}:{ref}>{alt}",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("format_name", ["generic", "scores", "tidy", "gtex_pairs"])
def test_ids_of_every_form_are_read_by_every_format(tmp_path, form, format_name):
    accessions = ["NC_000001.11", "NC_000001.11", "NC_000002.12", "NC_000023.11"]
    ids = [
        form.format(
            bare=row.chrom.removeprefix("chr"),
            accession=accession,
            zero=row.pos - 1,
            sci="1e+05" if row.pos == 100000 else row.pos,
            **row._asdict(),
        )
        for row, accession in zip(ROWS.itertuples(), accessions, strict=True)
    ]
    columns = [["variant_id", "id"], ["effect", "beta"]]
    if format_name != "scores":
        columns.append(["feature_id", "alt"])
    if format_name == "gtex_pairs":
        columns += [["effect_se", "pos"], ["p_value", "p"]]
    unit = "" if format_name in ("scores", "gtex_pairs") else "slope"
    source = Source(format_name, unit=unit, columns=columns)
    found = read(written(tmp_path / "t", ROWS.assign(id=ids)), source)
    assert found.effects["variant_id"].tolist() == [
        "chr1_100000_A_G_b38",
        "chr1_1500000_AC_A_b38",
        "chr2_7_G_T_b38",
        "chrX_12345678_T_C_b38",
    ]


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("1:5:A:G:hg19", "is not on GRCh38"),
        ("NC_000001.10:5:A:G", "is the accession of chr1 on hg19, not on GRCh38"),
        ("NC_000001.11:5::G", "does not give both alleles"),
        ("NC_000001.11:g.5_6del", "does not give both alleles"),
        ("chr1:1.23457e+08:A:G", "is rounded to a few digits"),
    ],
)
def test_an_id_that_cannot_be_used_is_named_with_its_line(tmp_path, value, what):
    (tmp_path / "t").write_text(f"variant_id\tscore\nchr1:4:A>G\t1\n{value}\t2\n")
    message = one_line(tmp_path / "t", Source("scores"))
    assert message.startswith(f"line 3: column 'variant_id': {value!r} ")
    assert what in message


def test_a_table_dropped_for_one_reason_says_so_with_examples(tmp_path, caplog):
    frame = ROWS.assign(gene="g1", chrom=["chrU1", "chrU1", "chrU2", "chr1"])
    path = written(tmp_path / "t", frame)
    message = one_line(path, chromosomes=["chr2"])
    assert message == (
        "none of 4 rows can be used: chromosome_not_requested 4 (such as line 2"
        " 'chrU1_100000_A_G_b38', line 3 'chrU1_1500000_AC_A_b38', line 4"
        " 'chrU2_7_G_T_b38')"
    )
    with caplog.at_level(logging.WARNING):
        load_effects(path, GENERIC, selection=Selection(["chr1"]))
    (told,) = [each for each in caplog.records if each.name.endswith("losses")]
    assert told.is_for_terminal
    assert "3 of 4 rows are dropped as chromosome_not_requested" in told.getMessage()
    assert "line 4 'chrU2_7_G_T_b38'" in told.getMessage()


@pytest.mark.parametrize(
    "dates",
    [
        ("1-Mar", "Sep-02", "7-Dec"),
        ("01-Mar-2021", "Mar-2021", "2021/03/01"),
        ("3/1/2021", "2021-03-01 00:00:00", "03/01/21"),
    ],
)
def test_features_that_excel_made_dates_of_are_told(tmp_path, caplog, dates):
    first, *others = dates
    path = written(tmp_path / "t", ROWS.assign(gene=[first, "g-1/2", *others]))
    with caplog.at_level(logging.WARNING):
        assert len(read(path).effects) == 4
    named = ", ".join(map(repr, dates))
    assert f"such as {named} look like gene names" in caplog.text


NOMINAL = (
    "molecular_trait_id\tchromosome\tposition\tref\talt\tvariant\tma_samples\tmaf"
    "\tpvalue\tbeta\tse\n"
    "g1\t1\t5\tA\tG\tchr1_5_A_G\t9\t0.25\t0.5\t-0.5\t0.125\n"
)


def test_a_nominal_table_of_the_eqtl_catalogue_needs_no_pips(tmp_path):
    (tmp_path / "t").write_text(NOMINAL)
    effects = read(tmp_path / "t", Source("eqtl_catalogue")).effects
    names = ["variant_id", "effect", "effect_se", "p_value", "maf"]
    assert rows_of(effects, *names) == [("chr1_5_A_G_b38", -0.5, 0.125, 0.5, 0.25)]


LINES = ["gene\tbeta\tpos", "G1\t0.5\t100", "G2\t-0.5\t200"]
TYPES = {"gene": pa.string(), "beta": pa.float64(), "pos": pa.int64()}


def read_lines(folder, lines):
    path = folder / "table.txt"
    path.write_text("\n".join(lines) + "\n")
    table_file = open_table(path)
    return table_file.first_line, read_columns(table_file, TYPES).to_pydict()


def complaint_about(folder, lines):
    with pytest.raises(InputError) as caught:
        read_lines(folder, lines)
    return str(caught.value)


def test_quotes_that_begin_below_the_second_line_are_no_part_of_a_name(tmp_path):
    more = ['"G3"\t"0.25"\t300', 'G"4\t1\t400']
    _, found = read_lines(tmp_path, [*LINES, *more])
    assert found["gene"] == ["G1", "G2", "G3", 'G"4']
    assert found["beta"] == [0.5, -0.5, 0.25, 1.0]


@pytest.mark.parametrize(
    "above",
    [["# made by us"], ["##a", "##b=1"], [""], ["# a, b"], ["#a\tb"]],
)
def test_comments_above_the_header_are_skipped(tmp_path, above):
    first, found = read_lines(tmp_path, [*above, *LINES])
    assert first == len(above) + 2
    assert found["gene"] == ["G1", "G2"]


@pytest.mark.parametrize("mark", ["#", "# ", "\ufeff#"])
def test_a_header_that_begins_with_a_hash_is_a_header(tmp_path, mark):
    above = ["## a"] if mark[0] == "#" else []
    first, found = read_lines(tmp_path, [*above, mark + LINES[0], *LINES[1:]])
    assert first == len(above) + 2
    assert found["gene"] == ["G1", "G2"]


def test_a_column_may_be_declared_with_its_hash(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("#gene\tbeta\nG1\t1\n")
    found = read_columns(open_table(path), {"#gene": pa.string()})
    assert found.to_pydict() == {"#gene": ["G1"]}


def test_blanks_around_a_text_are_no_part_of_it(tmp_path):
    _, found = read_lines(tmp_path, [LINES[0], " G1 \t 0.5\t100 ", "G 2\t1\t2"])
    assert found["gene"] == ["G1", "G 2"]
    assert found["pos"] == [100, 2]


def test_a_hexadecimal_position_is_not_a_number(tmp_path):
    message = complaint_about(tmp_path, [*LINES, "G3\t1\t0x10"])
    assert "line 4: column 'pos': '0x10' is not a number" in message


def test_a_repeated_header_is_named(tmp_path):
    message = complaint_about(tmp_path, [*LINES, LINES[0], *LINES[1:]])
    assert "line 4: column 'beta': this line is a header" in message


def test_a_line_of_one_field_may_be_a_comment(tmp_path):
    message = complaint_about(tmp_path, [*LINES, "# end"])
    assert "line 4: 1 fields, but the header has 3; is it a comment" in message


def test_a_file_that_was_not_copied_to_its_end_is_named(tmp_path):
    message = complaint_about(tmp_path, [*LINES, "\0" * 200])
    assert "but the header has 3, and bytes of 0; was the file copied" in message


@pytest.mark.parametrize("name", [r'"a\"b"', '"a""b"'])
def test_quotes_within_quotes_are_read_as_r_and_excel_escape_them(tmp_path, name):
    _, found = read_lines(tmp_path, [LINES[0], f"{name}\t1\t5", '"c"\t2\t6'])
    assert found["gene"] == ['a"b', "c"]


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["G3\t1\t5\t", "G4\t1\t6"], "4 fields, .* a separator too many at its end"),
        (["G3\t1\tx\t5", "G4\t1\t6"], "4 fields, .* does a cell contain a tab, or"),
        (["G3\t1", "G4\t1\t6"], "2 fields, .* is a cell missing"),
        (["G3\t1"], "2 fields, .* is the file truncated"),
        (['"G3', 'or 4"\t1\t5'], "1 fields, .* quotes contain the end of a line"),
    ],
)
def test_a_line_of_another_length_is_explained(tmp_path, lines, what):
    message = complaint_about(tmp_path, [*LINES, *lines])
    assert re.search(f"line 4: {what}", message), message


def test_a_table_in_another_encoding_than_utf_8_says_so(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("\n".join([*LINES, "G\xe4\t1\t5"]), encoding="latin-1")
    with pytest.raises(InputError, match="line 4: byte 0xe4 is not UTF-8; save the"):
        open_table(path)
