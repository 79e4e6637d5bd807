"""Pin the packages of each conda environment, and all of their dependencies.

`make lock` runs it to write the versions of ``envs/requirements.txt`` into
``envs/*.yaml``: those of the direct packages, and below them those of the packages that
they depend on.
"""

import pathlib
import re

import yaml
from endobench.core.files import atomic_path

ROOT = pathlib.Path(__file__).resolve().parents[2]

LOCK = ROOT / "envs/requirements.txt"
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
# Heading of the packages that no script imports directly.
NEEDED = "      # needed by these"


def pins(text):
    """Return the exact pins of a requirements file."""
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\n]+)", text, re.MULTILINE))


def needed_by(text):
    """Return for each package of a lock the packages that require it ("via")."""
    parents, package = {}, None
    for line in text.splitlines():
        if not line.startswith(" "):
            package = line.split("==")[0]
            parents[package] = set()
        else:
            parents[package].add(line.strip(" #").removeprefix("via").strip())
    return parents


def closure(direct, parents):
    """Return the direct packages and all of their dependencies."""
    found, more = set(), set(direct)
    while more:
        found |= more
        more = {name for name, by in parents.items() if by & found} - found
    return found


def read_environment(path):
    """Return the conda packages of an environment, its direct pip pins and the others."""
    content = yaml.safe_load(path.read_text())["dependencies"]
    conda = [each for each in content if isinstance(each, str)]
    listed = next(each["pip"] for each in content if isinstance(each, dict))
    n_direct = path.read_text().split(NEEDED)[0].count("==")
    pip = [tuple(each.split("==")) for each in listed]
    return conda, dict(pip[:n_direct]), dict(pip[n_direct:])


def render(path, lock):
    """Return the text of an environment file, with the versions of the lock."""
    _, direct, _ = read_environment(path)
    versions = pins(lock)
    more = closure(direct, needed_by(lock)) - set(direct)
    head = path.read_text().partition("  - pip:\n")[0]
    lines = [f"      - {name}=={versions[name]}" for name in sorted(direct)]
    if more:
        lines += [
            NEEDED,
            *(f"      - {name}=={versions[name]}" for name in sorted(more)),
        ]
    return head + "\n".join(["  - pip:", *lines]) + "\n"


def main():
    for path in ENVIRONMENTS:
        text = render(path, LOCK.read_text())
        with atomic_path(path) as temporary:
            temporary.write_text(text)


if __name__ == "__main__":
    main()
