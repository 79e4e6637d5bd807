import gzip
import logging

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import DROPPED, EFFECTS, VARIANTS
from endobench.core.errors import InputError
from endobench.core.tables import read_frame
from endobench.sources import text_table
from endobench.sources.formats import Source
from endobench.sources.read import read_effects, write_effects
from endobench.sources.rows import Selection
from frames import rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

COLUMNS = [
    "variant_id",
    "gene_id",
    "tss_distance",
    "maf",
    "pval_nominal",
    "slope",
    "slope_se",
]
ROW = {
    "variant_id": "chr1_100_A_G_b38",
    "gene_id": "ENSG1",
    "tss_distance": "-50",
    "maf": "0.25",
    "pval_nominal": "1e-5",
    "slope": "-0.5",
    "slope_se": "0.1",
}
DEGNER = ["Chr", "Pos", "ID", "Ref", "Alt", "Beta", "Std. Error", "Pr(>|t|)"]


def text_of(rows, columns=COLUMNS):
    lines = [[{**ROW, **row}[name] for name in columns] for row in rows]
    return "".join("\t".join(line) + "\n" for line in [columns, *lines])


def read(folder, content, format_name="gtex_pairs", **options):
    """Read a file with given content; options are fields of its source or selection."""
    path = folder / "pairs.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    fields = {name: options.pop(name) for name in Source._fields if name in options}
    return read_effects(path, Source(format_name, **fields), Selection(**options))


def read_degner(folder, *rows):
    lines = ["\t".join(DEGNER), *("\t".join(row) for row in rows)]
    return read(folder, "\n".join(lines) + "\n", "degner_dsqtl", build="hg18")


def complaint(folder, content, *args, **options):
    with pytest.raises(InputError) as caught:
        read(folder, content, *args, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"{folder / 'pairs.txt'}: ")


def assert_same(one, other):
    pd.testing.assert_frame_equal(one.variants, other.variants)
    pd.testing.assert_frame_equal(one.effects, other.effects)
    pd.testing.assert_frame_equal(one.dropped, other.dropped)


def test_a_pair_is_read_into_the_contract(tmp_path):
    parsed = read(tmp_path, text_of([{}]))
    assert list(parsed.variants) == VARIANTS.names
    assert list(parsed.effects) == EFFECTS.names
    assert list(parsed.dropped) == DROPPED.names
    assert rows_of(parsed.variants, *VARIANTS.names) == [
        ("chr1_100_A_G_b38", "chr1", 100, "A", "G")
    ]
    names = ["effect", "effect_se", "p_value", "maf", "distance", "unit", "source_line"]
    assert rows_of(parsed.effects, *names) == [
        (-0.5, 0.1, 1e-5, 0.25, -50.0, "slope", 2)
    ]


def test_column_order_decides_nothing(tmp_path):
    rows = [{}, {"gene_id": "ENSG2"}, {"variant_id": "chr1_7_C_T_b38"}]
    expected = read(tmp_path, text_of(rows))
    assert_same(read(tmp_path, text_of(rows, COLUMNS[::-1])), expected)


def test_extra_columns_are_ignored(tmp_path):
    extra = {"notes": '"unpaired', "more": 'a " b'}
    rows = [{**extra}, {**extra, "gene_id": "ENSG2"}]
    parsed = read(tmp_path, text_of(rows, ["notes", *COLUMNS, "more"]))
    assert_same(parsed, read(tmp_path, text_of(rows)))


def test_line_endings_decide_nothing(tmp_path):
    text = text_of([{}, {"gene_id": "ENSG2"}])
    expected = read(tmp_path, text)
    assert_same(read(tmp_path, text.replace("\n", "\r\n")), expected)
    assert_same(read(tmp_path, text.removesuffix("\n")), expected)


def test_gzip_is_known_by_content_and_may_have_several_members(tmp_path):
    rows = [{}, {"gene_id": "ENSG2"}]
    first, second = text_of(rows).encode()[:90], text_of(rows).encode()[90:]
    packed = gzip.compress(first, mtime=0) + gzip.compress(second, mtime=0)
    assert_same(read(tmp_path, packed), read(tmp_path, text_of(rows)))


def test_optional_columns_may_be_missing(tmp_path, caplog):
    columns = [name for name in COLUMNS if name not in ("maf", "tss_distance")]
    with caplog.at_level(logging.WARNING):
        parsed = read(tmp_path, text_of([{}], columns))
    assert parsed.effects[["maf", "distance"]].isna().all(axis=None)
    assert "no column for maf, distance" in caplog.text


@pytest.mark.parametrize("name", ["variant_id", "gene_id", "slope", "pval_nominal"])
def test_a_missing_column_is_named(tmp_path, name):
    columns = [each for each in COLUMNS if each != name]
    message = complaint(tmp_path, text_of([{}], columns))
    assert message.startswith(f"line 1: column {name!r} is missing")
    assert f"(found: {', '.join(columns)})" in message


def test_a_renamed_column_is_guessed(tmp_path):
    message = complaint(tmp_path, text_of([{}]).replace("slope\t", "slopes\t"))
    assert message.startswith(
        "line 1: column 'slope' is missing; the closest is 'slopes'"
    )


def test_a_column_named_twice_is_an_error(tmp_path):
    message = complaint(tmp_path, text_of([{}], [*COLUMNS, "slope"]))
    assert message == "line 1: column 'slope' appears twice"


@pytest.mark.parametrize("value", ["abc", "1_000", "--1", "5%"])
def test_a_value_that_is_not_a_number_is_named_with_its_line(tmp_path, value):
    rows = [{}, {"gene_id": "ENSG2", "slope": value}]
    message = complaint(tmp_path, text_of(rows))
    assert message == f"line 3: column 'slope': {value!r} is not a number"


@pytest.mark.parametrize(
    "value",
    [
        "rs123",
        "chr1_0_A_G_b38",
        "chr1_-5_A_G_b38",
        "",
        "chr1_100_A_N_b38",
        "chr1_100_A_b38",
        "chr1_99999999999999999999_A_G_b38",
        "chr1_100_A_<DEL>_b38",
    ],
)
def test_a_malformed_variant_id_is_named_with_its_line(tmp_path, value):
    message = complaint(tmp_path, text_of([{}, {"variant_id": value}]))
    assert message == (
        f"line 3: column 'variant_id': {value!r} is not a variant id;"
        " expected an id such as chr1_12345_A_G_b38"
    )


@pytest.mark.parametrize("value", ["chr1_100_A_G_b37", "1_100_A_G_b37"])
def test_an_id_of_another_build_is_an_error(tmp_path, value):
    message = complaint(tmp_path, text_of([{}, {"variant_id": value}]))
    assert message == (
        f"line 3: column 'variant_id': {value!r} is not on GRCh38, the declared build"
        " of this table; expected an id such as chr1_12345_A_G_b38"
    )


def test_ids_follow_the_declared_build(tmp_path):
    content = text_of([{"variant_id": "chr1_100_A_G_b37"}])
    assert len(read(tmp_path, content, build="hg19").effects) == 1
    assert "is not on hg18" in complaint(tmp_path, content, build="hg18")


@pytest.mark.parametrize("content", ["", "\n", gzip.compress(b"", mtime=0)])
def test_an_empty_file_is_an_error(tmp_path, content):
    assert complaint(tmp_path, content).startswith("is empty")


def test_a_header_without_rows_is_an_error(tmp_path):
    assert complaint(tmp_path, text_of([])) == "has a header but no rows"


def test_a_short_line_is_named(tmp_path):
    content = text_of([{}, {"gene_id": "ENSG2"}])
    assert complaint(tmp_path, content + "chr1_1_A_G_b38\tENSG3\n") == (
        "line 4: 2 fields, but the header has 7; is the file truncated?"
    )


def test_a_blank_line_is_an_error_with_its_line(tmp_path):
    lines = text_of([{}, {"gene_id": "ENSG2"}]).splitlines()
    content = "\n".join([*lines[:2], "", lines[2]]) + "\n"
    assert complaint(tmp_path, content).startswith("line 3: ")


def test_every_truncation_of_a_gzip_file_is_an_error(tmp_path):
    rows = [{"slope": str(number / 7)} for number in range(10)]
    packed = gzip.compress(text_of(rows).encode(), mtime=0)
    for length in range(2, len(packed)):
        complaint(tmp_path, packed[:length])


def test_damaged_files_are_errors_of_the_input(tmp_path):
    packed = bytearray(gzip.compress(text_of([{}] * 50).encode(), mtime=0))
    packed[20:40] = bytes(20)
    assert "not a readable text table" in complaint(tmp_path, bytes(packed))
    assert "not a readable text table" in complaint(tmp_path, b"\x1f\x8bjunk" * 9)
    assert "is a binary file" in complaint(tmp_path, bytes(range(256)))
    assert "not a readable text table" in complaint(tmp_path, bytes(range(1, 256)))


def test_text_that_is_not_utf8_is_an_error_of_the_input(tmp_path):
    rows = [{"gene_id": f"ENSG{number}"} for number in range(400)]
    content = text_of([*rows, {"gene_id": "ENSG-é"}]).encode("latin1")
    assert "not readable as text" in complaint(tmp_path, content)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        *[(each, "effect_missing") for each in ("NA", "", "nan", ".")],
        *[(each, "effect_infinite") for each in ("inf", "-inf")],
    ],
)
def test_a_missing_or_infinite_slope_is_dropped(tmp_path, value, reason):
    parsed = read(tmp_path, text_of([{}, {"gene_id": "ENSG2", "slope": value}]))
    assert len(parsed.effects) == 1
    assert rows_of(parsed.dropped, "stage", "reason", "variant_id", "source_line") == [
        ("variants", reason, "chr1_100_A_G_b38", 3)
    ]


def test_a_variant_that_changes_nothing_is_dropped(tmp_path):
    parsed = read(tmp_path, text_of([{}, {"variant_id": "chr1_5_AC_AC_b38"}]))
    assert parsed.variants["pos"].tolist() == [100]
    assert parsed.dropped["reason"].tolist() == ["alleles_equal"]


def test_equal_rows_are_kept_once(tmp_path):
    parsed = read(tmp_path, text_of([{}, {}, {"gene_id": "ENSG2"}, {}]))
    assert parsed.effects["source_line"].tolist() == [2, 4]
    assert rows_of(parsed.dropped, "reason", "source_line") == [
        ("duplicate", 3),
        ("duplicate", 5),
    ]


@pytest.mark.parametrize(
    "other",
    [{"slope": "0.6"}, {"pval_nominal": "0.5"}, {"slope_se": "NA"}],
)
def test_all_conflicting_rows_are_dropped(tmp_path, other):
    parsed = read(tmp_path, text_of([{}, {"gene_id": "ENSG2"}, other]))
    assert parsed.effects["source_line"].tolist() == [3]
    assert parsed.dropped["reason"].tolist() == ["conflicting_duplicate"] * 2


def test_a_dropped_row_is_no_conflicting_duplicate(tmp_path):
    parsed = read(tmp_path, text_of([{}, {"slope": "NA"}]))
    assert parsed.effects["source_line"].tolist() == [2]
    assert parsed.dropped["reason"].tolist() == ["effect_missing"]


def test_rows_over_the_q_value_are_dropped(tmp_path):
    values = ["0.01", "0.05", "0.051", "NA"]
    rows = [{"gene_id": f"ENSG{value}", "qval": value} for value in values]
    content = text_of(rows, [*COLUMNS, "qval"])
    parsed = read(tmp_path, content, "gtex_egenes", max_q_value=0.05)
    assert parsed.effects["feature_id"].tolist() == ["ENSG0.01", "ENSG0.05"]
    assert parsed.dropped["reason"].tolist() == ["q_value_over_limit"] * 2
    assert len(read(tmp_path, content, "gtex_egenes").effects) == 4


def test_a_q_value_limit_needs_q_values(tmp_path):
    message = complaint(tmp_path, text_of([{}]), max_q_value=0.05)
    assert "max_q_value" in message and "gtex_egenes" in message


def test_other_chromosomes_are_dropped(tmp_path):
    rows = [{}, {"variant_id": "chrX_5_C_T_b38"}, {"variant_id": "chr10_5_C_T_b38"}]
    parsed = read(tmp_path, text_of(rows), chromosomes=["chr1", "chr2"])
    assert parsed.variants["chrom"].tolist() == ["chr1"]
    assert parsed.dropped["reason"].tolist() == ["chromosome_not_requested"] * 2


def test_no_row_left_is_an_error_that_gives_the_reasons(tmp_path):
    message = complaint(tmp_path, text_of([{}, {"slope": "NA"}]), chromosomes=["chr2"])
    assert message == (
        "none of 2 rows can be used: chromosome_not_requested 2"
        " (such as line 2 'chr1_100_A_G_b38', line 3 'chr1_100_A_G_b38')"
    )


def test_the_published_effect_is_the_p_value_and_says_so(tmp_path):
    effects = read(tmp_path, text_of([{}]), effect_column="p_value").effects
    assert rows_of(effects, "effect", "p_value", "unit") == [(1e-5, 1e-5, "p_value")]


def test_the_published_protocol_also_drops_rows_without_slope(tmp_path):
    rows = [{}, {"gene_id": "g2", "slope": "inf"}, {"gene_id": "g3", "slope": "NA"}]
    parsed = read(tmp_path, text_of(rows), effect_column="p_value")
    assert parsed.effects["source_line"].tolist() == [2]


@pytest.mark.parametrize("value", ["chr1_100_a_g_b38", "chr1_100_A_Gt_b38"])
def test_alleles_in_lower_case_are_named_as_such(tmp_path, value):
    message = complaint(tmp_path, text_of([{"variant_id": value}]))
    assert f"{value!r} has alleles in lower case" in message


def test_a_table_may_be_separated_by_commas(tmp_path):
    text = text_of([{}, {"gene_id": "ENSG2"}])
    assert_same(read(tmp_path, text.replace("\t", ",")), read(tmp_path, text))


def test_a_table_separated_by_spaces_is_refused(tmp_path):
    message = complaint(tmp_path, text_of([{}]).replace("\t", " "))
    assert "columns must be separated by tabs or by commas" in message


def test_a_required_column_is_not_suggested_for_another(tmp_path):
    message = complaint(tmp_path, text_of([{}]).replace("\tslope\t", "\tbeta\t"))
    assert "column 'slope' is missing (found" in message


@pytest.mark.parametrize("name", ["", "NA", "."])
def test_a_row_without_a_feature_is_dropped(tmp_path, name):
    parsed = read(tmp_path, text_of([{}, {"gene_id": name}]))
    assert len(parsed.effects) == 1
    assert parsed.dropped["reason"].tolist() == ["feature_missing"]
    assert parsed.dropped["source_line"].tolist() == [3]


def test_an_effect_that_a_format_lacks_is_an_error_of_the_input(tmp_path):
    path = tmp_path / "scores.tsv"
    path.write_text("variant_id\tscore\nchr1_1_A_G_b38\t0.5\n")
    with pytest.raises(InputError, match="format scores has no p_value"):
        read_effects(path, Source("scores"), Selection(effect_column="p_value"))


def test_a_score_table_has_one_feature(tmp_path):
    content = "variant_id\tscore\nchr1_5_A_G_b38\t0.5\n"
    effects = read(tmp_path, content, "scores").effects
    assert rows_of(effects, "feature_id", "effect", "unit") == [("score", 0.5, "score")]


def test_a_table_with_columns_for_the_alleles(tmp_path):
    parsed = read_degner(
        tmp_path,
        ["chr2", "20", "w1", "g", "t", "-1.5", "0.2", "1e-6"],
        ["chr1", "10", "w1", "A", "G", "0.5", "0.1", "0.01"],
    )
    assert rows_of(parsed.variants, "variant_id", "pos") == [
        ("chr1_10_A_G_b36", 10),
        ("chr2_20_G_T_b36", 20),
    ]
    assert parsed.effects["variant_id"].tolist() == [
        "chr2_20_G_T_b36",
        "chr1_10_A_G_b36",
    ]
    assert parsed.effects["unit"].unique().tolist() == ["dsQTL beta"]


def test_unusable_alleles_and_positions_are_dropped_with_the_reason(tmp_path):
    tail = ["0.5", "0.1", "0.01"]
    parsed = read_degner(
        tmp_path,
        ["chr1", "10", "w1", "A", "N", *tail],
        ["chr1", "NA", "w2", "A", "G", *tail],
        ["chr1", "0", "w3", "A", "G", *tail],
        ["chr1", "11", "w4", "A", "G", *tail],
    )
    assert parsed.dropped["reason"].tolist() == [
        "allele_not_ACGT",
        "position_missing",
        "position_below_1",
    ]
    assert parsed.effects["source_line"].tolist() == [5]


def test_a_chromosome_of_another_build_is_named_with_its_line(tmp_path):
    tail = ["10", "w", "A", "G", "1", "1", "1"]
    with pytest.raises(
        InputError, match=r"line 3: column 'Chr': chromosome 'NC_000001.11' is the acc"
    ):
        read_degner(tmp_path, ["chr1", *tail], ["NC_000001.11", *tail])


SLOPES = st.sampled_from(["0.5", "-0.5", "NA", "inf"])
ROWS = st.lists(
    st.builds(
        lambda pos, gene, slope, p: {
            "variant_id": f"chr{pos % 3}_{pos}_A_{'GT'[pos % 2]}_b38",
            "gene_id": gene,
            "slope": slope,
            "pval_nominal": p,
        },
        st.integers(1, 6),
        st.sampled_from(["g1", "g2"]),
        SLOPES,
        st.sampled_from(["0.1", "0.2", "NA"]),
    ),
    min_size=1,
    max_size=12,
)


@given(rows=ROWS, data=st.data())
@settings(max_examples=10)
def test_every_row_is_kept_or_dropped_whatever_the_order(tmp_path_factory, rows, data):
    rows = [*rows, {"variant_id": "chr1_9_A_G_b38", "gene_id": "g9"}]
    folder = tmp_path_factory.getbasetemp()
    one = read(folder, text_of(rows), chromosomes=["chr1", "chr2"])
    lines = [*one.effects["source_line"], *one.dropped["source_line"]]
    assert sorted(lines) == list(range(2, one.n_rows + 2))
    assert set(one.effects["variant_id"]) == set(one.variants["variant_id"])
    assert one.variants["variant_id"].is_unique
    assert np.isfinite(one.effects["effect"]).all()
    permuted = data.draw(st.permutations(rows))
    other = read(folder, text_of(permuted), chromosomes=["chr1", "chr2"])
    pd.testing.assert_frame_equal(one.variants, other.variants, check_categorical=False)
    names = ["variant_id", "feature_id", "effect", "p_value"]
    texts = [each.effects[names].astype(str) for each in (one, other)]
    assert sorted(rows_of(texts[0], *names)) == sorted(rows_of(texts[1], *names))
    assert sorted(one.dropped["reason"]) == sorted(other.dropped["reason"])


def test_gtex_pairs_of_the_kidney(shared_data):
    path = shared_data("gtex_v8/Kidney_Cortex.v8.signif_variant_gene_pairs.txt.gz")
    parsed = read_effects(path, Source("gtex_pairs"))
    assert (parsed.n_rows, len(parsed.effects)) == (111_169, 111_169)
    assert len(parsed.variants) == 76_365
    assert (parsed.effects["effect"] < 0).sum() == 48_830


def test_significant_gtex_genes_of_whole_blood(shared_data):
    path = shared_data("gtex_v8/Whole_Blood.v8.egenes.txt.gz")
    parsed = read_effects(path, Source("gtex_egenes"), Selection(max_q_value=0.05))
    assert (len(parsed.effects), parsed.n_rows) == (12_360, 20_315)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"slope": "1e6"}, "effect_out_of_range"),
        ({"slope": "-11"}, "effect_out_of_range"),
        ({"slope_se": "0"}, "standard_error_not_positive"),
        ({"slope_se": "-0.1"}, "standard_error_not_positive"),
    ],
)
def test_impossible_values_are_dropped_and_counted(tmp_path, changes, reason):
    rows = [ROW, {"variant_id": "chr1_200_A_G_b38", **changes}]
    parsed = read(tmp_path, text_of(rows))
    assert rows_of(parsed.dropped, "source_line", "reason") == [(3, reason)]
    assert len(parsed.effects) == 1
    # A p value used as the effect has no range.
    taken = read(tmp_path, text_of(rows), effect_column="p_value")
    assert len(taken.effects) == 1 + ("slope" in changes)


def test_a_tidy_table_has_the_unit_that_the_sheet_says(tmp_path):
    columns = ["variant_id", "feature_id", "effect", "pip"]
    lines = ["chr1_100_A_G_b38\tpeak1\t0.7\t0.95", "chr1_200_A_G_b38\tpeak2\t1.2\t0.1"]
    content = "\n".join(["\t".join(columns), *lines]) + "\n"
    parsed = read(tmp_path, content, "tidy", unit="Pi")
    assert parsed.effects["unit"].tolist() == ["Pi"]
    assert parsed.effects["pip"].tolist() == [0.95]
    # Pi is between 0 and 1.
    assert parsed.dropped["reason"].tolist() == ["effect_out_of_range"]
    assert len(read(tmp_path, content, "tidy", unit="log2FC").effects) == 2


def written(folder, content, format_name="gtex_pairs", **options):
    """Write the effects of a table with given content, and read them back."""
    path = folder / "pairs.txt"
    path.write_text(content)
    paths = [folder / name for name in ("effects", "variants", "lost")]
    write_effects(path, Source(format_name), *paths, Selection(**options))
    schemas = (EFFECTS, VARIANTS, DROPPED)
    return tuple(map(read_frame, paths, schemas))


REPEATED = st.lists(
    st.fixed_dictionaries(
        {
            "variant_id": st.sampled_from(
                [
                    f"chr{c}_{pos}_A_{alt}_b38"
                    for c, pos, alt in (
                        (1, 9, "C"),
                        (1, 9, "G"),
                        (10, 5, "C"),
                        (2, 70_000, "AT"),
                        (3, 1, "G"),
                    )
                ]
            ),
            "gene_id": st.sampled_from(["g1", "g2"]),
            "slope": st.sampled_from(["0.5", "-1", "99", "NA"]),
        }
    ),
    max_size=8,
)


@given(rows=REPEATED, block_bytes=st.sampled_from([30, 150, 1 << 24]))
@settings(max_examples=10)
def test_a_table_written_block_by_block_equals_one_read_at_once(
    tmp_path_factory, rows, block_bytes
):
    folder = tmp_path_factory.getbasetemp()
    content = text_of([*rows, {"variant_id": "chr1_7_A_G_b38", "gene_id": "g9"}])
    chromosomes = ["chr1", "chr10", "chr2"]
    parsed = read(folder, content, chromosomes=chromosomes)
    before, text_table._BLOCK_BYTES = text_table._BLOCK_BYTES, block_bytes
    try:
        effects, variants, lost = written(folder, content, chromosomes=chromosomes)
    finally:
        text_table._BLOCK_BYTES = before
    for found, expected in (
        (effects, parsed.effects),
        (variants, parsed.variants),
        (lost, parsed.dropped),
    ):
        names = list(expected)
        assert (
            found[names]
            .astype(str)
            .equals(expected.reset_index(drop=True).astype(found.dtypes).astype(str))
        )


def test_a_table_without_usable_rows_is_not_written(tmp_path):
    rows = [{"slope": "99"}, {"slope": "1"}, {"slope": "2"}]
    with pytest.raises(InputError) as caught:
        written(tmp_path, text_of(rows))
    assert (
        "none of 3 rows can be used: conflicting_duplicate 2, effect_out_of_range 1"
        " (such as line 3 'chr1_100_A_G_b38', line 4 'chr1_100_A_G_b38'); if they are of"
    ) in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.txt"]


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_line_is_named_whatever_its_block(tmp_path, monkeypatch, is_packed):
    monkeypatch.setattr(text_table, "_BLOCK_BYTES", 100)
    ids = [f"chr1_{pos}_A_G_b38" for pos in range(1, 40)]
    for wrong, message in (
        (
            {"variant_id": "rs7"},
            "line 41: column 'variant_id': 'rs7' is not a variant id",
        ),
        ({"slope": "big"}, "line 41: column 'slope': 'big' is not a number"),
    ):
        content = text_of([*({"variant_id": each} for each in ids), wrong]).encode()
        content = gzip.compress(content) if is_packed else content
        assert complaint(tmp_path, content).startswith(message)


@pytest.mark.parametrize("value", ["7.3", "-0.1", "Inf"])
def test_a_p_value_outside_0_to_1_is_refused(tmp_path, value):
    content = text_of([{}, {"pval_nominal": value}])
    message = complaint(tmp_path, content)
    assert "line 3: column 'pval_nominal': p_value" in message
    assert "is not between 0 and 1" in message
    assert ("declare it as neg_log10_p" in message) == (value != "-0.1")


def test_a_pip_may_exceed_1_by_an_error_of_rounding(tmp_path):
    columns = [*COLUMNS, "pip"]
    row = ROW | {"pip": "1.0000000002"}
    found = read(tmp_path, text_of([row], columns), columns=[["pip", "pip"]]).effects
    assert found["pip"].tolist() == pytest.approx([1])
    with pytest.raises(InputError, match="pip 95 is not between 0 and 1"):
        read(
            tmp_path, text_of([row | {"pip": "95"}], columns), columns=[["pip", "pip"]]
        )
