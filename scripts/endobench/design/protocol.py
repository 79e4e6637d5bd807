"""Protocols: the corrected one, the published study's, and the steps between them."""

import itertools
import re
from typing import NamedTuple

from endobench.design.benchmark_names import (
    PRIMARY_MODEL,
    base_of,
    by_model,
    name_of,
    name_of_step,
    settings_of,
    without_model,
)
from endobench.design.scorers import (
    STUDY_SCORER,
    TABLE_SCORER,
    WINDOWS_BP,
    is_answerable,
    is_by_gene,
    is_study,
    studied,
)

CORRECTED = "corrected"
PUBLISHED = "published"
# Track sets: every track, and those that the sheet declares for a dataset's tissue.
ALL, TISSUE = "all", "tissue"


class Protocol(NamedTuple):
    """How a benchmark is run: the choices that the published study got wrong.

    Attributes
    ----------
    effect_column : {"effect", "p_value"}
        Column that is read as the measured effect.
    lift : bool
        Whether intervals on another build are lifted over before use.
    correct : bool
        Whether blacklisted regions are excluded, REF is checked, indels are left-aligned
        and windows are limited.
    scorer : str
    window_bp : int
        0 if no sequence is sent, as for a table of scores.
    track_set : str
    prepared : str
        Protocol whose prepared effects and variants are used: scorers, track sets and
        models share them.
    model : str
        Name of a further model of the config; `PRIMARY_MODEL` for the primary one.
    """

    effect_column: str
    lift: bool
    correct: bool
    scorer: str
    window_bp: int
    track_set: str
    prepared: str
    model: str = PRIMARY_MODEL

    @property
    def scoring(self):
        """Name of the folder with all predictions that share calls with this one.

        One call requests all scorers of a window; the study's sequences need calls of
        their own, as does each model.
        """
        if self.scorer == TABLE_SCORER:
            return TABLE_SCORER
        window = f"{self.window_bp}bp"
        scoring = f"{STUDY_SCORER}-{window}" if is_study(self.scorer) else window
        return by_model(scoring, self.model)


class Protocols(dict):
    """The protocols that a config lists, and any other that can be read from its name.

    A run makes the listed protocols by default, and any other one on request.

    Parameters
    ----------
    listed : dict of str to Protocol
    """

    def __missing__(self, name):
        """Read ``{protocol}.{scorer}.{window_bp}bp.{track_set}``."""
        settings = settings_of(name)
        if settings is None or name != without_model(name):
            raise KeyError(name)
        return _protocol(base_of(name), *settings)


def protocols_by(model, protocols):
    """Return the benchmarks of a further model, by their names.

    Parameters
    ----------
    model : str
    protocols : dict of str to Protocol
        Its benchmarks, as though it were the only model of its config.

    Returns
    -------
    dict of str to Protocol
    """
    return {
        by_model(name, model): each._replace(model=model)
        for name, each in protocols.items()
    }


def choice_of(key, config, dataset=None):
    """Return what a dataset chooses for itself, or else what the whole config says.

    Parameters
    ----------
    key : {"protocol", "scorer", "window_bp"}
    config : dict
        Checked, with defaults filled in.
    dataset : dict, optional
        One of its datasets.
    """
    own = dataset.get(key) if dataset else None
    return config[key] if own is None else own


def windows_of(config, scorer, dataset=None):
    """Return the windows, in bp, at which a config asks a scorer.

    Parameters
    ----------
    config : dict
        Checked, with defaults filled in. Its ``window_bp`` is a list for all scorers, or
        a list for each.
    scorer : str
    dataset : dict, optional
        Its own ``window_bp`` takes the place of that of the config.

    Returns
    -------
    list of int
    """
    windows = choice_of("window_bp", config, dataset)
    return windows[scorer] if isinstance(windows, dict) else windows


def scorers_of(config):
    """Return the scorers of all datasets of a config, each once."""
    chosen = [choice_of("scorer", config, each) for each in config["datasets"]]
    return list(dict.fromkeys(itertools.chain(*chosen)))


def protocols_of(config, dataset=None, *, has_genes=True):
    """Return the benchmarks of a dataset and the steps of its ladder, by name.

    Each combination of scorer, window and track set is a benchmark. The first one is
    called ``corrected`` or ``published``, every other one
    ``{protocol}.{scorer}.{window_bp}bp.{track_set}``.

    Parameters
    ----------
    config : dict
        Checked, with defaults filled in.
    dataset : dict, optional
        One of its datasets, whose own protocols, scorers and windows take the place of
        those of the config. By default those of the config.
    has_genes : bool
        Whether the features of the dataset can be genes, without which scorers by gene
        are left out.

    Returns
    -------
    Protocols
    """
    found = Protocols()
    for name in choice_of("protocol", config, dataset):
        choices = _choices(name, config, dataset, has_genes)
        for place, choice in enumerate(choices):
            full = name_of(name, *choice) if place else name
            found[full] = _protocol(name, *choice)
    asked = [dataset] if dataset else config["datasets"]
    if any(each["ladder"] for each in asked):
        found |= _steps(found[PUBLISHED], found[CORRECTED])
    return found


def _choices(name, config, dataset, has_genes):
    """Return each scorer, window and track set of a protocol, in the order of a config."""
    if config["service"] == "table":
        return [(TABLE_SCORER, 0, "scores")]
    if name == PUBLISHED:
        return [(STUDY_SCORER, bp, ALL) for bp in config["study_window_bp"]]
    return [
        (scorer, *choice)
        for scorer in choice_of("scorer", config, dataset)
        if has_genes or not is_by_gene(scorer)
        for choice in itertools.product(
            windows_of(config, scorer, dataset), config["track_set"]
        )
    ]


def pattern_of(config):
    """Return a regular expression that matches all names known to any dataset.

    Parameters
    ----------
    config : dict
        Checked, with defaults filled in.
    """

    def one_of(names):
        return "(" + "|".join(re.escape(str(name)) for name in names) + ")"

    datasets = config["datasets"]
    listed = one_of(dict.fromkeys(n for d in datasets for n in protocols_of(config, d)))
    if config["service"] == "table":
        return listed
    track_sets = one_of(sorted({*config["track_sets"], ALL, *config["track_set"]}))
    others = [
        rf"{base}\.{one_of(_questions(scorers))}\.{track_sets}"
        for base, scorers in (
            (CORRECTED, scorers_of(config)),
            (PUBLISHED, [STUDY_SCORER]),
        )
        if any(base in choice_of("protocol", config, each) for each in datasets)
    ]
    return "|".join([listed, *others])


def _questions(scorers):
    """Return ``{scorer}.{window_bp}bp`` of all combinations that have an answer."""
    return [
        f"{scorer}.{window_bp}bp"
        for scorer, window_bp in itertools.product(scorers, WINDOWS_BP)
        if is_answerable(scorer, window_bp)
    ]


def _protocol(name, scorer, window_bp, track_set):
    is_published = name == PUBLISHED
    return Protocol(
        effect_column="p_value" if is_published else "effect",
        lift=not is_published,
        correct=not is_published,
        scorer=scorer,
        window_bp=window_bp,
        track_set=track_set,
        prepared=name,
    )


def _steps(published, corrected):
    """Return the protocols between the two, each with one more change than the last.

    Steps that only select pairs need no protocol; see `evaluate.ladder`.
    """
    changes = {
        "column": {"effect_column": corrected.effect_column},
        "build": {"lift": True},
        "tracks": {"track_set": corrected.track_set},
        "mask": {"scorer": studied(corrected.scorer)},
    }
    if published.scorer == TABLE_SCORER:
        # The scores of a table are fixed.
        del changes["tracks"], changes["mask"]
    found, last = {}, published
    for name, change in changes.items():
        full = name_of_step(name)
        if {"effect_column", "lift"} & set(change):
            change = change | {"prepared": full}
        found[full] = last = last._replace(**change)
    return found
