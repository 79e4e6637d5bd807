import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from endobench.core.columns import ANSWERS, BENCHMARK_DROPPED, PAIRS, TRACKS
from endobench.core.tables import as_table
from endobench.gates.genes.evidence import Source, gather

NOTHING = pd.DataFrame(columns=BENCHMARK_DROPPED.names)
VARIANTS = ["chr1_10_A_G_b38", "chr1_20_A_G_b38"]
TRACKS_ = pd.DataFrame(
    {
        "gtex_tissue": ["", "Liver", "Whole_Blood"],
        "output": "RNA_SEQ.genes",
        "position": [0, 1, 2],
    }
).reindex(columns=TRACKS.names)
PAIRS_ = pd.DataFrame(
    {
        "variant_id": VARIANTS,
        "scored_gene": ["ENSG2", "ENSG1"],
        "raw": [0.5, -0.5],
    }
).reindex(columns=PAIRS.names)


@pytest.fixture
def answers(tmp_path):
    """Return a file with the answers of two scorers for three genes of two variants."""
    rows = [
        (variant, f"ENSG{gene}", scorer, np.float32([n, 10 * gene, sign * gene]))
        for n, variant in enumerate(VARIANTS)
        for scorer, sign in (("RNA_SEQ", -1), ("RNA_SEQ_ACTIVE", 1))
        for gene in (1, 2, 3)
    ]
    names = ["variant_id", "feature_id", "scorer", "raw"]
    frame = pd.DataFrame(rows, columns=names).sort_values(["scorer", "variant_id"])
    frame = frame.assign(model="m", route="model", window_bp=131_072)
    path = tmp_path / "chr1.parquet"
    pq.write_table(as_table(frame, ANSWERS), path)
    return [path]


def gathered(answers, **changes):
    source = Source(answers, "RNA_SEQ", TRACKS_, TRACKS_.iloc[2:], ["gtex:Whole_Blood"])
    return gather(PAIRS_, NOTHING, None, source._replace(**changes), is_signed=True)


def test_scores_of_all_genes_are_those_of_the_chosen_tracks(answers):
    found = gathered(answers).scores
    assert found.to_dict("list") == {
        "variant_id": [VARIANTS[0]] * 3 + [VARIANTS[1]] * 3,
        "feature_id": ["ENSG1", "ENSG2", "ENSG3"] * 2,
        "raw": [-1, -2, -3] * 2,
    }


def test_pairs_have_the_values_of_their_own_gene(answers):
    found = gathered(answers)
    assert found.tissues == ("Whole_Blood",)
    assert found.by_tissue.to_dict("list") == {
        "Liver": [20, 10],
        "Whole_Blood": [-2, -1],
    }
    assert found.activity.tolist() == [2, 1]


def test_what_was_not_asked_for_is_missing(answers):
    none = gathered(answers, members=["UBERON:0013756"])
    assert none.tissues == ()
    table = pq.read_table(answers[0])
    alone = table.filter(pa.compute.equal(table["scorer"].cast("string"), "RNA_SEQ"))
    pq.write_table(alone, answers[0])
    assert gathered(answers).activity is None
    # A table of scores has neither tracks nor activity.
    found = gathered(answers, tracks=None, chosen=None)
    assert found.by_tissue is None and found.activity is None


def test_the_genes_of_a_table_are_known(answers):
    assert gathered(answers).in_table == frozenset()
    of_table = gathered(answers, tracks=None, chosen=None)
    assert of_table.in_table == {"ENSG1", "ENSG2", "ENSG3"}
