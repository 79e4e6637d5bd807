"""Loading tables of effects: reading, lifting over, and harmonising to ALT minus REF."""

import os

from endobench.core.columns import DROPPED, EFFECTS, VARIANTS
from endobench.core.errors import InputError
from endobench.core.losses import Losses
from endobench.core.tables import write_table
from endobench.sources.formats import Source
from endobench.sources.read import read_effects, write_effects
from endobench.sources.rows import ALL_ROWS
from endobench.sources.rsids import Alleles
from endobench.sources.variant_keys import NO_PARTNERS, Partners


def load_table(files, source, joined_source, alleles_build, selection=ALL_ROWS):
    """Load a table together with the tables that complete it.

    Parameters
    ----------
    files : object
        With ``table`` and, each a path or empty, ``chain``, ``genome`` (FASTA and
        index), ``alleles`` and ``joined``.
    source, joined_source : list
        The values of the `formats.Source` of both tables.
    alleles_build : str
        Build of the VCF of alleles.
    selection : rows.Selection

    Returns
    -------
    read.Parsed

    Raises
    ------
    InputError
        As `load_effects`.
    """
    # Messages should name the user's files, not the links to them.
    path, alleles, joined = (
        os.path.realpath(each) if each else None
        for each in (files.table, files.alleles, files.joined)
    )
    genome = files.genome[0] if files.genome else None
    partners = Partners(
        Alleles(alleles, alleles_build) if alleles else None,
        load_effects(joined, Source(*joined_source), genome=genome) if joined else None,
    )
    return load_effects(
        path,
        Source(*source),
        chain=files.chain or None,
        genome=genome,
        selection=selection,
        partners=partners,
    )


def save_table(files, source, joined_source, alleles_build, output, selection=ALL_ROWS):
    """Load a table as `load_table` does, and write it.

    A table that needs no other file is written while it is read, and may be of any size.

    Parameters
    ----------
    files, source, joined_source, alleles_build, selection
        As for `load_table`.
    output : object
        With ``effects``, ``variants`` and ``dropped``, paths of Parquet files.

    Raises
    ------
    InputError
        As `load_effects`.
    """
    described = Source(*source)
    if files.chain or files.alleles or files.joined or described.needs_genome:
        parsed = load_table(files, source, joined_source, alleles_build, selection)
        write_table(parsed.variants, output.variants, VARIANTS)
        write_table(parsed.effects, output.effects, EFFECTS)
        write_table(parsed.dropped, output.dropped, DROPPED)
    else:
        write_effects(
            os.path.realpath(files.table),
            described,
            output.effects,
            output.variants,
            output.dropped,
            selection,
        )


def load_effects(
    path, source, *, chain=None, genome=None, selection=ALL_ROWS, partners=NO_PARTNERS
):
    """Read a table, lift it over, and harmonise its alleles with the genome.

    Parameters
    ----------
    path : str or path-like
    source : formats.Source
    chain : str or path-like, optional
        From the build of the table to that of the genome.
    genome : str or path-like, optional
        Indexed FASTA, for a source that `needs_genome`.
    selection, partners
        As for `read.read_effects`.

    Returns
    -------
    read.Parsed
        Each row of the source is in `effects` or `dropped`.

    Raises
    ------
    InputError
        As `read.read_effects`, if the genome is needed and not given, or if no row is
        left.
    """
    layout = source.layout
    if source.needs_genome and genome is None:
        what = "its alleles are in no fixed order"
        if not layout.is_unordered:
            what = "its deletions lack the preceding base"
        raise InputError(
            f"{path}: a table of format {source.format} needs the genome, since {what};"
            " name the row of the genome under 'genome' of the config"
        )
    # Variants on other chromosomes may be lifted to those selected.
    before_lift = selection._replace(chromosomes=None) if chain else selection
    parsed = read_effects(path, source, before_lift, partners)
    # Most tables need none of these, and importing takes longer than a short table.
    if chain:
        from endobench.genome.liftover import lift_effects

        parsed = lift_effects(parsed, chain, selection.chromosomes)
    if layout.has_dashes:
        from endobench.sources.harmonise import anchor

        parsed = anchor(parsed, genome)
    if layout.is_unordered:
        from endobench.sources.harmonise import harmonise

        is_signed = (
            selection.effect_column == "effect" and source.effect_allele != "unknown"
        )
        parsed = harmonise(parsed, genome, source.null, is_signed=is_signed)
    losses = Losses()
    losses.add(parsed.dropped)
    losses.conclude(path, parsed.n_rows)
    return parsed
