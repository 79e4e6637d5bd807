"""Versions of the stand-in's model, which answer as folds of one training would."""

import hashlib

import numpy as np

from endobench.model.standin.motif_model import ASSAYS, MotifModel

DEFAULT_VERSION = "ALL_FOLDS"
# Standard deviation of the logarithms by which weights of motifs differ between folds.
_SPREAD = 0.5


class Fold(MotifModel):
    """The stand-in's model with other weights of its motifs.

    Parameters
    ----------
    genome_path : path-like
        Indexed FASTA.
    version : str
        Name of the version, which seeds the weights.
    """

    def __init__(self, genome_path, version):
        super().__init__(genome_path)
        identity = hashlib.sha256(f"{self.source} {version}".encode())
        self.source = f"standin {identity.hexdigest()[:12]}"
        self.metadata = ASSAYS[0].metadata(self.source)
        rng = np.random.default_rng(list(version.encode()))
        n_motifs = len(self.weights)
        self._factors = np.exp(rng.normal(0, _SPREAD, (n_motifs, 1))).astype(np.float32)
        self.weights = self.weights * self._factors

    def of(self, assay):
        """Return the model of the same genome and version for another of `ASSAYS`."""
        other = super().of(assay)
        other.weights = other.weights * self._factors
        return other


def model_of(genome_path, version=None):
    """Return the stand-in's model of a version, by default the one of all folds."""
    if version in (None, DEFAULT_VERSION):
        return MotifModel(genome_path)
    return Fold(genome_path, version)
