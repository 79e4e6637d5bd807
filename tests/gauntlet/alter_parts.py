"""Defects of a part of the benchmark, of its LD blocks and of the peaks of a chromosome."""

import numpy as np
import pandas as pd
from endobench.genome.gtf import strands_of
from endobench.stats.ld_blocks import overlap_earlier
from gauntlet.alter_effects import alleles, number, old_places, put, rng

_PALINDROMES = ("AT", "TA", "CG", "GC")


def flipped(where):
    """Return a defect that flips the slopes of some rows; `where` takes the case."""

    def defect(case):
        slope = number(case, "slope")
        put(case, slope=np.where(where(case), -slope, slope))

    return defect


def of_alleles(condition):
    """Return a function that finds rows by a condition on chrom, pos, ref and alt."""
    return lambda case: np.asarray(condition(alleles(case.table)), dtype=bool)


def indel(parts):
    return parts["ref"].str.len() != parts["alt"].str.len()


def deletion(parts):
    return parts["ref"].str.len() > parts["alt"].str.len()


def insertion(parts):
    return parts["ref"].str.len() < parts["alt"].str.len()


def palindrome(parts):
    return (parts["ref"] + parts["alt"]).isin(_PALINDROMES)


def transition(parts):
    return (parts["ref"] + parts["alt"]).isin(("AG", "GA", "CT", "TC"))


def in_order(parts):
    return parts["ref"] < parts["alt"]


def on(*chroms):
    return lambda parts: parts["chrom"].isin(chroms)


def within(chrom, start, end):
    return lambda parts: (parts["chrom"] == chrom) & parts["pos"].between(start, end)


def some_rows(share, among=None):
    """Return a function that finds a random share of some rows."""

    def where(case):
        is_chosen = rng().random(len(case.table)) < share
        return is_chosen if among is None else is_chosen & among(case)

    return where


def some_of(column, share):
    """Return a function that finds the rows of a random share of genes or variants."""

    def where(case):
        names = case.table[column].unique()
        chosen = rng().choice(names, round(share * len(names)), replace=False)
        return case.table[column].isin(chosen).to_numpy()

    return where


def rare(case):
    return number(case, "maf") < 0.1


def upstream(case):
    return number(case, "tss_distance") < 0


def first_lines(case):
    return np.arange(len(case.table)) < len(case.table) / 2


def on_strand(strand):
    """Return a function that finds the rows of genes on a strand."""

    def where(case):
        found = case.table["gene_id"].map(strands_of(case.world.starts))
        return (found == strand).to_numpy()

    return where


def minor_allele(case):
    """Report the effect of the minor allele, in a table with the frequency of ALT."""
    variants = case.table["variant_id"].unique()
    is_ref_minor = rng().random(len(variants)) < 0.4
    is_ref_minor = case.table["variant_id"].map(
        dict(zip(variants, is_ref_minor, strict=True))
    )
    maf, slope = number(case, "maf"), number(case, "slope")
    case.table = case.table.assign(af=case.table["maf"])
    put(
        case,
        af=np.where(is_ref_minor, 1 - maf, maf),
        slope=np.where(is_ref_minor, -slope, slope),
    )


def scores(change, where):
    """Return a defect of the scores of some variants.

    `change` takes their scores, shape (n_variants, n_tracks).
    """

    def change_answers(answers, known):
        parts = answers["variant_id"].str.split("_", expand=True).iloc[:, :4]
        parts = parts.set_axis(["chrom", "pos", "ref", "alt"], axis=1)
        is_chosen = np.asarray(where(parts.astype({"pos": int})), dtype=bool)
        # Other defects add variants, on which this one must not depend.
        is_chosen &= answers["variant_id"].isin(known).to_numpy()
        raw = answers["raw"].to_numpy().copy()
        changed = change(np.stack(raw[is_chosen]))
        for place, values in zip(np.flatnonzero(is_chosen), changed, strict=True):
            raw[place] = values
        return answers.assign(raw=raw)

    def defect(case):
        known = case.world.known["variant_id"]
        case.answers = lambda answers: change_answers(answers, known)

    return defect


def permuted(raw):
    return rng().permutation(raw)


def rolled(raw):
    return np.roll(raw, 1, axis=0)


def blocks(change):
    """Return a defect of the LD blocks; `change` takes the case and returns others."""

    def defect(case):
        case.ld_blocks = change(case)

    return defect


def cut_into(length_bp):
    """Return a change of LD blocks into blocks of one length."""

    def change(case):
        parts = []
        for chrom, rows in case.ld_blocks.groupby("chrom", observed=True):
            start = np.arange(rows["start"].min(), rows["end"].max(), length_bp)
            parts.append(pd.DataFrame({"chrom": chrom, "start": start}))
        frame = pd.concat(parts, ignore_index=True)
        return frame.assign(end=frame["start"] + length_bp)

    return change


def one_block(case):
    return case.ld_blocks.iloc[:1].assign(start=0, end=10_000_000)


def one_a_chromosome(case):
    spans = case.ld_blocks.groupby("chrom", observed=True).agg(
        {"start": "min", "end": "max"}
    )
    return spans.reset_index()


def without_prefix(case):
    return case.ld_blocks.assign(chrom=case.ld_blocks["chrom"].str[3:])


def blocks_on_hg19(case):
    return on_hg19(case.ld_blocks, case.world.chain)


def on_hg19(intervals, chain):
    """Return intervals of GRCh38 with their positions on the older build."""
    moved = intervals.copy()
    for name in ("start", "end"):
        place = intervals[name].to_numpy().copy()
        for chrom, start, old, size, strand in old_places(chain):
            is_here = (intervals["chrom"] == chrom) & (strand == "+")
            is_here &= intervals[name].between(start, start + size - 1)
            place[is_here] += old - start
        moved[name] = place
    moved = moved[moved["end"] > moved["start"]]
    return moved[~overlap_earlier(moved)].reset_index(drop=True)


def peaks_of_chromosome_on_hg19(chrom):
    """Return a defect that leaves the peaks of one chromosome on the older build."""

    def defect(case):
        lifted, old = case.world.lifted_peaks, case.world.peaks
        case.peaks_build = "GRCh38"
        case.peaks = pd.concat(
            [lifted[lifted["chrom"] != chrom], old[old["chrom"] == chrom]],
            ignore_index=True,
        )

    return defect
