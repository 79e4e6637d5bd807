import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.demo.eqtls import (
    LINKAGE,
    N_COVARIATES,
    N_DONORS,
    SIGNIFICANT_P,
    draw_eqtls,
    with_faults,
)


def variants_of(rng, n=1_200):
    """Return variants of two chromosomes with true changes that mean nothing."""
    chrom = np.repeat(["chr1", "chr2"], n // 2)
    pos = np.tile(np.arange(1, n // 2 + 1) * 1_000, 2)
    frame = pd.DataFrame({"chrom": chrom, "pos": pos, "delta": rng.normal(size=n)})
    return frame.assign(
        variant_id=frame["chrom"] + "_" + frame["pos"].astype(str) + "_A_G_b38"
    )


@pytest.fixture(scope="module")
def study():
    rng = np.random.default_rng(5)
    variants = variants_of(rng)
    return variants, *draw_eqtls(rng, variants)


def test_every_variant_is_in_one_block_and_tested_with_its_genes(study):
    variants, _, slopes, blocks = study
    assert set(slopes["row"]) == set(range(len(variants)))
    for block in blocks.itertuples():
        here = variants[variants["chrom"] == block.chrom]
        is_inside = here["pos"].between(block.start + 1, block.end)
        assert 12 <= is_inside.sum() < 24
    of_gene = slopes.groupby("gene_id")["row"]
    chroms = variants["chrom"].to_numpy()
    assert of_gene.apply(lambda rows: len(set(chroms[rows])) == 1).all()


def test_slopes_of_neighbours_are_alike_in_size(study):
    _, _, slopes, _ = study
    of_gene = slopes.groupby("gene_id")["slope"]
    near, far = (
        slopes["slope"].abs().corr(of_gene.shift(apart).abs()) for apart in (1, 6)
    )
    assert near > LINKAGE / 2 > abs(far)


def test_only_significant_pairs_are_reported_with_numbers_that_agree(study):
    _, pairs, _, _ = study
    assert len(pairs) > 0 and (pairs["pval_nominal"] < SIGNIFICANT_P).all()
    degrees = N_DONORS - N_COVARIATES - 2
    t = (pairs["slope"] / pairs["slope_se"]).abs()
    assert np.allclose(pairs["pval_nominal"], 2 * scipy.stats.t.sf(t, degrees))
    assert np.allclose(pairs["maf"], pairs["ma_count"] / (2 * N_DONORS))
    assert pairs.groupby("variant_id")["maf"].nunique().eq(1).all()
    smallest = pairs.groupby("gene_id")["pval_nominal"].transform("min")
    assert (pairs["min_pval_nominal"] == smallest).all()


def test_faults_are_copies_and_leave_the_pairs_as_they_are(study):
    _, pairs, _, _ = study
    found = with_faults(np.random.default_rng(1), pairs)
    assert len(found) == len(pairs) + 16
    is_own = found["variant_id"].isin(pairs["variant_id"]) & found["slope"].notna()
    pd.testing.assert_frame_equal(found[is_own].sort_index(), pairs)
    faulty = found[~is_own]
    assert faulty["slope"].isna().sum() == 5
    assert faulty["variant_id"].str.startswith("chrX_").sum() == 5
    assert (faulty["variant_id"].str.split("_").str[2] == "C").sum() == 6
