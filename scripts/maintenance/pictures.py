"""Write the pictures of the documentation: the ladder, the report, the rules of a run.

`make pictures` runs it after the demonstration; it needs Debian's graphviz and chromium.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from endobench.core.files import atomic_path
from endobench.figures import palette
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
LADDER = "demo/figures/ladder.png"
# What a reader sees of the report first, in CSS pixels.
_SCREEN = {"width": 1400, "height": 900}
_WIDTH, _N_COLOURS = 1250, 128
_NODE = re.compile(r'(\d+\[label = "(\w+)", )color = "[^"]*", style="[^"]*"')
_RULE = re.compile(r"^(?:use rule \w+ as|rule) (\w+)(?=:| with:)", re.MULTILINE)
_HEAD = re.compile(r"node\[.*?\];\s*edge\[.*?\];", re.DOTALL)


def reduce_picture(source, target):
    """Write a figure again for a page: narrower, and in few colours."""
    with Image.open(source) as figure:
        picture = figure.convert("RGB")
    height = round(picture.height * _WIDTH / picture.width)
    picture = picture.resize((_WIDTH, height), Image.Resampling.LANCZOS)
    picture = picture.quantize(_N_COLOURS, Image.Quantize.MAXCOVERAGE)
    with atomic_path(target) as temporary:
        picture.save(temporary, "PNG", optimize=True)


def photograph(page, target):
    """Write what a reader sees of a page first."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--disable-gpu"]
        )
        screen = chromium.new_page(viewport=_SCREEN)
        screen.goto(page.resolve().as_uri())
        screen.wait_for_function("() => window.endobench")
        screen.evaluate("() => window.endobench.ready")
        screen.screenshot(path=f"{folder}/screen.png")
        chromium.close()
        reduce_picture(f"{folder}/screen.png", target)


def stages_of_rules(folder):
    """Return the stage of each rule: the name of the file that defines it."""
    return {
        name: path.stem
        for path in sorted(folder.glob("*.smk"))
        for name in _RULE.findall(path.read_text())
    }


def colour_stages(graph, stages):
    """Return Snakemake's graph of rules with a colour and a tooltip for each stage."""
    order = list(dict.fromkeys(stages.values()))

    def colour(match):
        stage = stages.get(match[2], "all")
        hue = order.index(stage) / len(order) if stage in order else 0
        paint = f'"{hue:.3f} 0.25 0.95"' if stage in order else f'"{palette.BAND}"'
        return f'{match[1]}fillcolor = {paint}, tooltip = "{stage}"'

    style = (
        f'node[shape=box, style="rounded,filled", color="{palette.FAINT}", '
        f'fontname=sans, fontsize=11];\n    edge[color="{palette.FAINT}"];\n'
        "    ranksep=0.3; nodesep=0.15;"
    )
    return _HEAD.sub(lambda _: style, _NODE.sub(colour, graph), count=1)


def draw_rules(target):
    """Draw the rules of the demonstration, without arrows that follow from others."""
    graph = _run(["snakemake", "--rulegraph", "--forceall"])
    graph = graph[graph.index("digraph") :]
    graph = _run(["tred"], colour_stages(graph, stages_of_rules(ROOT / "rules")))
    drawn = _run(["dot", "-Tsvg"], graph)
    # The comments name the version of graphviz.
    drawn = re.sub(r"<!--.*?-->\n?", "", drawn, flags=re.DOTALL)
    with atomic_path(target) as temporary:
        temporary.write_text(drawn)


def _run(command, text=None):
    result = subprocess.run(
        command, input=text, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode:
        sys.exit(f"ERROR: {command[0]}: {result.stderr.strip()}")
    return result.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=pathlib.Path, help="of the demonstration")
    parser.add_argument("folder", type=pathlib.Path, help="for the pictures")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    reduce_picture(options.results / LADDER, options.folder / "ladder.png")
    photograph(options.results / "report.html", options.folder / "report.png")
    draw_rules(options.folder / "rules.svg")


if __name__ == "__main__":
    main()
