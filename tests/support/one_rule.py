"""Running single rules on input small enough to read."""

import itertools
import json

import pandas as pd
from drawings import gates_of, waterfall_of
from endobench.core.columns import (
    ANNOTATIONS,
    CONTROL_PAIRS,
    GATES,
    GENE_STARTS,
    PAIRS,
    PARTS,
    REPLICATES,
    WATERFALL,
)
from endobench.core.tables import write_table, write_tsv
from endobench.gates.parts import parts_of_benchmark
from endobench.genome.bed import write_bed
from endobench.genome.gtf import gene_starts
from frames import benchmark, blocks_of
from workflow import snakemake

# A genome that matches REF of the variants in the tests of rules.
SEQUENCE = "ACGTTGCA" * 3_000


def run(folder, rules, *targets, **options):
    """Run one rule, or several separated by spaces, on the existing input files."""
    only = ("--allowed-rules", *rules.split(), "--rerun-triggers", "mtime")
    return snakemake(folder, *targets, *only, **options)


def write_genome(folder, sequence=SEQUENCE):
    """Write the indexed genome of the demonstration with its record, and its genes."""
    write_genes(folder)
    genome = folder / "resources/genomes/demo_genome.fa"
    genome.parent.mkdir(parents=True)
    genome.write_text("".join(f">chr{n}\n{sequence}\n" for n in (1, 2, 3)))
    length = len(sequence)
    lines, offset = [], 0
    for number in (1, 2, 3):
        offset += 6
        lines.append(f"chr{number}\t{length}\t{offset}\t{length}\t{length + 1}\n")
        offset += length + 1
    genome.with_name("demo_genome.fa.fai").write_text("".join(lines))
    record = folder / "resources/downloads/demo_genome.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps({"sha256": "0" * 64}))
    return genome


def write_intervals(folder, name, *rows):
    path = folder / f"results/intervals/{name}.lifted.bed"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    return path


def write_gates(folder, gates, dataset="demo"):
    """Write verdicts as the gates of each stage would."""
    for (protocol, stage), rows in gates.groupby(["protocol", "stage"]):
        path = folder / f"results/{dataset}/{protocol}/gates/{stage}.tsv"
        write_tsv(rows, path, GATES)


def write_genes(folder):
    """Write the genes of the config, one of them a gene of `frames.benchmark`."""
    path = folder / "resources/downloads/demo_genes"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('chr1\tx\tgene\t1001\t2000\t.\t+\t.\tgene_id "g0";\n')
    starts = folder / "results/intervals/gene_starts.parquet"
    write_table(gene_starts(path), starts, GENE_STARTS)


def write_benchmark(folder, protocol="corrected", **changes):
    """Write a benchmark and everything needed to evaluate it; return its pairs."""
    pairs, annotations = benchmark()
    pairs = pairs.assign(model="standin/x", **changes)
    results = folder / f"results/demo/{protocol}"
    write_table(pairs, results / "pairs.parquet", PAIRS)
    window_bp = 2_048 if protocol == "published" else 16_384
    write_table(
        annotations, results / f"annotations.{window_bp}bp.parquet", ANNOTATIONS
    )
    control = pairs.assign(raw=pairs["effect"] + pairs["raw"] / 9, model="control/x")
    control = control.assign(control_se=0.01, control_feature="peak")
    write_table(control, results / "control.parquet", CONTROL_PAIRS)
    other = pairs.assign(replicate_effect=pairs["effect"] + pairs["raw"] / 9)
    other = other.assign(variant_id=pairs["source_id"], replicate="demo_replicate")
    write_table(other[REPLICATES.names], results / "replicates.parquet", REPLICATES)
    path = folder / "results/intervals/demo_ld_blocks.lifted.bed"
    write_bed(blocks_of(), path)
    gates = gates_of([protocol]).assign(verdict="pass", is_accepted=False)
    write_gates(folder, gates.assign(model="standin/x"))
    write_genes(folder)
    names = {"dataset": "demo", "protocol": protocol, "model": "standin/x"}
    counts = waterfall_of(4, "standin/x").assign(**names)
    write_tsv(counts, results / "waterfall.tsv", WATERFALL)
    parts = parts_of_benchmark(pairs, control).assign(**names)
    write_tsv(parts, results / "parts.tsv", PARTS)
    return pairs


def variants(*rows):
    frame = pd.DataFrame(rows, columns=["chrom", "pos", "ref", "alt"])
    parts = [frame[name].astype(str) for name in frame]
    frame["variant_id"] = [f"{'_'.join(each)}_b38" for each in zip(*parts, strict=True)]
    return frame


def check_drawn(folder, *figures):
    """Check that figures are there as PNG and as PDF, and are not empty."""
    for path, suffix in itertools.product(figures, (".png", ".pdf")):
        assert (folder / path).with_suffix(suffix).stat().st_size > 5_000
