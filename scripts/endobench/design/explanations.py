"""The registry of explanations of the published null result, and the tests of each.

A test is an entry here: the question that it puts, the rule of its verdict, and the lines
of config that would test it. `evaluate.explanations.table` finds its numbers.
"""

from typing import NamedTuple

from endobench.design.tasks import MAGNITUDE, SIGNED, TASKS

SUPPORTED, CONTRADICTED = "supported", "contradicted"
UNDECIDED, NOT_TESTED = "cannot be told apart", "not tested"
VERDICTS = (SUPPORTED, CONTRADICTED, UNDECIDED, NOT_TESTED)

# The smallest difference in a correlation or a share that would explain a null result.
LEAST = 0.05
# An adjusted p value below it supports an explanation by a test that is not primary.
LEVEL = 0.05
# A planted correlation that a benchmark must be able to find.
LEAST_CORRELATION = 0.1
# Added to the evidence of windows whose scores agree equally well in every resample.
EQUAL_WINDOWS = "; both are equal: the model sees no farther, or ignores the window"
# Accuracy of the sign that is asked for, and the share of variants that should have it.
ACCURACY, SHARE_ANSWERED = 0.9, 0.5

DATA_HANDLING, READOUT, CONTEXT = "data handling", "readout", "context"
CELL_TYPE, LIMITS = "cell type", "effect size and limits"


class Explanation(NamedTuple):
    """An explanation of a null result.

    Attributes
    ----------
    name : str
    statement : str
        What it says, as a sentence.
    """

    name: str
    statement: str


EXPLANATIONS = (
    Explanation(
        DATA_HANDLING, "The way in which the study handled its data hid an agreement."
    ),
    Explanation(
        READOUT, "Accessibility is the wrong readout for effects on expression."
    ),
    Explanation(CONTEXT, "Context dominates the score in a small window."),
    Explanation(
        CELL_TYPE, "Tracks of another cell type than that of the effects agree less."
    ),
    Explanation(LIMITS, "The effects are too small, or too uncertain, for the model."),
)

NAMES = tuple(each.name for each in EXPLANATIONS)


class Rule(NamedTuple):
    """When an interval supports an explanation, and when it contradicts it.

    Attributes
    ----------
    null : float
        The explanation is supported if the whole interval lies beyond it.
    least : float
        It is contradicted if the whole interval lies below ``null + least``: the true
        value is then too small to explain anything, even if it is not zero.
    is_above : bool
        Whether larger values support the explanation; otherwise smaller ones do, and
        both bounds are mirrored.
    end : float or None
        The interval must not reach this far beyond the null to support the explanation.
    """

    null: float = 0.0
    least: float = LEAST
    is_above: bool = True
    end: float | None = None

    @property
    def words(self):
        """The rule in words."""
        beyond, short = ("above", "below") if self.is_above else ("below", "above")
        end = "" if self.end is None else f" and {short} {self.end:.4g}"
        return (
            f"{SUPPORTED}: interval {beyond} {self.null:.4g}{end};"
            f" {CONTRADICTED}: interval {short} {self._bound:.4g}"
        )

    @property
    def _bound(self):
        return self.null + self.least if self.is_above else self.null - self.least

    def judge(self, low, high):
        """Return the verdict of an interval, one of `VERDICTS`.

        A difference that is not zero, yet smaller than `least`, contradicts.

        Parameters
        ----------
        low, high : float
            Missing if there is no interval, which decides nothing.
        """
        sign = 1 if self.is_above else -1
        low, high = sorted((sign * low, sign * high))
        if high < sign * self._bound:
            return CONTRADICTED
        is_beyond = low > sign * self.null
        if self.end is not None:
            is_beyond &= high < sign * self.end
        return SUPPORTED if is_beyond else UNDECIDED


class Test(NamedTuple):
    """A test of an explanation.

    Attributes
    ----------
    name : str
    explanation : str
        A name of `EXPLANATIONS`.
    words : str
        What is estimated.
    config : tuple of str
        The lines of config that test it, in which ``{dataset}`` and ``{window_bp}``, a
        long window, are filled in; empty if that depends on the data.
    needs : str
        What the data must have for it.
    is_primary : bool
        Whether it decides the explanation.
    rule : Rule or None
        None if the verdict follows from other numbers.
    tasks : tuple of str
        Of the benchmarks that it can be made of.
    lacks_table : str
        What a table of scores lacks for it, so that no config makes it of one.
    """

    # Not a class of tests for pytest.
    __test__ = False

    name: str
    explanation: str
    words: str
    config: tuple
    needs: str = ""
    is_primary: bool = False
    rule: Rule | None = Rule()
    tasks: tuple = (SIGNED,)
    lacks_table: str = ""

    def lacks(self, task, is_table, has_genes):
        """Return what a benchmark lacks that no config adds, in words, or None.

        Parameters
        ----------
        task : str
            See `tasks.task_of`.
        is_table : bool
            Whether its scores are those of a table.
        has_genes : bool
            Whether its effects may be on genes.
        """
        if task not in self.tasks:
            is_of_signs = self.tasks == (SIGNED,)
            return (
                "effects and scores with signs" if is_of_signs else "effects with sizes"
            )
        if is_table and self.lacks_table:
            return self.lacks_table
        if not self.config or (self.explanation == READOUT and not has_genes):
            return self.needs
        return None


# Parts lines of config in a table.
SEPARATOR = ";; "
# Tests that compare benchmarks, of which there may be several.
SCORER, WINDOW, MASK = "scorer", "window", "mask"
_LADDER = (
    "protocol: [corrected, published]",
    "datasets: [{{name: {dataset}, ladder: true}}]",
)
_MODEL = "a model that can be asked in place of a table of scores"
_OF_EFFECTS = (SIGNED, MAGNITUDE)
_REPLICATE = ("datasets: [{{name: {dataset}, replicate: ANOTHER_COHORT}}]",)

TESTS = (
    Test(
        "handling",
        DATA_HANDLING,
        "Sum of the ladder's steps that change data handling (difference in Spearman)",
        _LADDER,
        is_primary=True,
    ),
    Test(
        "handling_against_rest",
        DATA_HANDLING,
        "That sum minus the sum of all other steps (difference in Spearman)",
        _LADDER,
    ),
    Test(
        SCORER,
        READOUT,
        "Readout of expression minus accessibility, same pairs",
        ("scorer: [DNASE-501-DIFF_LOG2_SUM, RNA_SEQ]", "window_bp: {window_bp}"),
        needs="effects on genes",
        is_primary=True,
        tasks=TASKS,
        lacks_table=_MODEL,
    ),
    Test(
        "accessibility",
        READOUT,
        "Accessibility QTLs minus these effects, same variants and scores"
        " (difference in Spearman)",
        ("datasets: [{{name: {dataset}, control: ACCESSIBILITY_QTLS}}]",),
        needs="effects on genes",
        lacks_table=_MODEL,
    ),
    Test(
        WINDOW,
        CONTEXT,
        "Longest minus shortest window, all else fixed",
        ("window_bp: [16384, {window_bp}]",),
        is_primary=True,
        tasks=TASKS,
        lacks_table=f"{_MODEL}, or one with several windows",
    ),
    Test(
        "window_sample",
        CONTEXT,
        "Another window minus this one, sample of variants (difference in Spearman)",
        ("prediction: {{window_sample: 200}}",),
        lacks_table=_MODEL,
    ),
    Test(
        "mask",
        CONTEXT,
        "Centre mask minus whole-window mean, same window",
        ("scorer: [DNASE-501-DIFF_LOG2_SUM, DNASE-all-DIFF_MEAN]",),
        tasks=TASKS,
        lacks_table=_MODEL,
    ),
    Test(
        "tissue",
        CELL_TYPE,
        "Matched minus mismatched tracks, same pairs",
        (
            'track_sets: {{liver: ["UBERON:0002107"]}}',
            "mismatched_track_set: liver",
        ),
        is_primary=True,
        tasks=_OF_EFFECTS,
        lacks_table=_MODEL,
    ),
    Test(
        "tissue_rank",
        CELL_TYPE,
        "Rank of the own tissue among all tracks (1 is best)",
        ("rank_tracks: true",),
        rule=None,
        tasks=_OF_EFFECTS,
        lacks_table=_MODEL,
    ),
    Test(
        "sign_by_size",
        LIMITS,
        "Trend of sign agreement over chance, from the smallest to the largest effects",
        (),
        needs="40 leads in which effect and score have a sign",
        is_primary=True,
    ),
    Test(
        "rank_by_size",
        LIMITS,
        "Trend of the rank within size (auROC of the sign), from the smallest to the"
        " largest effects",
        (),
        needs="40 leads in which effect and score have a sign",
    ),
    Test(
        "ceiling",
        LIMITS,
        "Noise ceiling from standard errors minus the model (difference in Spearman)",
        (),
        needs="standard errors of the effects",
        rule=Rule(null=LEAST, least=0.0, is_above=False),
    ),
    Test(
        "replicate",
        LIMITS,
        "Agreement of a second cohort minus that of the model, same pairs"
        " (difference in Spearman)",
        _REPLICATE,
        rule=Rule(null=LEAST, least=0.0, is_above=False),
    ),
    Test(
        "power",
        LIMITS,
        "Minimum detectable Spearman correlation at 80 % power",
        (),
        needs="an interval of the correlation",
        rule=None,
        tasks=_OF_EFFECTS,
    ),
    Test(
        "direction",
        LIMITS,
        f"Share of variants answered with {100 * ACCURACY:.0f} % of signs right",
        (),
        needs="20 leads in which effect and score have a sign",
        # If even the largest scores are wrong, it is not for the sizes of the effects.
        rule=Rule(null=SHARE_ANSWERED, least=0.0, is_above=False, end=0.0),
    ),
)
_BY_NAME = {test.name: test for test in TESTS}

# The explanation that each step of the ladder belongs to.
STEPS = {
    "column": DATA_HANDLING,
    "build": DATA_HANDLING,
    "tracks": CELL_TYPE,
    "mask": CONTEXT,
    "checks": DATA_HANDLING,
    "flanks": CONTEXT,
    "unique": DATA_HANDLING,
    "lead": DATA_HANDLING,
    "indels": DATA_HANDLING,
}


def named_test(name):
    """Return the test with a name."""
    return _BY_NAME[name]
