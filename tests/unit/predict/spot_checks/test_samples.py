import contextlib

import numpy as np
from endobench.design.routes import ATLAS_WINDOW_BP, MODEL_ITSELF
from endobench.predict.shard import Request, Shard
from endobench.predict.spot_checks.samples import sample_of, sample_to_exchange
from remembered import SCORER, TRACKS, rows_at, shard_of


def test_a_sample_is_the_same_each_time_in_any_order(shards, tmp_path):
    sample = sample_of(shards, 20)
    assert sum(map(len, sample.values())) == 20
    assert sample_of(shards, 20) == sample
    assert sample_of(dict(reversed(shards.items())), 20) == sample
    with contextlib.ExitStack() as stack:
        permuted = {
            name: stack.enter_context(
                shard_of(shard.rows.sample(frac=1), TRACKS, tmp_path, name)
            )
            for name, shard in shards.items()
        }
        assert sample_of(permuted, 20) == sample


def test_a_sample_is_the_same_on_every_machine(shards):
    assert sample_of(shards, 3) == {
        "chr1": ["chr1_600013_A_T_b38", "chr1_600031_A_T_b38"],
        "chr2": ["chr1_610014_A_T_b38"],
    }


def test_a_larger_sample_holds_the_smaller_one(shards):
    small, large = sample_of(shards, 5), sample_of(shards, 30)
    for name, ids in small.items():
        assert large[name][: len(ids)] == ids


def test_only_answers_of_the_atlas_are_sampled(shards):
    sample = sample_of(shards, 1_000)
    for name, shard in shards.items():
        answered = shard.rows["variant_id"][np.arange(40) % 4 > 0]
        assert sorted(sample[name]) == sorted(answered)
    assert sample_of(shards, 0) == {}


def test_substitutions_of_the_model_are_chosen_for_exchange(shards):
    sample = sample_to_exchange(shards, 20)
    assert sample == sample_to_exchange(dict(reversed(shards.items())), 20)
    for name, ids in sample.items():
        shard = shards[name]
        of_model = shard.rows.iloc[shard.positions(MODEL_ITSELF)]
        assert set(ids) <= set(of_model["variant_id"])
    assert sum(map(len, sample_to_exchange(shards, 5).values())) == 5
    assert sample_to_exchange(shards, 0) == {}


def test_no_indel_and_at_most_fifty_variants_are_exchanged(tmp_path):
    rows = rows_at(range(600_000, 600_090))
    rows["ref"] = rows["ref"].where(rows.index % 3 > 0, rows["ref"] + "A")
    shard = Shard(
        rows,
        TRACKS,
        Request([SCORER], ATLAS_WINDOW_BP, MODEL_ITSELF),
        journal=tmp_path,
        name="chr1",
        genome_digest="0" * 64,
    )
    [ids] = sample_to_exchange({"chr1": shard}, 1_000).values()
    assert len(ids) == 50
    chosen = rows[rows["variant_id"].isin(ids)]
    assert (chosen["ref"].str.len() == 1).all()


def test_the_studys_sequences_have_the_genomes_ref_and_are_not_exchanged(tmp_path):
    rows = rows_at(range(600_000, 600_010))
    shard = Shard(
        rows,
        TRACKS,
        Request(["study-mean"], 2_048, MODEL_ITSELF),
        journal=tmp_path,
        name="chr1",
        genome_digest="0" * 64,
    )
    assert sample_to_exchange({"chr1": shard}, 20) == {}
