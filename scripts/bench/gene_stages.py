"""Benchmark the jobs that read scores of genes: their peak memory.

The answers of two scorers, for all genes and tracks of made variants, are written as
predictions are. Each job then runs in its own process. The exit status is 1 if a bar is
missed.
"""

import argparse
import pathlib
import sys
import tempfile
from types import SimpleNamespace

import numpy as np
import pandas as pd
from bars import Bar, print_bars
from endobench.core import columns, tables
from endobench.core.columns import TRACKS
from endobench.design.gates import gates_of
from endobench.model.answer import Answer
from endobench.predict.answers import write_answers
from server import GENES_EVERY_BP, N_GENES, N_MERGED, TISSUE
from stages import run_job

SCORERS = ("RNA_SEQ", "RNA_SEQ_ACTIVE")
WINDOW_BP = 1_048_576
CHROMOSOMES = [f"chr{number}" for number in range(1, 23)]
VARIANTS_EVERY_BP = 500
MODEL = "address/made/0"
JOBS = ("merge", "check_genes", "check_scores")
# A job may hold this many bytes for a variant, whose raw scores take 60,000.
PAIR_BYTES = 5_000
_BATCH = 128


def make_inputs(folder, n_variants):
    """Write the inputs of the jobs: each variant has a pair with one of its genes.

    Parameters
    ----------
    folder : pathlib.Path
    n_variants : int
    """
    rng = np.random.default_rng(1)
    variants = _variants(n_variants)
    for chrom, rows in variants.groupby("chrom", sort=False):
        tables.write_table(rows, folder / f"{chrom}.shard", columns.SHARDS)
        write_answers(_Answered(rows, rng), folder / f"{chrom}.answers")
    own = rng.integers(N_GENES, size=n_variants)
    versions = [f"{gene}.{n}" for n, gene in enumerate(_own_genes(variants, own))]
    effects = variants[["variant_id"]].assign(
        feature_id=versions,
        effect=rng.normal(size=n_variants),
        effect_se=0.1,
        p_value=rng.uniform(1e-9, 1e-5, n_variants),
        maf=rng.uniform(0.05, 0.5, n_variants),
        distance=rng.normal(0, 1e5, n_variants).round(),
        unit="slope",
        source_line=np.arange(2, n_variants + 2),
    )
    _write(effects, folder / "effects", columns.EFFECTS)
    _write(_genes(variants), folder / "genes", columns.GENES)
    _write(pd.DataFrame(), folder / "nothing", columns.DROPPED)
    tables.write_tsv(_frame(columns.FAILURES), folder / "failures", columns.FAILURES)
    tracks = _tracks()
    _write(tracks, folder / "tracks", TRACKS)
    of_variants = variants[["variant_id"]]
    _write(of_variants, folder / "annotations", columns.ANNOTATIONS)
    for name, place in (("selected", 0), ("mismatched", 1)):
        tables.write_tsv(tracks.iloc[[place]], folder / name, TRACKS)


def _frame(schema, rows=()):
    return pd.DataFrame(rows).reindex(columns=schema.names)


def _write(rows, path, schema):
    tables.write_table(_frame(schema, rows), path, schema)


def _variants(number):
    """Return substitutions of all chromosomes in the columns of a shard."""
    place = np.arange(number)
    pos = 600_000 + VARIANTS_EVERY_BP * (place // len(CHROMOSOMES))
    rows = pd.DataFrame(
        {
            "chrom": np.take(CHROMOSOMES, place % len(CHROMOSOMES)),
            "pos": pos,
            "ref": "A",
            "alt": "C",
            "window_start": pos - 1 - WINDOW_BP // 2,
            "window_end": pos - 1 + WINDOW_BP // 2,
            "shift_bp": 0,
            "n_fraction": 0.0,
        }
    )
    ids = rows["chrom"] + "_" + rows["pos"].astype(str) + "_A_C_b38"
    rows = rows.assign(variant_id=ids, source_id=ids)
    rows = rows.reindex(columns=columns.SHARDS.names)
    return rows.sort_values(["chrom", "pos"], ignore_index=True)


def _genes_at(chrom, pos):
    """Return the genes around a place, without version."""
    first = int(chrom[3:]) * 1_000_000 + pos // GENES_EVERY_BP * 100
    return [f"ENSG{first + number:011d}" for number in range(N_GENES)]


def _own_genes(variants, own):
    for (_, row), number in zip(variants.iterrows(), own, strict=True):
        yield _genes_at(row["chrom"], row["pos"])[number]


def _genes(variants):
    """Return an annotation with all genes of the answers."""
    places = variants["pos"] // GENES_EVERY_BP
    rows = []
    for chrom, place in sorted({*zip(variants["chrom"], places, strict=True)}):
        for number, gene in enumerate(_genes_at(chrom, place * GENES_EVERY_BP)):
            start = place * GENES_EVERY_BP + 2_000 * number
            exons = [start, start + 900], [start + 200, start + 1_100]
            rows.append(
                {
                    "gene_id": gene,
                    "gene_name": gene,
                    "chrom": chrom,
                    "strand": "+-"[number % 2],
                    "start": start,
                    "end": start + 1_100,
                    "tss": [start],
                    "exon_start": exons[0],
                    "exon_end": exons[1],
                }
            )
    return pd.DataFrame(rows)


def _tracks():
    """Return the merged tracks of RNA_SEQ; the first ones are GTEx's."""
    tissues = [TISSUE, "Liver", *(f"Tissue_number_{each}" for each in range(52))]
    tissues += [None] * (N_MERGED - len(tissues))
    rows = pd.DataFrame({"gtex_tissue": tissues, "position": range(N_MERGED)})
    names = [f"track {each}" for each in range(N_MERGED)]
    rows = rows.assign(track=names, strand=".", output="RNA_SEQ.genes", model=MODEL)
    return _frame(TRACKS, rows)


class _Answered:
    """A shard that was answered, as `write_answers` reads it."""

    request = SimpleNamespace(window_bp=WINDOW_BP)

    def __init__(self, rows, rng):
        self._rows, self._rng = rows.sort_values("variant_id", kind="stable"), rng

    def model_of(self, scorer):
        return MODEL

    def answers(self):
        for scorer in SCORERS:
            for first in range(0, len(self._rows), _BATCH):
                rows = self._rows.iloc[first : first + _BATCH]
                yield scorer, ["model"] * len(rows), [*map(self._answer, _each(rows))]

    def _answer(self, row):
        genes = np.array(_genes_at(row.chrom, row.pos), dtype=str)
        raw = self._rng.random((N_GENES, N_MERGED), np.float32) - np.float32(0.5)
        return Answer(row.variant_id, row.window_start, raw, feature_ids=genes)


def _each(rows):
    return rows.itertuples(index=False)


def job_of(name, folder):
    """Return input, output and params of the script of a job."""

    def there(*names):
        return [str(folder / each) for each in names]

    stage = name.removeprefix("check_")
    gates = {
        "thresholds": [[each.name, each.warn, each.fail] for each in gates_of(stage)],
        "accept": [each.name for each in gates_of(stage)],
        "is_enforced": False,
    }
    answers = there(*(f"{chrom}.answers" for chrom in CHROMOSOMES))
    [tracks, selected, mismatched, genes, pairs, failures] = there(
        "tracks", "selected", "mismatched", "genes", "pairs", "failures"
    )
    dropped, waterfall = there("dropped.tsv.gz", "waterfall.tsv")
    return {
        "merge": {
            "input": {
                "effects": there("effects"),
                "shards": there(*(f"{chrom}.shard" for chrom in CHROMOSOMES)),
                "answers": answers,
                "failures": [failures],
                "tracks": selected,
                "mismatched": mismatched,
                "genes": genes,
                "dropped": there("nothing") * 3,
            },
            "output": {
                "pairs": pairs,
                "pairs_tsv": f"{pairs}.tsv.gz",
                "dropped": dropped,
                "failures": f"{failures}.tsv",
                "waterfall": waterfall,
            },
            "params": {
                "track_set": "blood",
                "reduction": "mean",
                "scorer": SCORERS[0],
                "null": 0.0,
                "leave_out": [],
                "has_genes": True,
            },
        },
        "check_genes": {
            "input": {
                "pairs": pairs,
                "dropped": dropped,
                "answers": answers,
                "tracks": tracks,
                "selected": selected,
                "genes": genes,
            },
            "output": {"verdicts": f"{pairs}.genes"},
            "params": {
                "scorer": SCORERS[0],
                "members": [f"gtex:{TISSUE}"],
                "is_signed": True,
                **gates,
            },
        },
        "check_scores": {
            "input": {
                "pairs": pairs,
                "tracks": tracks,
                "windows": [],
                "waterfall": waterfall,
                "control": [],
                "ld_blocks": [],
                "starts": [],
                "exchanged": [],
                "again": [],
                "selected": selected,
                "replicates": [],
                "models": [],
                "annotations": there("annotations"),
            },
            "output": {"verdicts": f"{pairs}.scores", "parts": f"{pairs}.parts"},
            "params": {
                "expected": ["address", [f"gtex:{TISSUE}"], SCORERS[0]],
                "is_signed": True,
                "models": [],
                "has_signed_scores": True,
                "null": 0.0,
                **gates,
            },
        },
    }[name]


def costs_of(n_variants, parent):
    """Return the `stages.Cost` of each job, and the bytes of the answers."""
    with tempfile.TemporaryDirectory(dir=parent) as name:
        folder = pathlib.Path(name)
        make_inputs(folder, n_variants)
        size = sum(path.stat().st_size for path in folder.glob("*.answers"))
        costs = {each: run_job(each, job_of(each, folder)) for each in JOBS}
        n_pairs = len(tables.read_table(folder / "pairs", columns.PAIRS))
    if n_pairs != n_variants:
        sys.exit(f"ERROR: {n_pairs} of {n_variants} pairs have a score")
    return costs, size


def main():
    """Measure both sizes and print them as tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variants", type=int, nargs=2, default=[10_000, 100_000])
    parser.add_argument("--folder", help="where the answers go, 5 GB by default")
    options = parser.parse_args()
    print("| job | variants | answers MB | seconds | peak MB |\n|---|---|---|---|---|")
    found = []
    for n_variants in options.variants:
        costs, size = costs_of(n_variants, options.folder)
        for name, cost in costs.items():
            cells = f"{size / 1e6:,.0f} | {cost.wall_s:.1f} | {cost.peak_mb:.0f}"
            print(f"| `{name}` | {n_variants:,} | {cells} |", flush=True)
        found.append(costs)
    small, large = found
    n_more = options.variants[1] - options.variants[0]
    bars = []
    for name in JOBS:
        more_mb = large[name].peak_mb - small[name].peak_mb
        bytes_a_pair = 1e6 * more_mb / n_more
        bars.append(
            Bar(
                f"bytes of memory of `{name}` for each further variant of {N_GENES} genes",
                f"{bytes_a_pair:,.0f} of {PAIR_BYTES:,}",
                bytes_a_pair / PAIR_BYTES,
                1,
            )
        )
    sys.exit(not print_bars(bars))


if __name__ == "__main__":
    main()
