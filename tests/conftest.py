import hypothesis
import pytest
from workflow import SHARED_DATA

# The same examples in every run, and nothing kept between runs.
hypothesis.settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, max_examples=30
)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def shared_data():
    """From a name in ../shared/data to its path; the test is skipped without it."""

    def path_of(name):
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"needs ../shared/data/{name}, which is no part of the project")
        return path

    return path_of
