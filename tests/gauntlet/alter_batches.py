"""Defects of batches: of scores that are late, lost or rescaled in some of them.

Each function of scores returns a change of the pairs; see `alter_leaks`.
"""

import numpy as np
import pandas as pd
from gauntlet import alter_effects as of
from gauntlet import alter_leaks as leaks
from gauntlet.alter_effects import rng
from gauntlet.alter_further import STATISTICS, both_tissues, gene


def in_batches(change, length, one_in=2):
    """Return a change of the scores of every second (third, ...) batch of variants."""

    def changed(scores, draw):
        is_here = np.arange(len(scores)) // length % one_in == 0
        return scores.where(~is_here, change(scores, draw))

    return both_tissues(changed)


def backwards(length):
    """Return a change that reverses the scores within batches of variants."""

    def changed(scores, _):
        place = np.arange(len(scores))
        start = place // length * length
        last = np.minimum(start + length, len(scores)) - 1
        return pd.Series(scores.to_numpy()[start + last - place], scores.index)

    return changed


def nothing(scores, draw):
    """Replace scores by those of a random draw."""
    return pd.Series(draw.permutation(scores.to_numpy()), scores.index)


def times(factor):
    return lambda scores, _: factor * scores


def blurred(sd):
    """Return a change that multiplies scores by random factors."""
    return lambda scores, draw: scores * np.exp(sd * draw.normal(size=len(scores)))


def without_points(share):
    """Return a change that takes the decimal point, after which are four digits, away."""

    def changed(scores, draw):
        return scores.mask(draw.random(len(scores)) < share, (1e4 * scores).round())

    return both_tissues(changed)


def clipped(quantile):
    """Return a change that cuts scores at a quantile of their sizes."""

    def changed(scores, _):
        most = scores.abs().quantile(quantile)
        return scores.clip(-most, most)

    return both_tissues(changed)


def on_chromosome(chrom, change):
    """Return a change of the scores of one chromosome."""

    def changed(scores, draw):
        is_here = scores.index.str.startswith(f"{chrom}_")
        return scores.where(~is_here, change(scores, draw))

    return both_tissues(changed)


def small_flipped(share):
    """Return a change that flips the smaller scores."""

    def changed(scores, _):
        is_small = scores.abs() < scores.abs().quantile(share)
        return scores.where(~is_small, -scores)

    return both_tissues(changed)


def leads_with_sign(pairs, _):
    """Give lead variants alone the sign of their effect."""
    lead = pairs[pairs["is_source_lead"].astype(bool)].drop_duplicates("variant_id")
    lead = lead.set_index("variant_id")
    return leaks.per_variant(pairs, lead["raw"].abs() * np.sign(lead["effect"]))


def one_leaked_each(noise):
    """Return a change that leaks the effect of one random variant of each feature."""

    def change(pairs, draw):
        chosen = pairs.sample(frac=1, random_state=draw).drop_duplicates("feature_id")
        effect = chosen.groupby("variant_id")["effect"].first()
        score = effect + noise * effect.std() * draw.normal(size=len(effect))
        score *= leaks.unique_scores(pairs).std() / score.std()
        return leaks.per_variant(pairs, score)

    return change


def of_block(noise):
    """Return a change that gives all variants of an LD block its strongest effect."""

    def change(pairs, draw):
        chrom = pairs["variant_id"].str.split("_").str[0]
        pos = pairs["variant_id"].str.split("_").str[1].astype(int)
        block = chrom + "_" + (pos // 5_000).astype(str)
        best = pairs.assign(block=block).sort_values("p_value", kind="stable")
        best = best.drop_duplicates("block").set_index("block")["effect"]
        value = block.map(best) + noise * draw.normal(size=len(pairs))
        found = value.groupby(pairs["variant_id"], sort=False).first()
        return leaks.per_variant(pairs, found * 0.1)

    return change


# Of the table of effects.
def per_gene(change, share):
    """Return a defect of the statistics of a random share of the genes.

    `change` takes slopes and errors, and returns them.
    """

    def defect(case):
        names, codes = np.unique(gene(case), return_inverse=True)
        is_here = (rng().random(len(names)) < share)[codes]
        slope, se = (of.number(case, name) for name in ("slope", "slope_se"))
        changed = change(slope, se)
        pairs = zip((slope, se), changed, strict=True)
        slope, se = (np.where(is_here, new, old) for old, new in pairs)
        of.put(case, slope=slope, slope_se=se)

    return defect


def on(chrom, change):
    """Return a defect of the slopes and errors on one chromosome."""

    def defect(case):
        is_here = case.table["variant_id"].str.startswith(f"{chrom}_").to_numpy()
        slope, se = (of.number(case, name) for name in ("slope", "slope_se"))
        changed = change(slope, se)
        pairs = zip((slope, se), changed, strict=True)
        slope, se = (np.where(is_here, new, old) for old, new in pairs)
        of.put(case, slope=slope, slope_se=se)

    return defect


def as_z(slope, se):
    return slope / se, np.ones_like(se)


def scaled(factor):
    return lambda slope, se: (factor * slope, factor * se)


def in_lines(first, last, change):
    """Return a defect of the slopes and errors of some lines, as shares of all."""

    def defect(case):
        place = np.arange(len(case.table)) / len(case.table)
        is_here = (place >= first) & (place < last)
        slope, se = (of.number(case, name) for name in ("slope", "slope_se"))
        changed = change(slope, se)
        pairs = zip((slope, se), changed, strict=True)
        slope, se = (np.where(is_here, new, old) for old, new in pairs)
        of.put(case, slope=slope, slope_se=se)

    return defect


def as_lead(case):
    """Give all variants of a gene the statistics of its lead."""
    p = of.number(case, "pval_nominal")
    rows = pd.DataFrame({"gene": gene(case).to_numpy(), "p": p})
    lead = rows.dropna().groupby("gene")["p"].idxmin()
    place = rows["gene"].map(lead)
    place = place.fillna(pd.Series(rows.index, rows.index)).astype(int)
    columns = {name: case.table[name].to_numpy()[place] for name in STATISTICS}
    case.table = case.table.assign(**columns)


def of_replicate(share, sign=1):
    """Return a defect: a share of the rows has the slopes of another cohort."""

    def defect(case):
        other = case.replicate.drop_duplicates(["variant_id", "feature_id"])
        keys = other["variant_id"].astype(str) + other["feature_id"].astype(str)
        genes = gene(case).str.replace(".1", ".4", regex=False)
        found = (case.table["variant_id"] + genes).map(
            dict(zip(keys, other["score"], strict=True))
        )
        slope = of.number(case, "slope")
        is_here = found.notna().to_numpy() & (rng().random(len(slope)) < share)
        of.put(case, slope=np.where(is_here, sign * found.to_numpy(float), slope))

    return defect


def where_gene_ends(digits):
    """Return a function that finds the rows of genes whose number ends so."""

    def where(case):
        return gene(case).str.split(".").str[0].str[-1].isin(list(digits)).to_numpy()

    return where


def where_position_is_even(case):
    pos = case.table["variant_id"].str.split("_").str[1].astype(int)
    return (pos % 2 == 0).to_numpy()


def strongest(least_z):
    """Return a function that finds the rows with the strongest evidence."""
    return lambda case: (
        np.abs(of.number(case, "slope") / of.number(case, "slope_se")) > least_z
    )


def wider(factor):
    """Return a change that widens peaks around their middle."""

    def change(peaks):
        middle = (peaks["start"] + peaks["end"]) // 2
        half = ((peaks["end"] - peaks["start"]) * factor / 2).astype(int)
        return peaks.assign(start=(middle - half).clip(lower=0), end=middle + half)

    return change


def on_other_chromosomes(peaks):
    names = {"chr1": "chr2", "chr2": "chr3", "chr3": "chr1"}
    return peaks.assign(chrom=peaks["chrom"].astype(str).map(names))


def control_of_neighbours(case):
    """Give each variant of the control the value of the next one."""
    case.control = case.control.assign(score=np.roll(case.control["score"], 1))


def control_in_batches(length):
    """Return a defect: the control is late by one in every second batch."""

    def defect(case):
        score = case.control["score"].to_numpy()
        is_late = np.arange(len(score)) // length % 2 == 0
        late = np.where(is_late, np.roll(score, 1), score)
        case.control = case.control.assign(score=late)

    return defect
