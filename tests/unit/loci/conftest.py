import pytest
import tenacity


@pytest.fixture(autouse=True)
def no_waits(monkeypatch):
    """Try again at once: how long a job waits is tested where its policy is."""
    monkeypatch.setattr(tenacity.nap, "sleep", lambda seconds: None)
