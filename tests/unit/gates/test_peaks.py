import numpy as np
import pandas as pd
import pytest
from alarms import alarms_of
from endobench.core.columns import VARIANTS
from endobench.design.gates import gates_of
from endobench.gates import peaks as gates_peaks
from endobench.genome.bed import read_bed
from endobench.genome.liftover import lift_intervals
from endobench.sources import read
from endobench.sources.formats import Source
from endobench.sources.rows import Selection
from frames import parts_of

CHROMS = ("chr1", "chr2")
LENGTH_BP = 2_000_000
CHAIN = "liftover/hg19ToHg38.over.chain.gz"


@pytest.fixture(scope="module")
def peaks():
    rng = np.random.default_rng(1)
    start = rng.integers(0, LENGTH_BP - 400, 600)
    return pd.DataFrame(
        {"chrom": np.repeat(CHROMS, 300), "start": start, "end": start + 400}
    )


@pytest.fixture(scope="module")
def variants(peaks):
    """One variant in five in peaks, the others anywhere."""
    rng = np.random.default_rng(2)
    chosen = peaks.sample(2000, random_state=3, replace=True)
    anywhere = rng.integers(1, LENGTH_BP, 8000)
    chrom = [*chosen["chrom"], *rng.choice(CHROMS, 8000)]
    pos = [*(chosen["start"] + rng.integers(1, 401, 2000)), *anywhere]
    return pd.DataFrame({"chrom": pd.Categorical(chrom), "pos": pos})


def measured(variants, peaks, n_rows=None):
    return gates_peaks.measure(parts_of(variants, VARIANTS, n_rows), peaks)


def alarms(variants, peaks):
    return alarms_of(measured(variants, peaks))


def test_every_gate_of_the_stage_is_measured(variants, peaks):
    names = [gate.name for gate in gates_of("peaks")]
    assert list(measured(variants, peaks)) == names
    assert list(measured(variants, None)) == names


def test_clean_peaks_raise_no_alarm(variants, peaks):
    assert alarms(variants, peaks) == {}


def test_without_peaks_nothing_is_checked(variants):
    found = measured(variants, None)
    assert all(np.isnan(each.value) for each in found.values())
    assert alarms(variants, None) == {}


@pytest.mark.parametrize("shift_bp", [-250_000, -7_500, 7_500, 250_000])
def test_peaks_of_another_build_are_caught(variants, peaks, shift_bp):
    moved = peaks.assign(start=peaks["start"] + shift_bp, end=peaks["end"] + shift_bp)
    moved = moved[(moved["start"] >= 0) & (moved["end"] <= LENGTH_BP)]
    assert alarms(variants, moved)["peak_enrichment"] == "fail"


def test_peaks_shuffled_over_chromosomes_are_caught(variants, peaks):
    other = peaks.assign(chrom=peaks["chrom"].map({"chr1": "chr2", "chr2": "chr1"}))
    assert alarms(variants, other)["peak_enrichment"] == "fail"


def test_variants_depleted_in_peaks_are_caught(variants, peaks):
    assert measured(variants, peaks)["peak_density"].value > 2
    variants = variants.sample(2500, random_state=1)
    places = variants.merge(peaks, on="chrom")
    is_in = (places["start"] < places["pos"]) & (places["pos"] <= places["end"])
    inside = places.loc[is_in, ["chrom", "pos"]].drop_duplicates()
    outside = variants.merge(inside, how="left", indicator=True)
    outside = outside[outside["_merge"] == "left_only"]
    assert alarms(outside, peaks)["peak_density"] == "fail"


def test_other_names_of_chromosomes_are_caught(variants, peaks):
    bare = peaks.assign(chrom=peaks["chrom"].str.removeprefix("chr"))
    assert alarms(variants, bare) == {"peak_chromosomes": "fail"}


def test_a_file_cut_short_is_caught(variants, peaks):
    cut = peaks[peaks["chrom"] == "chr1"]
    assert alarms(variants, cut) == {"peak_chromosomes": "fail"}


def test_whole_chromosomes_are_no_peaks(variants):
    whole = pd.DataFrame({"chrom": CHROMS, "start": 0, "end": LENGTH_BP})
    assert alarms(variants, whole)["peak_coverage"] == "fail"


def test_too_few_variants_are_not_checked(variants, peaks):
    moved = peaks.assign(start=peaks["start"] + 7_500, end=peaks["end"] + 7_500)
    found = measured(variants.sample(100, random_state=1), moved)["peak_enrichment"]
    assert np.isnan(found.value)
    assert "too few to tell" in found.evidence
    assert alarms(variants.iloc[:0], peaks) == {}


@pytest.mark.parametrize("n_rows", [7, 4_000, None])
def test_order_parts_and_overlap_of_peaks_change_nothing(variants, peaks, n_rows):
    middle = (peaks["start"] + peaks["end"]) // 2
    halves = pd.concat([peaks.assign(end=middle + 50), peaks.assign(start=middle - 50)])
    other = variants.sample(frac=1, random_state=1)
    again = measured(other, halves.sample(frac=1, random_state=1), n_rows)
    assert again == measured(variants, peaks)


@pytest.mark.parametrize("shift_bp", [0, 1, -1, 1_234, -99_999, 5_000_000])
def test_variants_in_shifted_peaks_are_counted_around_the_span(
    variants, peaks, shift_bp
):
    positions = gates_peaks._positions(parts_of(variants, VARIANTS))
    for chromosome in gates_peaks._by_chromosome(positions, peaks):
        pos, start, end, low, span_bp, _ = chromosome
        moved = low + (pos - low - shift_bp) % span_bp
        is_in = (start <= moved[:, None]) & (moved[:, None] < end)
        assert gates_peaks._n_inside(chromosome, shift_bp) == is_in.sum()


def test_a_variant_on_an_edge_is_in_the_half_open_interval():
    peaks = pd.DataFrame({"chrom": ["chr1"], "start": [100], "end": [200]})
    variants = pd.DataFrame({"chrom": "chr1", "pos": [100, 101, 200, 201]})
    positions = gates_peaks._positions(parts_of(variants, VARIANTS))
    (chromosome,) = gates_peaks._by_chromosome(positions, peaks)
    assert gates_peaks._n_inside(chromosome, 0) == 2


def test_a_peak_far_beyond_any_chromosome_is_counted_like_others():
    peaks = pd.DataFrame({"chrom": "chr1", "start": [1, 9 * 10**9], "end": 10**10 - 1})
    peaks.loc[0, "end"] = 150
    variants = pd.DataFrame({"chrom": "chr1", "pos": [100, 149, 151]})
    positions = gates_peaks._positions(parts_of(variants, VARIANTS))
    (chromosome,) = gates_peaks._by_chromosome(positions, peaks)
    assert gates_peaks._n_inside(chromosome, 0) == 2


@pytest.fixture
def real(shared_data):
    """K562 peaks of chr22, right, and moved as the wrong build moves them."""
    name = "k562_dnase_chr22/K562_DNase.chr22.macs2_qval1e-5_le5kb.narrowPeak"
    right = read_bed(shared_data(name))
    wrong, _ = lift_intervals(right, shared_data(CHAIN))
    return right, wrong


@pytest.mark.parametrize(
    ("name", "format_name", "q", "is_told"),
    [
        (
            "Whole_Blood.v8.independent_eqtls.annotated_Peters_celltype_eQTLs.txt.gz",
            "gtex_independent",
            None,
            True,
        ),
        ("Whole_Blood.v8.egenes.txt.gz", "gtex_egenes", 0.05, True),
        # Enriched so little in K562's peaks that chr22 alone cannot tell.
        (
            "Kidney_Cortex.v8.signif_variant_gene_pairs.txt.gz",
            "gtex_pairs",
            None,
            False,
        ),
    ],
    ids=["independent", "egenes", "kidney"],
)
def test_real_peaks_of_another_build_are_caught(
    shared_data, real, name, format_name, q, is_told
):
    parsed = read.read_effects(
        shared_data(f"gtex_v8/{name}"), Source(format_name), Selection(["chr22"], q)
    )
    right, wrong = real
    assert alarms(parsed.variants, right) == {}
    found = alarms(parsed.variants, wrong).get("peak_enrichment")
    assert found == ("fail" if is_told else None)


@pytest.mark.parametrize("seed", range(5))
def test_a_chromosome_with_shifted_peaks_is_told(seed):
    rng = np.random.default_rng(seed)
    peaks, variants = [], []
    for chrom in ("chr1", "chr2", "chr3"):
        start = np.sort(rng.choice(np.arange(100_000, 9_900_000, 2_000), 900, False))
        peaks.append(pd.DataFrame({"chrom": chrom, "start": start, "end": start + 600}))
        inside = rng.choice(start, 900) + rng.integers(0, 600, 900)
        places = np.unique(np.r_[inside, rng.integers(100_000, 9_900_000, 3_000)])
        variants.append(pd.DataFrame({"chrom": chrom, "pos": places + 1}))
    variants = parts_of(pd.concat(variants, ignore_index=True), VARIANTS)
    measured = gates_peaks.measure(variants, pd.concat(peaks, ignore_index=True))
    assert "peak_parts" not in alarms_of(measured)
    for broken in range(3):
        moved = [
            each.assign(start=each["start"] + 5_500, end=each["end"] + 5_500)
            if place == broken
            else each
            for place, each in enumerate(peaks)
        ]
        measured = gates_peaks.measure(variants, pd.concat(moved, ignore_index=True))
        assert alarms_of(measured)["peak_parts"] in ("warn", "fail")
        assert f"is chr{broken + 1}:" in measured["peak_parts"].evidence
