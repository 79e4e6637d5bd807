"""What a config cannot give, however its data turn out."""

from endobench.config.schema import NONE

# An interval resamples blocks; from fewer of them it has none (`stats.bootstrap`).
MIN_CHROMOSOMES = 3


def shortcomings(config):
    """Return what cannot come out of a run, one sentence each.

    Parameters
    ----------
    config : dict
        Checked, with defaults filled in.

    Returns
    -------
    list of str
    """
    found = []
    n_chromosomes = len(config["chromosomes"])
    if config["ld_blocks"] == NONE and n_chromosomes < MIN_CHROMOSOMES:
        found.append(
            "no estimate will have an interval, and nothing will be reportable: without"
            " 'ld_blocks', chromosomes are the blocks that are resampled, and"
            f" 'chromosomes' names {n_chromosomes}"
        )
    return found
