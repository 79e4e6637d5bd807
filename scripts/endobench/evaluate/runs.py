"""Comparison of several runs: other models, datasets or protocols."""

import logging
import pathlib
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from endobench.benchmark.strata import is_lead
from endobench.core.columns import PAIRS, RUNS
from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.core.tables import read_frame, read_tsv
from endobench.design.conclusions import (
    OLD_RULES,
    current_finding,
    current_reportable,
    is_old_reportable,
)
from endobench.design.metrics import PRIMARY
from endobench.design.tasks import ALL_PAIRS, LEADS
from endobench.evaluate.card import read_card
from endobench.evaluate.contrasts import COLUMNS, contrast, shared_pairs
from endobench.evaluate.summary import SUMMARY

log = logging.getLogger(__name__)

HERE = "here"
# Suffix of a card, which stands for a run whose folder of results is elsewhere.
CARD = ".json"
# What tells pairs apart.
_KEYS = ["source_id", "feature_id"]
# Columns of a summary that a comparison reads; later versions may have added others.
_COMPARED = pa.schema(
    [
        SUMMARY.field(name)
        for name in SUMMARY.names
        if name in RUNS.names
        or name == "n_pairs"
        or any(name.startswith(each.metric) for each in PRIMARY.values())
    ]
)
# Suffixes of a metric's columns in the summary, besides its value.
_OF_METRIC = ["ci_low", "ci_high", "p"]
_DIFFERENCES = ["difference", "difference_low", "difference_high", "difference_p"]
_COUNTS = ["n_shared", "n_other_effects"]
# Columns that compare another run with this one.
CHANGES = [*_DIFFERENCES, *_COUNTS]
_DTYPES = dict.fromkeys(_DIFFERENCES, float) | dict.fromkeys(_COUNTS, "Int64")


class Run(NamedTuple):
    """A run of this workflow, in this folder or another one.

    Attributes
    ----------
    name : str
        `HERE` for this run.
    folder : pathlib.Path
        Its folder of results.
    summary : pandas.DataFrame
        In those columns of `summary.SUMMARY` that a comparison reads, in the words of
        this version.
    """

    name: str
    folder: pathlib.Path
    summary: pd.DataFrame

    @classmethod
    def of_summary(cls, name, path):
        """Read a run, given the path of its ``summary.tsv`` or of its card.

        A card has no pairs, so its numbers stand beside those of this run without a
        difference.

        Raises
        ------
        InputError
            If the table is damaged or was written by another version of the workflow.
        """
        path = pathlib.Path(path)
        is_card = path.suffix == CARD
        if is_card:
            summary = summary_of_card(read_card(path))
        else:
            summary = _read(name, read_tsv, path, _COMPARED)
        summary = _read(name, _known_rows, summary, path)
        summary = _read(name, _in_current_words, summary)
        return cls(name, path if is_card else path.parent, summary)

    def pairs_path(self, dataset, protocol):
        """Return the path of a benchmark's pairs."""
        return self.folder / dataset / protocol / "pairs.parquet"

    def pairs(self, dataset, protocol):
        """Return a benchmark's pairs, in the columns that a comparison reads.

        Raises
        ------
        InputError
            As for `of_summary`.
        """
        path = self.pairs_path(dataset, protocol)
        pairs = _read(self.name, read_frame, path, PAIRS, COLUMNS)
        return _read(self.name, _known_pairs, pairs, path)


def summary_of_card(card):
    """Return the rows of a card in the columns of `summary.SUMMARY`, as far as it goes."""
    rows = []
    for row in card["benchmarks"]:
        of_metric = {f"{row['metric']}_{name}": row[name] for name in _OF_METRIC}
        rows.append(row | of_metric | {row["metric"]: row["value"]})
    return pd.DataFrame(rows).reindex(columns=SUMMARY.names)


def _known_rows(summary, path):
    """Return a summary with one row for each benchmark and stratum, of known tasks."""
    if summary.empty:
        raise ValueError(f"{path}: has no row, expected one for each benchmark")
    unknown = summary.loc[~summary["task"].isin(list(PRIMARY)), "task"]
    if len(unknown):
        raise ValueError(
            f"{path}: task {unknown.iloc[0]!r} is not one of {', '.join(PRIMARY)}"
        )
    keys = ["dataset", "protocol", "stratum"]
    repeated = summary.loc[summary.duplicated(keys), keys]
    if len(repeated):
        raise ValueError(f"{path}: {'/'.join(repeated.iloc[0])} appears twice")
    return summary


def _known_pairs(pairs, path):
    """Return pairs of which each appears once, with a score."""
    repeated = pairs.loc[pairs.duplicated(_KEYS), _KEYS]
    if len(repeated):
        raise ValueError(
            f"{path}: {' and '.join(map(str, repeated.iloc[0]))} appear twice"
        )
    has_none = pairs.loc[~np.isfinite(pairs["raw"].astype(float)), "source_id"]
    if len(has_none):
        raise ValueError(f"{path}: variant {has_none.iloc[0]} has no finite score")
    return pairs


def _in_current_words(summary):
    """Return a summary whose conclusions have the words of this version."""
    is_old = summary["is_reportable"].map(is_old_reportable).astype(bool)
    is_excepted = is_old & (summary["is_reportable"].str.lower() == "true")
    why = summary["why"].fillna("")
    return summary.assign(
        finding=summary["finding"].map(current_finding),
        is_reportable=summary["is_reportable"].map(current_reportable),
        why=why.mask(is_excepted, why + f"; {OLD_RULES}"),
    )


def _read(name, read, path, *arguments):
    """Read a table; an error in that of another run names the run and the remedy."""
    try:
        return read(path, *arguments)
    except (OSError, ValueError) as error:
        if name == HERE:
            raise
        raise InputError(
            f"{error}; key 'compare.{name}' needs results of this version of the"
            " workflow: run it again in that folder"
        ) from None


def compare(here, others, blocks, options):
    """Compare the benchmarks of several runs.

    Parameters
    ----------
    here : Run
    others : list of Run
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    options : dict of str to AgreementOptions
        By dataset of this run.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.RUNS`: for each run in turn, the primary metric of
        each benchmark (see `metrics.PRIMARY`). If both runs have a dataset and protocol
        of the same name and task, the difference from this run on the pairs that they
        share, in the strata of the conclusion; lead pairs are those of this run.
        ``n_other_effects`` counts shared pairs whose effect differs in the other run:
        if above 0, the scores are not the only difference.
    """
    rows = [_primary_metrics(here)]
    for other in others:
        found = _primary_metrics(other)
        changes = [
            change
            for (dataset, protocol), part in found.groupby(
                ["dataset", "protocol"], sort=False
            )
            for change in _changes(
                here,
                other,
                dataset,
                protocol,
                part["task"].iloc[0],
                blocks,
                options.get(dataset),
            )
        ]
        keys = ["dataset", "protocol", "stratum"]
        changes = pd.DataFrame(changes, columns=[*keys, *CHANGES])
        rows.append(found.merge(changes, on=keys, how="left", validate="1:1"))
        log.info(
            "%s: %d benchmarks, %d compared on shared pairs",
            other.name,
            len(found[keys[:2]].drop_duplicates()),
            len(changes[keys[:2]].drop_duplicates()),
        )
    return pd.concat(
        [each.reindex(columns=RUNS.names).astype(_DTYPES) for each in rows],
        ignore_index=True,
    )


def _primary_metrics(run):
    """Return the primary metric of each row of a run's summary."""
    rows = []
    for row in run.summary.to_dict("records"):
        metric = PRIMARY[row["task"]].metric
        row |= {name: row[f"{metric}_{name}"] for name in _OF_METRIC}
        rows.append(row | {"metric": metric, "value": row[metric], "n": row["n_pairs"]})
    frame = pd.DataFrame(rows, columns=["run", *RUNS.names[1:]])
    return frame.drop(columns=CHANGES).assign(run=run.name)


def _changes(here, other, dataset, protocol, task, blocks, options):
    """Return the difference of a benchmark in another run from this run, by stratum."""
    ours = here.summary
    ours = ours[(ours["dataset"] == dataset) & (ours["protocol"] == protocol)]
    if ours.empty:
        return []
    benchmark = f"{other.name}: {dataset}/{protocol}"
    if ours["task"].iloc[0] != task:
        log.warning("%s: not compared, its task differs from this run's", benchmark)
        return []
    if not other.pairs_path(dataset, protocol).exists():
        log.warning("%s: not compared, it has no pairs", benchmark)
        return []
    theirs, ours = (run.pairs(dataset, protocol) for run in (other, here))
    found = contrast(theirs, ours, blocks, options, task=task)
    if not found:
        tell(log, "%s: not compared, it shares no pair with this run", benchmark)
    n_other_effects = _count_other_effects(theirs, ours, task, options)
    metric = PRIMARY[task].metric
    # Differences are this run minus the other; their sign is reversed.
    return [
        {
            "dataset": dataset,
            "protocol": protocol,
            "stratum": row["stratum"],
            "difference": 0 - row["difference"],
            "difference_low": 0 - row["ci_high"],
            "difference_high": 0 - row["ci_low"],
            "difference_p": row["p"],
            "n_shared": row["n_shared"],
            "n_other_effects": n_other_effects[row["stratum"]],
        }
        for row in found
        if row["metric"] == metric and row["stratum"] in n_other_effects
    ]


def _count_other_effects(theirs, ours, task, options):
    """Return the number of shared pairs with another effect, by stratum."""
    theirs, ours = shared_pairs(theirs, ours, task, options.classes)
    # The other table may have been written with fewer digits.
    is_other = ~np.isclose(
        ours["effect"], theirs["effect"], rtol=1e-6, atol=0, equal_nan=True
    )
    return {
        LEADS: int(is_other[is_lead(ours, options.null)].sum()),
        ALL_PAIRS: int(is_other.sum()),
    }
