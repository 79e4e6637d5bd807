"""Defects of a choice: of scored variants, tracks or statistics, with their outcomes."""

import numpy as np
import pandas as pd
from endobench.core.columns import FAILURES
from endobench.model.tracks import select
from endobench.predict.look_up import NOT_IN_TABLE
from gauntlet import alter_effects as of
from gauntlet import alter_leaks as leaks
from gauntlet.alter_controls import measured, of_table
from gauntlet.alter_further import STATISTICS
from gauntlet.alter_leaks import joined
from gauntlet.defect import (
    CONSISTENCY,
    EFFECTS,
    EXCEPTED,
    FAILS,
    SCORES,
    UNREPORTABLE,
    Defect,
)
from gauntlet.pipeline import K562, SCORER

LEAK = "linked_agreement"
UNSCORED = "gate missing_scores warns"


def strongest(rows):
    """Return the row with the smallest p value of each variant, indexed by variant."""
    return (
        rows.sort_values("p_value")
        .drop_duplicates("variant_id")
        .set_index("variant_id")
    )


def unscored(is_missing):
    """Return a defect: a table of scores that lacks those of chosen variants.

    `is_missing` takes the scores of all variants and their strongest effects.
    """

    def defect(case):
        names = {"effect": "slope", "p_value": "pval_nominal"}
        numbers = {name: of.number(case, column) for name, column in names.items()}
        rows = pd.DataFrame({"variant_id": case.table["variant_id"], **numbers})
        effects = strongest(rows)["effect"]
        positions = select(case.world.tracks, [K562], "K562")["position"]

        def change(answers):
            ids = answers["variant_id"]
            scores = [np.mean(np.asarray(each)[positions]) for each in answers["raw"]]
            scores = pd.Series(scores, ids)
            is_lost = is_missing(scores, effects.reindex(ids)).to_numpy()
            lost = pd.DataFrame({"variant_id": ids[is_lost], "scorer": SCORER})
            lost = lost.assign(route="table", grpc_status=NOT_IN_TABLE)
            case.failures = lost.reindex(columns=FAILURES.names)
            return answers[~is_lost].reset_index(drop=True)

        case.answers = change
        of_table(case)

    return defect


def of_other_sign(scores, effects):
    return np.sign(scores) == -np.sign(effects)


def of_other_rank(scores, effects):
    return (scores.rank(pct=True) - effects.rank(pct=True)).abs() > 0.4


def of_little_size(scores, _):
    return scores.abs() < scores.abs().median()


# Changes of the joined pairs.
def better_of_two_tissues(pairs, _):
    """Take the track of either tissue, whichever comes closer to the effect."""
    rows = strongest(pairs)
    scale = [
        rows[name] / rows[name].std() for name in ("effect", "raw", "raw_mismatched")
    ]
    effect, own, other = scale
    is_own = (own - effect).abs() < (other - effect).abs()
    return leaks.per_variant(pairs, rows["raw"].where(is_own, rows["raw_mismatched"]))


def tissues_exchanged(chrom=""):
    """Return a change that exchanges the tracks of both tissues, on a chromosome or all."""

    def change(pairs, _):
        is_here = pairs["variant_id"].str.startswith(chrom)
        own, other = pairs["raw"], pairs["raw_mismatched"]
        return pairs.assign(
            raw=own.where(~is_here, other), raw_mismatched=other.where(~is_here, own)
        )

    return change


def sorted_within_genes(pairs, _):
    """Sort the scores of each gene, and its variants by their effects."""
    rows = strongest(pairs)
    scores = rows.groupby("feature_id", observed=True)
    place = scores["effect"].rank(method="first").astype(int)
    by_size = rows.sort_values(["feature_id", "raw"])
    number = by_size.groupby("feature_id", observed=True).cumcount() + 1
    keys = pd.MultiIndex.from_arrays([by_size["feature_id"], number])
    sorted_ = pd.Series(by_size["raw"].to_numpy(), keys)
    wanted = pd.MultiIndex.from_arrays([rows["feature_id"], place])
    return leaks.per_variant(pairs, pd.Series(sorted_[wanted].to_numpy(), rows.index))


def sign_by_gene(pairs, _):
    """Flip the scores of each gene in which they would disagree with its effects."""
    rows = strongest(pairs)
    product = (rows["raw"] * rows["effect"]).groupby(rows["feature_id"], observed=True)
    return leaks.per_variant(pairs, rows["raw"] * np.sign(product.transform("sum")))


def of_second_cohort(case):
    """Use the effects of a second cohort as scores."""
    scores = case.replicate.groupby("variant_id", observed=True)["score"].first()
    case.rejoin = lambda pairs: leaks.per_variant(pairs, scores)


def in_table(*changes):
    return measured(of_table, *changes)


# Changes of the table of effects.
def standardised(case):
    """Give effects and errors in standard deviations of the genotype."""
    maf = of.number(case, "maf")
    sd = np.sqrt(2 * maf * (1 - maf))
    of.scaled(sd, sd)(case)


def one_sided(case):
    of.put(case, pval_nominal=of.number(case, "pval_nominal") / 2)


def pasted(case):
    """Give the lines of chr3 the statistics of the first lines of chr2."""
    chrom = case.table["variant_id"].str.split("_").str[0].to_numpy()
    there, here = (np.flatnonzero(chrom == name) for name in ("chr2", "chr3"))
    n = min(len(there), len(here))
    rows = np.arange(len(case.table))
    rows[here[:n]] = there[:n]
    columns = {name: case.table[name].to_numpy()[rows] for name in STATISTICS}
    case.table = case.table.assign(**columns)


OF_CHOICE = [
    Defect(stage, "-", name, outcome, gates, change)
    for stage, name, outcome, gates, change in (
        (
            SCORES,
            "a table without scores whose sign is not that of the effect",
            EXCEPTED,
            UNSCORED,
            measured(unscored(of_other_sign)),
        ),
        (
            SCORES,
            "a table without scores whose rank is far from that of the effect",
            EXCEPTED,
            UNSCORED,
            measured(unscored(of_other_rank)),
        ),
        (
            SCORES,
            "a table without the smaller half of the scores",
            EXCEPTED,
            UNSCORED,
            measured(unscored(of_little_size)),
        ),
        (
            SCORES,
            "a table of tracks of either tissue, whichever comes closer to the effect",
            FAILS,
            LEAK,
            in_table(joined(better_of_two_tissues)),
        ),
        (
            SCORES,
            "a table with another tissue's scores on chr2",
            FAILS,
            "sequence_parts",
            in_table(joined(tissues_exchanged("chr2_"))),
        ),
        (
            SCORES,
            "a table with another tissue's scores",
            UNREPORTABLE,
            "tracks of another tissue agree better",
            in_table(joined(tissues_exchanged())),
        ),
        (
            SCORES,
            "a table in which the scores of each gene are sorted like its effects",
            FAILS,
            f"{LEAK} sequence_parts",
            in_table(joined(sorted_within_genes)),
        ),
        (
            SCORES,
            "a table in which each gene has the sign that agrees better",
            EXCEPTED,
            f"gate {LEAK} warns",
            in_table(joined(sign_by_gene)),
        ),
        (
            SCORES,
            "a table of the effects of a second cohort",
            FAILS,
            f"{LEAK} sequence_parts",
            in_table(of_second_cohort),
        ),
        (
            EFFECTS,
            "effects and errors in standard deviations of the genotype",
            FAILS,
            "se_follows_maf",
            standardised,
        ),
        (EFFECTS, "p values of one side", FAILS, "feature_p_range", one_sided),
        (
            CONSISTENCY,
            "statistics of chr2 pasted over those of chr3",
            FAILS,
            "missing_leads feature_p_range",
            pasted,
        ),
    )
]
