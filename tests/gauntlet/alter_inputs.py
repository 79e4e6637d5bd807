"""Defects of peaks, of the config and the sheet, of scores and of the join."""

import pathlib
import tempfile

import numpy as np
import pandas as pd
import scipy.special
from endobench.config.settings import check_config
from endobench.config.sheet import read_sheet
from endobench.core import columns
from endobench.design.scorers import STUDY_SCORER
from endobench.genome.bed import read_bed
from endobench.model.scorer_names import parse_scorer
from gauntlet import alter_effects as of
from gauntlet.alter_effects import rng
from gauntlet.pipeline import SCORER

HEPG2 = "EFO:0001187"


def not_lifted(case):
    case.peaks_build = "GRCh38"


def on_grch38_already(case):
    """Lift over peaks that are already on GRCh38."""
    case.peaks = case.world.lifted_peaks.copy()


def of_peaks(change):
    """Return a defect that changes peaks which are on GRCh38."""

    def defect(case):
        case.peaks_build = "GRCh38"
        case.peaks = change(case.world.lifted_peaks)

    return defect


def no_peaks(case):
    case.peaks = None


def on_scaffolds(case):
    case.peaks = names_of_scaffolds(case.peaks)


def names_of_scaffolds(peaks):
    return peaks.assign(chrom="scaffold_" + peaks["chrom"].str[3:])


def first_chromosome(peaks):
    return peaks[peaks["chrom"] == "chr1"]


def one_based(peaks):
    return peaks.assign(start=peaks["start"] + 1)


def shifted(peaks):
    return peaks.assign(start=peaks["start"] + 5_000, end=peaks["end"] + 5_000)


def whole_chromosomes(peaks):
    spans = peaks.groupby("chrom", observed=True).agg({"start": "min", "end": "max"})
    return spans.reset_index()


def between(peaks):
    ordered = peaks.sort_values(["chrom", "start"])
    after = ordered.groupby("chrom", observed=True)["start"].shift(-1)
    gaps = ordered.assign(start=ordered["end"], end=after).dropna(subset="end")
    return gaps[gaps["end"] > gaps["start"]].astype({"end": int})


def cut_peaks(text):
    """Return a defect that reads peaks from a damaged file."""

    def defect(case):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "peaks.bed"
            path.write_text(text)
            read_bed(path)

    return defect


def no_blacklist(case):
    case.blacklist = None


def wrong_blacklist(case):
    """Use six of the peaks as the blacklist."""
    case.blacklist = case.world.lifted_peaks.sample(6, random_state=3)


def blacklist_of_peaks(case):
    case.blacklist = case.world.lifted_peaks


def both(*defects):
    def defect(case):
        for each in defects:
            each(case)

    return defect


def hg18(case):
    case.chain_name = "hg18"


def config(**changes):
    """Return a defect of the config, which is checked before anything runs."""

    def defect(case):
        schema = case.world.folder / "config/schemas/config.schema.yaml"
        check_config(case.world.config | changes, schema, "config.yaml")

    return defect


def sheet(**changes):
    """Return a defect of the sheet's row for the effects."""

    def defect(case):
        path = case.world.folder / "config/datasets.tsv"
        rows = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
        with tempfile.TemporaryDirectory() as folder:
            other = pathlib.Path(folder) / "datasets.tsv"
            rows.iloc[:1].assign(**changes).to_csv(other, sep="\t", index=False)
            read_sheet(other, path.parent / "schemas/sheet.schema.yaml")

    return defect


def scorer(name):
    return lambda case: parse_scorer(name) and None


def rescored(change):
    """Return a defect of all scores; `change` takes an array (n_variants, n_tracks)."""

    def defect(case):
        case.answers = lambda answers: answers.assign(
            raw=list(change(np.stack(answers["raw"].to_numpy())))
        )

    return defect


def quantiles(case):
    """Use quantiles as scores."""
    case.answers = lambda answers: answers.assign(raw=answers["quantile"])


def saturated(raw):
    return scipy.special.erf(raw * 40).clip(-0.99999, 0.99999)


def padded_indels(case):
    """Multiply scores of indels by 7.9, the excess that the study found at 16 kb."""

    def change(answers):
        parts = answers["variant_id"].str.split("_")
        is_indel = parts.map(lambda each: len(each[2]) != len(each[3]))
        factor = np.where(is_indel, 7.9, 1.0)
        raw = [a * b for a, b in zip(answers["raw"].to_numpy(), factor, strict=True)]
        return answers.assign(raw=raw)

    case.answers = change


def missing_scores(share):
    """Return a defect that replaces a share of the scores by NaN."""

    def change(raw):
        is_missing = rng().random(len(raw)) < share
        return np.where(is_missing[:, None], np.nan, raw)

    return rescored(change)


def next_variant(raw):
    return np.roll(raw, 1, axis=0)


def failed(case):
    """Let one prediction in two hundred fail, each recorded in a row."""

    def change(answers):
        lost = answers.iloc[::200]
        case.failures = pd.DataFrame(
            {"variant_id": lost["variant_id"], "scorer": SCORER, "attempts": 12}
        ).reindex(columns=columns.FAILURES.names)
        case.failures["grpc_status"] = "UNAVAILABLE"
        return answers.drop(lost.index)

    case.answers = change


def lost_silently(case):
    case.answers = lambda answers: answers.iloc[100:]


def answered_twice(case):
    case.answers = lambda answers: pd.concat([answers, answers.iloc[:5]])


def joined(change):
    """Return a defect of the join of effects and scores."""

    def defect(case):
        case.rejoin = change

    return defect


def by_row_order(pairs):
    raw = pairs.sort_values("source_line", kind="stable")["raw"].to_numpy()
    return pairs.assign(raw=raw)


def mocks(share):
    """Return a defect that writes the study's mock scores: half the effect plus noise."""

    def change(pairs):
        draw = rng()
        mock = pairs["effect"] * 0.5 + draw.normal(0, 0.05, len(pairs))
        names = pairs["variant_id"].unique()
        chosen = draw.choice(names, round(share * len(names)), replace=False)
        is_mock = pairs["variant_id"].isin(chosen)
        return pairs.assign(raw=pairs["raw"].where(~is_mock, mock))

    return joined(change)


def one_mock_a_variant(share, is_named=True):
    """Return a defect that writes one mock score per variant, from its first effect."""

    def change(pairs):
        draw = rng()
        unique = pairs.drop_duplicates("variant_id").set_index("variant_id")
        mock = unique["effect"] * 0.5 + draw.normal(0, 0.05, len(unique))
        chosen = unique.index[draw.random(len(unique)) < share]
        is_mock = pairs["variant_id"].isin(chosen)
        raw = pairs["raw"].where(~is_mock, pairs["variant_id"].map(mock))
        pairs = pairs.assign(raw=raw)
        if not is_named:
            for name in ("model", "route"):
                pairs[name] = pairs[name].astype(object).where(~is_mock, None)
        return pairs

    return joined(change)


def of_service(service):
    def defect(case):
        case.service = service

    return defect


def of_another_model(case):
    """Request scores from the hosted service, and get those of another server."""
    case.service = "alphagenome"
    case.rejoin = lambda pairs: pairs.assign(model="address/here:1/default/1")


def averaged(curies):
    """Return a defect that averages other tracks than the declared set."""

    def defect(case):
        case.averaged = curies

    return defect


def impossible(case):
    """Set three effects to one million."""
    slope = of.number(case, "slope")
    rows = np.flatnonzero(np.isfinite(slope))[:3]
    slope[rows] = 1e6
    of.put(case, slope=slope)
    of.mark_changed(case, np.isin(np.arange(len(slope)), rows))


def without_errors(case):
    of.put(case, slope_se=of.number(case, "slope_se") * 0)


def other_frequencies(case):
    of.put(case, maf=1 - of.number(case, "maf"))


def unknown_curie(case):
    """Request tracks that the model lacks, for a dataset without a declared tissue."""
    case.curies = case.averaged = ("EFO:9999999",)
    case.tissue = ()


def of_curies(*curies):
    """Return a defect that requests tracks of another cell type."""

    def defect(case):
        case.curies = case.averaged = curies

    return defect


def of_tissue(*curies):
    def defect(case):
        case.tissue = curies

    return defect


def diluted(case):
    """Use the study's means over 2,048 and 16,384 bp as the scores at two windows."""
    windows = case.world.study_windows
    windows = windows[windows["scorer"] == STUDY_SCORER]
    case.windows = windows.assign(scorer=SCORER)


def measured(change, has_control=True):
    """Return a defect whose benchmark is measured up to its conclusion."""

    def defect(case):
        change(case)
        case.is_measured = True
        case.has_control = has_control

    return defect
