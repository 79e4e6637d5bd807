"""Write the report of a run: pages that open from disk."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.logs import door
from endobench.genome.gtf import gene_names
from endobench.report.content import report
from endobench.report.inputs import TABLES, read_inputs
from endobench.report.render import libraries, render


def main(snakemake):
    source, params, pages = snakemake.input, snakemake.params, snakemake.output.pages
    keys = [tuple(key) for key in params.benchmarks]
    loci_figures = [
        path
        for folder in map(Path, source.loci_figures)
        for path in sorted(folder.glob("*.png"))
    ]
    inputs = read_inputs(
        {name: source.get(name, []) for name in TABLES},
        dict(zip(keys, source.pairs, strict=True)),
        dict(zip(keys, source.dropped, strict=True)),
        [*source.figures, *source.run_figures, *loci_figures],
        source.manifest,
    )
    content = report(
        inputs,
        Path(pages[0]).parent,
        classes=params.classes,
        gene_names=gene_names(source.genes) if source.genes else None,
    )
    folders = sorted({Path(each).parent for each in source.templates})
    variables = {
        "report": content,
        "libraries": libraries(),
        "is_standin": content.is_standin,
    }
    config = inputs.manifest["config"]
    for page in pages:
        render(f"{Path(page).name}.j2", folders, page, config, **variables)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
