"""Checks of a row of the sheet that a schema cannot express."""

from endobench.config.local_files import why_not_literal
from endobench.config.schema import near
from endobench.core.errors import InputError
from endobench.design.assemblies import organism_of
from endobench.design.metrics import AUPRC_OF_SETS
from endobench.design.ontologies import why_no_term
from endobench.design.units import UNITS
from endobench.sources.cells import parse_columns, parse_keep, published_of
from endobench.sources.formats import DECLARED_NAMES, SCORE, Source, unit_of
from endobench.sources.http_session import check_address
from endobench.sources.published_formats import FORMATS

TABLES = ("effects", "scores")
_NO_ALLELES = (
    "an rsID or a position does not determine the alleles; declare ref and alt, or name"
    " the row of a VCF with the alleles under 'alleles'"
)


def check_row(row, where):
    """Check units, columns and alleles of a row of the sheet.

    Parameters
    ----------
    row : dict
        Valid by its schema.
    where : str
        Start of the message: the file and the line.

    Raises
    ------
    InputError
        With the key, the value found, and what would be right.
    """
    try:
        check_address(row["location"])
    except InputError as error:
        raise InputError(f"{where}: key 'location': {error}") from None
    for key in ("location", "path"):
        if why := why_not_literal(row.get(key, "")):
            raise InputError(f"{where}: key '{key}': {row[key]!r}: {why}")
    if why := why_no_term(row.get("tissue", "").split()):
        raise InputError(f"{where}: key 'tissue': {why}")
    organism = organism_of(row["build"])
    if row.get("organism", organism) != organism:
        raise InputError(
            f"{where}: key 'build': {row['build']!r} is a {organism} build, but the"
            f" organism is {row['organism']}"
        )
    if "scores_from" in row and row["kind"] != "scores":
        raise InputError(
            f"{where}: key 'scores_from': {row['scores_from']!r}, but only rows of kind"
            f" scores have scores; this is of kind {row['kind']}"
        )
    if row["kind"] not in TABLES:
        return
    try:
        columns = parse_columns(row.get("columns", ""))
        parse_keep(row.get("keep", ""))
        published = published_of(row)
    except InputError as error:
        raise InputError(f"{where}: key {error}") from None
    for name, _ in columns:
        if name not in DECLARED_NAMES:
            hint = near(name, DECLARED_NAMES) or f"; known: {', '.join(DECLARED_NAMES)}"
            raise InputError(f"{where}: key 'columns': {name!r} is unknown{hint}")
    if (
        "tissue" in dict(columns)
        and "feature_id" not in Source.of_row(row).layout.columns
    ):
        raise InputError(
            f"{where}: key 'columns': 'tissue' tells rows of one feature apart; declare"
            " feature_id, too"
        )
    if AUPRC_OF_SETS in published and "matched_set" not in dict(columns):
        raise InputError(
            f"{where}: key 'published': {AUPRC_OF_SETS} needs the column of the matched"
            " sets; declare matched_set under 'columns'"
        )
    _check_score(row, where, [name for name, _ in columns])
    _check_unit(row, where, dict(columns))
    _check_alleles(row, where)
    _check_effect(row, where)


def _check_score(row, where, declared):
    if SCORE not in declared:
        return
    if row["kind"] != "scores":
        raise InputError(
            f"{where}: key 'columns': 'score' is for kind scores, but the kind is"
            f" {row['kind']}; declare effect"
        )
    if "effect" in declared:
        raise InputError(
            f"{where}: key 'columns': score and effect are the same column; declare one"
        )


def _check_unit(row, where, declared):
    format_ = FORMATS[row["format"]]
    unit = unit_of(row)
    if not unit:
        raise InputError(
            f"{where}: key 'unit' is missing; format {row['format']} needs one of"
            f" {', '.join(UNITS)}"
        )
    # Another column may have another unit, and a class has none.
    is_own = not {"effect", "label", "ref_activity", SCORE} & set(declared)
    if is_own and format_.unit and unit != format_.unit:
        raise InputError(
            f"{where}: key 'unit': {unit!r}, but the unit of format {row['format']} is"
            f" {format_.unit!r}"
        )
    if "null" in row and float(row["null"]) != UNITS[unit].null:
        raise InputError(
            f"{where}: key 'null': {row['null']}, but the null of unit {unit!r} is"
            f" {UNITS[unit].null:g}"
        )


def _check_alleles(row, where):
    format_, layout = FORMATS[row["format"]], Source.of_row(row).layout
    columns, allele = set(layout.columns), row["effect_allele"]
    has_alleles = "variant_id" in columns or {"ref", "alt"} <= columns
    has_place = {"variant_id", "locus"} & columns or {"chrom", "pos"} <= columns
    if not has_place and "rsid" not in columns:
        raise InputError(
            f"{where}: key 'columns': nothing identifies the variants; declare"
            " variant_id, or chrom, pos, ref and alt"
        )
    place = {"chrom", "pos", "ref", "alt"}
    if (
        "variant_id" not in columns
        and {"ref", "alt"} & columns
        and not place <= columns
    ):
        raise InputError(
            f"{where}: key 'columns': alleles are read beside chrom and pos; declare chrom,"
            " pos, ref and alt, or neither ref nor alt"
        )
    if not has_alleles and not {"alleles", "effects_from"} & set(row):
        raise InputError(f"{where}: key 'columns': {_NO_ALLELES}")
    if has_alleles and "alleles" in row:
        raise InputError(
            f"{where}: key 'alleles': {row['alleles']!r}, but the table has its own alleles"
        )
    if format_.is_unordered and allele in ("ALT", "REF"):
        raise InputError(
            f"{where}: key 'effect_allele': {allele!r}, but the alleles of format"
            f" {row['format']} are in no fixed order; expected allele1, allele2 or unknown"
        )


def _check_effect(row, where):
    layout = Source.of_row(row).layout
    if layout.unit == "label" and row["effect_allele"] != "unknown":
        raise InputError(
            f"{where}: key 'effect_allele': {row['effect_allele']!r}, but a label has no"
            " effect allele; expected unknown"
        )
    if layout.is_joined != ("effects_from" in row):
        what = "has no effects of its own; name the row with its effects"
        if not layout.is_joined:
            what = "has effects of its own; leave the cell empty"
        raise InputError(
            f"{where}: key 'effects_from': a table of format {row['format']} {what}"
        )
    if layout.is_joined:
        if row["effect_allele"] != "ALT":
            raise InputError(
                f"{where}: key 'effect_allele': {row['effect_allele']!r}, but joined"
                " effects are those of ALT; expected ALT"
            )
    elif "effect" not in Source.of_row(row).numbers:
        raise InputError(
            f"{where}: key 'columns': no column gives the effect; declare effect, or"
            " ref_activity and alt_activity, or label with unit label"
        )
