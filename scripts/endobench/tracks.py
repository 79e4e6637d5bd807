"""Which of a model's tracks a named set means."""

from endobench.errors import InputError

ALL = "all"


def select(tracks, curies, set_name):
    """Return the tracks of a set.

    Parameters
    ----------
    tracks : pandas.DataFrame
        In the columns of `columns.TRACKS`.
    curies : "all" or list of str
        Ontology CURIEs.
    set_name : str
        What the config calls the set.

    Returns
    -------
    pandas.DataFrame
        The rows of `tracks` that the set names, in their order.

    Raises
    ------
    InputError
        If a CURIE has no track of an output.
    """
    if isinstance(curies, str) and curies == ALL:
        return tracks
    for output, part in tracks.groupby("output", sort=False):
        for curie in curies:
            if not (part["ontology_curie"] == curie).any():
                known = part["ontology_curie"].dropna().unique()
                raise InputError(
                    f"key 'track_sets.{set_name}': the model has no {output} track"
                    f" {curie!r}; it has {len(known)}, such as {', '.join(known[:8])}"
                )
    return tracks[tracks["ontology_curie"].isin(curies)]
