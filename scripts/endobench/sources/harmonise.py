"""Which allele is the genome's: effects as ALT minus REF.

An effect is turned around the value of no effect, which is 0 of a slope and 0.5 of a Pi.
"""

import logging
import os

import numpy as np
import pandas as pd

from endobench.core.errors import InputError
from endobench.core.tables import dropped
from endobench.genome.fasta import open_genome, read_chromosome
from endobench.genome.reference import left_align, matches_reference
from endobench.genome.variants import make_variant_ids, sort_variants
from endobench.sources.rows import repeats

log = logging.getLogger(__name__)

STAGE = "orientation"
_NEITHER = "neither_allele_is_reference"
_IDENTITY = ["variant_id", "chrom", "pos", "ref", "alt"]


def harmonise(parsed, genome_path, null, *, is_signed=True):
    """Make the genome's allele REF, in a table whose two alleles are in no fixed order.

    Parameters
    ----------
    parsed : qtl.Parsed
        On the genome's build; ``effect`` is that of the second allele (ALT) minus that
        of the first (REF).
    genome_path : str or path-like
        Indexed FASTA.
    null : float
        The value of no effect.
    is_signed : bool
        False leaves effects as they are, where nobody knows which allele they favour.

    Returns
    -------
    qtl.Parsed
        Where the second allele is the genome's the two are exchanged and the effect is
        turned. Dropped are variants of which neither allele is the genome's, or either
        (A and AG where it reads AG), those on a chromosome that the genome lacks, and
        pairs that stand there in both orders.
    """
    variants, genome = parsed.variants, open_genome(genome_path)
    is_match, is_exchanged = _compare(variants, genome)
    reason = pd.Series(pd.NA, index=variants.index, dtype="string")
    reason[~is_match & ~is_exchanged] = _NEITHER
    reason[~variants["chrom"].isin(genome.references)] = "chromosome_not_in_genome"
    reason[is_match & is_exchanged] = "either_allele_is_reference"
    turned = _exchange(variants[is_exchanged])
    moved = variants.copy()
    moved.loc[is_exchanged, _IDENTITY[3:]] = turned[_IDENTITY[3:]]
    moved["variant_id"] = make_variant_ids(moved)
    log.info(
        "%d of %d variants have REF second, of %d no allele or either is the genome's",
        (is_exchanged & ~is_match).sum(),
        len(variants),
        reason.notna().sum(),
    )
    effects = parsed.effects
    if is_signed:
        is_turned = effects["variant_id"].isin(variants["variant_id"][is_exchanged])
        effects = effects.assign(
            effect=effects["effect"].mask(is_turned, 2 * null - effects["effect"])
        )
    return _moved(parsed._replace(effects=effects), moved, reason)


def count_unoriented(effects, dropped):
    """Count the rows of a table, and those neither of whose alleles is the genome's.

    Of positions that are off by one or on another build they are about half.

    Parameters
    ----------
    effects, dropped : pandas.DataFrame
        As `orient` leaves them.

    Returns
    -------
    n_lost, n : int
        Of `n` rows that are kept or lost so.
    """
    n_lost = int((dropped["reason"].astype(str) == _NEITHER).sum())
    return n_lost, len(effects) + n_lost


def check_oriented(parsed, max_share, path):
    """Refuse a table of which too many rows have neither allele of the genome.

    Parameters
    ----------
    parsed : qtl.Parsed
        As `orient` leaves it; of one whose alleles stand in order nothing is lost so.
    max_share : float
    path : str or path-like
        For the message.

    Raises
    ------
    InputError
        One line with the table and the number of such rows.
    """
    n_lost, n = count_unoriented(parsed.effects, parsed.dropped)
    if n_lost > max_share * n:
        raise InputError(
            f"{os.path.realpath(path)}: neither allele of {n_lost:,} of {n:,} rows is"
            f" the genome's, at most a share of {max_share:g} may be so (key"
            " 'gates.unoriented.fail'); is the build right, and do positions begin at 1?"
        )


def anchor(parsed, genome_path):
    """Write deletions whose ALT is a dash with the base before, as a VCF does.

    Parameters
    ----------
    parsed : qtl.Parsed
        On the genome's build.
    genome_path : str or path-like
        Indexed FASTA.

    Returns
    -------
    qtl.Parsed
        Dropped are deletions that have no known base before.
    """
    genome = open_genome(genome_path)
    moved = parsed.variants.copy()
    reason = pd.Series(pd.NA, index=moved.index, dtype="string")
    is_dash = moved["alt"] == "-"
    for chrom, rows in moved[is_dash].groupby("chrom", observed=True):
        before = pd.Series("N", index=rows.index)
        if chrom in genome.references:
            sequence = read_chromosome(genome, chrom)
            start = rows["pos"].to_numpy() - 2
            is_inside = (start >= 0) & (start < len(sequence))
            codes = sequence[start[is_inside]]
            before[is_inside] = [chr(code) for code in codes]
        reason[before.index[~before.isin(list("ACGT"))]] = "no_base_before"
        moved.loc[rows.index, "pos"] = rows["pos"] - 1
        moved.loc[rows.index, "ref"] = before + rows["ref"]
        moved.loc[rows.index, "alt"] = before
    moved["variant_id"] = make_variant_ids(moved)
    log.info("%d deletions got the base before them", is_dash.sum())
    return _moved(parsed, moved, reason)


def normalise(parsed, genome_path, null=0.0):
    """Bring the variants of a table of scores to the genome's REF, and left-align them.

    A variant whose ALT is the genome's and whose REF is not has them exchanged, and its
    effect turned. One of which neither is, or on a chromosome that the genome lacks,
    stays as it is: it may yet be looked up by its name.

    Parameters
    ----------
    parsed : qtl.Parsed
        On the genome's build.
    genome_path : str or path-like
        Indexed FASTA.
    null : float
        The value of no effect.

    Returns
    -------
    qtl.Parsed
        The same pairs, with the effects' ``source_id``: the id before, missing where
        alleles were exchanged. Variants that are one and the same are one now.
    """
    variants = parsed.variants
    is_match, is_exchanged = _compare(variants, open_genome(genome_path))
    is_exchanged &= ~is_match
    aligned = variants.copy()
    for chosen in (variants[is_match], _exchange(variants[is_exchanged])):
        for _, rows in chosen.groupby("chrom", observed=True):
            columns = ["variant_id", "pos", "ref", "alt"]
            aligned.loc[rows.index, columns] = left_align(rows, genome_path)[columns]
    effects = parsed.effects
    row = pd.Series(variants.index, index=variants["variant_id"])[effects["variant_id"]]
    is_turned = is_exchanged[row].to_numpy()
    return parsed._replace(
        variants=sort_variants(aligned.drop_duplicates("variant_id")),
        effects=effects.assign(
            variant_id=aligned.loc[row, "variant_id"].to_numpy(),
            effect=effects["effect"].mask(is_turned, 2 * null - effects["effect"]),
            source_id=effects["variant_id"].mask(is_turned),
        ),
    )


def _exchange(variants):
    return variants.rename(columns={"ref": "alt", "alt": "ref"})[list(variants)]


def _compare(variants, genome):
    """Tell for each variant whether REF is the genome's, and whether ALT is."""
    found = np.zeros((2, len(variants)), dtype=bool)
    frames = variants.reset_index(drop=True)
    for chrom, rows in frames.groupby("chrom", observed=True):
        if chrom in genome.references:
            sequence = read_chromosome(genome, chrom)
            found[0, rows.index] = matches_reference(rows, sequence)
            found[1, rows.index] = matches_reference(_exchange(rows), sequence)
    return (pd.Series(each, index=variants.index) for each in found)


def _moved(parsed, moved, reason):
    """Give the variants of a table new places, drop some, and with them their pairs."""
    variants, effects = parsed.variants, parsed.effects
    row = pd.Series(variants.index, index=variants["variant_id"])[effects["variant_id"]]
    why = reason[row].set_axis(effects.index)
    here = effects.assign(variant_id=moved.loc[row, "variant_id"].to_numpy())
    why = why.fillna(repeats(here[why.isna()]).reindex(effects.index))
    is_lost = why.notna()
    alleles = variants.loc[row, "ref"] + "," + variants.loc[row, "alt"]
    lost = dropped(
        effects[is_lost], STAGE, why, alleles.set_axis(effects.index)[is_lost]
    )
    kept = here[~is_lost].reset_index(drop=True)
    all_lost = [part for part in (parsed.dropped, lost) if len(part)] or [lost]
    present = moved[moved["variant_id"].isin(kept["variant_id"]) & reason.isna()]
    return parsed._replace(
        variants=sort_variants(present.drop_duplicates("variant_id")),
        effects=kept,
        dropped=pd.concat(all_lost, ignore_index=True),
    )
