"""Devices, of the kinds in TOY_DEVICES, whose memory TOY_MEMORY_BP limits.

What is compiled is noted in `compiled`, by name and the shapes of its arrays, and what is
computed in `computed`, as numbers of sequences and their length.
"""

import os
import types
from typing import NamedTuple

import numpy  # noqa: F401

compiled, computed = [], []


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


def check_memory(number, length_bp):
    computed.append((number, length_bp))
    if number * length_bp > int(os.environ.get("TOY_MEMORY_BP", 10**9)):
        raise JaxRuntimeError(
            "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 25769803776"
            f" bytes.\nBufferAssignment OOM Debugging for {length_bp} bp.\n"
            + "allocation\n"
            * 1_000
        )


def jit(function, static_argnames=()):
    def call(*arguments, **options):
        fixed = tuple(sorted((name, options[name]) for name in static_argnames))
        arrays = [each for each in _leaves(arguments) if hasattr(each, "shape")]
        kind = function.__qualname__, fixed, tuple(each.shape for each in arrays)
        if kind not in compiled:
            compiled.append(kind)
        return function(*arguments, **options)

    return call


def block_until_ready(values):
    return values


class config:  # noqa: N801
    settings = {}

    @classmethod
    def update(cls, name, value):
        cls.settings[name] = value


def _map(function, first, *others):
    if isinstance(first, dict):
        return {
            key: _map(function, each, *(other[key] for other in others))
            for key, each in first.items()
        }
    if isinstance(first, list | tuple):
        return type(first)(
            _map(function, *each) for each in zip(first, *others, strict=True)
        )
    return function(first, *others)


def _leaves(values):
    if isinstance(values, dict | list | tuple):
        each = values.values() if isinstance(values, dict) else values
        return [leaf for value in each for leaf in _leaves(value)]
    return [values]


def _flatten(values):
    return _leaves(values), str(_map(type, values))


tree = types.SimpleNamespace(map=_map, flatten=_flatten)
