import gzip

import pandas as pd
import pysam
import pytest
from endobench.core.columns import DROPPED, VARIANTS
from endobench.core.errors import InputError
from endobench.genome.liftover import (
    lift_effects,
    lift_intervals,
    lift_positions,
    lift_variants,
)
from endobench.sources.formats import Source
from endobench.sources.read import Parsed, read_effects
from frames import rows_of, variants_of
from hypothesis import given, settings
from hypothesis import strategies as st

# Source positions, 0-based: 100-140 and 150-200 move by 200 and 190 bases; 500-600 is
# reversed onto chr2:1800-1900; 700-750 has two targets; chr5 and chr6 share theirs.
CHAIN = """\
chain 90 chr1 1000 + 100 200 chr1 1000 + 300 390 1
40\t10\t0
50

chain 100 chr1 1000 + 500 600 chr2 2000 - 100 200 2
100

chain 50 chr1 1000 + 700 750 chr3 100 + 0 50 3
50

chain 50 chr1 1000 + 700 750 chr4 100 + 0 50 4
50

chain 50 chr5 50 + 0 50 chr1 1000 + 900 950 5
50

chain 50 chr6 50 + 0 50 chr1 1000 + 900 950 6
50
"""


@pytest.fixture
def chain(tmp_path):
    path = tmp_path / "tiny.over.chain"
    path.write_text(CHAIN)
    return path


def lifted(chain, chrom, *pos):
    frame = lift_positions([chrom] * len(pos), pos, chain)
    return rows_of(frame, "chrom", "pos", "strand", "reason")


def test_a_chain_file_in_another_encoding_is_told_with_its_line(chain):
    chain.write_bytes(b"# by Andr\xe9\n" + chain.read_bytes())
    with pytest.raises(InputError, match="line 1: byte 0xe9 is not UTF-8"):
        lifted(chain, "chr1", 100)


def test_positions_are_1_based_and_blocks_are_half_open(chain):
    assert lifted(chain, "chr1", 100, 101, 140, 141) == [
        (None, -1, None, "unmapped"),
        ("chr1", 301, "+", None),
        ("chr1", 340, "+", None),
        (None, -1, None, "unmapped"),
    ]


def test_a_gap_is_unmapped_and_shifts_what_follows(chain):
    assert lifted(chain, "chr1", 150, 151, 200, 201) == [
        (None, -1, None, "unmapped"),
        ("chr1", 341, "+", None),
        ("chr1", 390, "+", None),
        (None, -1, None, "unmapped"),
    ]


def test_a_reversed_block_counts_backwards(chain):
    assert lifted(chain, "chr1", 501, 600) == [
        ("chr2", 1900, "-", None),
        ("chr2", 1801, "-", None),
    ]


def test_two_targets_are_ambiguous(chain):
    assert lifted(chain, "chr1", 701) == [(None, -1, None, "ambiguous")]


def test_an_unknown_chromosome_is_unmapped(chain):
    assert lifted(chain, "1", 101) == [(None, -1, None, "unmapped")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_chain_may_have_a_mark_and_other_names(chain, tmp_path, pack):
    other = tmp_path / "ensembl.chain"
    text = CHAIN.replace("chr1 ", "1 ").replace("chr2 ", "NC_000002.12 ")
    other.write_bytes(pack(f"\ufeff{text}".encode()))
    assert lifted(other, "chr1", 101, 501) == lifted(chain, "chr1", 101, 501)


@pytest.mark.parametrize("cut", [3, 28])
def test_a_truncated_chain_of_bgzip_is_refused(tmp_path, cut):
    path = tmp_path / "tiny.chain.gz"
    with pysam.BGZFile(str(path), "w") as file:
        file.write(CHAIN.encode())
    assert lifted(path, "chr1", 101) == [("chr1", 301, "+", None)]
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InputError, match=r"tiny\.chain\.gz: truncated"):
        lift_positions(["chr1"], [101], path)


def test_a_compressed_chain_is_the_same_chain(chain, tmp_path):
    packed = tmp_path / "tiny.over.chain.gz"
    packed.write_bytes(gzip.compress(CHAIN.encode(), mtime=0))
    positions = range(90, 210)
    assert lifted(packed, "chr1", *positions) == lifted(chain, "chr1", *positions)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"# a comment\n",
        b"chr1\t100\t200\n",
        b">chr1\nACGT\n",
        b"chain 1 2\n",
        CHAIN[:-40].encode(),
        b"\x1f\x8bjunk",
        bytes(range(1, 256)),
        CHAIN.replace("100\n", "x\n").encode(),
        gzip.compress(CHAIN.encode(), mtime=0)[:-9],
    ],
)
def test_an_incomplete_chain_file_is_an_error(tmp_path, content):
    path = tmp_path / "bad.chain"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.chain: .*UCSC chain file"):
        lift_positions(["chr1"], [101], path)


BLOCKS = st.lists(
    st.tuples(st.integers(1, 8), st.integers(0, 4), st.integers(0, 4)), min_size=1
)


def chain_text(blocks, strand, start, inverse=False):
    """Return a chain from a to b (or back) and its map of positions, 0-based."""
    size, target, moved = 1000, start, 2 * start
    mapped = {}
    for length, gap, other_gap in blocks:
        mapped |= {target + base: moved + base for base in range(length)}
        target, moved = target + length + gap, moved + length + other_gap
    last_gap, last_other_gap = blocks[-1][1:]
    ends = (target - last_gap, moved - last_other_gap)
    if strand == "-":
        mapped = {base: size - 1 - other for base, other in mapped.items()}
    lines = [f"{length}\t{gap}\t{other}" for length, gap, other in blocks[:-1]]
    first, second = (start, ends[0]), (2 * start, ends[1])
    names = ("chra", "chrb")
    if inverse:
        first, second, names = second, first, names[::-1]
        lines = [f"{length}\t{other}\t{gap}" for length, gap, other in blocks[:-1]]
        if strand == "-":
            first, second = ((size - e, size - s) for s, e in (first, second))
            lengths = [length for length, *_ in blocks][::-1]
            gaps = [(other, gap) for _, gap, other in blocks[:-1]][::-1]
            lines = [
                f"{length}\t{gap}\t{other}"
                for length, (gap, other) in zip(lengths, gaps, strict=False)
            ]
    last = blocks[0][0] if inverse and strand == "-" else blocks[-1][0]
    head = (
        f"chain 1 {names[0]} {size} + {first[0]} {first[1]}"
        f" {names[1]} {size} {strand} {second[0]} {second[1]} 1"
    )
    return "\n".join([head, *lines, str(last), "", ""]), mapped


@given(blocks=BLOCKS, strand=st.sampled_from("+-"), start=st.integers(0, 9))
@settings(max_examples=30)
def test_lifting_there_and_back_is_the_identity(
    tmp_path_factory, blocks, strand, start
):
    folder = tmp_path_factory.getbasetemp()
    there, back = folder / "there.chain", folder / "back.chain"
    text, mapped = chain_text(blocks, strand, start)
    there.write_text(text)
    back.write_text(chain_text(blocks, strand, start, inverse=True)[0])
    found = lift_positions(["chra"] * 400, range(1, 401), there)
    is_mapped = found["reason"].isna()
    assert (found.index[is_mapped]).tolist() == sorted(mapped)
    assert (found["pos"] - 1)[is_mapped].to_dict() == mapped
    returned = lift_positions(found["chrom"][is_mapped], found["pos"][is_mapped], back)
    assert (returned["pos"] - 1).tolist() == sorted(mapped)


def test_variants_keep_their_alleles_on_the_same_strand(chain):
    variants = variants_of("chr1_101_AC_A_b37", "chr1_151_A_G_b37")
    kept, lost = lift_variants(variants, chain)
    assert kept["variant_id"].tolist() == ["chr1_301_AC_A_b38", "chr1_341_A_G_b38"]
    assert kept["lifted_from"].tolist() == ["chr1_101_AC_A_b37", "chr1_151_A_G_b37"]
    assert lost.empty and list(lost) == DROPPED.names


def test_alleles_are_complemented_on_the_other_strand(chain):
    kept, _ = lift_variants(
        variants_of("chr1_501_A_G_b37", "chr1_510_AC_GT_b37"), chain
    )
    assert kept["variant_id"].tolist() == ["chr2_1890_GT_AC_b38", "chr2_1900_T_C_b38"]
    assert kept["pos"].tolist() == [1890, 1900]


def test_variants_without_exactly_one_target_are_dropped_with_the_reason(chain):
    expected = {
        "chr1_145_A_G_b37": "unmapped",
        "chr1_701_A_G_b37": "ambiguous",
        "chr1_501_AC_A_b37": "indel_on_other_strand",
        "chr1_139_ACGTACGTACGTAC_A_b37": "split",
        "chr1_140_ACG_A_b37": "split",
        "chr5_7_A_G_b37": "several_to_one",
        "chr6_7_A_G_b37": "several_to_one",
    }
    variants = variants_of("chr1_101_A_G_b37", *expected)
    kept, lost = lift_variants(variants, chain)
    assert kept["lifted_from"].tolist() == ["chr1_101_A_G_b37"]
    assert dict(rows_of(lost, "variant_id", "reason")) == expected
    assert len(lost) == len(expected)
    assert lost["stage"].unique().tolist() == ["liftover"]


def test_lifted_variants_are_sorted_whatever_their_order(chain):
    ids = ["chr1_151_A_G_b37", "chr1_501_A_G_b37", "chr1_101_A_G_b37"]
    one, _ = lift_variants(variants_of(*ids), chain)
    other, _ = lift_variants(variants_of(*ids[::-1]), chain)
    assert one["pos"].tolist() == [301, 341, 1900]
    pd.testing.assert_frame_equal(one, other)


def test_an_empty_table_is_lifted_to_an_empty_table(chain):
    kept, lost = lift_variants(variants_of("chr1_101_A_G_b37").iloc[:0], chain)
    assert kept.empty and lost.empty


def parsed_of(*pairs):
    effects = pd.DataFrame(pairs, columns=["variant_id", "feature_id", "effect"])
    effects["source_line"] = range(2, len(effects) + 2)
    variants = variants_of(*effects["variant_id"].unique())
    lost = pd.DataFrame(columns=DROPPED.names)
    return Parsed(variants, effects, lost, len(effects))


def test_every_pair_of_a_variant_moves_or_is_dropped_with_it(chain):
    parsed = parsed_of(
        ("chr1_101_A_G_b37", "g1", 0.5),
        ("chr1_145_A_G_b37", "g1", 0.1),
        ("chr1_145_A_G_b37", "g2", 0.2),
        ("chr1_501_A_G_b37", "g2", -0.5),
        ("chr1_101_A_G_b37", "g2", 0.7),
    )
    moved = lift_effects(parsed, chain)
    assert rows_of(moved.effects, "variant_id", "effect") == [
        ("chr1_301_A_G_b38", 0.5),
        ("chr2_1900_T_C_b38", -0.5),
        ("chr1_301_A_G_b38", 0.7),
    ]
    assert list(moved.variants) == VARIANTS.names
    assert rows_of(moved.dropped, "variant_id", "reason", "source_line") == [
        ("chr1_145_A_G_b37", "unmapped", 3),
        ("chr1_145_A_G_b37", "unmapped", 4),
    ]


def test_pairs_that_land_elsewhere_are_dropped(chain):
    parsed = parsed_of(("chr1_101_A_G_b37", "g", 0.5), ("chr1_501_A_G_b37", "g", 0.1))
    moved = lift_effects(parsed, chain, ["chr1", "chr9"])
    assert moved.variants["variant_id"].tolist() == ["chr1_301_A_G_b38"]
    assert moved.effects["variant_id"].tolist() == ["chr1_301_A_G_b38"]
    assert rows_of(moved.dropped, "variant_id", "reason", "value", "source_line") == [
        ("chr1_501_A_G_b37", "chromosome_not_requested", "chr2", 3)
    ]


def intervals_of(*rows):
    frame = pd.DataFrame(rows, columns=["chrom", "start", "end"])
    return frame.assign(source_line=range(1, len(frame) + 1))


def test_intervals_move_with_their_two_ends(chain):
    intervals = intervals_of(("chr1", 110, 120), ("chr1", 500, 600), ("chr1", 100, 101))
    kept, reason = lift_intervals(intervals, chain)
    assert rows_of(kept, "chrom", "start", "end", "source_line") == [
        ("chr1", 310, 320, 1),
        ("chr2", 1800, 1900, 2),
        ("chr1", 300, 301, 3),
    ]
    assert reason.isna().all()


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (110, 145, "unmapped"),
        (145, 180, "unmapped"),
        (690, 720, "unmapped"),
        (700, 720, "ambiguous"),
        (180, 520, "split"),
        (130, 160, "length_changed"),
    ],
)
def test_intervals_that_do_not_stay_whole_are_dropped(chain, start, end, reason):
    intervals = intervals_of(("chr1", start, end), ("chr1", 110, 120))
    kept, reasons = lift_intervals(intervals, chain)
    assert kept["source_line"].tolist() == [2]
    assert reasons.tolist() == [reason, None]


def test_the_tolerated_change_of_length_can_be_chosen(chain):
    kept, _ = lift_intervals(
        intervals_of(("chr1", 130, 160)), chain, max_length_change=0.4
    )
    assert rows_of(kept, "chrom", "start", "end") == [("chr1", 330, 350)]


def test_yoruba_dsqtls_move_to_grch38(shared_data):
    table = shared_data("dsqtl_yoruba/dsQTL.vcf")
    chain = shared_data("liftover/hg18ToHg38.over.chain.gz")
    moved = lift_effects(read_effects(table, Source("degner_dsqtl", "hg18")), chain)
    assert len(moved.effects) == 5_660
    assert len(moved.effects) + len(moved.dropped) == moved.n_rows == 5_671
