import gzip
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.demo.qtls import DEGREES, draw_dsqtls
from endobench.demo.simulate import TRUE_WEIGHTS, simulate, write_simulation
from endobench.genome import motifs
from endobench.genome.alleles import allele_sequences
from endobench.genome.bed import read_bed, write_bed
from endobench.genome.liftover import lift_intervals, lift_positions
from endobench.genome.overlaps import overlaps
from endobench.sources.formats import Source
from endobench.sources.read import read_effects
from endobench.sources.rows import Selection
from portable import settings

SMALL = {"chr1": 300_000, "chr2": 200_000}
NAMES = {
    "genome": "genome.fa",
    "old_genome": "old.fa",
    "pairs": "pairs.txt.gz",
    "finemapped": "finemapped.txt",
    "dsqtls": "dsqtls.tsv",
    "replicate": "replicate.txt.gz",
    "peaks": "peaks.narrowPeak",
    "chain": "old_to_new.chain.gz",
    "blacklist": "blacklist.bed",
    "ld_blocks": "ld.bed",
    "changes": "true_changes.tsv",
    "genes": "genes.gtf.gz",
    "expression": "expression.txt.gz",
    "expression_changes": "true_expression_changes.tsv",
    "truth": "truth.json",
}


@pytest.fixture(scope="module")
def simulation():
    return simulate(7, SMALL)


@pytest.fixture(scope="module")
def folder(simulation, tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    write_simulation(simulation, {name: folder / file for name, file in NAMES.items()})
    return folder


@pytest.fixture(scope="module")
def parsed(folder):
    path = folder / NAMES["pairs"]
    return read_effects(path, Source("gtex_pairs"), Selection(list(SMALL)))


def test_ref_is_what_the_genome_holds_but_for_the_planted_faults(simulation, parsed):
    is_match = [
        simulation["genome"][row.chrom][row.pos - 1 :].startswith(row.ref)
        for row in parsed.variants.itertuples()
    ]
    n_wrong = len(is_match) - sum(is_match)
    assert 1 <= n_wrong <= 6


def test_a_true_change_is_that_of_the_sequences_around_a_variant(simulation):
    genome = simulation["genome"]
    weights = [[TRUE_WEIGHTS.get(name, 0)] for name in motifs.MOTIFS]
    changes = simulation["changes"].set_index("variant_id")["delta"]
    parts = [each.split("_")[:4] for each in changes.index]
    is_indel = np.array([len(ref) != len(alt) for *_, ref, alt in parts])
    assert is_indel.sum() > 20
    # Some are close to each other, and the last one to the end of a chromosome.
    is_asked = is_indel | (np.arange(len(parts)) % 20 < 2)
    is_asked[-1] = True
    for place in np.flatnonzero(is_asked):
        chrom, pos, ref, alt = parts[place]
        start = int(pos) - 1 - 370
        pair = allele_sequences(
            lambda chrom, start, end: genome[chrom][start:end],
            *(chrom, start, start + 741, int(pos), ref, alt),
        )
        sums = [
            motifs.accessibility(each, weights)[120 : 120 + 501].sum(dtype=float)
            for each in pair
        ]
        expected = np.log2(1 + sums[1]) - np.log2(1 + sums[0])
        assert changes.iloc[place] == pytest.approx(expected, rel=1e-12)


def test_the_chain_carries_the_older_build_onto_the_newer(simulation, folder):
    complement = str.maketrans("ACGTN", "TGCAN")
    rng = np.random.default_rng(1)
    n_reverse = n_mapped = 0
    for chrom, old in simulation["old_genome"].items():
        positions = np.sort(rng.integers(1, len(old) + 1, 4_000))
        lifted = lift_positions(
            [chrom] * len(positions), positions, folder / NAMES["chain"]
        )
        new = simulation["genome"][chrom]
        for position, row in zip(positions, lifted.itertuples(), strict=True):
            if row.reason:
                continue
            n_mapped += 1
            n_reverse += row.strand == "-"
            base = old[position - 1]
            base = base.translate(complement) if row.strand == "-" else base
            assert new[row.pos - 1] == base
    assert n_mapped > 7_000
    assert n_reverse > 20


def test_peaks_fit_only_when_they_are_lifted(folder, parsed):
    peaks = read_bed(folder / NAMES["peaks"])
    lifted, reason = lift_intervals(peaks, folder / NAMES["chain"])
    write_bed(peaks, folder / "as_given.bed")
    write_bed(lifted, folder / "lifted.bed")
    assert reason.notna().sum() >= 2
    right = overlaps(parsed.variants, folder / "lifted.bed").mean()
    wrong = overlaps(parsed.variants, folder / "as_given.bed").mean()
    assert right > 0.7
    assert wrong < right / 2


def test_the_table_is_an_eqtl_studys(folder, parsed):
    with gzip.open(folder / NAMES["pairs"], "rt") as file:
        header = file.readline().split()
    assert header == [
        "variant_id",
        "gene_id",
        "tss_distance",
        "ma_samples",
        "ma_count",
        "maf",
        "pval_nominal",
        "slope",
        "slope_se",
        "pval_nominal_threshold",
        "min_pval_nominal",
        "pval_beta",
    ]
    effects = parsed.effects
    assert parsed.variants.shape[0] >= 400
    is_positive = effects["effect"] > 0
    assert 0.4 < is_positive.mean() < 0.6
    z = effects["effect"].abs() / effects["effect_se"]
    order = np.argsort(z.to_numpy())
    assert (np.diff(effects["p_value"].to_numpy()[order]) <= 1e-9).mean() > 0.99


@pytest.fixture(scope="module")
def dsqtls(folder):
    return read_effects(folder / NAMES["dsqtls"], Source("degner_dsqtl"))


def test_each_variant_has_one_dsqtl_in_degners_layout(simulation, folder, dsqtls):
    assert (folder / NAMES["dsqtls"]).read_text().split("\n")[0] == (
        "Chr\tPos\tID\tRef\tAlt\tBeta\tStd. Error\tt value\tPr(>|t|)"
    )
    expected = sorted(simulation["changes"]["variant_id"])
    assert sorted(dsqtls.effects["variant_id"]) == expected
    assert dsqtls.effects["feature_id"].is_unique
    assert dsqtls.dropped.empty


def test_a_dsqtls_p_value_is_that_of_its_rounded_effect_and_error(simulation):
    table = simulation["dsqtls"]
    t = table["Beta"] / table["Std. Error"]
    np.testing.assert_allclose(table["t value"], t, rtol=1e-3)
    p = 2 * scipy.stats.t.sf(table["t value"].abs(), DEGREES)
    np.testing.assert_allclose(table["Pr(>|t|)"], p, rtol=1e-3)


def test_dsqtls_hold_both_classes_and_are_a_control_of_the_eqtls(
    simulation, parsed, dsqtls
):
    effects = dsqtls.effects.set_index("variant_id")
    change = simulation["changes"].set_index("variant_id")["delta"]
    effects = effects.join(change)
    is_positive = effects["p_value"] < 1e-4
    assert 0.05 < is_positive.mean() < 0.25
    assert (effects["p_value"] > 0.5).mean() > 0.25
    agree = np.sign(effects["effect"]) == np.sign(effects["delta"])
    assert agree[is_positive].mean() > 0.99
    pairs = parsed.effects.join(effects["effect"], on="variant_id", rsuffix="_of_site")
    pairs = pairs.dropna(subset="effect_of_site")
    assert pairs["effect"].corr(pairs["effect_of_site"], "spearman") > 0.4


def test_without_a_true_change_dsqtl_p_values_are_uniform():
    variants = pd.DataFrame({"chrom": "chr1", "pos": range(1, 4_001)})
    variants = variants.assign(ref="A", alt="G", delta=[1, -1] + [0] * 3_998)
    table = draw_dsqtls(np.random.default_rng(1), variants)
    p = table["Pr(>|t|)"][2:]
    assert scipy.stats.kstest(p, "uniform").pvalue > 0.01


# Write the files of a seed in a folder.
PROGRAM = """
import json, pathlib, sys
from endobench.demo.simulate import simulate, write_simulation
folder, seed, names = sys.argv[1:]
names = json.loads(names).items()
paths = {name: pathlib.Path(folder, file) for name, file in names}
write_simulation(simulate(int(seed), {"chr1": 60_000}), paths)
"""


@pytest.mark.services
def test_a_seed_decides_every_byte_on_any_processor(tmp_path):
    folders = [tmp_path / name for name in ("here", "other seed", "elsewhere")]
    for folder, seed in zip(folders, (7, 8), strict=False):
        paths = {name: folder / file for name, file in NAMES.items()}
        write_simulation(simulate(seed, {"chr1": 60_000}), paths)
    oldest, *_ = settings().values()
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folders[2]), "7", json.dumps(NAMES)],
        env=os.environ | oldest | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
    here, other_seed, elsewhere = (
        [(folder / file).read_bytes() for file in NAMES.values()] for folder in folders
    )
    assert elsewhere == here
    assert other_seed[0] != here[0]


def test_linkage_blocks_cover_every_variant(folder, parsed):
    write_bed(
        pd.read_csv(
            folder / NAMES["ld_blocks"], sep="\t", names=["chrom", "start", "end"]
        ),
        folder / "blocks.bed",
    )
    n_inside = overlaps(parsed.variants, folder / "blocks.bed").sum()
    assert n_inside == len(parsed.variants)
