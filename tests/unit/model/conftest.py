import pytest
from open_model.checkpoints import PACKAGES, TOKENS, forget_packages, write_checkpoint


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install the packages, without a log-in; return the folder of the hubs."""
    forget_packages()
    monkeypatch.syspath_prepend(PACKAGES)
    for name in TOKENS:
        monkeypatch.delenv(name, raising=False)
    for name in ("HF_HOME", "KAGGLEHUB_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "hub"))
    yield tmp_path / "hub"
    forget_packages()


@pytest.fixture
def checkpoint(tmp_path, package):
    return write_checkpoint(tmp_path / "mine")
