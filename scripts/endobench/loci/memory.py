"""Tracks that were requested before, so that no variant is requested twice."""

import pathlib

from endobench.core.columns import LOCUS_TRACKS
from endobench.core.tables import read_frame, write_table
from endobench.predict.journal import Journal

# Files in "loci" are of earlier versions, which did not check the answers.
_FOLDER = "checked-loci"
# A remembered file is of one locus, whose gene is known.
_REMEMBERED = LOCUS_TRACKS.remove(LOCUS_TRACKS.get_field_index("gene_id"))


class LocusMemory:
    """Tracks that were requested before, in a file for each variant and question.

    Parameters
    ----------
    journal : path-like
        Folder of all journals.
    genome_digest : str
        SHA-256 of the genome, which a local model reads.
    """

    def __init__(self, journal, genome_digest):
        self._journal = pathlib.Path(journal)
        self._genome = genome_digest[:12]

    def read(self, question, variant_id):
        """Return a variant's tracks, or None if they were not requested before."""
        path = self._path(question, variant_id)
        if not path.exists():
            return None
        gene_id = None if question.gene is None else question.gene.gene_id
        return read_frame(path, _REMEMBERED).assign(gene_id=gene_id)

    def write(self, tracks, question, variant_id):
        """Remember a variant's tracks."""
        write_table(tracks, self._path(question, variant_id), _REMEMBERED)

    def try_writing(self, question):
        """Raise `InputError` unless tracks can be written; see `Journal.try_writing`."""
        Journal(self._folder(question)).try_writing()

    def _path(self, question, variant_id):
        """Return the path of a variant's tracks, whether the file exists or not."""
        return self._folder(question) / f"{question.digest(variant_id)}.parquet"

    def _folder(self, question):
        # Addresses contain a colon.
        model = question.model.replace(":", "_")
        return self._journal / model / f"{_FOLDER}-{self._genome}"
