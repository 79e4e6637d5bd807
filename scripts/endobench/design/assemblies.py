"""Builds of genomes, and whose they are."""

ORGANISMS = {"human": ("GRCh38", "hg19", "hg18"), "mouse": ("mm10", "mm9")}


def organism_of(build):
    """Return the organism that a build is of.

    Parameters
    ----------
    build : str
        One of the builds of `ORGANISMS`.
    """
    return next(name for name, builds in ORGANISMS.items() if build in builds)
