import pytest
from gauntlet.pipeline import World, clean, run


@pytest.fixture(scope="session")
def world(demonstration):
    """The inputs and results of the demonstration, read once."""
    return World(demonstration)


@pytest.fixture(scope="session")
def unharmed(world):
    """What the stages find in the demonstration without a defect."""
    return run(clean(world))
