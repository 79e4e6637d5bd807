import contextlib

import numpy as np
import pytest
from endobench.design.routes import ATLAS
from endobench.model.answer import Answer
from remembered import SCORER, TRACKS, rows_at, shard_of


@pytest.fixture
def shards(tmp_path):
    """Two shards for which the Atlas has answered all but every fourth variant."""
    with contextlib.ExitStack() as stack:
        found = {}
        for name, first in [("chr1", 600_000), ("chr2", 610_000)]:
            rows = rows_at(range(first, first + 40))
            shard = stack.enter_context(shard_of(rows, TRACKS, tmp_path, name))
            for number, row in enumerate(rows.itertuples()):
                # Half of the others are known to be missing from the Atlas.
                if number % 8:
                    raw = np.ones(2 if number % 4 else 0, np.float32)
                    shard.journals[ATLAS][SCORER].append(
                        Answer(row.variant_id, row.window_start, raw)
                    )
            shard.look()
            found[name] = shard
        yield found
