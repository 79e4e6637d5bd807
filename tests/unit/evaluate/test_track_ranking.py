import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.benchmark.strata import is_lead
from endobench.core.columns import ANSWERS, EXPLANATION_TESTS, TRACK_METRICS, TRACKS
from endobench.core.tables import read_tsv, write_tsv
from endobench.evaluate.options import AgreementOptions
from endobench.evaluate.track_ranking import SpearmanOfTracks, TrackAnswers, rank_tracks
from endobench.stats.agreement import Signed
from endobench.stats.bootstrap import bootstrap
from endobench.stats.estimates import Estimates, statistics_of
from endobench.stats.ld_blocks import blocks_of_pairs
from frames import benchmark, blocks_of
from hypothesis import given, settings
from hypothesis import strategies as st

N_TRACKS = 6


@given(seed=st.integers(0, 1_000), n_levels=st.sampled_from([2, 5, 1_000]))
@settings(max_examples=25, deadline=None)
def test_a_resample_has_the_value_of_each_track_alone(seed, n_levels):
    """With any ties, and any number of pairs of a variant."""
    rng = np.random.default_rng(seed)
    n_variants, n_blocks = 30, 8
    variant = np.concatenate([np.arange(n_variants), rng.integers(n_variants, size=25)])
    block = rng.integers(n_blocks, size=n_variants)
    scores = rng.integers(n_levels, size=(n_variants, N_TRACKS)).astype(np.float32)
    scores[:, 1] = 3
    effect = rng.integers(n_levels, size=len(variant)).astype(float)
    together = SpearmanOfTracks(effect, variant, scores, block, n_blocks)
    alone = [
        Signed(effect, each[variant], block[variant], n_blocks) for each in scores.T
    ]
    options = {"n_resamples": 15, "seed": seed}
    found = bootstrap([together], n_blocks, **options)
    expected = bootstrap(alone, n_blocks, **options)
    np.testing.assert_allclose(
        found.values[0], [each[0] for each in expected.values], atol=1e-12
    )
    np.testing.assert_allclose(
        found.replicates[0],
        np.stack([each[:, 0] for each in expected.replicates], axis=1),
        atol=1e-12,
    )
    assert np.isnan(found.values[0][1])


def world(seed=1):
    """Return pairs, answers of their variants and tracks; the second is the pairs' own."""
    pairs, _ = benchmark(seed=seed)
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(len(pairs), N_TRACKS))
    raw[:, 1] = np.float32(pairs["raw"])
    raw[:, 2] = -raw[:, 1]
    answers = pd.DataFrame(
        {"variant_id": pairs["variant_id"], "raw": [*np.float32(raw)]}
    ).assign(model="m", scorer="DNASE-501-DIFF_LOG2_SUM", window_bp=2048)
    names = [f"t{each}" for each in range(N_TRACKS)]
    tracks = pd.DataFrame({"track": names, "ontology_curie": names, "biosample": "b"})
    tracks = tracks.assign(output="DNASE", position=range(N_TRACKS), model="m")
    return (
        pairs.assign(raw=np.float32(pairs["raw"]).astype(float)),
        answers.reindex(columns=ANSWERS.names),
        tracks.reindex(columns=TRACKS.names),
    )


def ranked(*args, **changes):
    return both(*args, **changes)[0]


def both(pairs, answers, tracks, blocks=None, in_set=(1,), **changes):
    options = {"null": 0.0, "n_resamples": 100, "seed": 3} | changes
    return rank_tracks(
        pairs,
        TrackAnswers(answers, tracks, in_set=list(in_set)),
        blocks,
        AgreementOptions(**options),
        dataset="demo",
        protocol="corrected",
    )


def test_the_track_of_a_set_of_one_has_the_benchmarks_number():
    pairs, answers, tracks = world()
    blocks = blocks_of()
    found = ranked(pairs, answers, tracks, blocks).set_index(["stratum", "track"])
    at = blocks_of_pairs(pairs, blocks)
    for stratum, mask in (
        ("lead_per_feature", is_lead(pairs)),
        ("all_pairs", np.ones(len(pairs), dtype=bool)),
    ):
        rows = pairs[mask]
        scores = pd.DataFrame({"model": rows["raw"]})
        statistics = statistics_of(rows["effect"].to_numpy(), scores, at[mask])
        expected = Estimates(statistics, n_resamples=100, seed=3).rows().iloc[0]
        own = found.loc[(stratum, "t1")]
        for name in ("value", "ci_low", "ci_high", "p"):
            assert own[name] == pytest.approx(expected[name], rel=1e-9)
        assert own["n"] == own["n_variants"] == len(rows)
        assert own["n_blocks"] == expected["n_blocks"]
        assert own["is_in_set"]
    assert found["is_in_set"].sum() == 2


def test_tracks_are_ranked_from_the_highest_in_each_stratum(tmp_path):
    found = ranked(*world())
    assert list(found) == TRACK_METRICS.names
    assert found["stratum"].tolist() == (
        ["lead_per_feature"] * N_TRACKS + ["all_pairs"] * N_TRACKS
    )
    for _, part in found.groupby("stratum"):
        assert part["value"].is_monotonic_decreasing
        assert part["track"].iloc[0] == "t1" and part["track"].iloc[-1] == "t2"
        assert part["value"].iloc[0] == pytest.approx(-part["value"].iloc[-1])
    assert found["is_exploratory"].all()
    assert (found["task"] == "signed").all()
    write_tsv(found, tmp_path / "tracks.tsv", TRACK_METRICS)
    assert len(read_tsv(tmp_path / "tracks.tsv", TRACK_METRICS)) == len(found)


def test_the_own_track_has_its_rank_and_its_interval(tmp_path):
    for in_set, expected in ([1], 1), ([2], N_TRACKS):
        _, rank = both(*world(), blocks_of(), in_set=in_set)
        assert set(rank["stratum"]) == {"lead_per_feature", "all_pairs"}
        assert (rank["value"] == expected).all()
        assert (rank["null"] == (N_TRACKS + 1) / 2).all()
        assert (rank["ci_low"] <= rank["value"]).all()
        assert (rank["value"] <= rank["ci_high"]).all()
        write_tsv(rank, tmp_path / "rank.tsv", EXPLANATION_TESTS)
    # Nothing is left to rank among.
    _, rank = both(*world(), in_set=range(N_TRACKS))
    assert rank.empty


@pytest.mark.parametrize(("in_set", "has_rank"), [((1,), False), ((1, 2), True)])
def test_own_tracks_without_a_rank_of_theirs_are_told(in_set, has_rank):
    """One missing score takes a track out, which is not the same as no test."""
    pairs, answers, tracks = world()
    answers["raw"].iloc[np.flatnonzero(is_lead(pairs))[0]][1] = np.nan
    _, rank = both(pairs, answers, tracks, in_set=in_set)
    assert rank["value"].notna().tolist() == [has_rank] * 2
    words = "1 of the own tracks lack a score of some variant"
    assert rank["evidence"].str.endswith(words).all() and rank["null"].notna().all()


def test_the_tracks_of_a_stratum_are_adjusted_together():
    found = ranked(*world())
    assert found["stratum"].nunique() == 2
    for _, rows in found.groupby("stratum"):
        expected = scipy.stats.false_discovery_control(rows["p"])
        assert np.allclose(rows["p_adjusted"], expected)


def test_the_order_of_rows_does_not_matter():
    pairs, answers, tracks = world()
    found = ranked(
        pairs.sample(frac=1, random_state=1), answers[::-1], tracks, blocks_of()
    )
    pd.testing.assert_frame_equal(found, ranked(pairs, answers, tracks, blocks_of()))


def test_positions_identify_tracks_not_their_rows():
    pairs, answers, tracks = world()
    found = ranked(pairs, answers, tracks[::-1]).set_index(["stratum", "track"])
    expected = ranked(pairs, answers, tracks).set_index(["stratum", "track"])
    pd.testing.assert_frame_equal(found.loc[expected.index], expected)


def test_a_track_with_a_score_that_is_not_finite_has_no_value():
    pairs, answers, tracks = world()
    expected = ranked(pairs, answers, tracks).set_index(["stratum", "track"])
    answers["raw"].iloc[np.flatnonzero(is_lead(pairs))[0]][3] = np.nan
    found = ranked(pairs, answers, tracks).set_index(["stratum", "track"])
    lost = found.xs("t3", level="track")
    assert lost[["value", "ci_low", "ci_high", "p", "p_adjusted"]].isna().all(axis=None)
    rest = found.drop("t3", level="track").index
    for name in ("value", "ci_low", "p"):
        assert found.loc[rest, name].equals(expected.loc[rest, name])


def test_a_variant_with_two_source_ids_has_two_pairs():
    pairs, answers, tracks = world()
    twice = pairs.iloc[:20].assign(source_id="x", feature_id="other")
    both = pd.concat([pairs, twice], ignore_index=True)
    found = ranked(both, answers, tracks)
    row = found[(found["stratum"] == "all_pairs") & (found["track"] == "t1")].iloc[0]
    assert (row["n"], row["n_variants"]) == (len(pairs) + 20, len(pairs))
    expected = scipy.stats.spearmanr(both["effect"], both["raw"]).statistic
    assert row["value"] == pytest.approx(expected)


def test_only_positives_rank_tracks():
    pairs, answers, tracks = world()
    classes = ["p_value", 0.05, 0.5]
    found = ranked(pairs, answers, tracks, classes=classes)
    rows = pairs[pairs["p_value"] <= 0.05]
    own = found[(found["stratum"] == "all_pairs") & (found["track"] == "t1")].iloc[0]
    assert own["n"] == len(rows)
    expected = scipy.stats.spearmanr(rows["effect"], rows["raw"]).statistic
    assert own["value"] == pytest.approx(expected)
    nothing = ranked(pairs, answers, tracks, classes=["p_value", 0, 0.5])
    assert nothing["value"].isna().all() and (nothing["n"] == 0).all()


def test_without_a_known_effect_allele_magnitudes_are_compared():
    pairs, answers, tracks = world()
    found = ranked(pairs, answers, tracks, null=0.5, is_signed=False)
    own = found[(found["stratum"] == "all_pairs") & found["is_in_set"]].iloc[0]
    size = (pairs["effect"] - 0.5).abs()
    expected = scipy.stats.spearmanr(size, pairs["raw"].abs()).statistic
    assert own["value"] == pytest.approx(expected)
    # A score and its negative have one absolute value.
    of_track = found.set_index("track").groupby("stratum")["value"]
    assert all(values["t1"] == values["t2"] for _, values in of_track)
    assert (found["task"] == "magnitude").all()


def test_labels_rank_tracks_as_the_auroc_does():
    pairs, answers, tracks = world()
    label = (np.arange(len(pairs)) % 3 == 0).astype(float)
    pairs = pairs.assign(label=label, effect=label, unit="label")
    found = ranked(pairs, answers, tracks, classes=["label", 1, 0], is_signed=False)
    assert found["stratum"].unique() == ["all_pairs"]
    sizes = np.abs(np.stack(answers["raw"]))[:, found["track"].str[1:].astype(int)]
    wins = sizes[label == 1][:, None] > sizes[label == 0]
    assert (np.diff(wins.mean(axis=(0, 1))) <= 1e-12).all()


def test_the_score_of_a_pair_is_that_of_its_gene_whatever_the_order():
    pairs, answers, tracks = world()
    # Two genes for each variant, whose effects and scores are opposite.
    others = pairs.assign(effect=-pairs["effect"], raw=-pairs["raw"])
    others["feature_id"] = [f"{name}.other" for name in pairs["feature_id"]]
    both = pd.concat([pairs, others], ignore_index=True)
    both["scored_gene"] = both["feature_id"]
    both["feature_id"] += ".17@Liver"
    scores = pd.concat(
        [
            answers.assign(
                feature_id=pairs["feature_id"].to_numpy(), raw=answers["raw"]
            ),
            answers.assign(
                feature_id=others["feature_id"].to_numpy(), raw=-answers["raw"]
            ),
        ]
    ).sample(frac=1, random_state=1)
    found = ranked(both, scores, tracks).set_index(["stratum", "track"])
    own = found.loc[("all_pairs", "t1")]
    expected = scipy.stats.spearmanr(both["effect"], both["raw"]).statistic
    assert own["value"] == pytest.approx(expected, rel=1e-9)
    assert own["n"] == len(both) and own["n_variants"] == len(pairs)
    assert expected > 0.3
