import cluster
import pytest
from submissions import submissions


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """Run a cluster, or skip the test if none can run here."""
    if reason := cluster.why_not():
        pytest.skip(reason)
    with cluster.running(tmp_path_factory.mktemp("slurm")):
        yield


@pytest.fixture(scope="module")
def prepared(slurm, simulated, tmp_path_factory):
    """The demonstration, prepared up to its predictions, with its server."""
    with submissions(simulated, tmp_path_factory.mktemp("submitted")) as made:
        yield made
