"""Several runs beside one another: other models, datasets or protocols."""

import logging
import pathlib
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.matching import classify, positives_of
from endobench.benchmark.strata import is_lead
from endobench.core.columns import PAIRS, RUNS
from endobench.core.errors import InputError
from endobench.core.tables import read_frame, read_tsv
from endobench.design.metrics import PRIMARY, SUMMARY
from endobench.design.tasks import ALL_PAIRS, LEADS, UNSIGNED
from endobench.evaluate.contrasts import COLUMNS, contrast

log = logging.getLogger(__name__)

HERE = "here"
_KEYS = ["source_id", "feature_id"]
# All that a comparison reads of pairs.
_OF_PRIMARY = ["ci_low", "ci_high", "p"]
# How much more another run's number is than this one's.
CHANGES = [
    *("difference", "difference_low", "difference_high", "difference_p"),
    *("n_shared", "n_other_effects"),
]
_COUNTS = dict.fromkeys(CHANGES, float) | dict.fromkeys(CHANGES[4:], "Int64")


class Run(NamedTuple):
    """A run of this workflow, here or elsewhere.

    Attributes
    ----------
    name : str
        `HERE` for this one.
    folder : pathlib.Path
        Its results.
    summary : pandas.DataFrame
        In the columns of `columns.SUMMARY`.
    """

    name: str
    folder: pathlib.Path
    summary: pd.DataFrame

    @classmethod
    def of_summary(cls, name, path):
        """Read a run by the path of its ``summary.tsv``.

        Raises
        ------
        InputError
            If the table is damaged or was written by another version of the workflow.
        """
        path = pathlib.Path(path)
        return cls(name, path.parent, _told(name, read_tsv, path, SUMMARY))

    def pairs_path(self, dataset, protocol):
        """Return where the pairs of a benchmark lie."""
        return self.folder / dataset / protocol / "pairs.parquet"

    def pairs(self, dataset, protocol):
        """Return a benchmark's pairs, in the columns that a comparison reads.

        Raises
        ------
        InputError
            As `of_summary`.
        """
        path = self.pairs_path(dataset, protocol)
        return _told(self.name, read_frame, path, PAIRS, COLUMNS)


def _told(name, read, path, *options):
    """Read a table; say of another run's which one it is, and what would help."""
    try:
        return read(path, *options)
    except (OSError, ValueError) as error:
        if name == HERE:
            raise
        raise InputError(
            f"{error}; key 'compare.{name}' wants the results of this version of the"
            " workflow: run it in that folder again"
        ) from None


def compare(here, others, blocks, datasets, *, n_resamples, seed):
    """Lay the benchmarks of several runs out beside one another.

    Parameters
    ----------
    here : Run
    others : list of Run
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    datasets : dict of str to dict
        Of each dataset of this run, `null` and `classes` as for `contrasts.contrast`.
    n_resamples, seed : int

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.RUNS`: of each run in turn the metric of each
        benchmark's answer (see `metrics.PRIMARY`). Where a dataset and protocol of one
        name exist in both and ask the same task, a difference from this run on the pairs
        that both hold, of the stratum's lead pairs as this run tells them;
        ``n_other_effects`` of these have another effect there: what differs is then not
        the scores alone.
    """
    rows = [_rows_of(here)]
    for other in others:
        found = _rows_of(other)
        changes = [
            change
            for key, part in found.groupby(["dataset", "protocol"], sort=False)
            for change in _differences(
                here,
                other,
                *key,
                task=part["task"].iloc[0],
                blocks=blocks,
                options=datasets.get(key[0]),
                n_resamples=n_resamples,
                seed=seed,
            )
        ]
        keys = ["dataset", "protocol", "stratum"]
        changes = pd.DataFrame(changes, columns=[*keys, *CHANGES])
        rows.append(found.merge(changes, on=keys, how="left", validate="1:1"))
        log.info(
            "%s: %d benchmarks, %d of them compared on shared pairs",
            other.name,
            len(found[keys[:2]].drop_duplicates()),
            len(changes[keys[:2]].drop_duplicates()),
        )
    return pd.concat(
        [each.reindex(columns=RUNS.names).astype(_COUNTS) for each in rows],
        ignore_index=True,
    )


def _rows_of(run):
    """Return the answers of a run: of each row of its summary one metric."""
    rows = []
    for row in run.summary.to_dict("records"):
        metric = PRIMARY[row["task"]].metric
        row |= {name: row[f"{metric}_{name}"] for name in _OF_PRIMARY}
        rows.append(row | {"metric": metric, "value": row[metric], "n": row["n_pairs"]})
    frame = pd.DataFrame(rows, columns=["run", *RUNS.names[1:]])
    return frame.drop(columns=CHANGES).assign(run=run.name)


def _differences(
    here, other, dataset, protocol, *, task, blocks, options, n_resamples, seed
):
    """Return how much more a benchmark of another run is than this one's, by stratum."""
    ours = here.summary
    ours = ours[(ours["dataset"] == dataset) & (ours["protocol"] == protocol)]
    if ours.empty:
        return []
    what = f"{other.name}: {dataset}/{protocol}"
    if ours["task"].iloc[0] != task:
        log.warning("%s: another task than here, not compared", what)
        return []
    if not other.pairs_path(dataset, protocol).exists():
        log.warning("%s: no pairs, not compared", what)
        return []
    a, b = (run.pairs(dataset, protocol) for run in (other, here))
    found = contrast(
        a, b, blocks, task=task, n_resamples=n_resamples, seed=seed, **options
    )
    n_others = _count_other_effects(a, b, task, **options)
    metric = PRIMARY[task].metric
    # Turned, so that more than here is above 0.
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
            "n_other_effects": n_others[row["stratum"]],
        }
        for row in found
        if row["metric"] == metric and row["stratum"] in n_others
    ]


def _count_other_effects(a, b, task, null, classes):
    """Count the pairs that `contrast` shares which have another effect in `a`."""
    if task == UNSIGNED:
        b = b[~np.isnan(classify(b, *classes))]
    else:
        a, b = (positives_of(each, classes) for each in (a, b))
    a, b = (each.astype(dict.fromkeys(_KEYS, str)) for each in (a, b))
    shared = b.merge(a[[*_KEYS, "effect"]], on=_KEYS, suffixes=("", "_there"))
    # A table may have been written with fewer digits.
    is_other = ~np.isclose(
        shared["effect"], shared["effect_there"], rtol=1e-6, atol=0, equal_nan=True
    )
    return {
        LEADS: int(is_other[is_lead(shared, null)].sum()),
        ALL_PAIRS: int(is_other.sum()),
    }
