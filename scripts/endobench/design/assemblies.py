"""Genome builds and their organisms."""

import re

ORGANISMS = {"human": ("GRCh38", "hg19", "hg18"), "mouse": ("mm10", "mm9")}
# Other names of a build, in lower case.
OTHER_NAMES = {
    "GRCh38": {"hg38"},
    "hg19": {"grch37"},
    "hg18": {"ncbi36"},
    "mm10": {"grcm38"},
    "mm9": {"ncbi37"},
}
_NAME = re.compile(r"(?<![a-z])(?:grc[hm]|hg|mm|ncbi|t2t-chm)[0-9]+", re.IGNORECASE)
_N_AUTOSOMES = {"human": 22, "mouse": 19}
# Lengths of chromosomes in bp, by which a file shows its build. Other files may be on any.
_LENGTHS = {
    "GRCh38": {"chr1": 248956422, "chr2": 242193529, "chr22": 50818468},
    "hg19": {"chr1": 249250621, "chr2": 243199373, "chr22": 51304566},
    "hg18": {"chr1": 247249719, "chr2": 242951149, "chr22": 49691432},
    "T2T-CHM13": {"chr1": 248387328, "chr2": 242696752, "chr22": 51324926},
    "mm10": {"chr1": 195471971, "chr2": 182113224, "chr19": 61431566},
    "mm9": {"chr1": 197195432, "chr2": 181748087, "chr19": 61342430},
}


def organism_of(build):
    """Return the organism of a genome build.

    Parameters
    ----------
    build : str
        A build of `ORGANISMS`.
    """
    return next(name for name, builds in ORGANISMS.items() if build in builds)


def build_of_lengths(lengths):
    """Return the build that chromosomes of some lengths are of, or None if not known.

    Parameters
    ----------
    lengths : dict of str to int
        In bp, by the names of chromosomes, with or without ``chr``.
    """
    found = {(f"chr{name.removeprefix('chr')}", each) for name, each in lengths.items()}
    of_build = (name for name, known in _LENGTHS.items() if found & {*known.items()})
    return next(of_build, None)


def is_beyond(chrom, end, build):
    """Return whether a place lies behind the end of its chromosome, if that is known.

    Parameters
    ----------
    chrom : str
        Such as chr1.
    end : int
        The 1-based position of the last base.
    build : str
        A build of `ORGANISMS`.
    """
    return end > _LENGTHS[build].get(chrom, end)


def other_build(text, build):
    """Return the build that a text names in place of another one, or "" without any.

    Parameters
    ----------
    text : str
        One that names this build and others is not of another one.
    build : str
        A build of `ORGANISMS`.
    """
    names = _NAME.findall(text)
    known = {build.lower(), *OTHER_NAMES[build]}
    return names[0] if names and not known & {*map(str.lower, names)} else ""


def why_no_chromosome(name, build):
    """Return why a genome has no such chromosome, or "" if it may have.

    Parameters
    ----------
    name : str
        Such as chr1; that of another sequence has an underscore.
    build : str
        A build of `ORGANISMS`.
    """
    organism = organism_of(build)
    known = [*map(str, range(1, _N_AUTOSOMES[organism] + 1)), "X", "Y", "M"]
    if "_" in name or name.removeprefix("chr") in known:
        return ""
    return f"{build} has chr1 to chr{_N_AUTOSOMES[organism]}, chrX, chrY and chrM"
