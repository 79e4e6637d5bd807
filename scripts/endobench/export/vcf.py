"""The scores of a benchmark as a VCF 4.3, one record per variant with its provenance.

Where scores are of genes, a record lists its genes and their scores in the same order.

Numbers are written with the digits that restore the same 32-bit float (htslib writes
six). P values have those of a 64-bit float; readers that use 32 bits take values below
1e-45 for zero.
"""

import re
import urllib.parse
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.table_text import as_text
from endobench.design.models import STANDIN_MARK, is_standin
from endobench.design.scorers import GENE_SCORERS
from endobench.design.tasks import NO_ALLELE
from endobench.design.terms import notice
from endobench.export.bgzip import write_indexed
from endobench.export.scored_variants import chromosome_lengths, joined

SOURCE = "AlphaGenome endogenous variant benchmark"
MISMATCH = "ref_mismatch"
_MISSING = "."
# Characters besides letters and digits that INFO values may contain. Others are
# percent-encoded: delimiters of the format, white space and non-ASCII characters.
_PLAIN = "!\"#$&'()*+-./:<>?@[\\]^_`{|}~"
_FIRST, _LATER = re.escape(_PLAIN.replace(".", "")), re.escape(_PLAIN)
# Texts that need no encoding; a text that begins with a dot may need it.
_NEEDS_NO_ENCODING = f"^[A-Za-z0-9{_FIRST}][A-Za-z0-9{_LATER}]*$"


class _Field(NamedTuple):
    """A key of INFO, with the column of its values."""

    key: str
    column: str
    number: str
    type: str
    description: str


# INFO keys with one value per variant.
_OF_VARIANT = [
    _Field(key, column, "1", type_, description)
    for key, column, type_, description in (
        (
            "SCORE",
            "score",
            "Float",
            "Predicted effect, ALT minus REF, in the unit of SCORER after REDUCTION",
        ),
        (
            "QUANTILE",
            "quantile",
            "Float",
            "Signed quantile of the score as given by the model, from -1 to 1",
        ),
        (
            "REF_VALUE",
            "ref_value",
            "Float",
            "Predicted signal of REF, if the model gives the signals of both alleles",
        ),
        (
            "ALT_VALUE",
            "alt_value",
            "Float",
            "Predicted signal of ALT, if the model gives the signals of both alleles",
        ),
        ("MODEL", "model", "String", "Model that gave the score"),
        ("ROUTE", "route", "String", "Source of the score: model, atlas or table"),
        (
            "SCORER",
            "scorer",
            "String",
            "Variant scorer: output, bp around the variant, aggregation",
        ),
        ("WINDOW_BP", "window_bp", "Integer", "Length of the model's input in bp"),
        ("TRACK_SET", "track_set", "String", "Tracks that the score combines"),
        ("N_TRACKS", "n_tracks", "Integer", "Number of tracks in TRACK_SET"),
        (
            "REDUCTION",
            "reduction",
            "String",
            "How the tracks were combined into one score",
        ),
        (
            "IN_PEAK",
            "in_peak",
            "Integer",
            "1 inside and 0 outside of peaks; absent if no peaks were given",
        ),
        ("UNIT", "unit", "String", "Unit of the measured effects"),
    )
]
# INFO keys with one value for each gene, where scores are of genes.
_SCORES = ("SCORE", "QUANTILE", "REF_VALUE", "ALT_VALUE")
_GENE = _Field(
    "GENE",
    "scored_gene",
    ".",
    "String",
    "Genes with a score, without version; SCORE is in the same order",
)
_OF_SOURCES = _Field(
    "SOURCE_ID",
    "source_id",
    ".",
    "String",
    "Identifiers of the variant in the table of effects",
)
# INFO keys with one value per feature, all in the same order.
_OF_FEATURES = [
    _Field(key, column, ".", type_, description)
    for key, column, type_, description in (
        (
            "FEATURE",
            "feature_id",
            "String",
            "Features with measured effects, such as genes; EFFECT, SE, P and PIP are in"
            " the same order",
        ),
        (
            "EFFECT",
            "effect",
            "Float",
            "Measured effects in UNIT, ALT minus REF unless the header warns otherwise",
        ),
        ("SE", "effect_se", "Float", "Standard errors of EFFECT"),
        ("P", "p_value", "Float", "P values of EFFECT"),
        ("PIP", "pip", "Float", "Posterior inclusion probabilities"),
    )
]
_STANDIN = _Field("STANDIN", "", "0", "Flag", STANDIN_MARK)


def write_vcf(variants, pairs, path, genome_path=None, name="", is_signed=True):
    """Write scored variants as a bgzipped VCF with a tabix index.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.SCORED_VARIANTS`.
    pairs : pandas.DataFrame
        The pairs of these variants, in the columns of `columns.PAIRS`.
    path : str or path-like
        Ends in ``.vcf.gz``.
    genome_path : str or path-like, optional
        Indexed FASTA. The header lists its chromosomes with their lengths; without it,
        the chromosomes of the variants.
    name : str
        Name of the benchmark, for the header.
    is_signed : bool, default True
        Whether the source states the effect allele; if not, the header carries a
        warning.

    Notes
    -----
    Where scores are of genes, ``GENE`` lists the genes of a record, and ``SCORE`` their
    scores in the same order. Characters with a meaning in VCF are percent-encoded in
    texts from users' files. Keys without any value are left out of a record. FILTER is
    ``PASS``, ``ref_mismatch`` if REF differs from the genome (the published protocol
    keeps such variants), or missing without a genome.
    """
    if genome_path is None:
        lengths = dict.fromkeys(variants["chrom"].unique())
    else:
        lengths = chromosome_lengths(genome_path)
    place = {chrom: at for at, chrom in enumerate(lengths)}
    # A stable sort keeps positions and alleles in order.
    order = np.argsort(variants["chrom"].astype(str).map(place), kind="stable")
    records = _records(variants.iloc[order], pairs)
    header = _header(variants, lengths, name, is_signed)
    write_indexed([*header, *records], path, "vcf")


def _header(variants, lengths, name, is_signed):
    """Yield the lines of the header."""
    yield "##fileformat=VCFv4.3"
    yield f"##source={SOURCE}"
    warnings = [STANDIN_MARK] if is_standin(*variants["model"].unique()) else []
    if not is_signed:
        warnings.append(f"EFFECT has no known sign: {NO_ALLELE}")
    terms = notice(variants["model"].unique())
    notes = {"benchmark": [name], "warning": warnings, "terms": [terms]}
    for column in ("model", "scorer", "window_bp", "track_set"):
        notes[column] = sorted(variants[column].dropna().astype(str).unique())
    for key, values in notes.items():
        for value in filter(None, values):
            yield f"##endobench_{key}={value}"
    yield '##FILTER=<ID=PASS,Description="All filters passed">'
    yield f'##FILTER=<ID={MISMATCH},Description="REF differs from the reference genome">'
    for chrom, length in lengths.items():
        known = "" if length is None else f",length={length}"
        yield f"##contig=<ID={chrom}{known}>"
    of_genes, of_variant = _fields(variants)
    for field in [*of_genes, *of_variant, _STANDIN, _OF_SOURCES, *_OF_FEATURES]:
        yield (
            f"##INFO=<ID={field.key},Number={field.number},Type={field.type},"
            f'Description="{field.description}">'
        )
    yield "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"])


def _fields(variants):
    """Return the INFO keys with a value for each gene, and those with one per variant."""
    if not variants["scored_gene"].notna().any():
        return [], _OF_VARIANT
    of_genes = [_GENE]
    for field in _OF_VARIANT:
        if field.key in _SCORES:
            words = f"{field.description}, for each gene of GENE"
            if field.key == "SCORE":
                scorers = variants["scorer"].dropna().astype(str).unique()
                known = {
                    GENE_SCORERS[each].words for each in scorers if each in GENE_SCORERS
                }
                words = f"Score of each gene of GENE: {' or '.join(sorted(known))}"
                words = (
                    words if known else f"{field.description}, for each gene of GENE"
                )
            of_genes.append(field._replace(number=".", description=words))
    return of_genes, [each for each in _OF_VARIANT if each.key not in _SCORES]


def _records(variants, pairs):
    """Return the records of the variants as lines, in the same order."""
    if variants.empty:
        return []
    of_genes, of_variant = _fields(variants)
    scored, variants = variants, variants.drop_duplicates("variant_id")
    columns = [(field.key, _texts(variants, field)) for field in of_variant]
    ids = variants["variant_id"]
    sources = pairs.drop_duplicates(["variant_id", "source_id"])
    sources = sources.sort_values(["variant_id", "source_id"])
    ordered = pairs.sort_values(["variant_id", "feature_id", "source_line"])
    parts = ((scored, of_genes), (sources, [_OF_SOURCES]), (ordered, _OF_FEATURES))
    for rows, fields in parts:
        place = pd.Index(ids).get_indexer(rows["variant_id"])
        columns += [
            (field.key, joined(_texts(rows, field), place, len(ids), ","))
            for field in fields
        ]
    info = [
        pc.if_else(
            pc.equal(pc.utf8_trim(values, ".,"), ""),
            None,
            pc.binary_join_element_wise(key, values, "="),
        )
        for key, values in columns
    ]
    if is_standin(*variants["model"].unique()):
        info.append(pa.scalar(_STANDIN.key))
    info = pc.binary_join_element_wise(*info, ";", null_handling="skip")
    filters = variants["ref_matches"].map({True: "PASS", False: MISMATCH})
    filters = filters.astype(object).fillna(_MISSING)
    fixed = variants[["chrom", "pos", "variant_id", "ref", "alt"]].astype(str)
    fixed = fixed.assign(qual=_MISSING, filter=filters)
    fixed = [pa.array(values, pa.string()) for _, values in fixed.items()]
    return pc.binary_join_element_wise(*fixed, info, "\t").to_pylist()


def _texts(frame, field):
    """Return a column as VCF texts in an Arrow array; missing values are dots."""
    values = frame[field.column]
    is_missing = values.isna().to_numpy(dtype=bool)
    if field.type == "String":
        texts = pa.array(values.astype(object), pa.string(), from_pandas=True)
        is_encoded = pc.invert(pc.match_substring_regex(texts, _NEEDS_NO_ENCODING))
        is_encoded = pc.fill_null(is_encoded, False)
        plain = texts.filter(is_encoded).to_pylist()
        known = {each: encoded(each) for each in set(plain)}
        replacements = pa.array((known[each] for each in plain), pa.string())
        texts = pc.replace_with_mask(texts, is_encoded, replacements)
    elif field.type == "Integer":
        texts = as_text(pa.array(values.astype("Int64")))
    else:
        # A p value can be far below the smallest 32-bit float.
        digits = np.float64 if field.column == "p_value" else np.float32
        texts = as_text(pa.array(values.to_numpy(dtype=float).astype(digits)))
    return pc.if_else(pa.array(is_missing), _MISSING, texts)


def encoded(text):
    """Percent-encode a text for INFO; `urllib.parse.unquote` restores it.

    Texts of dots only are encoded, too, since a dot stands for a missing value.
    """
    if re.fullmatch(r"\.+", text):
        return "%2E" * len(text)
    return urllib.parse.quote(text, safe=_PLAIN) or _MISSING
