import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import GENES, PAIRS
from endobench.gates.genes.annotated import distances, placed_pairs

ANNOTATION = pd.DataFrame(
    {
        "gene_id": ["ENSG01", "ENSG02"],
        "strand": ["+", "-"],
        "tss": [[1_000, 1_500], [9_000]],
        "exon_start": [[1_000, 2_000], [8_000]],
        "exon_end": [[1_100, 2_300], [9_000]],
    }
).reindex(columns=GENES.names)


def pairs_of(*rows):
    """Return pairs from position, gene, window and shift of the window."""
    frame = pd.DataFrame(rows, columns=["pos", "scored_gene", "window_bp", "shift_bp"])
    ids = [f"chr1_{pos}_A_G_b38" for pos in frame.pop("pos")]
    return frame.assign(variant_id=ids).reindex(columns=PAIRS.names)


@pytest.mark.parametrize(
    ("row", "share"),
    [
        # All of the gene, its first exon alone, and nothing.
        ((2_000, "ENSG01", 4_000, 0), 1),
        ((1_000, "ENSG01", 2_000, 0), 0.25),
        ((6_000, "ENSG01", 2_000, 0), 0),
        # A window that was moved.
        ((1_000, "ENSG01", 2_000, 1_000), 1),
        ((8_500, "ENSG02", 1_000, np.nan), 1),
    ],
)
def test_exons_count_as_far_as_the_window_holds_them(row, share):
    placed = placed_pairs(pairs_of(row), ANNOTATION)
    assert placed["exonic_share"].tolist() == pytest.approx([share], abs=0.01)
    assert placed["strand"].tolist() == ["+" if row[1] == "ENSG01" else "-"]


def test_genes_that_the_annotation_lacks_have_no_place():
    pairs = pairs_of((2_000, "ENSG01", 4_000, 0), (2_000, "ENSG09", 4_000, 0))
    assert placed_pairs(pairs, ANNOTATION)["scored_gene"].tolist() == ["ENSG01"]
    assert placed_pairs(pairs, None) is None
    assert placed_pairs(pairs, ANNOTATION.iloc[:0]) is None


def test_the_distance_is_that_to_the_nearest_start():
    others = pd.DataFrame(
        {
            "variant_id": ["chr1_1600_A_G_b38", "chr1_8000_A_G_b38", "chr1_1_A_G_b38"],
            "feature_id": ["ENSG01", "ENSG02", "ENSG09"],
        }
    )
    found = distances(others, ANNOTATION)
    assert found[:2] == [100, 1_000]
    assert np.isnan(found[2])
