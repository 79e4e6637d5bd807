"""The VCF of a benchmark's scores: one record a variant, with all that it was scored by.

It is version 4.3. Numbers have the digits that give the same 32-bit float again (htslib
would write six), and p values those of a 64-bit one: a reader takes one below 1e-45 for
zero.
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
from endobench.design.tasks import NO_ALLELE
from endobench.export.bgzip import write_indexed
from endobench.export.scored_variants import (
    chromosome_lengths,
    joined,
)

SOURCE = "AlphaGenome endogenous variant benchmark"
MISMATCH = "ref_mismatch"
_MISSING = "."
# What a value of INFO may hold as it is; the rest is percent-encoded: the letters of the
# format itself, blanks, and what is no ASCII.
_PLAIN = "!\"#$&'()*+-./:<>?@[\\]^_`{|}~"
# Most texts, which are encoded as they are; one that begins with a dot may not be.
_AS_IT_IS = "^[A-Za-z0-9{}][A-Za-z0-9{}]*$".format(
    *(re.escape(letters) for letters in (_PLAIN.replace(".", ""), _PLAIN))
)


class _Field(NamedTuple):
    """A key of INFO, and the column that its values are from."""

    key: str
    column: str
    number: str
    type: str
    description: str


_OF_VARIANT = [
    _Field(
        *("SCORE", "score", "1", "Float"),
        "Predicted effect, ALT minus REF, in the unit of SCORER as REDUCTION leaves it",
    ),
    _Field(
        *("QUANTILE", "quantile", "1", "Float"),
        "The model's own rank of the score, with its sign, -1 to 1",
    ),
    _Field(
        *("REF_VALUE", "ref_value", "1", "Float"),
        "Predicted signal of REF, where the model gives both",
    ),
    _Field(
        *("ALT_VALUE", "alt_value", "1", "Float"),
        "Predicted signal of ALT, where the model gives both",
    ),
    _Field("MODEL", "model", "1", "String", "Model that gave the score"),
    _Field("ROUTE", "route", "1", "String", "Who answered: model, atlas or table"),
    _Field(
        "SCORER", "scorer", "1", "String", "Output, bp around the variant, aggregation"
    ),
    _Field(
        "WINDOW_BP", "window_bp", "1", "Integer", "Length of the model's input in bp"
    ),
    _Field("TRACK_SET", "track_set", "1", "String", "Tracks that the score is of"),
    _Field("N_TRACKS", "n_tracks", "1", "Integer", "Number of these tracks"),
    _Field("REDUCTION", "reduction", "1", "String", "How they became one score"),
    _Field(
        *("IN_PEAK", "in_peak", "1", "Integer"),
        "1 in a peak and 0 outside of all; absent where no peaks are given",
    ),
    _Field("UNIT", "unit", "1", "String", "Unit of the measured effects"),
]
_OF_SOURCES = _Field(
    *("SOURCE_ID", "source_id", ".", "String"),
    "What the table of effects calls the variant",
)
_OF_FEATURES = [
    _Field(
        *("FEATURE", "feature_id", ".", "String"),
        "Features whose effects were measured, such as genes; EFFECT, SE, P and PIP are"
        " in their order",
    ),
    _Field(
        *("EFFECT", "effect", ".", "Float"),
        "Measured effects in UNIT, ALT minus REF unless a warning says otherwise",
    ),
    _Field("SE", "effect_se", ".", "Float", "Standard errors of EFFECT"),
    _Field("P", "p_value", ".", "Float", "P values of EFFECT"),
    _Field("PIP", "pip", ".", "Float", "Posterior inclusion probabilities"),
]
_STANDIN = _Field("STANDIN", "", "0", "Flag", STANDIN_MARK)


def write_vcf(variants, pairs, path, genome_path=None, name="", is_signed=True):
    """Write scored variants as a bgzipped VCF, and its tabix index beside it.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.SCORED_VARIANTS`.
    pairs : pandas.DataFrame
        The pairs that they are of, in the columns of `columns.PAIRS`.
    path : str or path-like
        Ends in ``.vcf.gz``.
    genome_path : str or path-like, optional
        Indexed FASTA. Its chromosomes are the header's, with their lengths; without it
        they are those of the variants.
    name : str
        Of the benchmark.
    is_signed : bool, default True
        Whether the source says which allele its effects are of; else the header says
        that it does not.

    Notes
    -----
    Text from users' files is percent-encoded where the format gives a letter a meaning.
    A key whose values are all missing is left out of a record. FILTER is ``PASS``,
    ``ref_mismatch`` where REF is not the genome's (the published protocol keeps such
    variants), or missing without a genome.
    """
    if genome_path is None:
        lengths = dict.fromkeys(variants["chrom"].unique())
    else:
        lengths = chromosome_lengths(genome_path)
    place = {chrom: at for at, chrom in enumerate(lengths)}
    # The sort is stable: positions and alleles stay in order.
    order = np.argsort(variants["chrom"].astype(str).map(place), kind="stable")
    records = _records(variants.iloc[order], pairs)
    header = _header(variants, lengths, name, is_signed)
    write_indexed([*header, *records], path, "vcf")


def _header(variants, lengths, name, is_signed):
    yield "##fileformat=VCFv4.3"
    yield f"##source={SOURCE}"
    warnings = [STANDIN_MARK] if is_standin(*variants["model"].unique()) else []
    if not is_signed:
        warnings.append(f"EFFECT has no sign: {NO_ALLELE}")
    notes = {"benchmark": [name], "warning": warnings}
    for column in ("model", "scorer", "window_bp", "track_set"):
        notes[column] = sorted(variants[column].dropna().astype(str).unique())
    for key, values in notes.items():
        for value in filter(None, values):
            yield f"##endobench_{key}={value}"
    yield '##FILTER=<ID=PASS,Description="All filters passed">'
    yield f'##FILTER=<ID={MISMATCH},Description="REF is not that of the genome">'
    for chrom, length in lengths.items():
        known = "" if length is None else f",length={length}"
        yield f"##contig=<ID={chrom}{known}>"
    for field in [*_OF_VARIANT, _STANDIN, _OF_SOURCES, *_OF_FEATURES]:
        yield (
            f"##INFO=<ID={field.key},Number={field.number},Type={field.type},"
            f'Description="{field.description}">'
        )
    yield "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"])


def _records(variants, pairs):
    """Return the lines of the variants, in their order."""
    if variants.empty:
        return []
    columns = [(field.key, _texts(variants, field)) for field in _OF_VARIANT]
    ids = variants["variant_id"]
    sources = pairs.drop_duplicates(["variant_id", "source_id"])
    sources = sources.sort_values(["variant_id", "source_id"])
    ordered = pairs.sort_values(["variant_id", "feature_id", "source_line"])
    for rows, fields in ((sources, [_OF_SOURCES]), (ordered, _OF_FEATURES)):
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
    result_of = variants["ref_matches"].map({True: "PASS", False: MISMATCH})
    result = result_of.astype(object).fillna(_MISSING)
    fixed = variants[["chrom", "pos", "variant_id", "ref", "alt"]].astype(str)
    fixed = fixed.assign(qual=_MISSING, filter=result)
    fixed = [pa.array(values, pa.string()) for _, values in fixed.items()]
    return pc.binary_join_element_wise(*fixed, info, "\t").to_pylist()


def _texts(frame, field):
    """Return a column as VCF writes it, an Arrow array; missing values are dots."""
    values = frame[field.column]
    is_missing = values.isna().to_numpy(dtype=bool)
    if field.type == "String":
        texts = pa.array(values.astype(object), pa.string(), from_pandas=True)
        is_odd = pc.invert(pc.match_substring_regex(texts, _AS_IT_IS))
        is_odd = pc.fill_null(is_odd, False)
        odd = texts.filter(is_odd).to_pylist()
        known = {each: encoded(each) for each in set(odd)}
        odd = pa.array((known[each] for each in odd), pa.string())
        texts = pc.replace_with_mask(texts, is_odd, odd)
    elif field.type == "Integer":
        texts = as_text(pa.array(values.astype("Int64")))
    else:
        # A p value is far smaller than a 32-bit float can be.
        digits = np.float64 if field.column == "p_value" else np.float32
        texts = as_text(pa.array(values.to_numpy(dtype=float).astype(digits)))
    return pc.if_else(pa.array(is_missing), _MISSING, texts)


def encoded(text):
    """Percent-encode a text for INFO; `urllib.parse.unquote` gives it back.

    A text of dots alone is encoded, too, since a dot is what is missing.
    """
    if re.fullmatch(r"\.+", text):
        return "%2E" * len(text)
    return urllib.parse.quote(text, safe=_PLAIN) or _MISSING
