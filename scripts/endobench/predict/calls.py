"""How a service is called, as a config describes it."""

import pathlib
from typing import NamedTuple

from endobench.core.columns import EFFECTS
from endobench.core.tables import read_parts
from endobench.genome.gene_ids import genes_of, without_tissue
from endobench.predict.call_budget import CallBudget

ALL_GENES = "all"


class Calls(NamedTuple):
    """How the service is called; nothing here changes a score.

    Attributes
    ----------
    concurrency, attempts : int
        See `workers.Limits`.
    deadline_s, connect_timeout_s : float
        See `client.Endpoint`.
    journal : path-like
        Folder of all journals.
    canary_fraction : float
        See `canaries.sample_canaries`.
    max_requests : int or None
        Calls that the jobs of a run may make together.
    route_sample : int
        Number of variants that are scored by both the Atlas and the model.
    window_sample : int
        Number of variants that are also scored at another window.
    recheck : int
        Number of remembered answers that are requested again, of those that an earlier
        version did not check.
    kept_genes : {"all", "asked"}
        Of scorers by gene, the genes whose scores are kept: all genes of the windows, or
        those of the run's datasets.
    tls_ca : str or None
        See `client.Endpoint`.
    batch : int or None
        Variants that the open model predicts together; see `weights.batch_size`.
    compiled : path-like or None
        Where the open model keeps its compiled functions; see `weights.load`.
    """

    concurrency: int
    attempts: int
    deadline_s: float
    connect_timeout_s: float
    journal: str
    canary_fraction: float = 0.0
    max_requests: int | None = None
    route_sample: int = 0
    window_sample: int = 0
    recheck: int = 0
    kept_genes: str = ALL_GENES
    tls_ca: str | None = None
    batch: int | None = None
    compiled: str | None = None

    @classmethod
    def of_config(cls, config):
        """Return the calls that a config describes."""
        return cls(
            **config["prediction"],
            tls_ca=config["tls_ca"],
            batch=config["weights_batch"],
            compiled=config["weights_compiled"],
        )

    def genes(self, effects):
        """Return the ids of the genes whose scores are kept, or None for all.

        Parameters
        ----------
        effects : iterable of path-like
            Measured effects of all datasets of the run (`columns.EFFECTS`).

        Returns
        -------
        frozenset of str or None
            Ids without version; an intron stands for its gene.
        """
        if self.kept_genes == ALL_GENES:
            return None
        found = set()
        for path in effects:
            for part in read_parts(path, EFFECTS, ["feature_id"], ["feature_id"]):
                features = without_tissue(part["feature_id"].unique().to_pylist())
                found.update(genes_of(features))
        return frozenset(found - {None})

    def call_budget(self, run):
        """Return the budget that all jobs of the named run share."""
        folder = pathlib.Path(self.journal) / "requests" / run
        return CallBudget(folder, self.max_requests)
