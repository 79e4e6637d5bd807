import numpy as np
import pytest
from endobench.genome import motifs

COMPLEMENT = str.maketrans("ACGTN", "TGCAN")
GATA = "AGATAAGG"
N_MOTIFS = len(motifs.MOTIFS)


def random_sequence(length, seed=1):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def column(name):
    return list(motifs.MOTIFS).index(name)


def weights_of(n_tracks=3, seed=2):
    return np.random.default_rng(seed).uniform(0, 2, (N_MOTIFS, n_tracks))


def best_site(name):
    return "".join("ACGT"[row.argmax()] for row in motifs.probabilities(name))


def test_encoding_knows_both_cases_and_nothing_else():
    assert motifs.encode("ACGTacgtNRn-").tolist() == [0, 1, 2, 3] * 2 + [4] * 4
    assert motifs.encode("A").dtype == np.uint8


@pytest.mark.parametrize("name", motifs.MOTIFS)
def test_each_position_is_a_distribution(name):
    matrix = motifs.probabilities(name)
    assert matrix.shape == (len(motifs.MOTIFS[name]), 4)
    assert (matrix > 0).all()
    np.testing.assert_allclose(matrix.sum(axis=1), 1)


def test_occupancy_is_the_formula_position_by_position():
    sequence = random_sequence(60) + best_site("GATA1") + random_sequence(20, 2)
    expected = np.zeros((len(sequence), N_MOTIFS))
    for number, name in enumerate(motifs.MOTIFS):
        matrix = np.log2(motifs.probabilities(name) / 0.25)
        threshold = matrix.max(axis=1).sum() - motifs.HALF_OCCUPIED_BELOW_BEST
        width = len(matrix)
        for start in range(len(sequence) - width + 1):
            site = sequence[start : start + width]
            for strand in (site, site.translate(COMPLEMENT)[::-1]):
                pairs = zip(matrix, strand, strict=True)
                score = sum(row["ACGT".index(base)] for row, base in pairs)
                occupied = 1 / (1 + 2 ** (threshold - score))
                expected[start + width // 2, number] += occupied
    np.testing.assert_allclose(motifs.occupancy(sequence), expected, atol=1e-4)


@pytest.mark.parametrize("name", motifs.MOTIFS)
def test_a_site_is_occupied_on_either_strand(name):
    site = best_site(name)
    for bases in (site, site.translate(COMPLEMENT)[::-1]):
        occupied = motifs.occupancy("A" * 20 + bases + "A" * 20)[:, column(name)]
        assert occupied.max() > 0.8


@pytest.mark.parametrize("name", motifs.MOTIFS)
def test_an_unknown_base_destroys_a_site(name):
    site = best_site(name)
    for offset in range(len(site)):
        broken = site[:offset] + "N" + site[offset + 1 :]
        assert motifs.occupancy(broken)[:, column(name)].max() < 1e-6


def test_a_substitution_changes_a_site_smoothly():
    before = motifs.occupancy(GATA)[:, column("GATA1")].max()
    after = motifs.occupancy("AGCTAAGG")[:, column("GATA1")].max()
    assert 0 < after < 0.3 < 0.8 < before < 1.01


def test_a_sequence_shorter_than_a_site_has_none():
    assert not motifs.occupancy("ACGTA").any()


def test_accessibility_is_the_baseline_where_nothing_is_known():
    values = motifs.accessibility("N" * 500, weights_of())
    assert values.shape == (500, 3)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.float32(motifs.BASELINE))


@pytest.mark.parametrize("length", [1, 7, 150, 201, 1_000])
def test_accessibility_has_a_value_for_each_base(length):
    values = motifs.accessibility(random_sequence(length), weights_of())
    assert values.shape == (length, 3)
    assert (values >= motifs.BASELINE - 1e-6).all()


def test_a_site_makes_its_surroundings_accessible():
    weights = np.zeros((N_MOTIFS, 2))
    weights[column("GATA1"), 0] = 1
    sequence = "N" * 300 + GATA + "N" * 300
    values = motifs.accessibility(sequence, weights)
    assert abs(int(values[:, 0].argmax()) - 304) <= 1
    width = (values[:, 0] > values[:, 0].max() / 2).sum()
    assert 50 <= width <= 150
    np.testing.assert_array_equal(values[:, 1], np.float32(motifs.BASELINE))


def test_signal_is_linear_in_the_weights():
    sequence, weights = random_sequence(800), weights_of()
    once = motifs.accessibility(sequence, weights) - motifs.BASELINE
    twice = motifs.accessibility(sequence, 2 * weights) - motifs.BASELINE
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-4, atol=1e-5)


def test_a_base_has_no_influence_beyond_its_reach():
    sequence, weights = random_sequence(1_001), weights_of()
    changed = sequence[:500] + "N" + sequence[501:]
    difference = motifs.accessibility(changed, weights) - motifs.accessibility(
        sequence, weights
    )
    moved = np.flatnonzero(np.abs(difference).max(axis=1) > 1e-6)
    assert moved.size
    assert np.abs(moved - 500).max() <= motifs.reach_bp()


def test_shifting_a_window_shifts_the_signal():
    sequence, weights = random_sequence(2_000), weights_of()
    whole = motifs.accessibility(sequence, weights)
    part = motifs.accessibility(sequence[300:1_700], weights)
    inner = slice(motifs.reach_bp(), -motifs.reach_bp())
    np.testing.assert_allclose(part[inner], whole[300:1_700][inner], atol=1e-5)


@pytest.mark.parametrize("length", [1, 7, 300, 1_117])
def test_the_kernel_is_applied_exactly(length):
    occupied = motifs.occupancy(random_sequence(length)).T
    expected = [np.convolve(row, motifs._kernel())[100:-100] for row in occupied]
    assert np.array_equal(motifs._spread(occupied), expected)


def test_sequences_together_have_the_values_of_each_alone():
    sequences = [random_sequence(length, length) for length in (1, 40, 40, 900)]
    sequences.append("N" * 30 + random_sequence(60) + "N" * 8)
    weights = weights_of()
    together = motifs.accessibilities(sequences, weights)
    for sequence, values in zip(sequences, together, strict=True):
        assert np.array_equal(values, motifs.accessibility(sequence, weights))


def test_padding_changes_nothing_inside():
    sequence, weights = random_sequence(700), weights_of()
    padded = motifs.accessibility("N" * 900 + sequence + "N" * 400, weights)
    np.testing.assert_allclose(
        padded[900:1_600], motifs.accessibility(sequence, weights), atol=1e-5
    )


@pytest.mark.parametrize("name", motifs.MOTIFS)
def test_drawn_sites_follow_the_matrix(name):
    rng = np.random.default_rng(5)
    sites = [motifs.sample_site(rng, name) for _ in range(300)]
    matrix = motifs.probabilities(name)
    seen = np.array([[site[i] for site in sites] for i in range(len(matrix))])
    frequency = np.stack([(seen == base).mean(axis=1) for base in "ACGT"], axis=1)
    np.testing.assert_allclose(frequency, matrix, atol=0.15)


def test_drawing_a_site_depends_on_the_seed_alone():
    draws = [
        motifs.sample_site(np.random.default_rng(seed), "CTCF") for seed in (7, 7, 8)
    ]
    assert draws[0] == draws[1] != draws[2]
