import pytest
from workflow import checkout, snakemake


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory):
    """The folder of a checkout in which the demonstration has run once."""
    folder = checkout(tmp_path_factory.mktemp("demonstration"))
    snakemake(folder, ALPHAGENOME_API_KEY="")
    return folder
