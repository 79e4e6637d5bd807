"""Defects of scores that know what a model cannot, with their expected outcomes."""

from gauntlet import alter_leaks as by
from gauntlet.alter_controls import measured, of_table
from gauntlet.defect import EXCEPTED, FAILS, LIMIT, SAME, SCORES, UNREPORTABLE, Defect

KNOWN = "Scores that know the effects"
MISSING = "Missing scores written as a value"
SHARED = "Scores shared by neighbours, or of one allele"
LEAK, TIES, NEAR = "linked_agreement", "score_ties", "neighbour_scores"
ASKED, FEW_TIES = "score_recheck", "gate score_ties warns"

_ROWS = (
    (KNOWN, "6", "half the effect, noise of sd 0.15", FAILS, LEAK, by.leaked(0.15)),
    (KNOWN, "6", "half the effect, noise of sd 0.3", FAILS, LEAK, by.leaked(0.3)),
    (KNOWN, "6", "half the effect, noise of sd 0.6", FAILS, LEAK, by.leaked(0.6)),
    (
        KNOWN,
        "6",
        "half the mean effect of a variant, noise of sd 0.3",
        FAILS,
        LEAK,
        by.leaked(0.3, of="mean"),
    ),
    (
        KNOWN,
        "6",
        "half the strongest effect of a variant, noise of sd 0.3",
        FAILS,
        LEAK,
        by.leaked(0.3, of="strongest"),
    ),
    (
        KNOWN,
        "6",
        "half of the variants with half the effect, noise of sd 0.3",
        FAILS,
        LEAK,
        by.leaked(0.3, 0.5),
    ),
    (
        KNOWN,
        "6",
        "half of the variants with an effect on the scale of scores, noise of sd 0.3",
        FAILS,
        LEAK,
        by.leaked(0.3, 0.5, is_matched=True),
    ),
    (
        KNOWN,
        "6",
        "half of the variants with a mean effect on the scale of scores",
        FAILS,
        LEAK,
        by.leaked(0.05, 0.5, "mean", is_matched=True),
    ),
    (
        KNOWN,
        "6",
        "a quarter of the variants with half the mean effect, noise of sd 0.05",
        FAILS,
        LEAK,
        by.leaked(0.05, 0.25, "mean"),
    ),
    (
        KNOWN,
        "6",
        "a tenth of the variants with half the effect, noise of sd 0.3",
        FAILS,
        "score_recheck",
        by.leaked(0.3, 0.1, is_matched=True),
    ),
    (
        KNOWN,
        "6",
        "scores and mean effects, half each",
        FAILS,
        f"above_ceiling {LEAK}",
        by.blended(0.5),
    ),
    (
        KNOWN,
        "6",
        "scores and mean effects with noise, two to one",
        FAILS,
        LEAK,
        by.blended(1 / 3, 0.3),
    ),
    (
        KNOWN,
        "6",
        "effects copied for 10 % of the variants",
        FAILS,
        "score_effect_ratio",
        by.copied(0.1),
    ),
    (
        KNOWN,
        "6",
        "effects copied for 4 % of the variants",
        FAILS,
        "score_recheck",
        by.copied(0.04),
    ),
    (
        KNOWN,
        "6",
        "the lead's score in size for all variants of a gene, signed by the effect",
        FAILS,
        f"{NEAR} neighbour_ties {LEAK}",
        by.in_ld_groups(),
    ),
    (
        KNOWN,
        "6",
        "the lead's score in size for half of the variants, signed by the effect",
        FAILS,
        f"neighbour_ties {LEAK}",
        by.in_ld_groups(0.5),
    ),
    (
        KNOWN,
        "6",
        "scores with the sign of the effect",
        FAILS,
        LEAK,
        by.signed(1),
    ),
    (
        KNOWN,
        "6",
        "half of the scores with the sign of the effect",
        FAILS,
        LEAK,
        by.signed(0.5),
    ),
    (MISSING, "10", "3 % of the scores as 0", EXCEPTED, FEW_TIES, by.filled(0.03)),
    (MISSING, "10", "9 % of the scores as 0", FAILS, TIES, by.filled(0.09)),
    (MISSING, "10", "40 % of the scores as 0", FAILS, TIES, by.filled(0.4)),
    (
        MISSING,
        "10",
        "9 % of the scores as -1",
        FAILS,
        f"{TIES} score_saturation",
        by.filled(0.09, -1.0),
    ),
    (
        MISSING,
        "10",
        "9 % of the scores as 99",
        FAILS,
        f"{TIES} score_saturation",
        by.filled(0.09, 99.0),
    ),
    (
        MISSING,
        "10",
        "9 % of the scores as the mean of all",
        FAILS,
        TIES,
        by.filled(0.09, "mean"),
    ),
    (
        MISSING,
        "10",
        "9 % of the scores as 0, give or take a billionth",
        FAILS,
        TIES,
        by.filled(0.09, 0.0, jitter=1e-9),
    ),
    (
        MISSING,
        "10",
        "9 % of the scores as 0, and all of them rounded to 0.001",
        FAILS,
        TIES,
        by.rounded(3, 0.09),
    ),
    (MISSING, "-", "scores rounded to 0.001", SAME, "", by.rounded(3)),
    (
        MISSING,
        "10",
        "a quarter of the scores of chr3 as 0",
        FAILS,
        TIES,
        by.filled(0.25, part=by.on("chr3")),
    ),
    (
        MISSING,
        "10",
        "all scores of chr3 as 0",
        FAILS,
        TIES,
        by.filled(1, part=by.on("chr3")),
    ),
    (
        MISSING,
        "10",
        "all scores of indels as 0",
        FAILS,
        TIES,
        by.filled(1, part=by.indels),
    ),
    (
        MISSING,
        "10",
        "a fifth of the scores of indels as their mean",
        FAILS,
        TIES,
        by.filled(0.2, "mean", by.indels),
    ),
    (SHARED, "-", "rolling mean of three variants", FAILS, NEAR, by.rolling(3)),
    (SHARED, "-", "rolling mean of eleven variants", FAILS, NEAR, by.rolling(11)),
    (
        SHARED,
        "-",
        "a third of a rolling mean of three variants",
        FAILS,
        NEAR,
        by.rolling(3, 1 / 3),
    ),
    (
        SHARED,
        "-",
        "mean of the variants of a gene",
        FAILS,
        f"{NEAR} neighbour_ties",
        by.gene_mean(),
    ),
    (
        SHARED,
        "-",
        "mean of the variants of a gene, for half of the variants",
        FAILS,
        f"{NEAR} neighbour_ties",
        by.gene_mean(share=0.5),
    ),
    (
        SHARED,
        "-",
        "a third of the mean of the variants of a gene",
        FAILS,
        NEAR,
        by.gene_mean(1 / 3),
    ),
)
_OF_ALLELES = (
    ("log signal of ALT alone", FAILS, f"score_signs {NEAR}", {"is_centred": False}),
    ("log signal of ALT alone, centred", FAILS, NEAR, {}),
    (
        "log signal of REF alone, centred",
        FAILS,
        f"{NEAR} orientation",
        {"allele": "REF"},
    ),
    ("half of the scores that of ALT alone, centred", FAILS, NEAR, {"share": 0.5}),
    ("half of each score that of ALT alone, centred", FAILS, NEAR, {"weight": 0.5}),
)
LEAKS = [
    Defect(stage, study, name, outcome, gates, by.joined(change))
    for stage, study, name, outcome, gates, change in _ROWS
]
LEAKS += [
    Defect(
        SHARED,
        "-",
        name,
        outcome,
        gates,
        by.joined(by.of_one_allele(**({"allele": "ALT"} | options)), of_world=True),
    )
    for name, outcome, gates, options in _OF_ALLELES
]
LEAKS += [
    Defect(
        SHARED,
        "-",
        f"{share:.0%} of the scores stay when REF and ALT are exchanged".replace(
            "%", " %"
        ),
        FAILS,
        "allele_exchange",
        by.unflipped(share),
    )
    for share in (1.0, 0.5)
]

# Scores of a table follow the sequence here, and no model is asked for them again.
OPEN = "no model was asked again"
_IN_TABLE = (
    ("ranks of the scores", EXCEPTED, OPEN, by.ranked),
    (
        "the largest 10 % of the scores clipped",
        FAILS,
        "score_ties score_saturation",
        by.clipped(0.1),
    ),
    (
        "scores less those of another tissue",
        FAILS,
        "opposite_signs",
        by.with_other_tissue(-1),
    ),
    (
        "means of the scores of two tissues",
        EXCEPTED,
        OPEN,
        by.with_other_tissue(1),
    ),
    (
        "scores standardised on each chromosome",
        EXCEPTED,
        OPEN,
        by.standardised_by_chromosome,
    ),
    (
        "natural logarithms on chr1, log2 on the others",
        EXCEPTED,
        OPEN,
        by.scaled_on("chr1", 0.693),
    ),
    (
        "a standard deviation added on chr2",
        FAILS,
        f"{NEAR} sequence_parts",
        by.scaled_on("chr2", plus=1),
    ),
    (
        "scores of indels as REF minus ALT",
        FAILS,
        "part_agreement opposite_signs",
        by.indels_flipped,
    ),
    (
        "scores joined with positions sorted as text",
        UNREPORTABLE,
        "scores do not follow the sequence",
        by.sorted_as_text,
    ),
    ("scores as whole numbers of eight bits", FAILS, TIES, by.in_bytes(False)),
    (
        "scores of eight bits, of which the largest overflow",
        FAILS,
        f"{LEAK} opposite_signs",
        by.in_bytes(True),
    ),
    ("scores in half precision", EXCEPTED, OPEN, by.in_half_precision),
    ("gains of signal alone, losses as 0", FAILS, f"{TIES} score_signs", by.gains),
    (
        "scores less the mean of a dozen neighbours",
        EXCEPTED,
        OPEN,
        by.less_neighbours,
    ),
    (
        "scores times the variance of genotypes",
        EXCEPTED,
        OPEN,
        by.by_frequency(1),
    ),
    (
        "scores over the variance of genotypes",
        FAILS,
        LEAK,
        by.by_frequency(-1),
    ),
    (
        "effects fitted with scores and 200 random numbers",
        FAILS,
        LEAK,
        by.fitted(200),
    ),
    (
        "mean effects of the five variants with the nearest scores",
        FAILS,
        LEAK,
        by.of_nearest(5),
    ),
    (
        "the change of length of the allele added",
        FAILS,
        "indel_scale",
        by.plus_alleles(1, len),
    ),
    (
        "half a standard deviation added for each further G or C",
        EXCEPTED,
        OPEN,
        by.plus_alleles(0.5, lambda allele: sum(map(allele.count, "CG"))),
    ),
)
LEAKS += [
    Defect(
        SCORES,
        "-",
        f"a table: {name}",
        outcome,
        caught,
        measured(of_table, by.joined(by.rescored(change))),
    )
    for name, outcome, caught, change in _IN_TABLE
]
LEAKS += [
    Defect(
        stage,
        "-",
        f"a table: {name}",
        outcome,
        caught,
        measured(of_table, by.joined(change)),
    )
    for stage, name, outcome, caught, change in (
        (
            SCORES,
            "4.5 % of the variants, which agree least, left out of the pairs",
            FAILS,
            LEAK,
            by.without_disagreeing(0.045),
        ),
        (
            SCORES,
            "scores of another tissue for 20 % of the variants",
            EXCEPTED,
            OPEN,
            by.some_of_other_tissue(0.2),
        ),
        (
            LIMIT,
            "scores of 10 % of the variants exchanged",
            EXCEPTED,
            OPEN,
            by.rescored(by.exchanged(0.1)),
        ),
        (
            LIMIT,
            "four parts of the scores of leads and one of their effects",
            EXCEPTED,
            OPEN,
            by.rescored(by.leads_blended(0.2)),
        ),
    )
]
