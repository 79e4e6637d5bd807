"""Run the workflow's stages in one process, on a dataset with a defect."""

import dataclasses
import functools
import pathlib
import tempfile
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.stats
import yaml
from alphagenome.data import genome
from endobench.benchmark.annotations import annotate
from endobench.benchmark.controls import (
    join_control,
    measurements_of,
    scores_of_control,
    with_measurements,
)
from endobench.benchmark.merge import Predicted, merge
from endobench.benchmark.replicates import join_replicate
from endobench.benchmark.scores import TrackSet
from endobench.benchmark.strata import is_lead
from endobench.config.settings import check_config
from endobench.core import columns
from endobench.core.errors import InputError
from endobench.core.tables import read_frame, read_frames, read_tsv
from endobench.design.scorers import tracks_of
from endobench.design.tasks import ALL_PAIRS, LEADS, SOURCE_LEADS
from endobench.evaluate.conclusion import conclusions_of
from endobench.evaluate.conditions.outcome import DeclaredControl
from endobench.evaluate.measure import measure
from endobench.evaluate.options import MeasureOptions
from endobench.gates import control as gates_control
from endobench.gates import peaks as gates_peaks
from endobench.gates import scores as gates_scores
from endobench.gates import sequences as gates_sequences
from endobench.gates.effect_tables import consistency
from endobench.gates.effect_tables import contents as gates_effects
from endobench.gates.effect_tables.contents import Declared
from endobench.gates.scores import Expected
from endobench.gates.verdicts import FAIL, WARN, enforce, verdicts
from endobench.genome.bed import read_bed, write_bed
from endobench.genome.gtf import gene_starts, strands_of
from endobench.genome.liftover import lift_intervals
from endobench.genome.overlaps import PeakFilter, select_in_peaks
from endobench.genome.reference import prepare
from endobench.model.scorer_names import parse_scorer
from endobench.model.standin.motif_model import MotifModel
from endobench.model.tracks import select
from endobench.sources.formats import UNITS, Source
from endobench.sources.load import load_effects
from endobench.sources.rows import Selection
from frames import parts_of
from once import Once

SCORER, WINDOW_BP = "DNASE-501-DIFF_LOG2_SUM", 16_384
K562, HEPG2 = "EFO:0002067", "EFO:0001187"
# Strata that the conclusion, or a defect's numbers, are of.
_CONCLUSIVE = (ALL_PAIRS, LEADS, SOURCE_LEADS)
# What replicates are joined by.
_OF_REPLICATE = ["variant_id", "feature_id", "effect"]


class World:
    """The inputs and results of a demonstration that has run, read once.

    Parameters
    ----------
    folder : pathlib.Path
        The folder in which it has run.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.config = yaml.safe_load((self.folder / "config/config.yaml").read_text())
        check_config(
            self.config, self.folder / "config/schemas/config.schema.yaml", "config"
        )
        self.simulated = self.folder / "resources/simulated"
        self.genome = self.simulated / "genome.fa"
        self.chain = self.simulated / "hg19ToHg38.over.chain.gz"
        self.chromosomes = self.config["chromosomes"]
        self.pairs = pd.read_csv(
            self.simulated / "pairs.txt.gz", sep="\t", dtype=str, keep_default_na=False
        )
        self.content = content_of(self.pairs)
        self.peaks = read_bed(self.simulated / "peaks_hg19.narrowPeak")
        self.blacklist = read_bed(self.simulated / "blacklist.bed")
        self.ld_blocks = read_bed(self.simulated / "ld_blocks.bed")
        self.starts = gene_starts(self.simulated / "genes.gtf.gz")
        results = self.folder / "results"
        tracks = read_frame(results / "tracks/model.parquet", columns.TRACKS)
        # The answers of a scorer hold the tracks of its output alone.
        self.tracks = tracks[tracks["output"] == tracks_of(SCORER)]
        self.windows = read_tsv(results / "scores/16384bp.windows.tsv", columns.WINDOWS)
        self.exchanged = read_tsv(
            results / "scores/16384bp.exchanged.tsv", columns.EXCHANGED
        )
        self.study_windows = read_tsv(
            results / "scores/study-mean-2048bp.windows.tsv", columns.WINDOWS
        )
        self.control = read_frame(
            results / "tables/demo_dsqtls.parquet", columns.MEASURED_TABLE
        )
        self.again = read_frame(
            results / "scores/16384bp.again.parquet", columns.ANSWERS
        )
        self.replicate = read_frame(
            results / "replicates/demo_replicate.parquet", columns.REPLICATE_TABLE
        )
        answers = read_frames(
            sorted((results / "scores/16384bp").glob("*.parquet")), columns.ANSWERS
        )
        self.known = answers[answers["scorer"] == SCORER]
        self._new = {}
        self.once = Once()
        self.once.know(*vars(self).values())
        metrics = read_tsv(results / "demo/corrected/metrics.tsv", columns.METRICS)
        primary = metrics[metrics["is_primary"].astype(bool)].iloc[0]
        self.spearman = primary["value"]
        self.interval = primary["ci_low"], primary["ci_high"]

    @functools.cached_property
    def model(self):
        """The stand-in's model, without a server."""
        return MotifModel(self.genome)

    @property
    def lifted_peaks(self):
        """The peaks on GRCh38."""
        return self.once(_lifted, self.peaks, self.chain)

    def answers(self, shards):
        """Return the demonstration's answers, and the model's own for new variants."""
        is_new = ~shards["variant_id"].isin(self.known["variant_id"])
        first = self.known.iloc[0]
        for row in shards[is_new].drop_duplicates("variant_id").itertuples():
            if row.variant_id not in self._new:
                self._new[row.variant_id] = self.predict(row)
        ids = shards.loc[is_new, "variant_id"].unique()
        new = pd.DataFrame(
            {
                "variant_id": ids,
                "raw": [self._new[each] for each in ids],
                **{
                    name: first[name]
                    for name in ("model", "route", "scorer", "window_bp")
                },
            }
        ).reindex(columns=columns.ANSWERS.names)
        known = [self.known, new] if len(new) else [self.known]
        return pd.concat(known, ignore_index=True)

    def annotations(self, shards):
        """Return the annotations of variants."""
        return self.once(annotate, shards, self.genome)

    def measured(self, pairs, annotations, ld_blocks, control):
        """Return metrics and differences as the workflow does, with fewer resamples."""
        few = {"n_resamples": 500, "n_permutations": 100}
        choices = MeasureOptions(
            null=0.0,
            classes=[],
            model_version=None,
            is_primary=True,
            strata=_CONCLUSIVE,
            **self.config["statistics"] | few,
        )
        names = {"dataset": "demo", "protocol": "corrected"}
        return measure(pairs, annotations, ld_blocks, choices, control=control, **names)

    def predict(self, row):
        """Return the model's scores, shape (n_tracks,), of a row of the shards."""
        return self.model.score(
            genome.Interval(row.chrom, row.window_start, row.window_end),
            genome.Variant(row.chrom, row.pos, row.ref, row.alt),
            parse_scorer(SCORER).to_proto().center_mask,
        )


@dataclasses.dataclass
class Case:
    """A dataset and its declaration; a defect changes one part of a copy.

    Attributes
    ----------
    world : World
    table : pandas.DataFrame
        The table of effects, all columns as text.
    peaks, blacklist, ld_blocks : pandas.DataFrame or None
    windows : pandas.DataFrame
        Scores of a sample at two windows, in the columns of `columns.WINDOWS`.
    exchanged : pandas.DataFrame
        Scores of a sample with REF and ALT exchanged (`columns.EXCHANGED`).
    again : pandas.DataFrame or None
        The model's second answers to the sample (`columns.ANSWERS`).
    replicate : pandas.DataFrame or None
        The effects in a second cohort (`columns.REPLICATE_TABLE`).
    format, build : str
        As the sheet declares them for the table.
    declared : tuple
        The sheet's other columns for the table, in the order of `formats.Source`.
    effect_column : str
        The column read as the effect.
    peaks_build : str
        As the sheet declares it for the peaks.
    chain_name : str
        The build that the chain is said to start from.
    raw_file : callable, optional
        Changes the bytes of the table's file.
    service : str
        The service that scores are requested from.
    curies, averaged : tuple of str or "all"
        The tracks that are declared, and those that scores are averaged over.
    tissue : tuple of str
        The tracks that the sheet declares for the dataset.
    answers, rejoin : callable, optional
        Change the model's answers, and the pairs joined with them.
    models : callable, optional
        Takes the pairs, and returns those of models before this one, by name.
    failures : pandas.DataFrame, optional
        In the columns of `columns.FAILURES`.
    has_control : bool
        Whether there is a positive control.
    control : pandas.DataFrame
        Its measurements, in the columns of `columns.MEASURED_TABLE`.
    no_control : str, optional
        Why there is none.
    accept : tuple of str
        Gates whose failure is accepted.
    mismatched : tuple of str
        The tracks of another tissue.
    is_measured : bool
        Whether the benchmark is measured up to its conclusion, even if no gate warns or
        one fails.
    remeasured : callable, optional
        Changes the metrics from which the conclusion follows.
    changed_lines : numpy.ndarray of int
        The lines of the table's file that the defect changed.
    """

    world: World
    table: pd.DataFrame
    peaks: pd.DataFrame | None
    blacklist: pd.DataFrame | None
    ld_blocks: pd.DataFrame | None
    windows: pd.DataFrame
    exchanged: pd.DataFrame
    format: str = "gtex_pairs"
    build: str = "GRCh38"
    declared: tuple = ()
    effect_column: str = "effect"
    peaks_build: str = "hg19"
    chain_name: str = "hg19"
    raw_file: object = None
    service: str = "standin"
    curies: object = (K562,)
    averaged: object = (K562,)
    tissue: tuple = (K562,)
    answers: object = None
    rejoin: object = None
    models: object = None
    failures: pd.DataFrame | None = None
    again: pd.DataFrame | None = None
    replicate: pd.DataFrame | None = None
    has_control: bool = True
    control: pd.DataFrame | None = None
    no_control: str | None = None
    accept: tuple = ()
    mismatched: tuple = (HEPG2,)
    is_measured: bool = False
    remeasured: object = None
    changed_lines: object = ()


class Result(NamedTuple):
    """How far a case came, and its result.

    Attributes
    ----------
    gates : pandas.DataFrame
        Verdicts of the stages that it reached.
    error : str or None
        The message that ended it.
    is_refused : bool
        Whether this is a one-line message for users, rather than an internal error.
    reasons : pandas.Series
        Rows dropped, by reason; these and the kept ones add up to all rows.
    n_rows, n_kept : int
    n_changed, n_changed_kept : int
        Rows that the defect changed, and how many of them are in the result.
    spearman : float
        Correlation of one variant per feature, like the primary number.
    conclusion : pandas.Series or None
        The row of `columns.CONCLUSIONS` of that stratum.
    metrics : pandas.DataFrame or None
        In the columns of `columns.METRICS`.
    """

    gates: pd.DataFrame
    error: str | None = None
    is_refused: bool = False
    reasons: pd.Series | None = None
    n_rows: int = 0
    n_kept: int = 0
    n_changed: int = 0
    n_changed_kept: int = 0
    spearman: float = np.nan
    conclusion: pd.Series | None = None
    metrics: pd.DataFrame | None = None

    def named(self, verdict):
        """Return the gates with a verdict, indexed by name."""
        return self.gates[self.gates["verdict"] == verdict].set_index("gate")

    @property
    def failed(self):
        """Names of the gates that fail and are not accepted."""
        failed = self.named(FAIL)
        return set(failed.index[~failed["is_accepted"].astype(bool)])

    @property
    def warned(self):
        """Names of the gates that warn."""
        return set(self.named(WARN).index)


def clean(world):
    """Return the demonstration's corrected benchmark, without a defect."""
    return Case(
        world,
        world.pairs,
        world.peaks,
        world.blacklist,
        world.ld_blocks,
        world.windows,
        world.exchanged,
        control=world.control,
        again=world.again,
        replicate=world.replicate,
    )


def run(case, change=None):
    """Introduce a defect, and go through the stages until one of them ends the run.

    Parameters
    ----------
    case : Case
    change : callable, optional
        The defect, which changes a case in place.

    Returns
    -------
    Result
    """
    case = dataclasses.replace(case)
    found = []

    def judge(measured):
        frame = verdicts(measured, case.world.config["gates"], case.accept)
        found.append(frame)
        return frame

    try:
        if change:
            change(case)
        reached = _run(case, judge)
    # RuntimeError and ValueError are internal errors: a run ends with a traceback.
    except (InputError, RuntimeError, ValueError) as error:
        reached = {"error": str(error), "is_refused": isinstance(error, InputError)}
    gates = pd.concat(found or [verdicts({}, {})], ignore_index=True)
    return Result(gates, **reached)


def _run(case, judge):
    world, once = case.world, case.world.once
    parsed, unit, measured = _effects(case)
    effects_gates = judge(measured)
    control, control_gates, replicates = None, None, None
    if case.replicate is not None:
        replicates = once(
            join_replicate,
            parsed.effects[_OF_REPLICATE],
            parsed.variants,
            case.replicate,
            "demo_replicate",
        )
    if case.has_control:
        control, measured = once(
            _control,
            parsed.effects,
            once(scores_of_control, parsed.variants, case.control, "demo_dsqtls"),
            once(measurements_of, parsed.variants, case.control),
        )
        control_gates = judge(measured)
    peaks = _lifted_peaks(case)
    peaks_gates = judge(once(_peaks_gates, parsed.variants, peaks))
    enforce(effects_gates)
    if control_gates is not None:
        enforce(control_gates)
    enforce(peaks_gates)
    in_peaks, outside = once(_in_peaks, parsed.variants, peaks, case.blacklist)
    sequences_gates = judge(
        once(_sequences_gates, in_peaks, world.genome, case.chain_name, world.chain)
    )
    enforce(sequences_gates)
    shards, mismatched = once(_prepared, in_peaks, world.genome)
    answers = once(world.answers, shards)
    tracks, again = world.tracks, case.again
    if case.answers:
        answers = case.answers(answers)
    if case.service == "table":
        answers, tracks, again = answers.assign(model="table/demo"), None, None
    track_set = once(_track_set, world.tracks, case.averaged, case.mismatched)
    merged = once(
        _merged,
        parsed.effects,
        shards,
        answers,
        case.failures,
        parsed.dropped,
        outside,
        mismatched,
        track_set,
    )
    pairs = case.rejoin(merged.pairs) if case.rejoin else merged.pairs
    measured = once(
        _scores_gates,
        pairs,
        tracks,
        case.service,
        case.curies,
        case.windows,
        case.exchanged,
        again,
        track_set,
    )
    strands = once(strands_of, world.starts)
    measured = measured | once(
        _parts_gates,
        pairs,
        merged.waterfall,
        control,
        replicates,
        world.annotations(shards),
        case.ld_blocks,
        strands,
        case.models(pairs) if case.models else None,
        once(_control_gates, control, case.ld_blocks, strands),
    )
    scores_gates = judge(measured)
    enforce(scores_gates)
    conclusion, metrics = None, None
    gates = pd.concat(
        each
        for each in (
            effects_gates,
            control_gates,
            peaks_gates,
            sequences_gates,
            scores_gates,
        )
        if each is not None
    )
    # What a warning leaves open is part of the conclusion; a failed gate leaves nothing.
    is_failed = (gates["verdict"] == FAIL) & ~gates["is_accepted"].astype(bool)
    is_open = (gates["verdict"] == WARN).any() and not is_failed.any()
    if case.is_measured or is_open:
        conclusion, metrics = _conclusion(case, control, shards, pairs, gates)
    lead = pairs[is_lead(pairs, unit.null)].dropna(subset="raw")
    lost = merged.waterfall.iloc[1:-1]
    return {
        "reasons": lost.groupby("reason")["n_pairs"].sum(),
        "n_rows": parsed.n_rows,
        "n_kept": len(pairs),
        "n_changed": len(case.changed_lines),
        "n_changed_kept": int(pairs["source_line"].isin(case.changed_lines).sum()),
        "spearman": scipy.stats.spearmanr(lead["effect"], lead["raw"]).statistic,
        "conclusion": conclusion,
        "metrics": metrics,
    }


def _effects(case):
    """Return the parsed effects, their unit and what the gates on them measure."""
    world = case.world
    is_clean = case.table is world.pairs
    content = world.content if is_clean else content_of(case.table)
    if case.raw_file:
        content = case.raw_file(content)
    source = Source(case.format, case.build, *case.declared)
    parsed = world.once(
        _read,
        content,
        source,
        case.effect_column,
        world.chain if case.build != "GRCh38" else None,
        world.genome,
        world.chromosomes,
    )
    measured = world.once(
        _effects_gates,
        parsed.effects,
        parsed.variants,
        parsed.dropped,
        source,
        case.curies,
        case.tissue,
        world.starts,
    )
    return parsed, UNITS[source.layout.unit], measured


def content_of(table):
    """Return the bytes of a table of effects."""
    return table.to_csv(sep="\t", index=False).encode()


def _read(content, source, effect_column, chain, genome_path, chromosomes):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "table.txt"
        path.write_bytes(content)
        return load_effects(
            path,
            source,
            chain=chain,
            genome=genome_path,
            selection=Selection(chromosomes, effect_column=effect_column),
        )


def _effects_gates(effects, variants, dropped, source, curies, tissue, starts):
    read = parts_of(effects, columns.EFFECTS)
    layout = source.layout
    measured = gates_effects.measure(
        read,
        parts_of(variants, columns.VARIANTS),
        parts_of(dropped, columns.DROPPED),
        Declared(
            UNITS[layout.unit],
            list(curies),
            list(tissue),
            is_unordered=layout.is_unordered,
        ),
    )
    sources = consistency.Sources(layout.unit, layout.is_one_cohort, starts)
    return measured | consistency.measure(read, sources)


def _control(effects, scores, measured):
    """Return effects joined with the control, and what its gates measure."""
    control = with_measurements(join_control(effects, scores), measured)
    features = effects["feature_id"].astype(object).unique()
    return control, gates_control.measure(control, features)


def _lifted_peaks(case):
    """Return the peaks on GRCh38, or None without peaks."""
    world, peaks = case.world, case.peaks
    if peaks is None or case.peaks_build == "GRCh38":
        return peaks
    return world.once(_lifted, peaks, world.chain)


def _lifted(peaks, chain):
    return lift_intervals(peaks, chain)[0]


def _peaks_gates(variants, peaks):
    return gates_peaks.measure(parts_of(variants, columns.VARIANTS), peaks)


def _in_peaks(variants, *intervals):
    """Return variants inside and outside of the peaks and the blacklist, if any."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / name for name in ("peaks.bed", "blacklist.bed")]
        for path, each in zip(paths, intervals, strict=True):
            if each is not None:
                write_bed(each, path)
        given = [path if path.exists() else None for path in paths]
        return select_in_peaks(variants, PeakFilter(*given))


def _sequences_gates(variants, genome_path, chain_name, chain):
    return gates_sequences.measure(variants, genome_path, {chain_name: chain})


def _prepared(variants, genome_path):
    shards, lost = prepare(variants, genome_path, WINDOW_BP, max_n_fraction=0.5)
    # An empty frame has no columns of windows.
    return shards.reindex(columns=columns.SHARDS.names), lost


def _track_set(tracks, averaged, mismatched):
    return TrackSet(
        "K562", _positions(tracks, averaged), _positions(tracks, mismatched)
    )


def _positions(tracks, curies):
    curies = curies if curies == "all" else list(curies)
    return select(tracks, curies, "K562")["position"].to_numpy()


def _merged(effects, shards, answers, failures, *lost_and_track_set):
    """Merge effects and answers as the workflow does, with the rows lost before."""
    *lost, track_set = lost_and_track_set
    if failures is None:
        failures = pd.DataFrame(columns=columns.FAILURES.names)
    return merge(
        effects,
        shards,
        Predicted(answers, failures, track_set),
        lost,
        parts=parts_of(effects, columns.EFFECTS)(columns.EFFECTS.names),
    )


def _scores_gates(pairs, tracks, service, curies, windows, exchanged, *again):
    expected = Expected(service, list(curies), SCORER)
    return gates_scores.measure(pairs, tracks, expected, windows, exchanged, again)


def _control_gates(control, *others):
    beside = gates_scores.Beside(None, control, None, None, *others)
    return gates_scores.measure_control(beside)


def _parts_gates(pairs, waterfall, control, replicates, annotations, *others):
    motif_change = annotations.set_index("variant_id")["motif_change"]
    *others, of_control = others
    beside = gates_scores.Beside(waterfall, control, replicates, motif_change, *others)
    return gates_scores.measure_parts(pairs, beside, of_control=of_control)[0]


def _conclusion(case, control, shards, pairs, gates):
    world = case.world
    metrics, differences = world.once(
        world.measured,
        pairs,
        world.annotations(shards),
        case.ld_blocks,
        control,
    )
    if case.remeasured:
        metrics = case.remeasured(metrics)
    named = DeclaredControl(
        "demo_dsqtls" if case.has_control else None, case.no_control
    )
    found = conclusions_of(metrics, gates, differences, named)
    return found.set_index("stratum").loc[LEADS], metrics
