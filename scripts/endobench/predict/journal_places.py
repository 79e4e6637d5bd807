"""Where the journal of a scorer is, and what it keeps of an answer."""

import os
import pathlib

import numpy as np

from endobench.design.routes import ATLAS
from endobench.design.scorers import is_by_gene, sends_bases, tracks_of
from endobench.predict.gene_records import ALL_GENES, Kept


def folder_of(journal, models, scorer, request, route, genome_digest):
    """Return the folder of a scorer's journals, for all shards.

    Parameters
    ----------
    journal : path-like
        Folder of all journals.
    models : dict of str to str
        The model by list of tracks.
    scorer : str
    request : shard.Request
    route : str
    genome_digest : str
        SHA-256 of the fetched genome.

    Returns
    -------
    pathlib.Path
    """
    model = models[tracks_of(scorer)]
    name = f"{scorer}-{request.window_bp}bp"
    if route == ATLAS:
        name += f"-{ATLAS}"
    if model.startswith("weights/") or sends_bases(scorer, request.window_bp):
        # Answers depend on the genome file: its bases are sent, or the open model reads
        # them.
        name += f"-{genome_digest[:12]}"
    # An address contains a colon.
    return pathlib.Path(journal) / model.replace(":", "_") / name


def contents_of(folder, models, scorer):
    """Return what the answers in a folder are, apart from the name of the service.

    A server may move, and then its answers with it.

    Parameters
    ----------
    folder : pathlib.Path
        From `folder_of`.
    models, scorer
        As there.

    Returns
    -------
    str
        Version, digests, scorer, window and route.
    """
    model = models[tracks_of(scorer)]
    # The open model has a digest of its parameters, too.
    n_last = 3 if model.startswith("weights/") else 2
    return "/".join([*model.split("/")[-n_last:], folder.name])


def kept_of(tracks, scorer, genes, lone):
    """Return what the journal of a scorer keeps of an answer for each gene.

    Parameters
    ----------
    tracks : pandas.DataFrame
        The model's tracks (`columns.TRACKS`).
    scorer : str
    genes : frozenset of str or None
    lone : dict of str to list of int
        By list of tracks, those that are sets by themselves.

    Returns
    -------
    gene_records.Kept
        With the quantiles of these tracks and of those of GTEx's tissues, so that another
        tissue needs no call.
    """
    if not is_by_gene(scorer):
        return ALL_GENES
    name = tracks_of(scorer)
    tissues = tracks.loc[tracks["output"] == name, "gtex_tissue"]
    of_tissues = np.flatnonzero(tissues.fillna("") != "").tolist()
    return Kept(genes, tuple(sorted({*of_tissues, *lone.get(name, ())})))


def files_of(folder, suffix):
    """Return the names of the files in a folder that end with a suffix, in no order.

    A job looks twenty times a second, which `pathlib.Path.glob` makes expensive.

    Returns
    -------
    set of str
        Empty if there is no folder.
    """
    try:
        with os.scandir(folder) as found:
            return {each.name for each in found if each.name.endswith(suffix)}
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return set()
