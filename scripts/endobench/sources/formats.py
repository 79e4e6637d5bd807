"""How to read a table: its format, with what the sheet declares in place of it."""

from typing import NamedTuple

from endobench.design.units import UNITS
from endobench.sources.cells import parse_columns, parse_keep
from endobench.sources.published_formats import (
    COLUMN_NAMES,
    EQUIVALENTS,
    FORMATS,
    JOINED,
    NUMBERS,
)

# Alleles in no fixed order: either may be the reference allele.
ALLELES = {"allele1": "ref", "allele2": "alt"}
# The effect in a table of scores, of kind scores.
SCORE = "score"
# Other names of columns, in the sheet.
_ALIASES = ALLELES | {SCORE: "effect"}
# The columns of a format that a declared column replaces, besides that of the same name.
_REPLACED_BY = {
    "variant_id": ("chrom", "pos", "ref", "alt", "rsid", "locus"),
    "locus": ("variant_id", "chrom", "pos", "ref", "alt", "rsid"),
    "rsid": ("variant_id", "locus"),
    "chrom": ("variant_id", "locus"),
    "effect": ("ref_activity", "alt_activity"),
    "ref_activity": ("effect",),
    "neg_log10_p": ("p_value",),
    "z": ("p_value",),
    "af": ("maf",),
}
# Names that the sheet may use, the last one for kind scores alone.
DECLARED_NAMES = (*COLUMN_NAMES, *ALLELES, SCORE)
# The allele that a positive effect favours over the other one.
EFFECT_ALLELES = ("ALT", "REF", "allele1", "allele2", "unknown")
# Formats of tables of any assay.
_ANY = ("generic", "tidy")


class Source(NamedTuple):
    """How to read a table, as plain values.

    Attributes
    ----------
    format : str
        A key of `FORMATS`.
    build : str
        Declared build of the positions.
    unit : str
        A key of `UNITS`, or empty for the unit of the format.
    columns : sequence of (str, str)
        Names of `DECLARED_NAMES`, and the columns of the file. They override those of
        the format.
    keep : sequence of (str, str, str)
        Column, operator and value of the conditions on rows (see `cells.parse_keep`).
    effect_allele : str
        One of `EFFECT_ALLELES`.
    """

    format: str
    build: str = "GRCh38"
    unit: str = ""
    columns: tuple | list = ()
    keep: tuple | list = ()
    effect_allele: str = "ALT"

    @classmethod
    def of_row(cls, row):
        """Return the source described by a row of the sheet."""
        return cls(
            row["format"],
            row["build"],
            unit_of(row),
            parse_columns(row.get("columns", "")),
            parse_keep(row.get("keep", "")),
            row.get("effect_allele", "ALT"),
        )

    @property
    def layout(self):
        """The `Format`, with declared columns in place of its own.

        If another column is declared as the effect, the standard error of the format
        does not apply: that of a slope is not that of an aFC.
        """
        format_ = FORMATS[self.format]
        given = {_ALIASES.get(name, name): column for name, column in self.columns}
        columns = format_.columns | given
        replaced = {other for name in given for other in _REPLACED_BY.get(name, ())}
        if columns.get("effect") != format_.columns.get("effect"):
            replaced.add("effect_se")
        if self.unit == "label":
            replaced.add("effect")
        columns = {
            name: column
            for name, column in columns.items()
            if name in given or name not in replaced
        }
        optional = tuple(name for name in format_.optional if name not in given)
        is_unordered = format_.is_unordered or self.effect_allele in ALLELES
        return format_._replace(
            columns=columns,
            unit=self.unit or format_.unit,
            optional=optional,
            is_unordered=is_unordered,
        )

    @property
    def null(self):
        """The value of no effect."""
        return UNITS[self.layout.unit].null

    @property
    def numbers(self):
        """The set of numbers that a table provides, including derived and joined ones."""
        layout = self.layout
        found = set(layout.columns) & {*NUMBERS, *EQUIVALENTS}
        if {"ref_activity", "alt_activity"} <= found:
            found.add("effect")
        if layout.unit == "label" and "label" in found:
            found.add("effect")
        if {"neg_log10_p", "z"} & found:
            found.add("p_value")
        if "af" in found:
            found.add("maf")
        elif {"maf", "ref_factor"} <= found:
            found.add("af")
        return found | set(JOINED if layout.is_joined else ())

    @property
    def has_genes(self):
        """Whether the features of a table can be genes, which scorers by gene need."""
        return self.layout.has_genes and "feature_id" in self.layout.columns

    @property
    def needs_genome(self):
        """Whether the genome decides which allele is REF, or gives a preceding base."""
        return self.layout.is_unordered or self.layout.has_dashes


def unit_of(row):
    """Return the unit of a row of the sheet, a key of `UNITS`, or "" if not stated.

    Parameters
    ----------
    row : dict
        With ``format`` and, if that does not determine it, ``unit``.
    """
    return row.get("unit") or FORMATS[row["format"]].unit


def context_of(row):
    """Return where the effects of a row of the sheet were measured.

    Parameters
    ----------
    row : dict
        With ``format``.

    Returns
    -------
    {"genome", "reporter", "not stated"}
        The formats for any table do not state it.
    """
    if row["format"] in _ANY:
        return "not stated"
    return "reporter" if FORMATS[row["format"]].is_reporter else "genome"
