"""Further defects: within groups of rows, of some scores, of controls and of peaks."""

import numpy as np
import pandas as pd
from gauntlet import alter_effects as of
from gauntlet import alter_leaks as leaks
from gauntlet.alter_effects import alleles, rng

STATISTICS = ["slope", "slope_se", "pval_nominal"]


def roll(rows, _):
    return np.roll(rows, 1)


def permute(rows, draw):
    return draw.permutation(rows)


def reverse(rows, _):
    return rows[::-1]


def within(groups, change, names):
    """Return a defect that reorders columns, together, within groups of rows."""

    def defect(case):
        draw, rows = rng(), np.arange(len(case.table))
        has_effect = np.isfinite(of.number(case, "slope"))
        for found in pd.Series(rows).groupby(np.asarray(groups(case))).indices.values():
            known = found[has_effect[found]]
            rows[known] = change(known, draw)
        columns = {name: case.table[name].to_numpy()[rows] for name in names}
        case.table = case.table.assign(**columns)

    return defect


def chromosome(case):
    return case.table["variant_id"].str.split("_").str[0]


def gene(case):
    return case.table["gene_id"]


def gene_and_maf(case):
    """Group rows by gene and by frequency, in steps of 0.1."""
    step = np.floor(of.number(case, "maf") * 10).astype(int).astype(str)
    return case.table["gene_id"] + "|" + step


def gene_and_maf_on(chrom):
    """As `gene_and_maf` on one chromosome; all other rows stay."""

    def groups(case):
        alone = np.arange(len(case.table)).astype(str)
        return np.where(chromosome(case) == chrom, gene_and_maf(case), alone)

    return groups


def by_position(case):
    parts = alleles(case.table)
    order = np.lexsort([parts["pos"], parts["chrom"]])
    case.table = case.table.iloc[order].reset_index(drop=True)


def released(share, most_bp):
    """Return a defect that moves the start sites of a share of the genes."""

    def defect(case):
        genes, draw = case.table["gene_id"].unique(), rng()
        moves = draw.integers(-most_bp, most_bp, len(genes))
        moves = np.where(draw.random(len(genes)) < share, moves, 0)
        move = case.table["gene_id"].map(dict(zip(genes, moves, strict=True)))
        distance = of.number(case, "tss_distance") + move.to_numpy()
        case.table = case.table.assign(tss_distance=distance.astype(int).astype(str))

    return defect


def of_blocks(share):
    """Return a function that finds the rows in a random share of the LD blocks."""

    def where(case):
        parts, blocks = alleles(case.table), case.ld_blocks
        chosen = blocks[rng().random(len(blocks)) < share]
        found = np.zeros(len(parts), dtype=bool)
        for chrom, start, end in chosen[["chrom", "start", "end"]].to_numpy():
            is_here = (parts["chrom"] == chrom) & (parts["pos"] > start)
            found |= (is_here & (parts["pos"] <= end)).to_numpy()
        return found

    return where


def of_maf(low, high):
    def where(case):
        maf = of.number(case, "maf")
        return (maf >= low) & (maf < high)

    return where


def of_stripes(length, one_in=2):
    """Return a function that finds every second (third, ...) run of lines."""
    return lambda case: np.arange(len(case.table)) // length % one_in == 0


def smallest(share):
    """Return a function that finds the rows with the smallest effects."""

    def where(case):
        size = np.abs(of.number(case, "slope"))
        return size < np.nanquantile(size, share)

    return where


def both_tissues(change):
    """Return a change of the pairs that affects the tracks of both tissues alike.

    `change` takes the unique scores in order of position and a random generator.
    """

    def changed(pairs, _):
        columns = {}
        for name in ("raw", "raw_mismatched"):
            rows = pairs.assign(raw=pairs[name])
            scores = leaks.in_order(rows)
            columns[name] = leaks.per_variant(rows, change(scores, rng()))["raw"]
        return pairs.assign(**columns)

    return changed


def some_exchanged(share):
    """Return a change that exchanges the scores of a random share of the variants."""

    def change(scores, draw):
        rows = np.flatnonzero(draw.random(len(scores)) < share)
        scores = scores.copy()
        scores.iloc[rows] = scores.to_numpy()[draw.permutation(rows)]
        return scores

    return change


def late(scores, _):
    return pd.Series(np.roll(scores.to_numpy(), 1), scores.index)


def late_in_stripes(length):
    """Return a change that delays scores by one in every second run of variants."""

    def change(scores, draw):
        is_late = np.arange(len(scores)) // length % 2 == 0
        return scores.where(~is_late, late(scores, draw))

    return change


def of_route(share, change):
    """Return a change of the scores of a share of the variants, of another route."""

    def changed(pairs, draw):
        scores = leaks.unique_scores(pairs)
        is_other = pd.Series(draw.random(len(scores)) < share, scores.index)
        pairs = leaks.per_variant(pairs, scores.where(~is_other, change(scores)))
        is_other = pairs["variant_id"].map(is_other).to_numpy(bool)
        route = np.where(is_other, "atlas", pairs["route"].astype(object))
        return pairs.assign(route=route)

    return changed


def told(values, noise=0.0, share=1.0, among=None):
    """Return a change that makes scores from effects.

    Parameters
    ----------
    values : callable
        From the pairs to one number each; that of a variant's first pair is used.
    noise : float
        In standard deviations of the values.
    share : float
    among : callable, optional
        From the pairs to a mask.
    """

    def change(pairs, draw):
        rows = pairs.assign(value=values(pairs))
        found = rows.groupby("variant_id", sort=False)["value"].first()
        found = found + noise * found.std() * draw.normal(size=len(found))
        found *= leaks.unique_scores(pairs).std() / found.std()
        if among is not None:
            is_among = rows.assign(is_among=among(pairs)).groupby("variant_id")
            found = found[
                is_among["is_among"].any().reindex(found.index).to_numpy(bool)
            ]
        return leaks.per_variant(pairs, leaks.some(found, draw, share))

    return change


def z_scores(pairs):
    return pairs["effect"] / pairs["effect_se"]


def signed_p(pairs):
    return np.sign(pairs["effect"]) * -np.log10(pairs["p_value"].clip(1e-300))


def ranks(pairs):
    return pairs["effect"].rank() / len(pairs) - 0.5


def signs(pairs):
    return np.sign(pairs["effect"]) * np.abs(rng().normal(size=len(pairs)))


def of_lead(pairs):
    lead = pairs.sort_values("p_value", kind="stable").drop_duplicates("feature_id")
    return pairs["feature_id"].map(lead.set_index("feature_id")["effect"])


def effects(pairs):
    return pairs["effect"]


def leads(pairs):
    return pairs["is_source_lead"].astype(bool)


def kernel(length_bp, weight=1.0):
    """Return a change that mixes scores with their mean under an exponential kernel."""

    def change(pairs, _):
        scores = leaks.in_order(pairs)
        parts = scores.index.to_series().str.split("_")
        chrom, pos = parts.str[0].to_numpy(), parts.str[1].astype(int).to_numpy()
        mean, raw = np.empty(len(scores)), scores.to_numpy()
        for name in np.unique(chrom):
            here = chrom == name
            near = np.exp(-np.abs(pos[here][:, None] - pos[here]) / length_bp)
            mean[here] = near @ raw[here] / near.sum(axis=1)
        mixed = pd.Series(weight * mean + (1 - weight) * raw, scores.index)
        return leaks.per_variant(pairs, mixed)

    return change


def carried_forward(share):
    """Return a change that fills missing scores with that of the variant before."""

    def change(pairs, draw):
        scores = leaks.in_order(pairs)
        is_missing = draw.random(len(scores)) < share
        return leaks.per_variant(pairs, scores.where(~is_missing).ffill().bfill())

    return change


def as_noise(share, sd):
    """Return a change of a share of the scores into noise of so many their sds."""

    def change(scores, draw):
        is_missing = draw.random(len(scores)) < share
        noise = draw.normal(0, sd * scores.std(), len(scores))
        return scores.where(~is_missing, noise)

    return both_tissues(change)


def rare(pairs):
    return pairs["maf"] < 0.1


def control_of(values):
    """Return a defect that makes the control from the effects.

    `values` takes their table, one row per variant, and a random generator.
    """

    def defect(case):
        numbers = {name: of.number(case, name) for name in STATISTICS}
        first = case.table.assign(**numbers).dropna(subset="slope")
        first = first.drop_duplicates("variant_id").set_index("variant_id")
        is_known = case.control["source_id"].isin(first.index).to_numpy()
        rows = first.loc[case.control.loc[is_known, "source_id"]]
        score = case.control["score"].to_numpy(dtype=float).copy()
        score[is_known] = np.asarray(values(rows, rng()), dtype=float)
        case.control = case.control.assign(score=score)

    return defect


def control_of_scores(noise=0.0):
    """Return a defect that makes the control from the scores."""

    def defect(case):
        known = case.world.known.set_index("variant_id")["raw"].str[0]
        value = case.control["source_id"].map(known).astype(float)
        value = value + noise * known.std() * rng().normal(size=len(value))
        score = value.where(value.notna(), case.control["score"])
        case.control = case.control.assign(score=score)

    return defect


def blocks_each(n):
    """Return a change of LD blocks into so many on each chromosome."""

    def change(case):
        parts = []
        for chrom, rows in case.ld_blocks.groupby("chrom", observed=True):
            edges = np.linspace(0, rows["end"].max(), n + 1).astype(int)
            part = {"chrom": chrom, "start": edges[:-1], "end": edges[1:]}
            parts.append(pd.DataFrame(part))
        return pd.concat(parts, ignore_index=True)

    return change


def blocks_moved(by_bp):
    def change(case):
        blocks = case.ld_blocks
        return blocks.assign(start=blocks["start"] + by_bp, end=blocks["end"] + by_bp)

    return change


def blocks_of_others(case):
    """Give each chromosome the blocks of another one."""
    names = {"chr1": "chr2", "chr2": "chr3", "chr3": "chr1"}
    return case.ld_blocks.assign(chrom=case.ld_blocks["chrom"].astype(str).map(names))


def other_peaks(share):
    """Return a change that puts a share of the peaks elsewhere, as in another tissue."""

    def change(peaks):
        draw = rng()
        is_other = draw.random(len(peaks)) < share
        by = np.where(is_other, draw.integers(3_000, 40_000, len(peaks)), 0)
        return peaks.assign(start=peaks["start"] + by, end=peaks["end"] + by)

    return change


def on_chromosome(chrom, change):
    """Return a change of the peaks of one chromosome."""

    def changed(peaks):
        is_here = peaks["chrom"] == chrom
        parts = [peaks[~is_here], change(peaks[is_here])]
        return pd.concat(parts, ignore_index=True)

    return changed


def without(chrom):
    return lambda peaks: peaks[peaks["chrom"] != chrom]


def two_versions(case):
    """Repeat every row for another version of its gene."""
    other = case.table["gene_id"].str.replace(r"\.\d+$", ".2", regex=True)
    again = case.table.assign(gene_id=other)
    case.table = pd.concat([case.table, again], ignore_index=True)


def scaled_on(chrom, factor):
    """Scale effects and their errors on one chromosome."""

    def defect(case):
        by = np.where(chromosome(case) == chrom, factor, 1.0)
        names = ("slope", "slope_se")
        of.put(case, **{name: by * of.number(case, name) for name in names})

    return defect
