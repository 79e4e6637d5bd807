import numpy as np
import pandas as pd
from endobench.core.columns import ANSWERS, EXCHANGED, SHARDS
from endobench.core.tables import as_table
from endobench.design.routes import MODEL_ITSELF
from endobench.model.answer import Answer
from endobench.predict.spot_checks.alleles import (
    answers_again,
    compare_alleles,
    exchange_alleles,
    n_to_exchange,
    sample_of_alleles,
)
from endobench.predict.spot_checks.samples import sample_to_exchange
from frames import rows_of, variants_of
from remembered import IDS, SCORER, Remembered, of_genes


def test_exchanging_twice_changes_nothing():
    rows = variants_of(*IDS).reindex(columns=SHARDS.names)
    rows = rows[rows["ref"].str.len() == rows["alt"].str.len()]
    exchanged = exchange_alleles(rows)
    assert exchanged["variant_id"].tolist() == ["chr1_50_G_A_b38", "chr1_990_G_A_b38"]
    pd.testing.assert_frame_equal(exchange_alleles(exchanged), rows)


def test_answers_of_exchanged_alleles_are_asked_once_and_paired(shards):
    asked = []

    def ask(shard, label):
        asked.append(shard.n_missing(MODEL_ITSELF))
        for row in shard.rows.itertuples():
            raw = np.array([1, 3], np.float32) * (1 if row.ref > row.alt else -1)
            shard.journals[MODEL_ITSELF][SCORER].append(
                Answer(row.variant_id, row.window_start, raw)
            )
        shard.look()

    for shard in shards.values():
        ask(shard, "")
    sample = sample_to_exchange(shards, 8)
    n_missing = sum(n_to_exchange(shards[name], ids) for name, ids in sample.items())
    assert n_missing == 8
    asked.clear()
    found, again = sample_of_alleles(shards, 8, ask)
    assert sum(asked) == 8
    assert len(as_table(found, EXCHANGED)) == 8
    assert (found["raw"] == -found["exchanged_raw"]).all()
    # The same answers, with all tracks, as those of the variants themselves.
    assert len(as_table(again, ANSWERS)) == 8
    assert again["variant_id"].tolist() == found["variant_id"].tolist()
    np.testing.assert_array_equal(again["raw"].map(np.mean), found["raw"])
    assert sum(n_to_exchange(shards[name], ids) for name, ids in sample.items()) == 0
    assert n_to_exchange(shards["chr1"], []) == 0


def test_exchanged_alleles_without_an_answer_are_left_out():
    here = Remembered(IDS[:2], 16, {MODEL_ITSELF: {"s": [[1, 3], [2, 2]]}})
    there = Remembered(IDS[:2], 16, {MODEL_ITSELF: {"s": [[-1, -2], None]}})
    found = compare_alleles(here, there)
    assert rows_of(found, "variant_id", "raw", "exchanged_raw") == [(IDS[0], 2, -1.5)]
    again = answers_again(here, there)
    assert again["variant_id"].tolist() == [IDS[0]]
    np.testing.assert_array_equal(again["raw"].iloc[0], [1, 2])
    empty, none = sample_of_alleles({}, 8, None)
    assert empty.empty and list(empty) == EXCHANGED.names
    assert none.empty and list(none) == ANSWERS.names


def test_every_gene_of_a_variant_has_its_second_answer():
    one = {MODEL_ITSELF: {"RNA_SEQ": [of_genes(["E2", "E1"], [1, 2], [3, 4])]}}
    here, there = Remembered(IDS[:1], 16, one), Remembered(IDS[:1], 16, one)
    again = answers_again(here, there)
    assert len(as_table(again, ANSWERS)) == 2
    assert rows_of(again, "variant_id", "feature_id") == [
        (IDS[0], "E1"),
        (IDS[0], "E2"),
    ]
    np.testing.assert_array_equal(np.stack(again["raw"]), [[-3, -4], [-1, -2]])
