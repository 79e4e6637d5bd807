"""Scores that know effects or neighbours, missing ones, and those of one allele.

Each function returns a change of the joined pairs, which takes a random generator too.
"""

import functools

import numpy as np
import pandas as pd
from alphagenome.data import genome
from gauntlet.alter_effects import rng

MASK_BP = 501


def joined(change, of_world=False):
    """Return a defect that changes the pairs joined with their scores."""

    def defect(case):
        more = (case.world,) if of_world else ()
        case.rejoin = lambda pairs: change(pairs, rng(), *more)

    return defect


def per_variant(pairs, scores):
    """Give all pairs of a variant its score, indexed by variant; others keep theirs."""
    found = pairs["variant_id"].map(scores)
    return pairs.assign(raw=found.where(found.notna(), pairs["raw"]).astype(float))


def unique_scores(pairs):
    return pairs.drop_duplicates("variant_id").set_index("variant_id")["raw"]


def some(scores, draw, share):
    """Return a random share of some scores."""
    return scores[draw.random(len(scores)) < share]


def leaked(noise, share=1.0, of="first", is_matched=False):
    """Return a change that makes scores from half of an effect, plus noise.

    Parameters
    ----------
    noise : float
        Standard deviation, in the unit of the effects.
    share : float
        Share of the variants that get such a score.
    of : {"first", "mean", "strongest"}
        The effect of the variant that is leaked.
    is_matched : bool
        Whether the scores are brought to the scale of the model's.
    """

    def change(pairs, draw):
        order = ["p_value", "variant_id"]
        ordered = pairs.sort_values(order) if of == "strongest" else pairs
        effect = ordered.groupby("variant_id", sort=False)["effect"]
        effect = effect.mean() if of == "mean" else effect.first()
        score = 0.5 * effect + draw.normal(0, noise, len(effect))
        if is_matched:
            score *= unique_scores(pairs).std() / score.std()
        return per_variant(pairs, some(score, draw, share))

    return change


def blended(weight, noise=0.0):
    """Return a change that adds mean effects to all scores, both standardised."""

    def change(pairs, draw):
        raw = unique_scores(pairs)
        effect = pairs.groupby("variant_id")["effect"].mean().reindex(raw.index)
        effect = effect + draw.normal(0, noise, len(effect))
        return per_variant(
            pairs, (1 - weight) * raw / raw.std() + weight * effect / effect.std()
        )

    return change


def signed(share):
    """Return a change that gives scores the sign of an effect of their variant."""

    def change(pairs, draw):
        effect = pairs.groupby("variant_id")["effect"].first()
        score = unique_scores(pairs).abs() * np.sign(effect)
        return per_variant(pairs, some(score, draw, share))

    return change


def copied(share, factor=0.3):
    """Return a change that writes a multiple of an effect as the score."""

    def change(pairs, draw):
        effect = pairs.groupby("variant_id")["effect"].first()
        return per_variant(pairs, some(factor * effect, draw, share))

    return change


def in_ld_groups(share=1.0):
    """Return a change that gives all variants of a gene its lead's score in size.

    The sign is that of the variant's effect: LD groups are often written so.
    """

    def change(pairs, draw):
        lead = pairs.sort_values("p_value", kind="stable").drop_duplicates("feature_id")
        size = pairs["feature_id"].map(lead.set_index("feature_id")["raw"].abs())
        score = pairs.assign(score=size * np.sign(pairs["effect"]))
        score = score.groupby("variant_id")["score"].first()
        return per_variant(pairs, some(score, draw, share))

    return change


def filled(share, value=0.0, part=None, jitter=0.0):
    """Return a change that writes missing scores as a value.

    Parameters
    ----------
    share : float
        Share of the variants, of those of the part if any.
    value : float, "mean" or "median"
    part : callable, optional
        From the pairs to a mask.
    jitter : float
        Standard deviation of noise on the value.
    """

    def change(pairs, draw):
        raw = unique_scores(pairs)
        number = getattr(raw, value)() if isinstance(value, str) else value
        here = raw if part is None else unique_scores(pairs[part(pairs)])
        chosen = some(here, draw, share)
        chosen = number + jitter * pd.Series(
            draw.normal(size=len(chosen)), chosen.index
        )
        return per_variant(pairs, chosen)

    return change


def on(chrom):
    return lambda pairs: pairs["variant_id"].str.startswith(f"{chrom}_")


def indels(pairs):
    parts = pairs["variant_id"].str.split("_")
    return parts.map(lambda each: len(each[2]) != len(each[3]))


def rounded(digits, share=0.0):
    """Return a change that rounds all scores, and writes a share of them as 0."""

    def change(pairs, draw):
        raw = unique_scores(pairs).round(digits)
        return filled(share)(per_variant(pairs, raw), draw)

    return change


def in_order(pairs):
    raw = unique_scores(pairs)
    parts = raw.index.to_series().str.split("_")
    order = pd.DataFrame({"chrom": parts.str[0], "pos": parts.str[1].astype(int)})
    return raw.loc[order.sort_values(["chrom", "pos"]).index]


def rolling(width, weight=1.0):
    """Return a change that mixes scores with the mean of their neighbourhood."""

    def change(pairs, draw):
        raw = in_order(pairs)
        mean = raw.rolling(width, center=True, min_periods=1).mean()
        return per_variant(pairs, weight * mean + (1 - weight) * raw)

    return change


def gene_mean(weight=1.0, share=1.0):
    """Return a change that mixes scores with the mean of a gene of theirs."""

    def change(pairs, draw):
        mean = pairs.groupby("feature_id")["raw"].transform("mean")
        mean = pairs.assign(mean=mean).groupby("variant_id")["mean"].first()
        raw = unique_scores(pairs).reindex(mean.index)
        return per_variant(pairs, some(weight * mean + (1 - weight) * raw, draw, share))

    return change


@functools.cache
def _signals(model, ids, window_bp):
    """Return the log2 signal of REF and of ALT around each variant, shape (n, 2)."""
    found = []
    for chrom, pos, ref, alt in (each.split("_")[:4] for each in ids):
        centre = int(pos) - 1
        low, high = centre - MASK_BP // 2, centre + MASK_BP // 2 + 1
        interval = genome.Interval(
            chrom, max(centre - window_bp // 2, 0), centre + window_bp // 2
        )
        variant = genome.Variant(chrom, int(pos), ref, alt)
        pair = model.alleles(interval, variant, low, high)
        found.append([np.log2(1 + each[:, 0].sum()) for each in pair])
    return np.array(found)


def of_one_allele(allele, share=1.0, is_centred=True, weight=1.0):
    """Return a change that uses the log signal of one allele as the score.

    It takes the world as a third argument. The signal may be centred, scaled to the sd of
    the model's scores and mixed with them.
    """

    def change(pairs, draw, world):
        raw = unique_scores(pairs)
        signal = _signals(world.model, tuple(raw.index), 2_048)[:, int(allele == "ALT")]
        if is_centred:
            signal = (signal - signal.mean()) / signal.std() * raw.std()
        score = pd.Series(weight * signal + (1 - weight) * raw.to_numpy(), raw.index)
        return per_variant(pairs, some(score, draw, share))

    return change


def unflipped(share):
    """Return a defect: a share of scores stay when REF and ALT are exchanged."""

    def defect(case):
        rows = case.exchanged
        is_same = np.arange(len(rows)) < round(share * len(rows))
        other = rows["exchanged_raw"].where(~is_same, rows["raw"])
        case.exchanged = rows.assign(exchanged_raw=other)

    return defect


# Changes of unique scores, which take the pairs, the scores and a random generator.
def rescored(change):
    """Return a change of the pairs from one of their unique scores."""
    return lambda pairs, draw: per_variant(
        pairs, change(pairs, unique_scores(pairs), draw)
    )


def parts_of(scores):
    """Return ``chrom, pos, ref, alt`` of scores, indexed by variant."""
    parts = scores.index.to_series().str.split("_", expand=True).iloc[:, :4]
    return parts.set_axis(["chrom", "pos", "ref", "alt"], axis=1).astype({"pos": int})


def of_variants(pairs, scores, name):
    """Return a column of the pair with the smallest p value of each variant."""
    rows = pairs.sort_values("p_value", kind="stable").drop_duplicates("variant_id")
    return rows.set_index("variant_id")[name].reindex(scores.index).astype(float)


def ranked(pairs, scores, draw):
    return scores.rank() / len(scores) - 0.5


def clipped(share):
    def change(pairs, scores, draw):
        most = scores.abs().quantile(1 - share)
        return scores.clip(-most, most)

    return change


def with_other_tissue(weight):
    def change(pairs, scores, draw):
        return scores + weight * of_variants(pairs, scores, "raw_mismatched")

    return change


def standardised_by_chromosome(pairs, scores, draw):
    groups = scores.groupby(parts_of(scores)["chrom"].to_numpy())
    return (scores - groups.transform("mean")) / groups.transform("std")


def scaled_on(chrom, factor=1.0, plus=0.0):
    """Return a change on a chromosome; `plus` is in standard deviations of all scores."""

    def change(pairs, scores, draw):
        is_here = parts_of(scores)["chrom"] == chrom
        return scores.where(~is_here, factor * scores + plus * scores.std())

    return change


def indels_flipped(pairs, scores, draw):
    parts = parts_of(scores)
    return scores.where(parts["ref"].str.len() == parts["alt"].str.len(), -scores)


def sorted_as_text(pairs, scores, draw):
    """Join scores in order of positions with variants in that of positions as text."""
    parts = parts_of(scores)
    names = parts.assign(text=parts["pos"].astype(str)).sort_values(["chrom", "text"])
    ordered = scores[parts.sort_values(["chrom", "pos"]).index]
    return pd.Series(ordered.to_numpy(), names.index)


def exchanged(share):
    def change(pairs, scores, draw):
        rows = np.flatnonzero(draw.random(len(scores)) < share)
        scores = scores.copy()
        scores.iloc[rows] = scores.to_numpy()[draw.permutation(rows)]
        return scores

    return change


def in_bytes(is_wrapped):
    """Return a change of scores into whole numbers of eight bits."""

    def change(pairs, scores, draw):
        size = scores.abs()
        most = size.quantile(0.97) if is_wrapped else size.max()
        steps = (scores / most * 127).round()
        return (steps + 128) % 256 - 128 if is_wrapped else steps

    return change


def gains(pairs, scores, draw):
    return scores.clip(lower=0)


def less_neighbours(pairs, scores, draw):
    scores = in_order(pairs)
    return scores - scores.groupby(np.arange(len(scores)) // 12).transform("mean")


def by_frequency(power):
    def change(pairs, scores, draw):
        maf = of_variants(pairs, scores, "maf")
        return scores * (maf * (1 - maf)) ** power

    return change


def fitted(n_features):
    """Return a change that fits effects with scores and random numbers."""

    def change(pairs, scores, draw):
        effect = of_variants(pairs, scores, "effect").to_numpy()
        noise = draw.normal(size=(len(scores), n_features))
        known = np.column_stack([scores / scores.std(), noise, np.ones(len(scores))])
        weights = np.linalg.lstsq(known, effect, rcond=None)[0]
        return pd.Series(known @ weights, scores.index)

    return change


def of_nearest(n):
    """Return a change that gives the mean effect of the variants with like scores."""

    def change(pairs, scores, draw):
        ordered = scores.sort_values(kind="stable")
        effect = of_variants(pairs, ordered, "effect")
        return effect.rolling(n, center=True, min_periods=1).mean()

    return change


def leads_blended(weight):
    """Return a change that adds effects to the scores of lead variants."""

    def change(pairs, scores, draw):
        lead = pairs.sort_values("p_value", kind="stable").drop_duplicates("feature_id")
        effect = lead.drop_duplicates("variant_id").set_index("variant_id")["effect"]
        score = scores / scores.std()
        mixed = (1 - weight) * score[effect.index] + weight * effect / effect.std()
        return mixed.reindex(scores.index).fillna(score)

    return change


def plus_alleles(weight, counted):
    """Return a change that adds the difference of a count of both alleles."""

    def change(pairs, scores, draw):
        n_ref, n_alt = (parts_of(scores)[name].map(counted) for name in ("ref", "alt"))
        return scores + weight * scores.std() * (n_alt - n_ref)

    return change


def in_half_precision(pairs, scores, draw):
    return scores.astype(np.float16).astype(float)


def without_disagreeing(share):
    """Return a change of the pairs that drops the variants that agree least."""

    def change(pairs, draw):
        scores = unique_scores(pairs)
        effect = of_variants(pairs, scores, "effect")
        gap = (scores.rank(pct=True) - effect.rank(pct=True)).abs()
        gap = gap.sort_values(kind="stable")
        lost = gap.index[len(gap) - round(share * len(gap)) :]
        return pairs[~pairs["variant_id"].isin(lost)]

    return change


def some_of_other_tissue(share):
    """Return a change that exchanges both tissues for a share of the variants."""

    def change(pairs, draw):
        ids = pairs["variant_id"].unique()
        is_here = pairs["variant_id"].isin(ids[draw.random(len(ids)) < share])
        own, other = pairs["raw"], pairs["raw_mismatched"]
        return pairs.assign(
            raw=own.where(~is_here, other), raw_mismatched=other.where(~is_here, own)
        )

    return change
