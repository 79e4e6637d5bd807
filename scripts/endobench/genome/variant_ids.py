"""Reading variant ids, in the forms in which tables write them.

`read_variant_ids` reads ``chr1_12345_A_G_b38`` of GTEx, ``1:12345:A:G``,
``chr1:12345:A>G`` of AlphaGenome's client, ``1-12345-A-G`` of gnomAD,
``chr1:12345_A/G``, ``1:12345[b37]A,G``, SPDI and substitutions in HGVS.
"""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.errors import InputError
from endobench.core.number_text import parse_numbers
from endobench.design.assemblies import OTHER_NAMES
from endobench.genome.chromosomes import chromosome_name
from endobench.genome.variants import ID_SUFFIX

_BUILD = r"(?i:b|hg|mm|grc[hm]|ncbi)[0-9]+(?:\.p[0-9]+)?"
_CHROM = r"(?P<chrom>[0-9A-Za-z](?:[0-9A-Za-z._-]*?[0-9A-Za-z])??)"
# R writes 100000 as 1e+05.
_POS = r"(?P<pos>[1-9][0-9]{0,8}|[1-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2})"
_REF, _ALT = (rf"(?P<{name}>[A-Za-z*]+|-)" for name in ("ref", "alt"))
_FORM = (
    rf"^(?:(?P<prefix>{_BUILD})[:_-])?{_CHROM}[:_-]{_POS}"
    rf"(?:[:_-]|\[(?P<inner>{_BUILD})\]){_REF}[:_>/,-]{_ALT}"
    rf"(?:[:_-](?P<suffix>{_BUILD}))?$"
)
_HGVS = rf"^{_CHROM}:g\.{_POS}(?P<ref>[A-Za-z])>(?P<alt>[A-Za-z])$"
# Positions of SPDI are 0-based.
_SPDI = r"^(?i:N[CGTW])_[0-9]+\.[0-9]+:[0-9]+:[A-Za-z]+:[A-Za-z]+$"
_KEY = rf"^(?P<chrom>[0-9A-Za-z._]+?)[:_-]{_POS}(?:[:_-](?P<rsid>rs[0-9]+))?$"
_PARTS = ("chrom", "pos", "ref", "alt")
# Of a position.
_MOST_DIGITS = 9


def split_gtex_ids(ids, build):
    """Split ids of the form ``chr1_12345_A_G_b38`` or, without a build, ``chr1_12345_A_G``.

    This takes half the time of `read_variant_ids`.

    Parameters
    ----------
    ids : pyarrow.StringArray
        Unique ids.
    build : str
        The build of all ids, a key of `ID_SUFFIX`.

    Returns
    -------
    pyarrow.Table or None
        ``variant_id`` (with the build), ``chrom, pos`` (1-based), ``ref, alt``; None if
        an id has another form, or names the chromosome by an alias.
    """
    suffix = ID_SUFFIX[build]
    fields = pc.split_pattern(ids, "_")
    if not len(ids):
        return None
    n_fields = pc.min_max(pc.list_value_length(fields)).as_py()
    n_parts = n_fields["min"]
    if n_parts not in (4, 5) or n_fields["max"] != n_parts:
        return None
    first = np.arange(0, n_parts * len(ids), n_parts)
    chrom, pos, ref, alt, *end = (
        fields.flatten().take(pa.array(first + place)) for place in range(n_parts)
    )
    names = pc.unique(chrom)
    is_form = [
        pc.match_substring_regex(names, r"^chr[0-9A-Za-z.]+$"),
        # A regular expression on each position takes ten times as long.
        pc.ascii_is_decimal(pos),
        pc.invert(pc.starts_with(pos, "0")),
        pc.less_equal(pc.binary_length(pos), _MOST_DIGITS),
        pc.match_substring_regex(pc.unique(ref), r"^[ACGT]+$"),
        pc.match_substring_regex(pc.unique(alt), r"^[ACGT]+$"),
        *(pc.equal(each, suffix) for each in end),
    ]
    if not all(pc.all(each).as_py() for each in is_form):
        return None
    if any(chromosome_name(name) != name for name in names.to_pylist()):
        return None
    if not end:
        ids = pc.binary_join_element_wise(ids, suffix, "_")
    return pa.table(
        {
            "variant_id": ids,
            "chrom": chrom.dictionary_encode(),
            "pos": pos.cast(pa.int64()),
            "ref": ref,
            "alt": alt,
        }
    )


def split_variant_ids(path, encoded, build, name, lines=None):
    """Split variant ids into their parts, all of which must be readable.

    Parameters
    ----------
    path : str or path-like
        The table, for error messages.
    encoded : pyarrow.DictionaryArray
        The id of each row of the table.
    build : str
        The build of all ids, a key of `ID_SUFFIX`.
    name : str
        The column, for error messages.
    lines : numpy.ndarray of int, optional
        The line of each row; by default 2, 3 and so on.

    Returns
    -------
    pandas.DataFrame
        ``variant_id, chrom, pos`` (1-based), ``ref, alt``; one row per unique id, in
        the order of the dictionary.

    Raises
    ------
    InputError
        If an id is malformed or on another build. The message gives its line.
    """
    if (split := split_gtex_ids(encoded.dictionary, build)) is not None:
        return split.to_pandas()
    return read_variant_ids(path, encoded, build, name, lines, is_strict=True)


def read_variant_ids(path, encoded, build, name, lines=None, *, is_strict=False):
    """Split variant ids of any form that is common.

    Parameters
    ----------
    path, encoded, build, name, lines
        As for `split_variant_ids`.
    is_strict : bool
        Whether a malformed id, or one with alleles in lower case, is an error.

    Returns
    -------
    pandas.DataFrame
        As from `split_variant_ids`, with ids as given. The parts of a malformed id are
        missing.

    Raises
    ------
    InputError
        If an id names another build, or as `is_strict` says. The message gives its line.
    """
    ids = pc.utf8_trim_whitespace(encoded.dictionary.cast(pa.string()))
    found = pc.extract_regex(ids, _FORM)
    parts = {each: pc.struct_field(found, each) for each in _PARTS}
    builds = [pc.struct_field(found, each) for each in ("prefix", "inner", "suffix")]
    if found.null_count:
        hgvs = pc.extract_regex(ids, _HGVS)
        parts = {
            each: pc.coalesce(values, pc.struct_field(hgvs, each))
            for each, values in parts.items()
        }

    def refuse(code, what):
        line = _line_of(encoded, code, lines)
        value = ids[code].as_py()
        raise InputError(f"{path}: line {line}: column {name!r}: {value!r} {what}")

    example = f"chr1_12345_A_G_{ID_SUFFIX[build]}"
    expected = f"; expected an id such as {example}" if is_strict else ""
    known = {"", ID_SUFFIX[build], build.lower(), *OTHER_NAMES[build]}
    codes = [
        pc.index(values, each).as_py()
        for values in builds
        for each in pc.unique(values.drop_null())
        if re.sub(r"\.p[0-9]+$", "", each.as_py().lower()) not in known
    ]
    if codes:
        what = f"is not on {build}, the declared build of this table"
        refuse(min(codes), what + expected)
    if is_strict:
        _check_strict(ids, parts, expected, refuse)
    try:
        pos = parts["pos"].cast(pa.int64())
    except pa.ArrowInvalid:
        pos, defect = parse_numbers(pa.chunked_array([parts["pos"]]), pa.int64())
        if defect:
            refuse(defect[0], f"is not a variant id: {defect[1]}")
    encoded_names = parts["chrom"].dictionary_encode()
    names = []
    for given in encoded_names.dictionary.to_pylist():
        try:
            names.append(chromosome_name(given, build))
        except InputError as error:
            code = pc.index(parts["chrom"], given).as_py()
            refuse(code, f"is on another build: {error}")
    if any(given.as_py()[0] in "Nn" for given in encoded_names.dictionary):
        pos = pc.add(pos, pc.match_substring_regex(ids, _SPDI).cast(pa.int64()))
    chrom = pa.array(names, pa.string()).take(encoded_names.indices)
    columns = [ids, chrom.dictionary_encode(), pos, parts["ref"], parts["alt"]]
    return pa.table(columns, ["variant_id", *_PARTS]).to_pandas()


def _check_strict(ids, parts, expected, refuse):
    code = pc.index(pc.is_null(parts["chrom"]), True).as_py()
    if code >= 0:
        what = "is not a variant id"
        if re.search(r":[gcmnp]\.|^N[A-Z]_[0-9.]+:[0-9]+:", ids[code].as_py()):
            what = "does not give both alleles in full, as other forms of HGVS and SPDI"
        refuse(code, what + expected)
    for allele in (parts["ref"], parts["alt"]):
        is_lower = pc.match_substring_regex(allele, "[a-z]")
        code = pc.index(is_lower, True).as_py()
        if code >= 0:
            refuse(code, "has alleles in lower case" + expected)
        is_sequence = pc.match_substring_regex(allele, "^[ACGT]+$")
        code = pc.index(is_sequence, False).as_py()
        if code >= 0:
            refuse(code, "is not a variant id" + expected)


def read_variant_keys(encoded):
    """Split variant keys without alleles, such as ``chr1:12345_rs6789``.

    Parameters
    ----------
    encoded : pyarrow.DictionaryArray
        The key of each row of a table.

    Returns
    -------
    pandas.DataFrame
        ``chrom, pos`` (1-based) and ``rsid``, one row per unique key; missing if the
        key is malformed or has no rsID.
    """
    parts = pc.extract_regex(encoded.dictionary, _KEY)
    rsid = pc.struct_field(parts, "rsid").to_pandas()
    pos, _ = parse_numbers(
        pa.chunked_array([pc.struct_field(parts, "pos")]), pa.int64()
    )
    return pd.DataFrame(
        {
            "chrom": pc.struct_field(parts, "chrom").to_pandas(),
            "pos": pos.to_pandas(),
            "rsid": rsid.where(rsid != ""),
        }
    )


def _line_of(encoded, code, lines):
    row = pc.index(encoded.indices, pa.scalar(code, pa.int32())).as_py()
    return row + 2 if lines is None else lines[row]
