"""A published table as the benchmark takes it: on the genome's build, ALT minus REF."""

import os

from endobench.core.columns import DROPPED, EFFECTS, VARIANTS
from endobench.core.errors import InputError
from endobench.core.tables import write_table
from endobench.sources.formats import Source
from endobench.sources.read import read_effects, write_effects
from endobench.sources.rsids import Alleles


def load_table(files, source, joined_source, alleles_build, **options):
    """Read a table together with those that complete it.

    Parameters
    ----------
    files : object
        With ``table`` and, each a path or empty, ``chain``, ``genome`` (FASTA and
        index), ``alleles`` and ``joined``.
    source, joined_source : list
        The values of `formats.Source` of both tables.
    alleles_build : str
        Of the VCF of alleles.
    **options
        As for `load_effects`.

    Returns
    -------
    qtl.Parsed
    """
    # Messages name the user's files, not the links to them.
    path, alleles, joined = (
        os.path.realpath(each) if each else None
        for each in (files.table, files.alleles, files.joined)
    )
    genome = files.genome[0] if files.genome else None
    return load_effects(
        path,
        Source(*source),
        chain=files.chain or None,
        genome=genome,
        alleles=Alleles(alleles, alleles_build) if alleles else None,
        joined=load_effects(joined, Source(*joined_source), genome=genome)
        if joined
        else None,
        **options,
    )


def save_table(files, source, joined_source, alleles_build, output, **options):
    """Read a table as `load_table` does, and write it.

    One that stands for itself is written while it is read, and may be of any size.

    Parameters
    ----------
    files, source, joined_source, alleles_build, **options
        As of `load_table`.
    output : object
        With ``effects``, ``variants`` and ``dropped``, paths of Parquet files.
    """
    described = Source(*source)
    if files.chain or files.alleles or files.joined or described.needs_genome:
        parsed = load_table(files, source, joined_source, alleles_build, **options)
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
            **options,
        )


def load_effects(
    path,
    source,
    *,
    chain=None,
    genome=None,
    alleles=None,
    joined=None,
    chromosomes=None,
    max_q_value=None,
    effect_column="effect",
):
    """Read a table, lift it, and orient it by the genome.

    Parameters
    ----------
    path : str or path-like
    source : formats.Source
    chain : str or path-like, optional
        From the table's build to the genome's.
    genome : str or path-like, optional
        Indexed FASTA, for a source that `needs_genome`.
    alleles, joined, chromosomes, max_q_value, effect_column
        See `qtl.read_effects`.

    Returns
    -------
    qtl.Parsed
        Each row of the source is in `effects` or `dropped`.

    Raises
    ------
    InputError
        As `qtl.read_effects`, or if the genome is needed and not given.
    """
    layout = source.layout
    if source.needs_genome and genome is None:
        what = "its alleles are in no fixed order"
        if not layout.is_unordered:
            what = "its deletions lack the base before"
        raise InputError(
            f"{path}: a table of format {source.format} needs the genome, since {what};"
            " name its row under 'genome' of the config"
        )
    parsed = read_effects(
        path,
        source,
        alleles=alleles,
        joined=joined,
        # What is elsewhere may land here.
        chromosomes=None if chain else chromosomes,
        max_q_value=max_q_value,
        effect_column=effect_column,
    )
    # Most tables need neither, and their packages take longer than a short table.
    if chain:
        from endobench.genome.liftover import lift_effects

        parsed = lift_effects(parsed, chain, chromosomes)
    if layout.has_dashes:
        from endobench.sources.harmonise import anchor

        parsed = anchor(parsed, genome)
    if layout.is_unordered:
        from endobench.sources.harmonise import harmonise

        is_signed = effect_column == "effect" and source.effect_allele != "unknown"
        parsed = harmonise(parsed, genome, source.null, is_signed=is_signed)
    return parsed
