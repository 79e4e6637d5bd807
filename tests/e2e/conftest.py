import pytest
from gauntlet.pipeline import World


@pytest.fixture(scope="session")
def world(demonstration):
    """The inputs and results of the demonstration, read once."""
    return World(demonstration)
