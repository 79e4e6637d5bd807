"""Names of benchmarks and scorings, and what can be read from them."""

_LADDER = "ladder."
# Stands before the name of a further model.
_BY = "@"
# The primary model has no name in paths.
PRIMARY_MODEL = ""


def base_of(protocol):
    """Return the protocol that a benchmark follows, given the benchmark's name."""
    return without_model(protocol).split(".")[0]


def name_of_step(change):
    """Return the name of a protocol between the published and the corrected one."""
    return _LADDER + change


def is_step(name):
    """Return whether a protocol is a step between the published and the corrected one."""
    return name.startswith(_LADDER)


def name_of(base, scorer, window_bp, track_set):
    """Return the name of a benchmark that is not the first of its protocol."""
    return f"{base}.{scorer}.{window_bp}bp.{track_set}"


def settings_of(protocol):
    """Return the scorer, window in bp and track set in a name from `name_of`.

    The first benchmark of a protocol, and the steps of the ladder, name none.

    Returns
    -------
    tuple of (str, int, str), or None
    """
    _, *settings = without_model(protocol).split(".", 3)
    if len(settings) != 3:
        return None
    scorer, window, track_set = settings
    return scorer, int(window.removesuffix("bp")), track_set


def window_of(scoring):
    """Return the window, in bp, of the predictions that `Protocol.scoring` names."""
    return int(without_model(scoring).removesuffix("bp").rpartition("-")[2])


def by_model(name, model):
    """Return the name of a benchmark, a scoring or a track set, by a model.

    Parameters
    ----------
    name : str
        The name by the primary model.
    model : str
        See `Protocol.model`.
    """
    return f"{name}{_BY}{model}" if model else name


def without_model(name):
    """Return a name of `by_model` as it is by the primary model."""
    return name.partition(_BY)[0]


def model_in(name):
    """Return the further model in a name of `by_model`, or `PRIMARY_MODEL`."""
    return name.partition(_BY)[2]
