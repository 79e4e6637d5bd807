"""Snakemake that looks after its jobs on a cluster every second.

While none of them ends, the plugin for SLURM waits ten seconds longer each time.
"""

import asyncio
import sys

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor


async def _sleep(_):
    await asyncio.sleep(1)


if __name__ == "__main__":
    # As ``python -m snakemake`` has it.
    sys.path[0] = ""
    RemoteExecutor.sleep = _sleep
    main()
