"""Names of chromosomes, and the aliases under which tables give them.

The workflow uses the names of UCSC (``chr1``). Tables also have bare names in any case,
numbers of sex chromosomes as in PLINK, and accessions of RefSeq and GenBank. An accession
has a version for each build.
"""

import functools
import re
from typing import NamedTuple

from endobench.core.errors import InputError
from endobench.design.assemblies import ORGANISMS

_HUMAN = [*map(str, range(1, 23)), "X", "Y"]
_MOUSE = [*map(str, range(1, 20)), "X", "Y"]
_LETTERS = {"MT": "M", "XY": "X", "PAR1": "X", "PAR2": "X"}
# Codes of PLINK; 25 is the pseudo-autosomal part of X.
_PLINK = {"23": "X", "24": "Y", "25": "X", "26": "M"}
# pandas writes whole numbers as 1.0 if one of them is missing.
_BARE = re.compile(
    r"(?:chr(?:omosome)?[_ ]?)?(?:0?([1-9][0-9]?)(?:\.0)?|([XYM]|MT|XY|PAR[12]))",
    re.I,
)
_MITOCHONDRIA = {
    "NC_012920": "human",
    "NC_001807": "human",
    "J01415": "human",
    "NC_005089": "mouse",
    "AY172335": "mouse",
}
# Versions of RefSeq accessions of chromosomes 1 to 22, X and Y in GRCh38.
_REFSEQ_VERSIONS = (
    *(11, 12, 12, 12, 10, 12, 14, 11, 12, 11, 10, 12),
    *(11, 9, 10, 10, 11, 10, 10, 11, 9, 11, 11, 10),
)
# How many versions older the accessions of an older build are.
_OLDER = {"GRCh38": 0, "hg19": 1, "hg18": 2}


class _Chromosome(NamedTuple):
    name: str
    organism: str
    # The version of the accession by build.
    versions: dict


def _accessions():
    found = {}
    for number, (name, version) in enumerate(
        zip(_HUMAN, _REFSEQ_VERSIONS, strict=True), start=1
    ):
        versions = {build: version - older for build, older in _OLDER.items()}
        found[f"NC_{number:06d}"] = _Chromosome(name, "human", versions)
        # GenBank has no accessions of hg18.
        versions = {"GRCh38": 2, "hg19": 1}
        found[f"CM{662 + number:06d}"] = _Chromosome(name, "human", versions)
    for number, name in enumerate(_MOUSE):
        newest = 7 if name in ("X", "Y") else 6
        versions = {"mm10": newest, "mm9": newest - 1}
        found[f"NC_{67 + number:06d}"] = _Chromosome(name, "mouse", versions)
        versions = {"mm10": 2, "mm9": 1}
        found[f"CM{994 + number:06d}"] = _Chromosome(name, "mouse", versions)
    for accession, organism in _MITOCHONDRIA.items():
        found[accession] = _Chromosome("M", organism, {})
    return found


_ACCESSIONS = _accessions()


@functools.cache
def chromosome_name(name, build=None):
    """Return the name of a chromosome in this workflow, such as ``chr1`` or ``chrX``.

    Parameters
    ----------
    name : str
        Any alias: ``1``, ``CHR1``, ``chr01``, ``MT``, ``NC_000001.11``,
        ``CM000663.2``, and ``23`` to ``26`` of a human build.
    build : str, optional
        The declared build. Without one, the versions of accessions are not checked.

    Returns
    -------
    str
        An unknown name, such as one of a scaffold, only takes the prefix ``chr``.

    Raises
    ------
    InputError
        If an accession is on another build.
    """
    text = name.strip()
    known = known_chromosome(text, build)
    return known or (text if text.startswith("chr") else f"chr{text}")


def known_chromosome(name, build=None):
    """Return `chromosome_name`, or None if the name is not one of a chromosome."""
    if bare := _BARE.fullmatch(name):
        number, letters = bare.groups()
        plain = number or _LETTERS.get(letters.upper(), letters.upper())
        is_human = build is None or build in ORGANISMS["human"]
        return f"chr{_PLINK.get(plain, plain) if is_human else plain}"
    accession, _, version = name.upper().partition(".")
    if accession in _ACCESSIONS and (version.isdecimal() or not version):
        chromosome = _ACCESSIONS[accession]
        _check_accession(name, chromosome, version, build)
        return f"chr{chromosome.name}"
    return None


def _check_accession(name, chromosome, version, build):
    if build is None:
        return
    is_other = build not in ORGANISMS[chromosome.organism]
    if version and chromosome.versions:
        is_other |= chromosome.versions.get(build) != int(version)
    if is_other:
        builds = [
            each
            for each, number in chromosome.versions.items()
            if version and number == int(version)
        ]
        what = f"the accession of chr{chromosome.name} on" if builds else "not on"
        where = builds[0] if builds else f"{build}"
        more = f", not on {build}" if builds else ""
        raise InputError(
            f"chromosome {name!r} is {what} {where}{more}, the declared build"
        )


def chromosome_names(names, build=None):
    """Return `chromosome_name` of each name of a series; missing names stay missing.

    Parameters
    ----------
    names : pandas.Series of str
    build : str, optional

    Returns
    -------
    pandas.Series of object
    """
    known = {
        name: chromosome_name(str(name), build) for name in names.dropna().unique()
    }
    return names.astype(object).map(known)
