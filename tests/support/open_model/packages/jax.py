"""Devices, of the kinds in TOY_DEVICES, whose memory TOY_MEMORY_BP limits."""

import os
from typing import NamedTuple


class JaxRuntimeError(RuntimeError):
    pass


class Device(NamedTuple):
    platform: str


def local_devices(backend=None):
    kinds = os.environ.get("TOY_DEVICES", "gpu,cpu").split(",")
    if backend is None:
        return [Device(kind) for kind in kinds]
    if backend not in kinds:
        raise RuntimeError(
            f"Unknown backend: '{backend}' requested, but no platforms that are instances"
            f" of {backend} are present. Platforms present are: {','.join(kinds)}"
        )
    return [Device(backend)]


def check_memory(length_bp):
    if length_bp > int(os.environ.get("TOY_MEMORY_BP", 10**9)):
        raise JaxRuntimeError(
            "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 25769803776"
            f" bytes.\nBufferAssignment OOM Debugging for {length_bp} bp.\n"
            + "allocation\n"
            * 1_000
        )
