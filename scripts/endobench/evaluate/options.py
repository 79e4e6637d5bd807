"""Options of an evaluation: what the effects mean, and how they are resampled."""

import dataclasses

from endobench.stats.estimates import Estimates

# Too few resamples give no usable standard error.
LEAST_RESAMPLES = 100


@dataclasses.dataclass(frozen=True, kw_only=True)
class AgreementOptions:
    """Options of every comparison of scores with the effects of a dataset.

    Attributes
    ----------
    null : float
        Value of no effect: 0 for a slope, 0.5 for a Pi.
    classes : list
        `by`, `positive` and `negative` of `matching.classify`; if empty, every pair is a
        positive.
    is_signed : bool
        Whether the source states the effect allele.
    n_resamples : int
        Resamples of LD blocks.
    seed : int
        Seed of all random draws.
    """

    null: float
    classes: list = ()
    is_signed: bool = True
    n_resamples: int
    seed: int

    @classmethod
    def of_job(cls, params):
        """Return the options in the parameters of a job that compares pairs."""
        names = [each.name for each in dataclasses.fields(AgreementOptions)]
        given = {name for name in names if hasattr(params, name)}
        return cls(**{name: getattr(params, name) for name in given})

    @classmethod
    def by_dataset(cls, params):
        """Return the options of each dataset in the parameters of a job of several.

        These have ``datasets``, each with its ``null`` and ``classes``.
        """
        same = {"n_resamples": params.n_resamples, "seed": params.seed}
        return {name: cls(**own, **same) for name, own in params.datasets.items()}


@dataclasses.dataclass(frozen=True, kw_only=True)
class MeasureOptions(AgreementOptions):
    """Options of the metrics of a benchmark; see ``statistics`` in the config's schema.

    Attributes
    ----------
    model_version : str or None
        Version of the model, such as "FOLD_1"; it determines the held-out fold.
    is_primary : bool
        Whether the protocol is the prespecified one.
    n_permutations : int
        Permutations of each test of a null.
    effect_cutoffs : list of float
        Strata of pairs with a larger absolute effect.
    negatives_per_positive : int
        Matched negatives for each positive, at most.
    spike_in : float
        Correlation that is planted among the pairs.
    published : dict of str to float, optional
        Published values for these pairs, by metric.
    strata : tuple of str, optional
        The strata to measure, instead of all of them.
    """

    model_version: str | None
    is_primary: bool
    n_permutations: int
    effect_cutoffs: list
    negatives_per_positive: int
    spike_in: float
    published: dict | None = None
    strata: tuple = ()

    @classmethod
    def of_job(cls, params):
        """Return the options in the parameters of a job of rule `measure`."""
        names = ("null", "classes", "model_version", "is_primary", "is_signed")
        chosen = {name: getattr(params, name) for name in (*names, "published")}
        return cls(**chosen, **params.statistics)


def estimate(statistics, options):
    """Resample statistics as often as the options say.

    Parameters
    ----------
    statistics : dict of str to Signed or Unsigned
        See `estimates.statistics_of`.
    options : AgreementOptions

    Returns
    -------
    Estimates
    """
    return Estimates(statistics, n_resamples=options.n_resamples, seed=options.seed)


def estimate_part(statistics, options):
    """Resample the statistics of a part: a tenth as often, at least `LEAST_RESAMPLES`.

    Parameters and the return value are those of `estimate`.
    """
    n_resamples = max(options.n_resamples // 10, LEAST_RESAMPLES)
    return Estimates(statistics, n_resamples=n_resamples, seed=options.seed)
