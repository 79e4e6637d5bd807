import numpy as np
import pytest
from endobench.genome import motifs
from endobench.model.standin.motif_model import WEIGHTS
from endobench.model.standin.neighbours import Neighbours

N_BP = 3_000
UNKNOWN = "N" * 500


@pytest.fixture
def sequence(rng):
    return UNKNOWN + "".join(rng.choice([*"ACGT"], N_BP)) + UNKNOWN


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def changed(sequence, place, alt):
    """Put an allele in the place of a base, and keep the length."""
    made = sequence[:place] + alt + sequence[place + 1 :]
    return made[: len(sequence)].ljust(len(sequence), "N")


@pytest.mark.parametrize("alt", ["", "A", "C", "GT", "N", "TTTTTTTTTTGATAAG"])
@pytest.mark.parametrize("place", [0, 499, 500, 700, 1_900, 2_000, 2_300, 3_499, 3_999])
def test_values_are_those_of_the_sequence_alone(sequence, place, alt):
    neighbours = Neighbours()
    for each in (sequence, changed(sequence, place, alt), sequence):
        np.testing.assert_array_equal(
            neighbours.accessibility(each, WEIGHTS), motifs.accessibility(each, WEIGHTS)
        )


def test_only_what_a_difference_reaches_is_predicted_again(sequence, monkeypatch):
    predicted = []
    whole = motifs.accessibility

    def noting(bases, weights):
        predicted.append(len(bases))
        return whole(bases, weights)

    monkeypatch.setattr(motifs, "accessibility", noting)
    neighbours = Neighbours()
    base = "A" if sequence[2_010] != "A" else "C"
    for each in (sequence, sequence, changed(sequence, 2_010, base)):
        neighbours.accessibility(each, WEIGHTS)
    assert predicted == [len(sequence), 4 * motifs.reach_bp() + 1]


def test_other_tracks_and_lengths_are_not_mixed_up(sequence):
    neighbours = Neighbours()
    for weights in (WEIGHTS, WEIGHTS[:, :3], 2 * WEIGHTS):
        for bases in (sequence, sequence[1:-1]):
            found = neighbours.accessibility(bases, weights)
            np.testing.assert_array_equal(found, motifs.accessibility(bases, weights))


def test_what_is_remembered_cannot_be_changed(sequence):
    found = Neighbours().accessibility(sequence, WEIGHTS)
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1


def test_few_sequences_are_remembered_and_no_long_ones(rng):
    neighbours = Neighbours()
    for n_bp in range(1_000, 1_040):
        neighbours.accessibility("".join(rng.choice([*"ACGT"], n_bp)), WEIGHTS)
    assert len(neighbours._kept) == 32
    neighbours.accessibility("N" * (1 << 16), WEIGHTS)
    assert max(length for length, *_ in neighbours._kept) < 1_040
