import pytest
from endobench.report.content import report
from reported import inputs_of


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The inputs of a report with all sections, and the report."""
    folder = tmp_path_factory.mktemp("whole")
    inputs = inputs_of(folder)
    return inputs, report(inputs, folder, classes={})
