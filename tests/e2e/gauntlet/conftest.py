"""Each file has the defects of some stages, for a process of its own."""

import functools

import pytest
from gauntlet.page import defects_of, found_in


def pytest_generate_tests(metafunc):
    """Give the tests of a file the defects of its stages."""
    stages = metafunc.cls.stages
    if "defect" in metafunc.fixturenames:
        defects = defects_of(*stages)
        names = [f"{each.stage}: {each.name}" for each in defects]
        metafunc.parametrize("defect", defects, ids=names)
    elif "stage" in metafunc.fixturenames:
        metafunc.parametrize("stage", stages)


@pytest.fixture(scope="session")
def found_of(world):
    """From a defect to what was found, which is looked for once."""
    return functools.cache(functools.partial(found_in, world))
