"""The lines of a GTF file, for readers of genes and of transcripts.

Loading this module loads neither pandas nor Arrow, which would take longer than to read
a small file.
"""

import functools
import re

from endobench.core.errors import InputError
from endobench.core.files import DAMAGED, open_text, why_damaged
from endobench.core.quotes import unquoted
from endobench.design.assemblies import other_build
from endobench.genome.chromosomes import chromosome_name

_ATTRIBUTE = re.compile(r"""(\w+) +(?:"([^"]*)"|'([^']*)'|([^"';]*));?""")
# Names of clones, such as AC012345.1, end like this too. Ids that GENCODE lifted to GRCh37
# have a second version, as in ENSG00000223972.5_2.
_VERSION = re.compile(r"^(ENS[A-Z]*\d+)\.\d+(?:_\d+)?(?=_PAR_Y|@|$)")
# Comments in which GENCODE, Ensembl and RefSeq state the build.
_OF_BUILD = ("##description", "#!genome-build", "#!genome-version", "#!assembly")
# In those of GENCODE, this stands before the build of lifted genes.
_MAPPED = "mapped to"


def lines_of(path, build=None):
    """Yield the number and the fields of each line with a gene id.

    Parameters
    ----------
    path : str or path-like
        Plain or gzip.
    build : str, optional
        The declared build, which comments and accessions of chromosomes must not
        contradict.

    Raises
    ------
    InputError
        If a line does not have the columns of GTF, the file is truncated, no line has a
        gene id, or the file states another build.
    """
    n_lines, chromosomes = 0, set()
    try:
        with open_text(path) as file:
            for line, text in enumerate(file, start=1):
                if text.startswith("#") or not text.strip():
                    if build and text.startswith(_OF_BUILD):
                        _check_comment(path, line, text, build)
                    continue
                fields = text.rstrip("\n").split("\t")
                if text.startswith('"'):
                    fields = [unquoted(field) for field in fields]
                if len(fields) != 9:
                    raise InputError(
                        f"{path}: line {line}: {len(fields)} tab-separated columns;"
                        " expected the 9 columns of GTF"
                    )
                if "gene_id=" in fields[8]:
                    raise InputError(
                        f"{path}: line {line}: attributes of GFF3 (gene_id=...);"
                        ' expected those of GTF (gene_id "...")'
                    )
                if "gene_id" in fields[8]:
                    n_lines += 1
                    if build and fields[0] not in chromosomes:
                        chromosomes.add(fields[0])
                        _check_chromosome(path, line, fields[0], build)
                    yield line, fields
    except DAMAGED as error:
        raise InputError(
            f"{path}: not readable as text after {n_lines} lines"
            f" ({why_damaged(error, path)}); expected a complete GTF file"
        ) from None
    if not n_lines:
        raise InputError(
            f'{path}: no line has a gene id (gene_id "..."); expected a GTF file'
        )


def _check_comment(path, line, text, build):
    """Raise an error if a comment states another build than the declared one."""
    stated = text.rstrip().partition(_MAPPED)[2] or text.rstrip()
    if other := other_build(stated, build):
        raise InputError(
            f"{path}: line {line}: genes on {other}, not on {build}, the declared build"
            f" ({text.strip()!r})"
        )


def _check_chromosome(path, line, name, build):
    """Raise an error if the name of a chromosome is its accession on another build."""
    try:
        chromosome_name(name, build)
    except InputError as error:
        raise InputError(f"{path}: line {line}: {error}") from None


def attributes_of(text):
    """Return the attributes in the last column of a line; of repeated ones, the last."""
    return {key: "".join(value) for key, *value in _ATTRIBUTE.findall(text)}


def gene_of(text):
    """Return the id of a gene and its name, which may be empty."""
    attributes = attributes_of(text)
    return attributes.get("gene_id", ""), attributes.get("gene_name", "")


# A file names a gene in many lines, and a benchmark reads its genes for many gates.
@functools.lru_cache(maxsize=2**17)
def without_version(gene_id):
    """Return an id of Ensembl without its version, and any other as it is.

    What GENCODE writes behind the version, as in ``ENSG00000182378.15_PAR_Y``, is kept: it
    tells the gene from its namesake on chromosome X. So is a tissue (`gene_ids.IN_TISSUE`).
    """
    return _VERSION.sub(r"\1", gene_id)


def chrom_of(fields):
    """Return the chromosome of a line, named as in the library."""
    return chromosome_name(fields[0])


def place_of(path, line, fields):
    """Return start and end, 0-based half-open, of the feature in a line."""
    # The stand-in's server, which each job starts, needs no Arrow otherwise.
    from endobench.core.number_text import whole_numbers

    try:
        start, end = whole_numbers(fields[3:5])
    except ValueError as error:
        raise InputError(
            f"{path}: line {line}: start {fields[3]!r} and end {fields[4]!r} must be"
            f" whole numbers ({error})"
        ) from None
    if end < start:
        raise InputError(f"{path}: line {line}: end {end} is before start {start}")
    return start - 1, end
