import numpy as np
import pandas as pd
import pytest
from endobench.demo.genes import draw_genes
from endobench.genome.gtf import gene_names, read_exons

PAIRS = pd.DataFrame(
    [
        ("chr1_1100_A_G_b38", "ENSG90000000001.1", 100),
        ("chr1_1300_A_G_b38", "ENSG90000000001.1", 300),
        ("chr1_1300_A_G_b38", "ENSG90000000012.1", 200),
        ("chr2_50_A_G_b38", "ENSG90000000003.1", 49),
    ],
    columns=["variant_id", "gene_id", "tss_distance"],
)
CHROMOSOME_BP = {"chr1": 20_000, "chr2": 20_000}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "genes.gtf"
    path.write_text(draw_genes(np.random.default_rng(1), PAIRS, CHROMOSOME_BP))
    return path


def test_each_gene_begins_where_the_table_says(path):
    exons = read_exons(path, [("chr1", 0, 20_000)])
    for gene_id, tss in (("ENSG90000000001.1", 1000), ("ENSG90000000012.1", 1100)):
        gene = exons[exons["gene_id"] == gene_id]
        first = gene["start"].min() + 1
        last = gene["end"].max()
        assert tss == (first if gene["strand"].iloc[0] == "+" else last)


def test_names_are_of_the_ids_number(path):
    names = gene_names(path)
    assert names["ENSG90000000001.1"] == "SIM1"
    assert names["ENSG90000000012"] == "SIM12"


@pytest.mark.parametrize("seed", range(5))
def test_exons_lie_on_the_chromosome_and_apart(tmp_path, seed):
    path = tmp_path / "genes.gtf"
    path.write_text(draw_genes(np.random.default_rng(seed), PAIRS, CHROMOSOME_BP))
    exons = read_exons(path, [("chr1", 0, 20_000), ("chr2", 0, 20_000)])
    assert (exons["start"] >= 0).all()
    assert (exons["end"] <= 20_000).all()
    for _, gene in exons.sort_values("start").groupby("gene_id"):
        assert (gene["start"].to_numpy()[1:] > gene["end"].to_numpy()[:-1]).all()
