"""The graded defects whose power is measured: what each changes, and its strengths."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from gauntlet import alter_batches as batches
from gauntlet import alter_further as further
from gauntlet import alter_leaks as leaks
from gauntlet import power_world as families
from gauntlet.defect import (
    BLOCKS,
    CONSISTENCY,
    CONTROLS,
    PARTS,
    PEAKS,
    SCORES,
    STATISTICS,
)
from gauntlet.leak_defects import KNOWN, MISSING, SHARED

_SHARES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
_SMALL = (0.002, 0.005, 0.01, 0.02, 0.05)
_FLIPPED = (0.02, 0.03, 0.05, 0.07, 0.1, 0.2)
_NOISE = (0.05, 0.15, 0.3, 0.6, 1.0, 2.0)
_STATISTICS = ["effect", "effect_se", "p_value"]


class Curve(NamedTuple):
    """A graded defect.

    Attributes
    ----------
    stage, name : str
    unit : str
        The words of a strength.
    strengths : tuple of float
    family : callable
        Measures the gates that may see it; see `power_world`.
    make : callable
        From a strength to a change: from `power_world.Inputs` and a random generator to
        changed ones.
    """

    stage: str
    name: str
    unit: str
    strengths: tuple
    family: object
    make: object


# Of the table of effects.
def _reordered(names):
    """Return what shuffles columns, together, among a share of the rows."""

    def make(share):
        def change(inputs, rng):
            table = inputs.effects
            # The place of a feature is computed from its rows.
            table = table.assign(pos=table["feature_pos"] + table["distance"])
            moved = [*names, "pos"] if "variant_id" in names else names
            rows = np.flatnonzero(rng.random(len(table)) < share)
            table = _taken(table, moved, rows, rng.permutation(rows))
            place = table["pos"] - table["distance"]
            table = table.assign(feature_pos=place).drop(columns="pos")
            return inputs._replace(effects=table)

        return change

    return make


def _taken(frame, names, rows, other):
    """Return a table whose rows have some columns of other rows."""
    places = np.arange(len(frame))
    places[rows] = other
    columns = {name: frame[name].to_numpy()[places] for name in names}
    columns = {
        name: pd.Series(values, frame.index).astype(frame[name].dtype)
        for name, values in columns.items()
    }
    return frame.assign(**columns)


def _of_genes(share):
    """Shuffle statistics within genes and steps of frequency, on a share of the genes."""

    def change(inputs, rng):
        pairs = inputs.pairs
        gene = pairs["feature_id"].astype(object)
        names = gene.unique()
        chosen = set(names[rng.random(len(names)) < share])
        step = (pairs["maf"].to_numpy() * 10).astype(int).astype(str)
        rows, other = [], []
        for key, found in (
            (gene + "|" + step).groupby(gene + "|" + step).indices.items()
        ):
            if key.split("|")[0] in chosen:
                rows.append(found)
                other.append(rng.permutation(found))
        places = [np.concatenate(each) if each else [] for each in (rows, other)]
        return inputs._replace(pairs=_taken(pairs, _STATISTICS, *places))

    return change


def _without_rows(share):
    def change(inputs, rng):
        return inputs._replace(
            effects=inputs.effects[rng.random(len(inputs.effects)) >= share]
        )

    return change


def _errors(factor):
    def change(inputs, _):
        table = inputs.effects
        return inputs._replace(
            effects=table.assign(effect_se=factor * table["effect_se"])
        )

    return change


# Of parts.
def _flipped(by):
    """Return what flips the effects of a share of the values of `by`, or of rows."""

    def make(share):
        def change(inputs, rng):
            table = inputs.effects
            names = pd.factorize(table[by])[0] if by else np.arange(len(table))
            is_flipped = (rng.random(names.max() + 1) < share)[names]
            return _with_signs(inputs, is_flipped)

        return change

    return make


def _flipped_where(where):
    """Return what flips a share of the rows that `where` finds in the table."""

    def make(share):
        def change(inputs, rng):
            is_flipped = rng.random(len(inputs.effects)) < share
            return _with_signs(inputs, is_flipped & where(inputs.effects))

        return change

    return make


def _with_signs(inputs, is_flipped):
    """Flip rows of the table in all that was joined with it."""
    table = inputs.effects
    keys = ["variant_id", "feature_id"]
    names = table[keys[0]].astype(object) + table[keys[1]].astype(object)
    sign = pd.Series(np.where(is_flipped, -1.0, 1.0), names)
    changed = {}
    for name in ("pairs", "control", "replicates"):
        rows = getattr(inputs, name)
        of_row = (rows[keys[0]].astype(object) + rows[keys[1]].astype(object)).map(sign)
        effect = rows["effect"] * of_row.fillna(1.0).to_numpy()
        changed[name] = rows.assign(effect=effect)
    return inputs._replace(**changed)


def _on(chrom):
    def where(table):
        ids = table["variant_id"].astype(object)
        return ids.str.startswith(f"{chrom}_").to_numpy()

    return where


def _palindromic(table):
    alleles = table["variant_id"].astype(object).str.split("_").str[2:4].str.join("")
    return alleles.isin(["AT", "TA", "CG", "GC"]).to_numpy()


def _indels(table):
    alleles = table["variant_id"].astype(object).str.split("_").str[2:4].str.join("")
    return (alleles.str.len() != 2).to_numpy()


def _scaled_on(chrom):
    def make(factor):
        def change(inputs, _):
            pairs = inputs.pairs
            by = np.where(_on(chrom)(pairs), factor, 1.0)
            changed = {name: by * pairs[name] for name in ("effect", "effect_se")}
            return inputs._replace(pairs=pairs.assign(**changed))

        return change

    return make


def _scaled_genes(share):
    def change(inputs, rng):
        pairs = inputs.pairs
        codes = pd.factorize(pairs["feature_id"])[0]
        by = np.where((rng.random(codes.max() + 1) < share)[codes], 0.3, 1.0)
        changed = {name: by * pairs[name] for name in ("effect", "effect_se")}
        return inputs._replace(pairs=pairs.assign(**changed))

    return change


# Of scores: a change of the pairs, as `alter_leaks` makes them.
def _of_pairs(make):
    def made(strength):
        change = make(strength)

        def changed(inputs, rng):
            return inputs._replace(pairs=change(inputs.pairs, rng))

        return changed

    return made


def _of_one_allele(**options):
    def made(strength):
        given = {
            name: strength if each is None else each for name, each in options.items()
        }
        change = leaks.of_one_allele("ALT", **given)

        def changed(inputs, rng):
            return inputs._replace(pairs=change(inputs.pairs, rng, inputs.world))

        return changed

    return made


def _drawn(change):
    """Return a change of unique scores with another random generator in each trial."""

    def changed(pairs, rng):
        return leaks.per_variant(pairs, change(leaks.in_order(pairs), rng))

    return changed


def _late(length):
    return _drawn(
        lambda scores, rng: scores.where(
            (np.arange(len(scores)) + rng.integers(2 * length)) // length % 2 == 0,
            further.late(scores, rng),
        )
    )


def _random_batches(one_in):
    def change(scores, rng):
        place = np.arange(len(scores)) + rng.integers(int(100 * one_in))
        is_here = place // 100 % int(one_in) == 0
        return scores.where(~is_here, batches.nothing(scores, rng))

    return _drawn(change)


def _as_noise(share):
    def change(scores, rng):
        noise = rng.normal(0, 0.01 * scores.std(), len(scores))
        return scores.where(rng.random(len(scores)) >= share, noise)

    return _drawn(change)


def _leads(share):
    return further.told(further.effects, 0.3, share, among=further.leads)


def _leads_noise(noise):
    return further.told(further.effects, noise, among=further.leads)


def _scores_on(chrom):
    return lambda factor: _drawn(
        lambda scores, _: scores.where(
            ~scores.index.str.startswith(f"{chrom}_"), factor * scores
        )
    )


# Of the control, peaks and LD blocks.
def _made_of_effects(noise):
    def change(inputs, rng):
        control = inputs.control
        effect = control.groupby("source_id")["effect"].transform("first")
        value = pd.Series(effect.to_numpy(), control["source_id"].astype(object))
        value = value[~value.index.duplicated()]
        value = value + noise * value.std() * rng.normal(size=len(value))
        raw = control["source_id"].astype(object).map(value)
        return inputs._replace(control=control.assign(raw=raw))

    return change


def _repeated(share):
    def change(inputs, rng):
        control = inputs.control
        effect = control.groupby("source_id")["effect"].transform("first")
        codes = pd.factorize(control["source_id"])[0]
        is_here = (rng.random(codes.max() + 1) < share)[codes]
        raw = np.where(is_here, effect, control["raw"])
        return inputs._replace(control=control.assign(raw=raw))

    return change


def _flipped_control(share):
    def change(inputs, rng):
        control = inputs.control
        codes = pd.factorize(control["variant_id"])[0]
        is_here = (rng.random(codes.max() + 1) < share)[codes]
        raw = np.where(is_here, -control["raw"], control["raw"])
        return inputs._replace(control=control.assign(raw=raw))

    return change


def _peaks_elsewhere(chrom=None):
    def make(share):
        def change(inputs, rng):
            peaks = inputs.peaks
            is_other = rng.random(len(peaks)) < share
            if chrom:
                is_other &= (peaks["chrom"] == chrom).to_numpy()
            by = np.where(is_other, rng.integers(3_000, 40_000, len(peaks)), 0)
            moved = peaks.assign(start=peaks["start"] + by, end=peaks["end"] + by)
            return inputs._replace(peaks=moved)

        return change

    return make


def _shifted_peaks(by_bp):
    def change(inputs, rng):
        by = int(by_bp) * rng.choice([-1, 1])
        peaks = inputs.peaks
        start = (peaks["start"] + by).clip(lower=0)
        end = (peaks["end"] + by).clip(lower=1)
        return inputs._replace(peaks=peaks.assign(start=start, end=end))

    return change


def _long_blocks(length_bp):
    """Cut the chromosomes into blocks of one length, which begin anywhere."""

    def change(inputs, rng):
        found = []
        for chrom, rows in inputs.blocks.groupby("chrom", observed=True):
            first = -int(rng.integers(length_bp))
            start = np.arange(first, rows["end"].max(), int(length_bp))
            part = {"chrom": chrom, "start": start, "end": start + int(length_bp)}
            found.append(pd.DataFrame(part))
        blocks = pd.concat(found, ignore_index=True)
        blocks = blocks.assign(start=blocks["start"].clip(lower=0))
        return inputs._replace(blocks=blocks)

    return change


def _moved_blocks(by_bp):
    def change(inputs, rng):
        by = int(by_bp) * rng.choice([-1, 1])
        blocks = inputs.blocks
        start = (blocks["start"] + by).clip(lower=0)
        end = (blocks["end"] + by).clip(lower=1)
        return inputs._replace(blocks=blocks.assign(start=start, end=end))

    return change


_ROWS, _VARIANTS = "share of the rows", "share of the variants"
_SD, _WEIGHT = "noise, sd", "weight"
_IDS = ["variant_id"]
_TABLE = (
    ("ids shuffled", _ROWS, _SMALL, _reordered(_IDS)),
    ("genes shuffled", _ROWS, _SMALL, _reordered(["feature_id"])),
    ("distances shuffled", _ROWS, _SMALL, _reordered(["distance"])),
    ("frequencies shuffled", _ROWS, _SMALL, _reordered(["maf"])),
    ("statistics shuffled", _ROWS, (*_SMALL, 0.1), _reordered(_STATISTICS)),
    ("slopes shuffled", _ROWS, (*_SMALL, 0.1), _reordered(["effect"])),
    ("rows lost", _ROWS, (*_SMALL, 0.1), _without_rows),
    ("standard errors scaled", "factor", (0.8, 0.95, 0.98, 1.02, 1.05, 1.25), _errors),
)
_OF_PARTS = (
    ("slopes of chr3", "share of chr3", _SHARES, _flipped_where(_on("chr3"))),
    ("slopes of A/T and C/G", "share of them", _SHARES, _flipped_where(_palindromic)),
    ("slopes of indels", "share of the indels", _SHARES, _flipped_where(_indels)),
)
_LEAKED = (
    ("half the effect of a variant", _SD, _NOISE, leaks.leaked),
    (
        "half the effect, noise of sd 0.3",
        _VARIANTS,
        _SHARES,
        lambda share: leaks.leaked(0.3, share),
    ),
    (
        "half the effect, noise of sd 0.3, on the scale of scores",
        _VARIANTS,
        _SHARES,
        lambda share: leaks.leaked(0.3, share, is_matched=True),
    ),
    (
        "half the mean effect, noise of sd 0.05, on the scale of scores",
        _VARIANTS,
        _SHARES,
        lambda share: leaks.leaked(0.05, share, "mean", is_matched=True),
    ),
    ("scores mixed with mean effects", _WEIGHT, _SHARES[:-1], leaks.blended),
    ("scores with the sign of the effect", _VARIANTS, _SHARES, leaks.signed),
    ("effects copied", _VARIANTS, (0.01, 0.02, 0.04, 0.06, 0.1), leaks.copied),
    (
        "the lead's score for all variants of a gene",
        _VARIANTS,
        _SHARES,
        leaks.in_ld_groups,
    ),
    (
        "effects at lead variants alone, noise of 0.3 sd",
        "share of the leads",
        _SHARES,
        _leads,
    ),
    ("effects at lead variants alone", _SD, _NOISE[2:], _leads_noise),
)
_FILLED = (
    ("scores as 0", _VARIANTS, (0.01, 0.02, 0.03, 0.05, 0.09, 0.4), leaks.filled),
    (
        "scores of indels as 0",
        "share of the indels",
        _SHARES,
        lambda share: leaks.filled(share, part=leaks.indels),
    ),
)
_OF_NEIGHBOURS = (
    ("mean of three neighbours", _WEIGHT, _SHARES, lambda each: leaks.rolling(3, each)),
    ("mean of the variants of a gene", _WEIGHT, _SHARES, leaks.gene_mean),
    (
        "mean of the variants of a gene, whole",
        _VARIANTS,
        _SHARES,
        lambda share: leaks.gene_mean(share=share),
    ),
)
_IN_BATCHES = (
    ("late by one in every second batch", "variants", (20, 50, 100, 200, 400), _late),
    ("random in batches of 100", "one in", (10, 5, 3, 2), _random_batches),
)
_EXCHANGED = (
    (
        "scores exchanged",
        lambda share: _drawn(further.some_exchanged(share)),
    ),
    ("scores as noise of a hundredth of their spread", _as_noise),
    ("effects at lead variants alone", _leads),
)
CURVES = (
    *(
        Curve(CONSISTENCY, name, unit, strengths, families.of_table, make)
        for name, unit, strengths, make in _TABLE
    ),
    Curve(
        CONSISTENCY,
        "statistics shuffled among variants of a gene with like frequencies",
        "share of the genes",
        (0.1, 0.2, 0.3, 0.5, 0.7, 1.0),
        families.of_linkage,
        _of_genes,
    ),
    *(
        Curve(
            PARTS,
            f"slopes of {words} flipped{note}",
            f"share of the {words}",
            _FLIPPED,
            *of,
        )
        for family, note in (
            (families.of_signs_alone, ", without a replicate"),
            (families.of_signs, ""),
        )
        for words, by in (
            ("rows", None),
            ("variants", "variant_id"),
            ("genes", "feature_id"),
        )
        for of in ((family, _flipped(by)),)
    ),
    *(
        Curve(PARTS, f"{name} flipped", unit, strengths, families.of_parts, make)
        for name, unit, strengths, make in _OF_PARTS
    ),
    Curve(
        PARTS,
        "effects and errors of chr1 scaled",
        "factor",
        (0.9, 0.8, 0.7, 0.6, 0.5),
        families.of_scales,
        _scaled_on("chr1"),
    ),
    Curve(
        PARTS,
        "effects and errors of random genes times 0.3",
        "share of the genes",
        (0.1, 0.3, 0.5),
        families.of_scales,
        _scaled_genes,
    ),
    Curve(
        SCORES,
        "scores of chr1 scaled",
        "factor",
        (0.9, 0.7, 0.5, 0.3, 0.1),
        families.of_scales,
        _of_pairs(_scores_on("chr1")),
    ),
    *(
        Curve(
            SCORES,
            f"scores {name}",
            unit,
            strengths,
            families.of_parts,
            _of_pairs(make),
        )
        for name, unit, strengths, make in _IN_BATCHES
    ),
    *(
        Curve(
            SCORES,
            f"{name}, of a model that is asked again",
            "share",
            (0.02, *_SHARES),
            families.of_answers,
            _of_pairs(make),
        )
        for name, make in _EXCHANGED
    ),
    *(
        Curve(
            SCORES,
            f"{name}, of a table",
            "share",
            _SHARES[2:],
            families.of_leaks,
            _of_pairs(make),
        )
        for name, make in _EXCHANGED[:2]
    ),
    *(
        Curve(stage, name, unit, strengths, families.of_leaks, _of_pairs(make))
        for stage, rows in (
            (KNOWN, _LEAKED),
            (MISSING, _FILLED),
            (SHARED, _OF_NEIGHBOURS),
        )
        for name, unit, strengths, make in rows
    ),
    *(
        Curve(SHARED, name, unit, _SHARES, families.of_leaks, _of_one_allele(**options))
        for name, unit, options in (
            ("log signal of ALT alone, centred", _VARIANTS, {"share": None}),
            ("log signal of ALT alone, mixed with scores", _WEIGHT, {"weight": None}),
        )
    ),
    Curve(
        CONTROLS,
        "the effects with noise as the control",
        _SD,
        (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0),
        families.of_control,
        _made_of_effects,
    ),
    Curve(
        CONTROLS,
        "the effects of some variants as the control's",
        _VARIANTS,
        (0.02, 0.03, 0.05, 0.07, 0.1),
        families.of_control,
        _repeated,
    ),
    Curve(
        CONTROLS,
        "the control flipped",
        _VARIANTS,
        _FLIPPED,
        families.of_signs_alone,
        _flipped_control,
    ),
    Curve(
        PEAKS,
        "peaks elsewhere, as in another tissue",
        "share of the peaks",
        (0.2, 0.4, 0.6, 0.8, 0.9, 1.0),
        families.of_peaks,
        _peaks_elsewhere(),
    ),
    Curve(
        PEAKS,
        "peaks of chr2 elsewhere",
        "share of them",
        (0.2, 0.4, 0.6, 0.8, 1.0),
        families.of_peaks,
        _peaks_elsewhere("chr2"),
    ),
    Curve(
        PEAKS,
        "peaks shifted",
        "bp",
        (200, 500, 1_000, 2_000, 5_000),
        families.of_peaks,
        _shifted_peaks,
    ),
    Curve(
        BLOCKS,
        "blocks of one length",
        "bp",
        (500, 2_000, 5_000, 20_000, 50_000),
        families.of_blocks,
        _long_blocks,
    ),
    Curve(
        BLOCKS,
        "blocks moved",
        "bp",
        (100, 300, 500, 1_000, 2_500),
        families.of_blocks,
        _moved_blocks,
    ),
    Curve(
        STATISTICS,
        "the largest effects ten times as large, which is no fault",
        "of them",
        (2, 10, 50),
        families.of_leaks,
        _of_pairs(
            lambda n: (
                lambda pairs, _: pairs.assign(
                    effect=pairs["effect"]
                    * np.where(pairs["effect"].abs().rank(ascending=False) <= n, 10, 1)
                )
            )
        ),
    ),
)
