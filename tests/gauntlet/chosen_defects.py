"""Defects of a choice: of scored variants, tracks or statistics, with their outcomes."""

import numpy as np
import pandas as pd
import scipy.special
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
    FILE,
    PARTS,
    REFUSED,
    SCORES,
    UNREPORTABLE,
    VARIANTS,
    Defect,
)
from gauntlet.pipeline import K562, SCORER

LEAK = "linked_agreement"
UNSCORED = "gate missing_scores warns"


def in_tidy(values):
    """Return a defect: a table of log2 fold changes alone, with other numbers for them.

    `values` takes the slopes and the chromosomes of all rows.
    """

    def defect(case):
        chrom = case.table["variant_id"].str.split("_").str[0].to_numpy()
        of.put(case, effect=values(of.number(case, "slope"), chrom))
        names = {"gene_id": "feature_id"}
        names = case.table[["variant_id", *names, "effect"]].rename(columns=names)
        case.table, case.format, case.declared = names, "tidy", ("log2FC",)

    return defect


def fractions(slope):
    return 1 / (1 + 2**-slope)


def times_frequency(case):
    maf = of.number(case, "maf")
    of.put(
        case, **{name: of.number(case, name) * maf for name in ("slope", "slope_se")}
    )


def less_gene_means(case):
    slope = pd.Series(of.number(case, "slope"))
    mean = slope.groupby(case.table["gene_id"].to_numpy()).transform("mean")
    # Errors keep the z score.
    se = of.number(case, "slope_se") * (1 - mean / slope).abs()
    of.put(case, slope=(slope - mean).to_numpy(), slope_se=se.to_numpy())


def leads_positive(case):
    """Orient the effects of each gene so that its lead's is positive."""
    gene = case.table["gene_id"].to_numpy()
    slope = pd.Series(of.number(case, "slope"))
    lead = pd.Series(of.number(case, "pval_nominal")).groupby(gene).idxmin().dropna()
    sign = pd.Series(np.sign(slope[lead].to_numpy()), lead.index)
    of.put(case, slope=slope.to_numpy() * sign.reindex(gene).to_numpy())


def of_second_cohort_too(case):
    """Append the rows of 20 % of the variants with statistics of another sample."""
    more = case.table[of.some(case, 0.2)].copy()
    slope, se = (
        pd.to_numeric(more[name], errors="coerce") for name in ("slope", "slope_se")
    )
    slope += se * of.rng().normal(size=len(se))
    p_value = 2 * scipy.special.ndtr(-(slope / se).abs())
    more["slope"], more["pval_nominal"] = slope.astype(str), p_value.astype(str)
    case.table = pd.concat([case.table, more], ignore_index=True)


def in_ids(change):
    """Return a defect of the ids of variants, given the columns of their parts."""

    def defect(case):
        parts = case.table["variant_id"].str.split("_", expand=True)
        names = ["chrom", "pos", "ref", "alt", "build"]
        parts = change(parts.set_axis(names, axis=1))
        case.table = case.table.assign(variant_id=parts.agg("_".join, axis=1))

    return defect


def rounded_positions(parts):
    return parts.assign(pos=[f"{float(each):.4g}" for each in parts["pos"]])


def indels_moved(parts):
    is_indel = parts["ref"].str.len() != parts["alt"].str.len()
    return parts.assign(pos=parts["pos"] + is_indel)


def cut_genes(case):
    case.table = case.table.assign(gene_id=case.table["gene_id"].str[:-4])


def decimal_commas(case):
    names = ["slope", "slope_se", "pval_nominal", "maf"]
    texts = {name: case.table[name].str.replace(".", ",") for name in names}
    case.table = case.table.assign(**texts)


def header_within(case):
    def change(content):
        lines = content.split(b"\n")
        middle = len(lines) // 2
        return b"\n".join([*lines[:middle], lines[0], *lines[middle:]])

    case.raw_file = change


def strongest(rows):
    """Return the row with the smallest p value of each variant, indexed by variant."""
    return (
        rows.sort_values("p_value", kind="stable")
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
        (
            EFFECTS,
            "signs in place of log2 fold changes, no errors",
            FAILS,
            "effect_ties",
            in_tidy(lambda slope, _: np.sign(slope)),
        ),
        (
            EFFECTS,
            "30 % of the log2 fold changes as 0, no errors",
            FAILS,
            "effect_ties",
            in_tidy(lambda slope, _: slope * (of.rng().random(len(slope)) > 0.3)),
        ),
        (
            EFFECTS,
            "relative changes in place of log2 fold changes, no errors",
            FAILS,
            "effect_range",
            in_tidy(lambda slope, _: 2**slope - 1),
        ),
        (
            EFFECTS,
            "allelic fractions in place of log2 fold changes, no errors",
            FAILS,
            "effect_signs",
            in_tidy(lambda slope, _: fractions(slope)),
        ),
        (
            PARTS,
            "allelic fractions in place of log2 fold changes on chr1, no errors",
            FAILS,
            "part_scales",
            in_tidy(
                lambda slope, chrom: np.where(chrom == "chr1", fractions(slope), slope)
            ),
        ),
        (
            EFFECTS,
            "effects and errors times the allele frequency",
            FAILS,
            "se_follows_maf",
            times_frequency,
        ),
        (
            EFFECTS,
            "effects less the mean of their gene, z scores as they were",
            FAILS,
            "se_follows_maf",
            less_gene_means,
        ),
        (
            EFFECTS,
            "effects of each gene signed so that its lead's is positive",
            FAILS,
            "opposite_signs control_signs replicate_signs",
            leads_positive,
        ),
        (
            EFFECTS,
            "ids of genes without their last digits",
            FAILS,
            "effect_duplicates feature_place",
            cut_genes,
        ),
        (
            EFFECTS,
            "rows of a second cohort appended for 20 % of the variants",
            FAILS,
            "effect_duplicates",
            of_second_cohort_too,
        ),
        (
            VARIANTS,
            "position + 1 for insertions and deletions",
            FAILS,
            "feature_place",
            of.rewrite(indels_moved),
        ),
        (
            VARIANTS,
            "positions written as floats",
            REFUSED,
            "is not a variant id",
            in_ids(lambda parts: parts.assign(pos=parts["pos"] + ".0")),
        ),
        (
            VARIANTS,
            "positions rounded to four digits, as a spreadsheet writes them",
            REFUSED,
            "is rounded to a few digits",
            in_ids(rounded_positions),
        ),
        (
            VARIANTS,
            "allele T as TRUE, as a spreadsheet writes it",
            REFUSED,
            "is not a variant id",
            in_ids(lambda parts: parts.replace({"ref": {"T": "TRUE"}})),
        ),
        (FILE, "decimal commas", REFUSED, "has a comma", decimal_commas),
        (
            FILE,
            "the header once more in the middle",
            REFUSED,
            "this line is a header",
            header_within,
        ),
    )
]
