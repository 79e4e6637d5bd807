"""Harmonising alleles with the genome, so that effects are ALT minus REF.

If REF and ALT are swapped, the effect is reflected about the value of no effect, which is
0 for a slope and 0.5 for a Pi.
"""

import logging
import os

import numpy as np
import pandas as pd

from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.core.losses import dropped
from endobench.genome.fasta import open_genome, read_chromosome
from endobench.genome.reference import left_align, matches_reference
from endobench.genome.variants import make_variant_ids, sort_variants
from endobench.sources.repeats import repeats

log = logging.getLogger(__name__)

STAGE = "orientation"
_NEITHER = "neither_allele_is_reference"
_ALLELES = ["ref", "alt"]
# A build differs from another one in the reference allele of fewer variants.
_MOST_UNLIKE = 0.01


def harmonise(parsed, genome_path, null, *, is_signed=True):
    """Make the allele of the genome REF, in a table with alleles in no fixed order.

    Parameters
    ----------
    parsed : read.Parsed
        On the build of the genome. ``effect`` is that of the second allele (ALT) minus
        that of the first (REF).
    genome_path : str or path-like
        Indexed FASTA.
    null : float
        The value of no effect.
    is_signed : bool
        False leaves the effects unchanged, if it is unknown which allele they favour.

    Returns
    -------
    read.Parsed
        If the second allele is the reference allele, the alleles are swapped and the
        effect is reflected. A variant is dropped if neither allele matches the genome,
        if both do (A and AG where the genome has AG), or if the genome lacks its
        chromosome. Pairs that appear in both orders are also dropped.
    """
    variants, genome = parsed.variants, open_genome(genome_path)
    is_match, is_swapped = _compare(variants, genome)
    reason = pd.Series(pd.NA, index=variants.index, dtype="string")
    reason[~is_match & ~is_swapped] = _NEITHER
    reason[~variants["chrom"].isin(genome.references)] = "chromosome_not_in_genome"
    reason[is_match & is_swapped] = "either_allele_is_reference"
    moved = variants.copy()
    moved.loc[is_swapped, _ALLELES] = _swapped(variants[is_swapped])[_ALLELES]
    moved["variant_id"] = make_variant_ids(moved)
    log.info(
        "swapped the alleles of %d of %d variants, dropped %d whose REF is undetermined",
        (is_swapped & ~is_match).sum(),
        len(variants),
        reason.notna().sum(),
    )
    effects = parsed.effects
    is_reflected = effects["variant_id"].isin(variants["variant_id"][is_swapped])
    if "af" in effects:
        effects = effects.assign(af=effects["af"].mask(is_reflected, 1 - effects["af"]))
    if is_signed:
        effects = effects.assign(
            effect=effects["effect"].mask(is_reflected, 2 * null - effects["effect"])
        )
    return _moved(parsed._replace(effects=effects), moved, reason)


def count_unharmonised(effects, dropped):
    """Count the rows of a table, and those in which neither allele matches the genome.

    About half of the rows do not match if positions are off by one or on another build.

    Parameters
    ----------
    effects, dropped : pandas.DataFrame
        From `harmonise`.

    Returns
    -------
    n_lost, n : int
        Rows without a matching allele, and these together with the rows kept.
    """
    n_lost = int((dropped["reason"].astype(str) == _NEITHER).sum())
    return n_lost, len(effects) + n_lost


def check_harmonised(parsed, max_share, path):
    """Raise an `InputError` if too many rows have no allele that matches the genome.

    Parameters
    ----------
    parsed : read.Parsed
        From `harmonise`. A table with ordered alleles always passes.
    max_share : float
    path : str or path-like
        For the message.

    Raises
    ------
    InputError
        With the table and the number of such rows.
    """
    n_lost, n = count_unharmonised(parsed.effects, parsed.dropped)
    if n_lost > max_share * n:
        raise InputError(
            f"{os.path.realpath(path)}: neither allele matches the genome in {n_lost:,}"
            f" of {n:,} rows, more than the allowed share of {max_share:g} (key"
            " 'gates.unoriented.fail'); check that the build is right and that positions"
            " are 1-based"
        )


def anchor(parsed, genome_path):
    """Add the preceding base to deletions whose ALT is a dash, as in VCF.

    Parameters
    ----------
    parsed : read.Parsed
        On the build of the genome.
    genome_path : str or path-like
        Indexed FASTA.

    Returns
    -------
    read.Parsed
        Deletions whose preceding base is unknown are dropped.
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
    log.info("added the preceding base to %d deletions", is_dash.sum())
    return _moved(parsed, moved, reason)


def normalise(parsed, genome_path, null=0.0, path=""):
    """Harmonise and left-align the variants of a table of scores, dropping none.

    If ALT matches the genome and REF does not, they are swapped and the effect is
    reflected. A variant is left unchanged if neither matches or the genome lacks its
    chromosome: it may still be joined by its id. A warning says if either is the case
    for many variants.

    Parameters
    ----------
    parsed : read.Parsed
        On the build of the genome.
    genome_path : str or path-like
        Indexed FASTA.
    null : float
        The value of no effect.
    path : str or path-like
        The table, for the warning.

    Returns
    -------
    read.Parsed
        The same pairs. The effects have a column ``source_id``, the original id, which
        is missing if alleles were swapped. Equal variants are merged.
    """
    variants, genome = parsed.variants, open_genome(genome_path)
    is_match, is_swapped = _compare(variants, genome)
    is_swapped &= ~is_match
    is_unlike = ~is_match & ~is_swapped & variants["chrom"].isin(genome.references)
    _tell_of_many(
        path,
        variants,
        is_swapped,
        "have the genome's base as ALT; their values were reflected",
    )
    _tell_of_many(path, variants, is_unlike, "have neither allele in the genome")
    aligned = variants.copy()
    for chosen in (variants[is_match], _swapped(variants[is_swapped])):
        for _, rows in chosen.groupby("chrom", observed=True):
            columns = ["variant_id", "pos", *_ALLELES]
            aligned.loc[rows.index, columns] = left_align(rows, genome_path)[columns]
    effects = parsed.effects
    row = pd.Series(variants.index, index=variants["variant_id"])[effects["variant_id"]]
    is_reflected = is_swapped[row].to_numpy()
    return parsed._replace(
        variants=sort_variants(aligned.drop_duplicates("variant_id")),
        effects=effects.assign(
            variant_id=aligned.loc[row, "variant_id"].to_numpy(),
            effect=effects["effect"].mask(is_reflected, 2 * null - effects["effect"]),
            source_id=effects["variant_id"].mask(is_reflected),
        ),
    )


def _tell_of_many(path, variants, is_found, what):
    """Warn of variants that do not fit the genome, if these are many."""
    if (n_found := int(is_found.sum())) > _MOST_UNLIKE * len(variants):
        tell(
            log,
            "%s: %s of %s variants, such as %s, %s; check the alleles, the positions and"
            " the build",
            path,
            f"{n_found:,}",
            f"{len(variants):,}",
            variants.loc[is_found, "variant_id"].iloc[0],
            what,
        )


def _swapped(variants):
    return variants.rename(columns={"ref": "alt", "alt": "ref"})[list(variants)]


def _compare(variants, genome):
    """Return for each variant whether REF matches the genome, and whether ALT does."""
    found = np.zeros((2, len(variants)), dtype=bool)
    frames = variants.reset_index(drop=True)
    for chrom, rows in frames.groupby("chrom", observed=True):
        if chrom in genome.references:
            sequence = read_chromosome(genome, chrom)
            found[0, rows.index] = matches_reference(rows, sequence)
            found[1, rows.index] = matches_reference(_swapped(rows), sequence)
    return (pd.Series(each, index=variants.index) for each in found)


def _moved(parsed, moved, reason):
    """Replace the variants of a table, and drop those with a reason and their pairs."""
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
