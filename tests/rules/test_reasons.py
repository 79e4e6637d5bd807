"""Every reason for which rows are dropped is explained, and no other."""

import ast
import re

from endobench.design.reasons import REASONS
from workflow import ROOT

SCRIPTS = ROOT / "scripts"
REGISTRY = SCRIPTS / "endobench/design/reasons.py"
# What holds the reason of each row.
HOLDERS = {"reason", "bad", "filtered"}
CODE = {
    path: path.read_text()
    for path in sorted(SCRIPTS.rglob("*.py"))
    if path != REGISTRY
    and path.relative_to(SCRIPTS).parts[0] not in ("bench", "maintenance")
}


def text(node):
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else ""


def holder(target):
    """Return the name of what a value is put into, as in ``reason[rows]``."""
    node = target
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    is_place = isinstance(target, ast.Subscript) and isinstance(node, ast.Name)
    return node.id if is_place else ""


def given(tree):
    """Yield the reasons that a module writes as text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and holder(node.targets[0]) in HOLDERS:
            yield text(node.value)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "") or ast.unparse(node.func)
            if name == "why.drop":
                yield text(node.args[-1])
            elif name == "dropped" and len(node.args) > 2:
                yield text(node.args[2])


def test_every_reason_that_is_given_is_explained():
    trees = [ast.parse(code) for code in CODE.values() if "reason" in code]
    found = {each for tree in trees for each in given(tree) if each}
    assert len(found) > 20
    assert found <= set(REASONS)


def test_every_explained_reason_is_given_somewhere():
    words = set(re.findall(r'"(\w+)"', "".join(CODE.values())))
    words |= {each.lower() for each in words}
    assert set(REASONS) <= words
