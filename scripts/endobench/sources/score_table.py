"""Tables of scores: one for each variant or, if the sheet says so, for each gene of it."""

import contextlib
import logging
import re

import pandas as pd
import pyarrow as pa

from endobench.core.columns import LOSSES
from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.core.losses import dropped
from endobench.genome.gene_ids import genes_of
from endobench.sources.table_file import open_table, read_blocks

log = logging.getLogger(__name__)

# Variants to name for each reason.
N_EXAMPLES = 3
# What a score belongs to, besides its variant.
FEATURE, GENE = "feature", "gene"
# In the name of a column with genes, such as gene_id, ENSG, phenotype_id and target.
_OF_GENES = re.compile(
    "gene|ensg|ensembl|feature|phenotype|trait|target", re.IGNORECASE
)
_GENE = re.compile(r"ENS[A-Z]*G\d+")


def check_genes(path, source, load):
    """Raise an error if a table has scores of genes that the sheet does not declare.

    A score of one gene would be given to all genes of its variant. A table whose variants
    have one score for all of their genes has scores of variants.

    Parameters
    ----------
    path : str or path-like
    source : formats.Source
    load : callable
        Returns the `read.Parsed` of the table as another source describes it.

    Raises
    ------
    InputError
        If the scores of a variant differ between its genes.
    """
    name, gene = _undeclared_genes(path, source)
    if not gene:
        return
    columns = [*source.columns, ("feature_id", name)]
    effects = load(source._replace(columns=columns)).effects
    of_variant = effects.groupby("variant_id", observed=True)
    if (differs := of_variant["effect"].transform("nunique") > 1).any():
        variant_id, gene = effects.loc[differs, ["variant_id", "feature_id"]].iloc[0]
        raise InputError(
            f"{path}: column {name!r} has genes, and a variant such as {variant_id!r} has"
            f" another score for another gene than {gene!r}, but the sheet does not declare"
            f" it; add 'feature_id={name}' to the column 'columns' of its row"
        )
    if not (of_variant["feature_id"].transform("nunique") > 1).any():
        tell(
            log,
            "%s: column %r has genes such as %r, one for each variant; each score is used"
            " for all genes of its variant. If scores are of genes, add 'feature_id=%s' to"
            " the column 'columns' of its row in the sheet",
            path,
            name,
            gene,
            name,
        )


def _undeclared_genes(path, source):
    """Return the name of a column of genes that the sheet omits, and its first gene."""
    layout = source.layout
    if layout.unit != "score" or "feature_id" in dict(source.columns):
        return "", ""
    table = open_table(path, layout.header)
    used = {column for name, column in layout.columns.items() if name != "feature_id"}
    for name in table.names:
        if not _OF_GENES.search(name) or name in used:
            continue
        # A column that is not used may hold anything, such as lists, or appear twice.
        with contextlib.suppress(InputError):
            blocks = read_blocks(table, {name: pa.string()})
            named = (
                each for block in blocks for each in block[name].to_pylist() if each
            )
            if _GENE.match(gene := next(named, "")):
                return name, gene
    return "", ""


def score_table(parsed, by=None):
    """Reduce a parsed table to one score per variant, or per variant and feature.

    Parameters
    ----------
    parsed : read.Parsed
        On the build of the genome.
    by : {None, FEATURE, GENE}
        Whether a variant may have a score for each feature, as in a table of effects, or
        for each gene. Ids of genes lose the version, and an intron stands for its gene.

    Returns
    -------
    table : pandas.DataFrame
        In the columns of `columns.MEASURED_TABLE`.
    dropped : pandas.DataFrame
        In the columns of `columns.DROPPED`: rows dropped on reading; variants with REF
        and ALT swapped that the table also has in the right order; rows that say the same
        as an earlier one, as of another version of a gene's id; and variants (or their
        genes) with several scores, since there is no rule to choose one.
    """
    measured = parsed.effects["feature_id"]
    features = {FEATURE: measured, GENE: genes_of(measured)}.get(by)
    effects = parsed.effects.assign(feature_id=features, measured_feature=measured)
    keys = ["variant_id", "feature_id"]
    if "source_id" not in effects:
        effects = effects.assign(source_id=effects["variant_id"])
    is_swapped = effects["source_id"].isna()
    reason = pd.Series(pd.NA, index=effects.index, dtype="string")
    of_pair = is_swapped.groupby([effects[key] for key in keys], dropna=False)
    reason[is_swapped & ~of_pair.transform("all")] = "exchanged_duplicate"
    said = [*keys, "effect", "effect_se", *([] if by == GENE else ["measured_feature"])]
    rest = effects[reason.isna()].reindex(columns=said)
    reason[rest.index[rest.duplicated()]] = "duplicate"
    rest = rest[~rest.duplicated()]
    reason[rest.index[rest.duplicated(keys, keep=False)]] = "several_scores"
    is_lost = reason.notna()
    lost = dropped(effects[is_lost], "scores", reason, effects["effect"])
    table = parsed.variants.merge(
        effects[~is_lost].rename(columns={"effect": "score"}), on="variant_id"
    )
    before = _with_several_scores(parsed.dropped)
    if before.empty or lost.empty:
        # pandas warns of types that it would guess from an empty table.
        return table, (lost if before.empty else before).reset_index(drop=True)
    return table, pd.concat([before, lost], ignore_index=True)


def _with_several_scores(lost):
    """Call repeated rows of a variant by their reason here, if their scores differ."""
    if lost.empty:
        return lost
    conflicts = lost[lost["reason"] == "conflicting_duplicate"]
    n_scores = conflicts.groupby("variant_id")["value"].transform("nunique")
    several = n_scores.index[n_scores > 1]
    reason = lost["reason"].astype(object)
    reason[several] = "several_scores"
    return lost.assign(reason=reason)


def losses(name, n_rows, table, lost):
    """Account for the rows of a table of scores.

    Parameters
    ----------
    name : str
        Name of the table.
    n_rows : int
        Rows of the dataset in the source.
    table, lost : pandas.DataFrame
        As returned by `score_table`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.LOSSES`: the first row is the input, the last the kept
        scores, and those between add up with the last one to the first.
    """
    ids = pd.concat([table["variant_id"], lost["variant_id"]])
    rows = [("input", "all rows", n_rows, ids.nunique(), "")]
    keys = ["stage", "reason"]
    for (stage, reason), part in lost.groupby(keys, observed=True, sort=False):
        found = part["variant_id"].dropna().unique()
        examples = ", ".join(map(str, found[:N_EXAMPLES]))
        rows.append((stage, reason, len(part), len(found), examples))
    rows.append(("kept", "scores", len(table), table["variant_id"].nunique(), ""))
    return pd.DataFrame([(name, *row) for row in rows], columns=LOSSES.names)
