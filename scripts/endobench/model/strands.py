"""One list of tracks from those of the two strands, merged as the client merges them.

Scores by gene have no meaning for tracks of the other strand. The hosted model therefore
merges the tracks of both, so that a gene has the score of its own strand under their common
name. The list of a model's tracks and the answers of a local model are not merged. Which
tracks are merged is left to the client's own function.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.core.errors import InputError
from endobench.model.alphagenome_client import variant_scoring_utils

PLUS, MINUS = "+", "-"
# The name of rows between the tracks of a local model.
PADDING = "padding"
_OTHER = {PLUS: MINUS, MINUS: PLUS}
_PLACE = "place among the unmerged tracks"


class Merging(NamedTuple):
    """How the tracks of two strands become one list.

    Attributes
    ----------
    tracks : pandas.DataFrame
        The merged tracks, in the columns of the client.
    places : dict of str to numpy.ndarray of int
        For a gene's strand, the unmerged track behind each merged one.
    """

    tracks: pd.DataFrame
    places: dict

    def merge(self, values, strands):
        """Return the scores under merged tracks.

        Parameters
        ----------
        values : numpy.ndarray, shape (..., n_genes, n_tracks)
            Unmerged.
        strands : sequence of str
            Of the genes; shape (n_genes,).

        Returns
        -------
        numpy.ndarray, shape (..., n_genes, n_merged)
        """
        is_plus = np.array([strand == PLUS for strand in strands], dtype=bool)
        plus, minus = (values[..., self.places[each]] for each in (PLUS, MINUS))
        return np.where(is_plus[:, None], plus, minus)


def merging_of(tracks, output):
    """Return the `Merging` of a list of tracks, which changes nothing if it is merged.

    Parameters
    ----------
    tracks : pandas.DataFrame
        As a model lists them, in the columns of the client and without padding.
    output : str
        For messages.

    Raises
    ------
    InputError
        If tracks of the two strands do not match, so that they have no common list.
    """
    tracks = tracks.reset_index(drop=True)
    if "strand" not in tracks:
        # Junctions have been matched by strand already.
        tracks = tracks.assign(strand=".")
    placed = tracks.assign(**{_PLACE: np.arange(len(tracks))})
    # The client keeps the places of '+'; with strands exchanged, it keeps those of '-'.
    exchanged = placed.assign(strand=placed["strand"].replace(_OTHER))
    try:
        merged, other = (
            variant_scoring_utils.merge_stranded_track_metadata(each)
            for each in (placed, exchanged)
        )
    except ValueError:
        raise _unlike(tracks, output) from None
    names = merged["name"].tolist()
    if other["name"].tolist() != names:
        # The client pairs places, which misses names where unstranded tracks stand
        # between the two strands.
        if merged["name"].duplicated().any():
            raise _unlike(tracks, output)
        other = other.set_index("name").loc[names]
    places = {PLUS: merged.pop(_PLACE).to_numpy(), MINUS: other[_PLACE].to_numpy()}
    return Merging(merged, places)


def _unlike(tracks, output):
    counts = tracks["strand"].value_counts()
    return InputError(
        f"key 'scorer': the model's {output} tracks of the two strands do not match in"
        f" name and order ({counts.get(PLUS, 0)} of '+', {counts.get(MINUS, 0)} of '-'),"
        " so that no gene's score can be read; use other scorers"
    )
