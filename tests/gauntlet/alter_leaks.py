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
        ordered = pairs.sort_values("p_value") if of == "strongest" else pairs
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
        lead = pairs.sort_values("p_value").drop_duplicates("feature_id")
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
