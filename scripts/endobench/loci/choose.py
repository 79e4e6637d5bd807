"""Choose the variants to draw: top hits of each dataset, and requested variants.

Where scores are of genes, a locus is a variant with one of its genes.
"""

import logging
import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.benchmark.matching import positives_of
from endobench.benchmark.strata import is_lead
from endobench.core.columns import LOCI, PAIRS, VARIANTS
from endobench.core.errors import InputError
from endobench.core.tables import read_frame, read_frames, read_table
from endobench.genome.chromosomes import chromosome_names
from endobench.genome.gene_ids import genes_of, without_tissue
from endobench.genome.variants import make_variant_ids

log = logging.getLogger(__name__)

# Why a dataset has a row for a variant; ELSEWHERE is a top hit of another dataset.
TOP, ASKED, ELSEWHERE = "top", "asked", "top elsewhere"
# Columns that determine hits, except that of the classes.
_OF_HITS = [
    "variant_id",
    "source_id",
    "feature_id",
    "effect",
    "effect_se",
    "p_value",
    "pip",
    "raw",
    "scored_gene",
]
# What a locus is: a variant, with a gene where the scorer is by gene, or an empty text.
_LOCUS = ["variant_id", "gene_id"]
_KEY = "key 'loci.variants'"
# Longest file name that any file system accepts, with room for a suffix.
_MAX_NAME = 80


def read_asked(ids, genome, build):
    """Read the variants that a config requests, and check them against the genome.

    Parameters
    ----------
    ids : list of str
        Such as ``chr1_12345_A_G`` and ``1:12345:A:G``; see the config's schema.
    genome : pysam.FastaFile
    build : str
        A key of `variants.ID_SUFFIX`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.VARIANTS`: each variant once, in the given order.

    Raises
    ------
    InputError
        If the genome lacks a chromosome, or REF differs from the genome.
    """
    parts = [re.split("[:_>/-]", each)[:4] for each in ids]
    variants = pd.DataFrame(parts, columns=["chrom", "pos", "ref", "alt"], dtype=object)
    variants["chrom"] = chromosome_names(variants["chrom"], build)
    variants["pos"] = variants["pos"].astype("int64")
    for name in ("ref", "alt"):
        variants[name] = variants[name].str.upper()
    for given, row in zip(ids, variants.itertuples(index=False), strict=True):
        if row.chrom not in genome.references:
            known = ", ".join(genome.references[:5])
            raise InputError(
                f"{_KEY}: {given!r}: the genome has no chromosome {row.chrom}; it has"
                f" {known} ..."
            )
        if row.ref == row.alt:
            raise InputError(f"{_KEY}: {given!r}: REF and ALT are the same")
        first = row.pos - 1
        found = genome.fetch(row.chrom, first, first + len(row.ref)).upper()
        if found != row.ref:
            raise InputError(
                f"{_KEY}: {given!r}: REF is {row.ref}, but the genome has"
                f" {found or 'nothing'} there; the variant is on another build, or REF"
                " and ALT are swapped"
            )
    variants["variant_id"] = make_variant_ids(variants, build)
    return variants[VARIANTS.names].drop_duplicates("variant_id", ignore_index=True)


def choose_hits(benchmarks, asked, top):
    """Choose each benchmark's top hits, and find the datasets that hold each variant.

    Top hits are the variants with the largest absolute scores among the lead pairs of
    features; with classes, among those of positives. Where scores are of genes, a hit is a
    variant with the gene of its score, so that a variant may be drawn with several genes.

    Parameters
    ----------
    benchmarks : dict of str to (path-like, list, float)
        For each dataset: its pairs, a Parquet file of `columns.PAIRS`; the arguments of
        `matching.classify`, or an empty list; and the null effect. One dataset is held
        in memory at a time.
    asked : pandas.DataFrame
        In the columns of `columns.VARIANTS`.
    top : int
        Number of variants per dataset.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.LOCI`: one row for each locus and dataset that holds
        its variant, with the numbers of the gene's pair, or of the pair with the smallest
        p value; one row without a dataset for a variant that none holds. Requested
        variants come first, then the hits by decreasing absolute score. Of a locus, the
        first row is of a dataset with scores of its kind, by gene or not. ``why``
        distinguishes a dataset's own hits from those of other datasets.
    """
    paths = {name: path for name, (path, _, _) in benchmarks.items()}
    hits = {name: _top_hits(*each, top) for name, each in benchmarks.items()}
    wanted = _as_known(asked["variant_id"].tolist(), paths.values())
    every_hit = [locus for each in hits.values() for locus in each]
    ids = [*wanted, *(variant for variant, _ in every_hit)]
    pairs = {name: _pairs_of(path, ids) for name, path in paths.items()}
    wanted = [(variant, _first_gene(variant, pairs.values())) for variant in wanted]
    chosen = pd.DataFrame([*wanted, *every_hit], columns=_LOCUS, dtype=object)
    chosen = chosen.drop_duplicates(ignore_index=True)
    held = [_held(name, each, chosen) for name, each in pairs.items()]
    loci = chosen.merge(pd.concat(held, ignore_index=True), on=_LOCUS, how="left")
    # A merge orders rows by locus and dataset.
    is_other = loci["scored_gene"].notna() != (loci["gene_id"] != "")
    order = pd.DataFrame({"locus": loci.groupby(_LOCUS, sort=False).ngroup()})
    order = order.assign(is_other=is_other).sort_values(["locus", "is_other"])
    loci = loci.loc[order.index].reset_index(drop=True)
    loci["why"] = [
        _why(
            (variant, gene) in wanted,
            not {(variant, gene), (variant, "")}.isdisjoint(hits.get(dataset, ())),
        )
        for variant, gene, dataset in loci[[*_LOCUS, "dataset"]].to_numpy()
    ]
    loci["gene_id"] = loci["gene_id"].replace("", None)
    parts = (
        loci["variant_id"].str.rsplit("_", n=4, expand=True).reindex(columns=range(5))
    )
    loci["chrom"], loci["ref"], loci["alt"] = parts[0], parts[2], parts[3]
    loci["pos"] = parts[1].astype("Int64")
    loci["figure"] = figure_names(locus_names(loci))
    log.info(
        "chose %d loci: %d requested, %d top hits of %d datasets",
        len(chosen),
        len(asked),
        len(set(every_hit)),
        len(benchmarks),
    )
    return loci.reindex(columns=LOCI.names)


def _why(is_asked, is_top):
    """Return why a dataset has a row for a variant."""
    why = [ASKED] * is_asked + [TOP] * is_top
    return ", ".join(why) or ELSEWHERE


def _as_known(asked, paths):
    """Return the variant ids of requests, which may be a source's own ids."""
    known = {}
    if asked:
        names = ["source_id", "variant_id"]
        filters = [[(name, "in", asked)] for name in names]
        tables = [read_table(path, PAIRS, names, filters) for path in paths]
        ids = pd.concat([each.to_pandas().astype(str) for each in tables])
        known = dict(ids.drop_duplicates("source_id").itertuples(index=False))
        known |= {each: each for each in ids["variant_id"]}
    return [known.get(each, each) for each in asked]


def _top_hits(path, classes, null, top):
    """Return the loci with the largest absolute scores, in that order."""
    by = [name for name in classes[:1] if name not in _OF_HITS]
    pairs = read_frame(path, PAIRS, [*_OF_HITS, *by])
    pairs = positives_of(pairs, classes).reset_index(drop=True)
    if pairs.empty:
        return []
    leads = pairs[is_lead(pairs, null)]
    size = leads["raw"].astype(float).abs()
    leads = leads.assign(
        size=size,
        variant_id=leads["variant_id"].astype(str),
        gene_id=leads["scored_gene"].astype(object).fillna(""),
    )
    leads = leads[size.notna()].sort_values(
        ["size", *_LOCUS], ascending=[False, True, True]
    )
    found = leads[_LOCUS].drop_duplicates().head(top)
    return list(found.itertuples(index=False, name=None))


def _pairs_of(path, variant_ids):
    """Return a dataset's pairs of some variants, the smallest p value first."""
    # An empty list of ids would have no type.
    wanted = pa.array(variant_ids, pa.string())
    pairs = read_frames([path], PAIRS, pc.field("variant_id").isin(wanted))
    texts = ["variant_id", "feature_id", "scored_gene"]
    pairs = pairs.astype(dict.fromkeys(texts, object))
    return pairs.sort_values(["variant_id", "p_value", "feature_id"])


def _first_gene(variant_id, datasets):
    """Return the gene with which a requested variant is drawn, or an empty text."""
    for pairs in datasets:
        genes = pairs.loc[pairs["variant_id"] == variant_id, "scored_gene"]
        if len(genes):
            return genes.iloc[0] if pd.notna(genes.iloc[0]) else ""
    return ""


def _held(dataset, pairs, chosen):
    """Return a row for each locus whose variant a dataset holds: one of its pairs.

    Scores of genes are those of the locus' gene. Scores of variants stand beside any
    gene, and the pair with that gene is preferred.
    """
    rows = chosen.merge(
        pairs.drop(columns=["gene_id", "source_id"], errors="ignore"), on="variant_id"
    )
    own = genes_of(without_tissue(rows["feature_id"]))
    is_own = (rows["gene_id"] == "") | (own == rows["gene_id"])
    rows = rows[is_own | rows["scored_gene"].isna()]
    first = rows.assign(is_other=~is_own).sort_values("is_other", kind="stable")
    first = rows.loc[first.index].drop_duplicates(_LOCUS)
    return first.rename(columns={"raw": "score"}).assign(dataset=dataset)


def with_answers(loci, failures, **asked):
    """Add why a variant has no tracks, and which model and tracks were requested.

    Parameters
    ----------
    loci : pandas.DataFrame
        In the columns of `columns.LOCI`.
    failures : dict of str to str
        Why a locus has no tracks, and so no figure, by its name (see `locus_names`).
    **asked
        Values of columns, such as ``track_set``, for variants that no dataset holds.

    Returns
    -------
    pandas.DataFrame
    """
    failure = locus_names(loci).map(failures)
    figure = loci["figure"].where(failure.isna())
    # A variant that no dataset holds was not scored, but its tracks have a model.
    loci = loci.assign(failure=failure, figure=figure)
    is_alone = loci["dataset"].isna()
    for name, value in asked.items():
        loci[name] = loci[name].astype(object).mask(is_alone, value)
    return loci


def locus_names(loci):
    """Return the name of each locus: its variant's id, with the gene if it has one.

    Parameters
    ----------
    loci : pandas.DataFrame
        ``variant_id`` and ``gene_id``.

    Returns
    -------
    pandas.Series of str
    """
    variants, genes = (loci[name].astype(object) for name in _LOCUS)
    return variants.where(genes.isna(), variants + "-" + genes.fillna("").astype(str))


def figure_names(variant_ids):
    """Return the name of each locus' figure, valid on any file system.

    Parameters
    ----------
    variant_ids : pandas.Series of str
        Names of loci, such as ids of variants.

    Returns
    -------
    pandas.Series of str
        The name itself; a long one is cut and made unique by a number.
    """
    safe = variant_ids.str.replace("[^A-Za-z0-9_.+-]", "-", regex=True)
    names, taken = {}, set()
    for variant_id, name in zip(variant_ids, safe, strict=True):
        if variant_id in names:
            continue
        short = name[:_MAX_NAME]
        number = 1
        # Some file systems ignore case.
        while short.lower() in taken:
            number += 1
            short = f"{name[: _MAX_NAME - 4]}-{number}"
        taken.add(short.lower())
        names[variant_id] = short
    return variant_ids.map(names)
