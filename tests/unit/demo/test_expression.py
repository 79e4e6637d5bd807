"""The planted truth: what each join of scores to the demonstration's pairs gives."""

import numpy as np
import pandas as pd
import pysam
import pytest
import scipy.stats
from alphagenome.protos.v1 import dna_model_pb2
from endobench.demo.expression import (
    N_FAR,
    N_RETIRED,
    SIGNIFICANT_P,
    draw_expression,
)
from endobench.demo.simulate import simulate
from endobench.genome.gene_ids import without_versions
from endobench.model.standin.gene_model import GeneModel
from endobench.model.standin.gene_scores import score
from endobench.model.standin.motif_model import MotifModel

WINDOW_BP = 131_072
CHROMOSOME_BP = 700_000


@pytest.fixture(scope="module")
def simulation():
    return simulate(11, {"chr1": CHROMOSOME_BP})


@pytest.fixture(scope="module")
def pairs(simulation):
    pairs = simulation["expression"].copy()
    pairs["gene"] = without_versions(pairs["gene_id"])
    place = pairs["variant_id"].str.split("_", expand=True)
    return pairs.assign(pos=place[1].astype(int), ref=place[2], alt=place[3])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scored")


@pytest.fixture(scope="module")
def scores(simulation, pairs, folder):
    return scored(simulation, pairs, folder)


def scored(simulation, pairs, folder, **options):
    """Return the stand-in's scores of all genes around each variant, in its order."""
    genome, genes = folder / "genome.fa", folder / "genes.gtf"
    genome.write_text(f">chr1\n{simulation['genome']['chr1']}\n")
    pysam.faidx(str(genome))
    genes.write_text(simulation["genes"])
    model = GeneModel(MotifModel(genome), genes, **options)
    tables = []
    for row in pairs.drop_duplicates("variant_id").itertuples():
        start = min(max(row.pos - WINDOW_BP // 2, 0), CHROMOSOME_BP - WINDOW_BP)
        interval = dna_model_pb2.Interval(
            chromosome="chr1", start=start, end=start + WINDOW_BP
        )
        variant = dna_model_pb2.Variant(
            chromosome="chr1",
            position=row.pos,
            reference_bases=row.ref,
            alternate_bases=row.alt,
        )
        found = score(model, interval, variant, "RNA_SEQ", True)
        table = pd.DataFrame(found.raw, columns=[each.name for each in found.tracks])
        of_genes = [each.gene for each in found.rows]
        table["gene"] = without_versions([gene.gene_id for gene in of_genes])
        table["distance"] = [abs(gene.first_base - row.pos + 1) for gene in of_genes]
        tables.append(table.assign(variant_id=row.variant_id, place=range(len(table))))
    return pd.concat(tables, ignore_index=True)


def track(scores, tissue):
    [name] = [each for each in scores if f" {tissue} " in f" {each} "]
    return name


def spearman(one, other):
    is_known = one.notna() & other.notna()
    return scipy.stats.spearmanr(one[is_known], other[is_known]).statistic


def joined(pairs, scores, on, tissue="Whole_Blood"):
    merged = pairs.merge(scores, on=on, how="left", validate="m:1", suffixes=("", "_"))
    return spearman(merged[track(scores, tissue)], merged["slope"])


@pytest.fixture(scope="module")
def right(pairs, scores):
    return joined(pairs, scores, ["variant_id", "gene"])


def test_joined_by_variant_and_gene_scores_agree_with_slopes(right):
    assert right > 0.6


def test_joined_by_the_order_of_rows_they_do_not(pairs, scores, right):
    numbered = pairs.assign(place=pairs.groupby("variant_id").cumcount())
    assert joined(numbered, scores, ["variant_id", "place"]) < right - 0.3


@pytest.mark.parametrize("by", ["place", "distance"])
def test_the_first_and_the_nearest_gene_are_rarely_the_right_one(
    pairs, scores, right, by
):
    chosen = scores.sort_values(by).drop_duplicates("variant_id")
    assert joined(pairs, chosen, ["variant_id"]) < right - 0.2
    both = pairs.merge(chosen, on=["variant_id", "gene"])
    assert len(both) < len(pairs) / 3


def test_one_score_per_variant_is_not_enough(pairs, scores, right):
    name = track(scores, "Whole_Blood")
    mean = scores.groupby("variant_id", as_index=False)[name].mean()
    assert joined(pairs, mean, ["variant_id"]) < right - 0.15


def test_another_tissue_is_visibly_wrong(pairs, scores, right):
    on = ["variant_id", "gene"]
    assert joined(pairs, scores, on, "Liver") < -0.2
    assert joined(pairs, scores, on, "Spleen") < right - 0.15


def test_a_model_that_carries_nothing_agrees_with_nothing(simulation, pairs, folder):
    # The pairs of some variants suffice.
    pairs = pairs[pairs["pos"] % 3 > 0]
    scores = scored(simulation, pairs, folder, is_blind=True)
    for tissue in ("Whole_Blood", "Liver"):
        assert abs(joined(pairs, scores, ["variant_id", "gene"], tissue)) < 0.15


def test_accessibility_says_less(simulation, pairs, right):
    merged = pairs.merge(simulation["changes"], on="variant_id")
    assert spearman(merged["delta"], merged["slope"]) < right - 0.2


def test_another_genes_sign_is_another(pairs):
    sizes = pairs.groupby("variant_id")["slope"].agg(["size", "min", "max"])
    several = sizes[sizes["size"] > 1]
    assert len(several) > 0.3 * len(sizes)
    assert 0.3 < ((several["min"] < 0) & (several["max"] > 0)).mean() < 0.9


def test_pairs_without_a_score_are_those_planted(pairs, scores):
    merged = pairs.merge(scores, on=["variant_id", "gene"], how="left")
    missing = merged[merged["place"].isna()]
    is_retired = missing["gene"].str.startswith("ENSG91")
    assert is_retired.sum() == N_RETIRED
    # A window that was moved at the chromosome's end holds some of the far ones.
    assert N_FAR / 2 < (~is_retired).sum() <= N_FAR
    assert (missing.loc[~is_retired, "tss_distance"].abs() > WINDOW_BP // 2).all()


def test_the_table_has_other_versions_than_the_annotation(simulation, pairs):
    own = set(pairs["gene_id"])
    annotated = {
        line.split('gene_id "')[1].split('"')[0]
        for line in simulation["genes"].splitlines()
    }
    assert not own & annotated
    known = without_versions(sorted(annotated))
    assert pairs["gene"].isin(known).mean() > 0.9


def test_distances_are_to_the_start_of_the_annotations_gene(simulation, pairs, scores):
    merged = pairs.merge(scores, on=["variant_id", "gene"])
    assert (merged["tss_distance"].abs() == merged["distance"]).all()


def test_all_pairs_are_significant(pairs):
    assert (pairs["pval_nominal"] < SIGNIFICANT_P).all()
    z = pairs["slope"] / pairs["slope_se"]
    order = z.abs().to_numpy().argsort()
    assert (np.diff(pairs["pval_nominal"].to_numpy()[order]) <= 1e-12).all()
    assert pairs["slope"].abs().max() < 4


def test_true_changes_are_of_the_genes_a_variant_acts_on(simulation, pairs):
    changes = simulation["expression_changes"]
    assert (changes["delta"] != 0).all()
    assert not changes.duplicated(["variant_id", "gene_id"]).any()
    changes = changes.assign(gene=without_versions(changes["gene_id"]))
    merged = pairs.merge(changes, on=["variant_id", "gene"])
    assert spearman(merged["delta"], merged["slope"]) > 0.7


def test_another_stream_draws_another_table_of_the_same_variants(simulation):
    place = simulation["changes"]["variant_id"].str.split("_", expand=True)
    variants = pd.DataFrame(
        {
            "variant_id": simulation["changes"]["variant_id"],
            "chrom": place[0],
            "pos": place[1].astype(int),
            "ref": place[2],
            "alt": place[3],
        }
    )
    table, _ = draw_expression(
        np.random.default_rng(1), simulation["genome"], variants, simulation["genes"]
    )
    assert list(table) == list(simulation["expression"])
    assert not table.equals(simulation["expression"])
