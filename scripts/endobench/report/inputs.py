"""The inputs of a report, read from the files of a run."""

import json
import pathlib
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from endobench.core.columns import (
    BENCHMARK_DROPPED,
    CONCLUSIONS,
    CONTROLS,
    COST,
    CURVES,
    DIFFERENCES,
    EXPLANATIONS,
    GATES,
    LADDER,
    LEADERBOARD,
    LOCI,
    LOSSES,
    METRICS,
    RUNS,
    SWEEP,
    TRACK_METRICS,
    WATERFALL,
)
from endobench.core.errors import InputError
from endobench.core.tables import read_tsv
from endobench.design.metrics import CHROMOSOMES, LD_BLOCKS
from endobench.design.models import is_assay
from endobench.design.protocol import CORRECTED
from endobench.evaluate.summary import SUMMARY

# Folder of the demonstration's simulated inputs.
SIMULATED = "resources/simulated/"
_REASON = ["stage", "reason"]
# Ending of the names of tables that were read by feature, as replicates are.
_BY_FEATURE = ", by feature"
# Contracts of the tables that a report reads as a whole.
TABLES = {
    "explanations": EXPLANATIONS,
    "summary": SUMMARY,
    "conclusions": CONCLUSIONS,
    "controls": CONTROLS,
    "metrics": METRICS,
    "curves": CURVES,
    "waterfall": WATERFALL,
    "differences": DIFFERENCES,
    "gates": GATES,
    "ladder": LADDER,
    "sweep": SWEEP,
    "leaderboard": LEADERBOARD,
    "ranking": TRACK_METRICS,
    "runs": RUNS,
    "cost": COST,
    "loci": LOCI,
    "losses": LOSSES,
}


class Inputs(NamedTuple):
    """The tables and files of a run.

    Attributes
    ----------
    explanations, summary, conclusions, controls, metrics, curves, waterfall, \
    differences, gates, ladder, sweep, leaderboard, ranking, runs, cost, loci, \
    losses : pandas.DataFrame
        Rows of all benchmarks, in the columns of the table's contract; empty if the
        run has no such table. Losses are those of the tables of scores and controls.
    pairs, dropped : dict of (str, str) to path-like
        Files by dataset and protocol.
    figures : list of path-like
        PNG files.
    manifest : dict
        See `manifest.manifest`.
    """

    explanations: pd.DataFrame
    summary: pd.DataFrame
    conclusions: pd.DataFrame
    controls: pd.DataFrame
    metrics: pd.DataFrame
    curves: pd.DataFrame
    waterfall: pd.DataFrame
    differences: pd.DataFrame
    gates: pd.DataFrame
    ladder: pd.DataFrame
    sweep: pd.DataFrame
    leaderboard: pd.DataFrame
    ranking: pd.DataFrame
    runs: pd.DataFrame
    cost: pd.DataFrame
    loci: pd.DataFrame
    losses: pd.DataFrame
    pairs: dict
    dropped: dict
    figures: list
    manifest: dict

    @property
    def datasets(self):
        """Names of the datasets, in the order of the config."""
        return list(dict.fromkeys(dataset for dataset, _ in self.pairs))

    @property
    def models(self):
        """Names of the models, or of the tables of scores."""
        return sorted({str(model) for model in self.summary["model"].dropna()})

    @property
    def is_measured(self):
        """Whether another assay measured all scores."""
        return bool(self.models) and all(map(is_assay, self.models))

    @property
    def is_simulated(self):
        """Whether the workflow simulated any input."""
        inputs = self.manifest["inputs"].values()
        return any(str(each.get("location")).startswith(SIMULATED) for each in inputs)

    @property
    def blocks(self):
        """What intervals resample, `metrics.LD_BLOCKS` or `metrics.CHROMOSOMES`."""
        is_named = self.manifest["config"].get("ld_blocks", "none") != "none"
        return LD_BLOCKS if is_named else CHROMOSOMES

    def tables(self, dataset):
        """Return the tables that a dataset's scores and control are read from.

        Returns
        -------
        dict of str to str
            What each is used as, by name.
        """
        config = self.manifest["config"]
        chosen = next(
            (each for each in config.get("datasets", ()) if each["name"] == dataset), {}
        )
        found = {}
        if config.get("service") == "table":
            scores = chosen.get("scores") or config.get("scores")
            windows = chosen.get("score_windows") or config.get("score_windows") or {}
            if scores in windows.values():
                found = {name: f"scores, {bp} bp" for bp, name in windows.items()}
            found.setdefault(scores, "scores")
        for model in config.get("models", ())[1:]:
            tables = model["scores"]
            if isinstance(tables, dict):
                tables = tables.get(dataset)
            if tables:
                found.setdefault(tables, f"scores of {model['name']}")
        if (control := chosen.get("control", "none")) != "none":
            found[control] = "control"
        if (replicate := chosen.get("replicate", "none")) != "none":
            found[f"{replicate}{_BY_FEATURE}"] = "replicate"
        return found

    def dropped_of_tables(self, dataset):
        """Return the files of the rows that a dataset's tables lost, in the results.

        Returns
        -------
        list of str
        """
        return [
            f"replicates/{table.removesuffix(_BY_FEATURE)}.dropped.tsv"
            if table.endswith(_BY_FEATURE)
            else f"tables/{table}.dropped.tsv"
            for table in self.rows("losses", dataset)["table"].unique()
        ]

    def rows(self, name, dataset):
        """Return a dataset's rows of one of the tables of a report.

        Those of the losses say in a column ``used_as`` what their table is used as.
        """
        frame = getattr(self, name)
        if name != "losses":
            return frame[frame["dataset"] == dataset]
        used_as = self.tables(dataset)
        frame = frame[frame["table"].isin(used_as)]
        return frame.assign(used_as=frame["table"].map(used_as))

    def protocols(self, dataset):
        """Return the protocols of a dataset, the one of its main finding first."""
        found = [protocol for name, protocol in self.pairs if name == dataset]
        return sorted(found, key=lambda each: each != CORRECTED)


def read_inputs(tables, pairs, dropped, figures, manifest):
    """Read the inputs of a report.

    Parameters
    ----------
    tables : dict of str to list of path-like
        Files of each table of `TABLES`; a table that is left out is empty.
    pairs, dropped : dict of (str, str) to path-like
        Files by dataset and protocol.
    figures : list of path-like
        PNG files.
    manifest : path-like

    Returns
    -------
    Inputs

    Raises
    ------
    InputError
        If a table lacks a column of its contract.
    """
    frames = {
        name: _concatenated(tables.get(name, ()), schema)
        for name, schema in TABLES.items()
    }
    content = json.loads(pathlib.Path(manifest).read_text())
    return Inputs(
        **frames, pairs=pairs, dropped=dropped, figures=figures, manifest=content
    )


def _concatenated(paths, schema):
    """Return the rows of all files, in the columns of their contract."""
    parts = [part for part in (read_tsv(path, schema) for path in paths) if len(part)]
    if not parts:
        return schema.empty_table().to_pandas()
    counts = [field.name for field in schema if pa.types.is_integer(field.type)]
    return pd.concat(parts, ignore_index=True).astype(dict.fromkeys(counts, "Int64"))


def first_dropped(path, n_each, block_bytes=1 << 22):
    """Return the first dropped rows of each reason, and the number of all rows.

    The file is read in blocks, since it may hold most rows of a source.

    Parameters
    ----------
    path : path-like
        In the columns of `columns.BENCHMARK_DROPPED`.
    n_each : int
        Maximal number of rows per stage and reason.
    block_bytes : int
        Size of a block.

    Returns
    -------
    rows : pandas.DataFrame
    n_rows : int
        Rows of the file.

    Raises
    ------
    InputError
        If the file is truncated or not a table.
    """
    found, n_rows = [BENCHMARK_DROPPED.empty_table().to_pandas().astype(object)], 0
    try:
        for part in _parts_of_dropped(path, block_bytes):
            n_rows += len(part)
            reasons = part.select(_REASON).to_pandas()
            first = reasons.groupby(_REASON, observed=True).head(n_each).index
            part = part.take(pa.array(first)).to_pandas()
            found.append(part.astype(object))
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path}: truncated or not a table ({error})") from None
    found = pd.concat([each for each in found if len(each)] or found)
    found = found.groupby(_REASON, sort=False).head(n_each)
    lines = pd.to_numeric(found["source_line"]).astype("Int64")
    return found.assign(source_line=lines).reset_index(drop=True), n_rows


def _parts_of_dropped(path, block_bytes):
    """Open a file of dropped rows for reading in blocks."""
    types = {name: pa.string() for name in BENCHMARK_DROPPED.names}
    types |= {name: BENCHMARK_DROPPED.field(name).type for name in _REASON}
    return pa.csv.open_csv(
        path,
        read_options=pa.csv.ReadOptions(block_size=block_bytes),
        parse_options=pa.csv.ParseOptions(delimiter="\t", newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True
        ),
    )
