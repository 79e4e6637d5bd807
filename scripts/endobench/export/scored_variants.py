"""The scores of a benchmark with one row per score, for any number of features.

A variant has one score, or one for each of its genes where scores are of genes.
"""

import logging

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.benchmark.gene_pairs import scores_of
from endobench.benchmark.strata import is_lead
from endobench.core.columns import SCORED_VARIANTS
from endobench.core.errors import InputError
from endobench.genome.fasta import open_genome, read_chromosome
from endobench.genome.reference import matches_reference
from endobench.genome.variant_ids import split_variant_ids
from endobench.genome.variants import sort_variants

log = logging.getLogger(__name__)


def scored_variants(pairs, genome_path=None, null=0.0):
    """Return one row per variant, or per variant and gene, from a benchmark's pairs.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, in any order.
    genome_path : str or path-like, optional
        Indexed FASTA to compare REF with.
    null : float, default 0
        See `strata.is_lead`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.SCORED_VARIANTS`, sorted by chromosome, position and
        gene. The measured columns are those of the lead among the features that share the
        score, chosen by `is_lead` with variants and features exchanged.

    Raises
    ------
    InputError
        If a variant, or a gene of it, has several scores, or the genome lacks the
        variant's chromosome.
    """
    score = pd.Series(scores_of(pairs), index=pairs.index)
    n_scores = pairs.groupby(score)["raw"].transform("nunique")
    if (n_scores > 1).any():
        worst = pairs["variant_id"][n_scores == n_scores.max()].min()
        raise InputError(
            f"{worst}: has {n_scores.max()} scores, expected one per variant (or one per"
            " gene of it); see the gate scores_per_variant"
        )
    exchanged = pairs.assign(variant_id=pairs["feature_id"], feature_id=score)
    is_first = is_lead(exchanged, null)
    lead = pairs.assign(
        n_features=pairs.groupby(score)["feature_id"].transform("nunique")
    )[is_first]
    ids = pa.array(lead["variant_id"], pa.string()).dictionary_encode()
    variants = split_variant_ids("pairs", ids, "GRCh38", "variant_id")
    variants = variants.drop_duplicates("variant_id", ignore_index=True)
    # A variant may have several source ids; the lead pair has only one of them.
    lead = lead.drop(columns="source_id").rename(columns={"raw": "score"})
    sources = pairs[["variant_id", "source_id"]].drop_duplicates()
    sources = sources.sort_values(["variant_id", "source_id"])
    place = pd.Index(variants["variant_id"]).get_indexer(sources["variant_id"])
    source_ids = joined(sources["source_id"], place, len(variants), ";")
    variants["source_ids"] = source_ids.to_pandas()
    variants["ref_matches"] = _ref_matches(variants, genome_path)
    log.info("%d variants of %d pairs", len(variants), len(pairs))
    lead = lead.sort_values(["variant_id", "scored_gene"])
    scored = variants.merge(lead, on="variant_id", validate="one_to_many")
    return sort_variants(scored).reindex(columns=SCORED_VARIANTS.names)


def joined(texts, place, n_places, separator):
    """Join the texts of each place in their order.

    Parameters
    ----------
    texts : array-like of str
    place : numpy.ndarray of int
        Place of each text, from 0 to `n_places` - 1.
    n_places : int
    separator : str

    Returns
    -------
    pyarrow.StringArray, length `n_places`
    """
    texts = pa.array(texts, pa.string()).take(np.argsort(place, kind="stable"))
    ends = np.cumsum(np.bincount(place, minlength=n_places), dtype=np.int32)
    lists = pa.ListArray.from_arrays(np.r_[np.int32(0), ends], texts)
    return pc.binary_join(lists, separator)


def chromosome_lengths(genome_path):
    """Return the length in bp of each chromosome, in the order of the FASTA file."""
    with open_genome(genome_path) as genome:
        return dict(zip(genome.references, genome.lengths, strict=True))


def _ref_matches(variants, genome_path):
    """Tell whether each REF matches the genome; missing without a genome."""
    result = pd.Series(pd.NA, index=variants.index, dtype="boolean")
    if genome_path is None:
        return result
    with open_genome(genome_path) as genome:
        for chrom, rows in variants.groupby("chrom", observed=True):
            sequence = read_chromosome(genome, chrom)
            result[rows.index] = matches_reference(rows, sequence)
    log.info("REF differs from the genome for %d variants", (~result).sum())
    return result
