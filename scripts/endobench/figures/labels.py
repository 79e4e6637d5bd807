"""Words that several figures share: of strata, baselines, benchmarks and axes.

A name without words here is written as it is, with spaces for underscores.
"""

import re
from typing import NamedTuple

from endobench.benchmark.reductions import FIRST_COMPONENT
from endobench.benchmark.strata import DISTAL, IN_GENE, OUTSIDE_GENE, PROMOTER
from endobench.design.benchmark_names import base_of
from endobench.design.metrics import PRIMARY
from endobench.design.models import ASSAY, is_assay
from endobench.design.protocol import CORRECTED, PUBLISHED
from endobench.design.scorers import GENE_SCORERS, TABLE_SCORER
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    MATCHED,
    SIGNED,
    SOURCE_LEADS,
)

# What an interval is where a figure says so in a few words.
CI = "95 % CI, block bootstrap"
# What brackets and bars are, unless a figure says something else.
INTERVALS = "brackets are 95 % confidence intervals from a block bootstrap"
BARS = "bars are 95 % confidence intervals from a block bootstrap"
# What an open mark means, in every figure; see `captions.is_open`.
OPEN = (
    "open mark: not significant (the interval includes the line of chance or no"
    " difference, or is missing; or adjusted p ≥ 0.05)"
)
# Why a value has no interval, in forests.
NO_INTERVAL = (
    "no interval: too few pairs or blocks, a value at the limit of its range (such as"
    " signs that all agree), or one that is not resampled"
)

BASELINES = {
    "motif_change": "motif change",
    "gc_change": "GC change",
    "gc_content": "GC content",
    "distance": "proximity",
    "maf": "allele rarity",
}

# Strata that are the whole of a benchmark, the primary ones first.
WHOLE = (LEADS, MATCHED, SOURCE_LEADS, ALL_PAIRS)
# What all pairs are where effects have classes.
ALL_POSITIVES = "all positives"
TERTILES = ("effect_tertile_1", "effect_tertile_2", "effect_tertile_3")
STRATA = {
    LEADS: "best scored variant per feature",
    SOURCE_LEADS: "lead variants by the source",
    MATCHED: "matched negatives",
    ALL_PAIRS: "all pairs",
    "effect_tertile_1": "smallest third of effects",
    "effect_tertile_2": "middle third of effects",
    "effect_tertile_3": "largest third of effects",
    "snv": "single-nucleotide variants",
    "indel": "insertions and deletions",
    "in_peak": "inside a peak",
    "outside_peak": "outside all peaks",
    IN_GENE: "inside the feature’s own gene",
    OUTSIDE_GENE: "outside the feature’s own gene",
    PROMOTER: "within 2 kb of the gene’s start",
    DISTAL: "beyond 2 kb of the gene’s start",
    "held_out": "held out: the model’s test fold",
    "seen": "seen in training",
}


class Division(NamedTuple):
    """What divides the pairs of a benchmark into strata.

    Attributes
    ----------
    head : str
        Heading above its strata.
    starts : tuple of str
        Beginnings of the names of its strata.
    quantity : str
        Quantity whose bounds the names of its strata give, if any.
    """

    head: str
    starts: tuple
    quantity: str = ""


# In the order of figures.
DIVISIONS = (
    Division("effect size", ("effect_",), "effect size"),
    Division("posterior inclusion probability (PIP)", ("pip_",), "PIP"),
    Division("minor allele frequency (MAF)", ("maf_",), "MAF"),
    Division("distance to the feature, either side", ("distance_",), "distance"),
    Division("place of the gene", (IN_GENE, OUTSIDE_GENE, PROMOTER, DISTAL)),
    Division("variant type", ("snv", "indel")),
    Division("open chromatin", ("in_peak", "outside_peak")),
    Division("chromosome", ("chromosome_",)),
    Division("training fold of the model", ("fold_", "held_out", "seen")),
)
_OTHER = Division("other strata", ())


def scorer_words(scorer):
    """Return a scorer's name, and what its scores are if they are of genes."""
    if scorer in GENE_SCORERS:
        return f"{scorer} ({GENE_SCORERS[scorer].words})"
    return scorer


def readable(name):
    """Return a name from a table with spaces for underscores."""
    return str(name).replace("_", " ")


def predictor_words(name):
    """Return the name of a baseline, or of the model, in words."""
    return BASELINES.get(name) or readable(name)


def division_of(stratum):
    """Return the division that a stratum belongs to."""
    return next((each for each in DIVISIONS if stratum.startswith(each.starts)), _OTHER)


def stratum_words(stratum, *, is_under_head=False, only_positives=False):
    """Return the name of a stratum in words.

    Parameters
    ----------
    stratum : str
        As in the column ``stratum`` of every table.
    is_under_head : bool, default False
        Whether it appears under the heading of its division, which its words then
        need not repeat.
    only_positives : bool, default False
        Whether all results are of positives, as for effects with classes.
    """
    if stratum == ALL_PAIRS and only_positives:
        return ALL_POSITIVES
    if stratum in STRATA:
        return STRATA[stratum]
    division = division_of(stratum)
    start = next((each for each in division.starts if stratum.startswith(each)), "")
    if not start.endswith("_"):
        return readable(stratum)
    rest = stratum.removeprefix(start)
    if not division.quantity:
        # A chromosome or a fold keeps its name.
        return rest if is_under_head else f"{readable(start)}{rest}"
    bounds = readable(re.sub(r"(?<=\d)kb", " kb", rest))
    return bounds if is_under_head else f"{division.quantity} {bounds}"


def primary_rows(sweep):
    """Return the rows of a dataset's primary metric, and their task.

    Parameters
    ----------
    sweep : pandas.DataFrame
        In the columns of `columns.SWEEP`.

    Returns
    -------
    rows : pandas.DataFrame
        Of all strata, and of all benchmarks that have this task.
    task : str
        A key of `metrics.PRIMARY`: that of the benchmark `corrected`, if there is one. A
        further scorer may have others, as accessibility beside scores without a sign.

    Raises
    ------
    ValueError
        If the sweep is of several datasets.
    """
    if sweep.empty:
        return sweep, SIGNED
    # The report needs words only, without Matplotlib, which is slow to load.
    from endobench.figures.canvas import check_one_dataset

    check_one_dataset(sweep, "sweep")
    first = sweep[sweep["protocol"] == CORRECTED]
    found = set((sweep if first.empty else first)["task"])
    task = next((task for task in PRIMARY if task in found), SIGNED)
    is_primary = (sweep["task"] == task) & (sweep["metric"] == PRIMARY[task].metric)
    return sweep[is_primary], task


def how_done(row):
    """Return the protocol and the scorer of a benchmark, in words."""
    base = base_of(row.protocol)
    what = f"{base}, p values as effects" if base == PUBLISHED else base
    scorer = row.scorer
    if scorer == TABLE_SCORER:
        is_measured = is_assay(getattr(row, "model", ""))
        scorer = "another assay" if is_measured else "table of scores"
    return f"{what}: {scorer}"


_EFFECTS = {
    "slope": "eQTL effect, ALT minus REF (slope, s.d. of expression)",
    "log2_aFC": "eQTL effect, ALT minus REF (log2 allelic fold change)",
    "ln_aFC": "eQTL effect, ALT minus REF (natural log of the allelic fold change)",
    "dsQTL beta": "dsQTL effect, ALT minus REF (beta)",
    "p_value": "p value used as the effect",
}
_SCORE_UNITS = {
    "DIFF_LOG2_SUM": "log2",
    "DIFF_SUM_LOG2": "sum of log2",
    "DIFF_MEAN": "mean signal",
    "DIFF_SUM": "summed signal",
    "study-mean": "mean signal",
    "RNA_SEQ": "natural log of the gene's fold change",
}


def effect_label(unit, task):
    """Return the label of the measured axis, with its unit."""
    if task == MAGNITUDE:
        return f"measured effect size, distance from null ({unit})"
    return _EFFECTS.get(unit, f"measured effect, ALT minus REF ({unit})")


def score_label(scorer, model, task, reduction=""):
    """Return the label of the axis of scores, with its unit where that is known."""
    if is_assay(model):
        what = "effect measured" if task == SIGNED else "absolute effect measured"
        alleles = ", ALT minus REF" if task == SIGNED else ""
        return f"{what} by {model.removeprefix(ASSAY)}{alleles}"
    if scorer == TABLE_SCORER:
        what = "score, ALT minus REF" if task == SIGNED else "absolute score"
        return f"{what} ({model})"
    unit = _SCORE_UNITS.get(scorer.rpartition("-")[2], _SCORE_UNITS.get(scorer, scorer))
    if unit == scorer and scorer in GENE_SCORERS:
        return f"predicted score: {GENE_SCORERS[scorer].words}"
    if reduction == FIRST_COMPONENT:
        unit = f"first component of {unit}"
    what = (
        "predicted effect, ALT minus REF" if task == SIGNED else "predicted effect size"
    )
    return f"{what} ({unit})"
