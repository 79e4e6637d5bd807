"""Defects of a part of the benchmark, of its statistics, its LD blocks and its peaks."""

import copy
import itertools

import numpy as np
import pandas as pd
from endobench.core.columns import MEASURED_TABLE
from endobench.core.tables import read_frame
from endobench.genome.gtf import strands_of
from endobench.stats.ld_blocks import overlap_earlier
from gauntlet.alter_effects import alleles, ids_of, number, old_places, put, rng
from scipy.special import stdtr

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


# Defects of the statistics of a table, whose p values follow from them.
_DEGREES = 338
STATISTICS = ("slope", "slope_se", "pval_nominal")


def numbers(case, *names):
    return [number(case, name) for name in names]


def tested(case, **columns):
    """Write slopes and errors, with the p values that follow and the smallest of genes."""
    put(case, **columns)
    slope, se = numbers(case, "slope", "slope_se")
    put(case, pval_nominal=2 * stdtr(_DEGREES, -np.abs(slope / se)))
    own_smallest(case)


def own_smallest(case):
    """Give genes the smallest p value that the table has for them."""
    p_value = pd.Series(number(case, "pval_nominal"))
    smallest = p_value.groupby(case.table["gene_id"].to_numpy()).transform("min")
    put(case, min_pval_nominal=smallest.to_numpy(), pval_beta=smallest.to_numpy())


def scaled_by(factor):
    """Return a defect of effects and errors; `factor` takes the case."""

    def defect(case):
        by = factor(case)
        slope, se = numbers(case, "slope", "slope_se")
        put(case, slope=slope * by, slope_se=se * by)

    return defect


def genotype_sd(case):
    maf = number(case, "maf")
    return np.sqrt(2 * maf * (1 - maf))


def chromosomes(case):
    return case.table["variant_id"].str.split("_").str[0].to_numpy()


def by_gene(draw_values):
    """Return a function that gives each gene a number of its own."""

    def values(case):
        genes = case.table["gene_id"].unique()
        found = dict(zip(genes, draw_values(rng(), len(genes)), strict=True))
        return case.table["gene_id"].map(found).to_numpy()

    return values


def kept(where):
    """Return a defect that keeps some rows; `where` takes the case."""

    def defect(case):
        case.table = case.table[where(case)].reset_index(drop=True)

    return defect


def leads_of_genes(case):
    """Return the row of the smallest p value of each gene, indexed by gene."""
    p_value = pd.Series(number(case, "pval_nominal"))
    return p_value.groupby(case.table["gene_id"].to_numpy()).idxmin().dropna()


def conditional(share):
    """Return a defect: a share of the effects are those given the lead of their gene."""

    def defect(case):
        leads = leads_of_genes(case)
        gene, pos = case.table["gene_id"], alleles(case.table)["pos"].to_numpy()
        slope, se, p_value = numbers(case, *STATISTICS)
        is_changed = gene.isin(leads.index).to_numpy()
        is_changed &= rng().random(len(slope)) < share
        lead = gene.map(leads).fillna(0).to_numpy(int)
        is_changed &= lead != np.arange(len(slope))
        linked = 0.5 * np.exp(-np.abs(pos - pos[lead]) / 3_000)
        linked *= np.sign(slope * slope[lead])
        given = slope - np.where(is_changed, linked * slope[lead], 0)
        p_given = 2 * stdtr(_DEGREES, -np.abs(given / se))
        put(case, slope=given, pval_nominal=np.where(is_changed, p_given, p_value))

    return defect


def sorted_within_genes(case):
    """Sort the statistics of each gene by slope, in order of positions."""
    slope, pos = number(case, "slope"), alleles(case.table)["pos"].to_numpy()
    rows = np.arange(len(slope))
    for found in case.table.groupby("gene_id").indices.values():
        known = found[np.isfinite(slope[found])]
        by_pos, by_slope = (
            known[np.argsort(each[known], kind="stable")] for each in (pos, slope)
        )
        rows[by_pos] = by_slope
    names = {name: case.table[name].to_numpy()[rows] for name in STATISTICS}
    case.table = case.table.assign(**names)


def one_error(case):
    """Write z scores as effects, with one standard error."""
    slope, se = numbers(case, "slope", "slope_se")
    usual = np.nanmedian(se)
    put(case, slope=slope / se * usual, slope_se=np.full(len(se), usual))


def shrunk(case):
    slope, se = numbers(case, "slope", "slope_se")
    by = np.clip(1 - 9 * (se / slope) ** 2, 0.02, 1)
    put(case, slope=slope * by, slope_se=se * by)


def clipped(quantile):
    """Return a defect that clips effects, and scales errors alike."""

    def defect(case):
        slope, se = numbers(case, "slope", "slope_se")
        most = np.nanquantile(np.abs(slope), quantile)
        by = np.minimum(most / np.abs(slope), 1)
        put(case, slope=slope * by, slope_se=se * by)

    return defect


def absolute_where(where):
    def defect(case):
        slope = number(case, "slope")
        put(case, slope=np.where(where(case), np.abs(slope), slope))

    return defect


def exchanged_variants(length):
    """Return a defect that exchanges variants within runs; distances follow."""

    def defect(case):
        parts = alleles(case.table).assign(name=case.table["variant_id"])
        parts = parts[parts["chrom"] != "chrX"].drop_duplicates("name")
        names = parts.sort_values(["chrom", "pos"])["name"].to_numpy()
        draw, others = rng(), names.copy()
        for start in range(0, len(names), length):
            run = slice(start, start + length)
            others[run] = draw.permutation(names[run])
        old = case.table["variant_id"]
        new = old.map(dict(zip(names, others, strict=True))).fillna(old)
        step = alleles(case.table.assign(variant_id=new))["pos"] - parts_pos(old)
        distance = number(case, "tss_distance") + step.to_numpy()
        case.table = case.table.assign(
            variant_id=new, tss_distance=distance.astype(int).astype(str)
        )

    return defect


def parts_pos(ids):
    return ids.str.split("_").str[1].astype(int)


def _gaps(case, rows):
    """Return how far the ranks of the scores of some rows are from those of effects."""
    scores = case.world.known.set_index("variant_id")["raw"].str[0]
    ids = case.table["variant_id"].iloc[rows]
    effect = pd.Series(number(case, "slope")[rows])
    score = pd.Series(scores.reindex(ids).to_numpy())
    return (effect.rank(pct=True) - score.rank(pct=True)).abs()


def _largest(gap, share):
    """Return the index of a share of the values, the largest."""
    ordered = gap.sort_values(ascending=False, kind="stable")
    return ordered.index[: int(share * len(gap))]


def without_disagreeing_genes(share):
    """Return a defect that leaves out the genes whose lead agrees least with scores."""

    def defect(case):
        leads = leads_of_genes(case)
        gap = _gaps(case, leads.to_numpy(int)).set_axis(leads.index).dropna()
        lost = _largest(gap, share)
        kept(lambda case: ~case.table["gene_id"].isin(lost).to_numpy())(case)

    return defect


def without_disagreeing_rows(share):
    """Return a defect that leaves out rows, and gives genes the smallest p value left."""

    def defect(case):
        gap = _gaps(case, np.arange(len(case.table)))
        lost = _largest(gap, share)
        kept(lambda case: ~case.table.index.isin(lost))(_renumbered(case))
        own_smallest(case)

    return defect


def _renumbered(case):
    case.table = case.table.reset_index(drop=True)
    return case


def flipped_with_control(share):
    """Return a defect that flips variants in the effects and the control alike."""

    def defect(case):
        ids = case.table["variant_id"].unique()
        chosen = rng().choice(ids, int(share * len(ids)), replace=False)
        flipped(lambda case: case.table["variant_id"].isin(chosen).to_numpy())(case)
        is_here = case.control["source_id"].isin(chosen)
        score = case.control["score"]
        case.control = case.control.assign(score=score.where(~is_here, -score))

    return defect


def statistics_of_other_genes(share):
    """Return a defect that moves statistics among the rows of a share of the genes."""

    def defect(case):
        genes = case.table["gene_id"].unique()
        chosen = rng().choice(genes, int(share * len(genes)), replace=False)
        is_here = case.table["gene_id"].isin(chosen).to_numpy()
        here = np.flatnonzero(is_here & np.isfinite(number(case, "slope")))
        rows = np.arange(len(case.table))
        rows[here] = np.roll(here, 7)
        names = {name: case.table[name].to_numpy()[rows] for name in STATISTICS}
        case.table = case.table.assign(**names)
        own_smallest(case)

    return defect


def of_chance(share):
    """Return a defect that gives a share of the rows another z score and a random sign."""

    def defect(case):
        slope, se = numbers(case, "slope", "slope_se")
        draw = rng()
        here = np.flatnonzero(draw.random(len(slope)) < share)
        z = draw.permutation(np.abs(slope / se)[here])
        slope[here] = z * draw.choice([-1, 1], len(here)) * se[here]
        tested(case, slope=slope)

    return defect


def of_few_samples(chrom):
    """Return a defect: statistics of a chromosome are from a ninth of the samples."""

    def defect(case):
        slope, se = numbers(case, "slope", "slope_se")
        is_here = chromosomes(case) == chrom
        noise = np.sqrt(8) * se * rng().normal(size=len(se))
        more = {"slope": slope + noise * is_here}
        tested(case, slope_se=se * np.where(is_here, 3, 1), **more)

    return defect


def shifted_by_gene(is_tested):
    """Return a defect that adds a number of its own to all effects of a gene."""

    def defect(case):
        slope, se = numbers(case, "slope", "slope_se")
        plus = by_gene(lambda draw, n: 0.3 * draw.normal(size=n))(case)
        if is_tested:
            tested(case, slope=slope + plus)
        else:
            put(case, slope=slope + plus, slope_se=se * np.abs(1 + plus / slope))

    return defect


# Tables of other assays, of one row for each variant.
_OF_PLACES = ("Chr", "Pos", "ID", "Ref", "Alt", "variant_id", "feature_id")


def of_assay(kind, change):
    """Return a defect of a table of dsQTLs, or of a reporter assay without errors.

    Their control are the eQTLs, and there is no replicate. `change` takes the case and the
    name of the column of effects.
    """

    def defect(case):
        path = case.world.simulated / "dsqtls.tsv"
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
        case.format = "degner_dsqtl"
        if kind == "reporter":
            ids = ids_of(table[["Chr", "Pos", "Ref", "Alt"]])
            table = pd.DataFrame({"variant_id": ids, "effect": table["Beta"]})
            table = table.assign(feature_id=ids)
            case.format, case.declared = "tidy", ("log2FC",)
        case.table, case.replicate = table, None
        path = case.world.folder / "results/tables/demo_pairs.parquet"
        case.control = read_frame(path, MEASURED_TABLE)
        change(case, "effect" if kind == "reporter" else "Beta")
        case.is_measured = True

    return defect


def some_effects(change, share):
    """Return a change of a random share of the effects of an assay."""

    def changed(case, name):
        effect = number(case, name)
        is_here = rng().random(len(effect)) < share
        put(case, **{name: np.where(is_here, change(effect), effect)})

    return changed


def exchanged_rows(share):
    """Return a change that exchanges the statistics of a share of an assay's rows."""

    def changed(case, _):
        here = np.flatnonzero(rng().random(len(case.table)) < share)
        rows = np.arange(len(case.table))
        rows[here] = rng().permutation(here)
        names = [name for name in case.table if name not in _OF_PLACES]
        columns = {name: case.table[name].to_numpy()[rows] for name in names}
        case.table = case.table.assign(**columns)

    return changed


def largest_first(case, name):
    order = np.argsort(-np.abs(number(case, name)), kind="stable")
    case.table = case.table.iloc[order].reset_index(drop=True)


# Changes of LD blocks, which take the case and return others.
def cut_in(n):
    def change(case):
        blocks = case.ld_blocks
        edges = [
            blocks["start"] + (blocks["end"] - blocks["start"]) * place // n
            for place in range(n + 1)
        ]
        parts = [
            blocks.assign(start=low, end=high)
            for low, high in itertools.pairwise(edges)
        ]
        return pd.concat(parts).sort_values(["chrom", "start"], ignore_index=True)

    return change


def in_pairs(case):
    blocks = case.ld_blocks.sort_values(["chrom", "start"], ignore_index=True)
    number_ = blocks.groupby("chrom", observed=True).cumcount() // 2
    groups = blocks.assign(pair=number_).groupby(["chrom", "pair"], observed=True)
    both = groups.agg(start=("start", "min"), end=("end", "max")).reset_index()
    return both[["chrom", "start", "end"]]


def half_missing(case):
    is_kept = rng().random(len(case.ld_blocks)) < 0.5
    return case.ld_blocks[is_kept].reset_index(drop=True)


def narrowed(case):
    blocks = case.ld_blocks
    middle = (blocks["start"] + blocks["end"]) // 2
    half = (blocks["end"] - blocks["start"]) // 8
    return blocks.assign(start=middle - half, end=middle + half)


def starts_moved(by_bp, share=1.0):
    """Return a defect of the annotation: start sites of a share of its rows."""

    def defect(case):
        starts = case.world.starts
        moves = np.where(rng().random(len(starts)) < share, by_bp, 0)
        world = copy.copy(case.world)
        world.starts = starts.assign(start=starts["start"] + moves)
        case.world = world

    return defect


def strands_exchanged(case):
    world = copy.copy(case.world)
    strand = world.starts["strand"].astype(str).map({"+": "-", "-": "+"})
    world.starts = world.starts.assign(strand=strand)
    case.world = world
