"""Defects of controls: of the positive control, of the nulls and of what is planted."""

import json
import pathlib
import tempfile

import numpy as np
import pandas as pd
from endobench.benchmark.controls import check_other_file
from endobench.config.control import check_control
from endobench.config.sheet import read_sheet
from endobench.core.columns import MEASURED_TABLE
from endobench.design.tasks import LEADS
from gauntlet import alter_effects as of
from gauntlet.alter_effects import rng


def measured(*changes):
    """Return a defect whose benchmark is measured up to its conclusion."""

    def defect(case):
        for change in changes:
            change(case)
        case.is_measured = True

    return defect


def of_control(change):
    """Return a defect that changes the scores of the control, an array."""

    def defect(case):
        score = case.control["score"].to_numpy(dtype=float)
        case.control = case.control.assign(score=change(score))

    return defect


def shuffled(share):
    """Return a change that gives a share of the variants another one's value."""

    def change(score):
        rows = np.flatnonzero(rng().random(len(score)) < share)
        score = score.copy()
        score[rows] = rng().permutation(score[rows])
        return score

    return change


def noisy(sd, sign=1):
    """Return a change that adds noise of so many standard deviations."""
    return lambda score: sign * score + sd * score.std() * rng().normal(size=len(score))


def few(n):
    """Return a defect that leaves so many rows of the control."""

    def defect(case):
        is_shared = case.control["source_id"].isin(case.table["variant_id"])
        case.control = case.control[is_shared].iloc[:n]

    return defect


def elsewhere(case):
    """Move the control to positions that the effects do not have."""
    ids = case.control["variant_id"] + "_elsewhere"
    pos = case.control["pos"] + 10_000_000
    case.control = case.control.assign(pos=pos, source_id=ids)


def made_of_effects(sd=0.0, scale=1.0, *, errors="own", share=1.0, features=False):
    """Return a defect that makes the control of the effects that it controls.

    Parameters
    ----------
    sd : float
        Standard deviations of noise that are added.
    scale : float
        Factor of the values.
    errors : {"own", "none", "theirs"}
        Standard errors of the control: its own, none, or those of the effects.
    share : float
        Share of the control's variants that are made.
    features : bool
        Whether the control names the genes of the effects.
    """

    def defect(case):
        first = case.table.assign(
            slope=of.number(case, "slope"), slope_se=of.number(case, "slope_se")
        )
        first = first.dropna(subset="slope").drop_duplicates("variant_id")
        first = first.set_index("variant_id")
        control = case.control
        known = control.loc[control["source_id"].isin(first.index), "source_id"]
        chosen = known[rng().random(len(known)) < share]
        mine = first.loc[chosen]
        value = mine["slope"].to_numpy()
        value = scale * (value + sd * value.std() * rng().normal(size=len(value)))
        control = control.astype({"measured_feature": object})
        control.loc[chosen.index, "score"] = value
        if errors == "theirs":
            control.loc[chosen.index, "effect_se"] = mine["slope_se"].to_numpy()
        elif errors == "none":
            control["effect_se"] = np.nan
        if features:
            control.loc[chosen.index, "measured_feature"] = mine["gene_id"].to_numpy()
        case.control = control.reindex(columns=MEASURED_TABLE.names)

    return defect


def exchanged_variants(share):
    """Return a defect that exchanges variants, of the effects and the control alike.

    As after a join with the wrong key: the two tables still agree.
    """

    def defect(case):
        ids = case.table["variant_id"].unique()
        chosen = ids[rng().random(len(ids)) < share]
        other = dict(zip(chosen, rng().permutation(chosen), strict=True))
        case.table = case.table.assign(
            variant_id=case.table["variant_id"].map(lambda each: other.get(each, each))
        )
        moved = case.control["variant_id"].map(other)
        is_moved = moved.notna()
        control = case.control.astype({"chrom": object})
        parts = moved[is_moved].str.split("_", expand=True)
        control.loc[is_moved, ["chrom", "ref", "alt"]] = parts[[0, 2, 3]].to_numpy()
        control.loc[is_moved, "pos"] = parts[1].astype(int)
        for name in ("variant_id", "source_id"):
            control.loc[is_moved, name] = moved[is_moved]
        # Variants that the effects do not have must not appear twice.
        control = control.drop_duplicates("variant_id")
        case.control = control.drop_duplicates("source_id")

    return defect


def flipped_genes(share):
    """Return a defect that gives the effects of some genes the opposite sign."""

    def defect(case):
        genes = case.table["gene_id"].unique()
        chosen = genes[rng().random(len(genes)) < share]
        slope = of.number(case, "slope")
        is_chosen = case.table["gene_id"].isin(chosen).to_numpy()
        of.put(case, slope=np.where(is_chosen, -slope, slope))

    return defect


def without_control(reason=None):
    """Return a defect that names no control."""

    def defect(case):
        case.has_control = False
        case.no_control = reason

    return defect


def accepted(*gates):
    """Return a defect that accepts the failure of gates."""

    def defect(case):
        case.accept = gates

    return defect


def mixed_tissues(share):
    """Return a defect that exchanges a share of the score with another tissue's."""

    def defect(case):
        case.rejoin = lambda pairs: pairs.assign(
            raw=(1 - share) * pairs["raw"] + share * pairs["raw_mismatched"],
            raw_mismatched=share * pairs["raw"] + (1 - share) * pairs["raw_mismatched"],
        )

    return defect


def better_tissue(share):
    """Return a defect whose other tissue's scores hold a share of the effects' ranks."""

    def change(pairs):
        raw = pairs["raw"].rank() / len(pairs)
        effect = pairs.groupby("variant_id")["effect"].transform("mean").rank()
        mixed = (1 - share) * raw + share * effect / len(pairs)
        return pairs.assign(raw_mismatched=mixed - mixed.mean())

    def defect(case):
        case.rejoin = change

    return defect


def of_metrics(predictor, **values):
    """Return a defect that changes a predictor's numbers, such as a test's p value."""

    def change(metrics):
        is_asked = metrics["predictor"] == predictor
        assert is_asked.any(), predictor
        metrics = metrics.copy()
        for name, value in values.items():
            metrics.loc[is_asked, name] = value
        return metrics

    def defect(case):
        case.remeasured = change

    return defect


def as_good_as_right(share):
    """Return a defect whose mismatched variants agree a share as well as the right ones."""

    def change(metrics):
        is_model = (metrics["predictor"] == "model") & (metrics["task"] == "signed")
        is_model &= (metrics["metric"] == "spearman") & (metrics["stratum"] == LEADS)
        row = metrics[is_model].iloc[0]
        is_null = metrics["predictor"] == "mismatched_variant"
        is_null &= metrics["stratum"] == LEADS
        metrics = metrics.copy()
        half = (row["ci_high"] - row["ci_low"]) / 2
        value = share * row["value"]
        metrics.loc[is_null, ["value", "ci_low", "ci_high", "p"]] = (
            value,
            value - half,
            value + half,
            row["p"],
        )
        return metrics

    def defect(case):
        case.remeasured = change

    return defect


def copied_file(case):
    """Name a copy of the effects' file as the control."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / f"{name}.json" for name in ("mine", "copy")]
        for path in paths:
            path.write_text(json.dumps({"sha256": "ab" * 32}))
        check_other_file(*paths, "copy")


def of_sheet(effects="demo_pairs", **changes):
    """Return a defect that names a row with changed cells as the control."""

    def defect(case):
        path = case.world.folder / "config/datasets.tsv"
        rows = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
        row = rows[rows["name"] == "demo_pairs"].assign(name="copy", **changes)
        with tempfile.TemporaryDirectory() as folder:
            other = pathlib.Path(folder) / "datasets.tsv"
            pd.concat([rows, row]).to_csv(other, sep="\t", index=False)
            sheet = read_sheet(other, path.parent / "schemas/sheet.schema.yaml")
        dataset = {"name": "demo", "effects": effects, "control": "copy"}
        check_control(dataset, case.world.config, sheet, "config.yaml")

    return defect


def of_table(case):
    """Let the scores be those of a table, whose model nobody can ask again."""
    case.service = "table"


def without_replicate(case):
    case.replicate = None


def repeated_tissue(share):
    """Return a defect whose other tissue repeats the own one for some variants."""

    def rejoin(pairs):
        other = pairs["raw_mismatched"].where(~_chosen(pairs, share), pairs["raw"])
        return pairs.assign(raw_mismatched=other)

    return _rejoined(rejoin)


def copied_model(change):
    """Return a defect whose scores are those of a model before it, changed."""

    def defect(case):
        case.models = lambda pairs: {"first": pairs.assign(raw=change(pairs["raw"]))}

    return defect


def unchanged(scores):
    return scores


def quantiles(scores):
    return scores.rank(pct=True)


def partly(share):
    """Return a change that keeps a share of the scores, and makes others of the rest."""

    def change(scores):
        noise = scores.std() * rng().normal(size=len(scores))
        return scores.where(rng().random(len(scores)) < share, scores + noise)

    return change


def without_disagreeing(share):
    """Return a defect whose scores lack the pairs on which they disagree most."""

    def is_kept(pairs):
        ranks = [pairs[name].rank(pct=True) for name in ("effect", "raw")]
        distance = (ranks[0] - ranks[1]).abs()
        return distance <= distance.quantile(1 - share)

    def defect(case):
        seen = []

        def rejoin(pairs):
            noise = 0.3 * pairs["raw"].std() * rng().normal(size=len(pairs))
            seen[:] = [pairs.assign(raw=pairs["raw"] + noise)]
            return pairs[is_kept(pairs)].reset_index(drop=True)

        case.rejoin = rejoin
        case.models = lambda _: {"first": seen[0]}

    return defect


def _chosen(pairs, share):
    """Choose a share of the variants."""
    code = pd.factorize(pairs["variant_id"].astype(str))[0]
    return (rng().random(code.max() + 1) < share)[code]


def _rejoined(change):
    def defect(case):
        case.rejoin = change

    return defect
