"""Genome builds and their organisms."""

ORGANISMS = {"human": ("GRCh38", "hg19", "hg18"), "mouse": ("mm10", "mm9")}


def organism_of(build):
    """Return the organism of a genome build.

    Parameters
    ----------
    build : str
        A build of `ORGANISMS`.
    """
    return next(name for name, builds in ORGANISMS.items() if build in builds)
