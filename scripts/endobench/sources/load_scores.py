"""Loading tables of scores: read as effects are, and reduced to one score for each key."""

import os
from typing import NamedTuple

import pandas as pd

from endobench.core.losses import Losses
from endobench.sources.formats import Source
from endobench.sources.harmonise import check_harmonised, normalise
from endobench.sources.load import load_table
from endobench.sources.score_table import (
    FEATURE,
    GENE,
    check_genes,
    losses,
    score_table,
)


class LoadedScores(NamedTuple):
    """A table of scores, and what became of the rows of its source.

    Attributes
    ----------
    table : pandas.DataFrame
        In the columns of `columns.MEASURED_TABLE`.
    dropped : pandas.DataFrame
        In the columns of `columns.DROPPED`.
    losses : pandas.DataFrame
        In the columns of `columns.LOSSES`.
    """

    table: pd.DataFrame
    dropped: pd.DataFrame
    losses: pd.DataFrame


def load_scores(files, params):
    """Load a table of scores of a model, or of effects of another assay or cohort.

    Parameters
    ----------
    files : object
        As `load.load_table` takes them.
    params : object
        With ``source``, ``joined`` and ``alleles_build``, as `load.load_table` takes them;
        ``null``, the value of no effect, which becomes 0; ``max_unharmonised``, the
        largest share of rows in which neither allele matches the genome; ``name``, of the
        table in its account; and ``by_feature``, whether a variant has a value for each
        feature.

    Returns
    -------
    LoadedScores

    Raises
    ------
    InputError
        If the table cannot be read, has genes that the sheet does not declare, disagrees
        with the genome, or has no score.
    """

    def load(source):
        return load_table(files, source, params.joined, params.alleles_build)

    # Messages should name the user's file, not the link to it.
    path, source = os.path.realpath(files.table), Source(*params.source)
    check_genes(path, source, load)
    parsed = load(params.source)
    check_harmonised(parsed, params.max_unharmonised, files.table)
    if files.genome:
        parsed = normalise(parsed, files.genome[0], params.null, path)
    # Scores are 0 without an effect, whereas a Pi is 0.5.
    effects = parsed.effects.assign(effect=parsed.effects["effect"] - params.null)
    by = FEATURE if params.by_feature else None
    if by is None and "feature_id" in dict(source.columns):
        by = GENE
    table, dropped = score_table(parsed._replace(effects=effects), by)
    lost = Losses()
    lost.add(dropped[dropped["stage"] == "scores"])
    lost.conclude(path, len(effects))
    account = losses(params.name, parsed.n_rows, table, dropped)
    return LoadedScores(table, dropped, account)
