"""Defects by which the rows of a table contradict each other, and other conventions."""

import numpy as np
import pandas as pd
from endobench.genome.fasta import open_genome
from endobench.genome.gtf import strands_of
from gauntlet.alter_effects import alleles, ids_of, number, put, rng


def on(chrom):
    """Return a function that finds the rows of a chromosome."""
    return lambda case: case.table["variant_id"].str.startswith(f"{chrom}_").to_numpy()


def share_of_rows(share):
    """Return a function that finds a random share of the rows."""
    return lambda case: rng().random(len(case.table)) < share


def every_row(case):
    return np.ones(len(case.table), dtype=bool)


def shuffled(names, where=every_row):
    """Return a defect that permutes columns, together, among some of the rows."""

    def defect(case):
        rows = np.arange(len(case.table))
        chosen = np.flatnonzero(where(case) & _has_effect(case))
        rows[chosen] = rng().permutation(chosen)
        _take(case, names, rows)

    return defect


def shifted(names, by=1):
    """Return a defect that shifts columns against the others, in the order of genes."""

    def defect(case):
        _sort_by_gene(case)
        rows = np.arange(len(case.table))
        known = np.flatnonzero(_has_effect(case))
        rows[known] = np.roll(known, by)
        _take(case, names, rows)

    return defect


def shuffled_within_genes(names):
    """Return a defect that permutes columns, together, among the rows of each gene."""

    def defect(case):
        rows, draw = np.arange(len(case.table)), rng()
        has_effect = _has_effect(case)
        for found in case.table.groupby("gene_id").indices.values():
            known = found[has_effect[found]]
            rows[known] = draw.permutation(known)
        _take(case, names, rows)

    return defect


def sorted_column(name):
    """Return a defect that sorts one column, as a spreadsheet does by mistake."""

    def defect(case):
        rows = np.arange(len(case.table))
        known = np.flatnonzero(_has_effect(case))
        rows[known] = known[np.argsort(number(case, name)[known], kind="stable")]
        _take(case, [name], rows)

    return defect


def renamed_genes(case):
    """Exchange the ids of genes, so that only an annotation contradicts them."""
    names = case.table["gene_id"].unique()
    new = dict(zip(names, rng().permutation(names), strict=True))
    case.table = case.table.assign(gene_id=case.table["gene_id"].map(new))


def by_strand(case):
    """Give distances the sign of the direction of transcription."""
    strand = case.table["gene_id"].map(strands_of(case.world.starts))
    distance = number(case, "tss_distance")
    put(case, tss_distance=np.where(strand == "-", -distance, distance))


def absolute(case):
    put(case, tss_distance=np.abs(number(case, "tss_distance")))


def in_runs(sign, n_variants=20):
    """Return a defect that writes deletions within runs of a base at several places.

    The further rows have the effect of the first times `sign`.
    """

    def defect(case):
        genome = open_genome(case.world.genome)
        peaks = case.world.lifted_peaks
        template = case.table[_has_effect(case)].iloc[0]
        rows = []
        for chrom, start, end in peaks[["chrom", "start", "end"]].itertuples(
            index=False
        ):
            bases = genome.fetch(chrom, start, end).upper()
            at = next(
                (i for i in range(1, len(bases) - 4) if _is_run(bases[i - 1 : i + 4])),
                None,
            )
            if at is None:
                continue
            first, base = start + at, bases[at]
            gene = f"ENSG{99_000_000_000 + len(rows):011d}.1"
            tss = first - 100
            for place, before in enumerate((bases[at - 1], base)):
                # The base before the deletion is 1-based.
                pos = first + place
                parts = pd.DataFrame(
                    {"chrom": [chrom], "pos": pos, "ref": before + base, "alt": before}
                )
                slope = float(template["slope"]) * (sign if place else 1)
                rows.append(
                    template.to_dict()
                    | {
                        "variant_id": ids_of(parts).iloc[0],
                        "gene_id": gene,
                        "tss_distance": str(pos - tss),
                        "slope": f"{slope:.6g}",
                        "min_pval_nominal": template["pval_nominal"],
                        "pval_beta": template["pval_nominal"],
                    }
                )
            if len(rows) == 2 * n_variants:
                break
        assert len(rows) == 2 * n_variants
        case.table = pd.concat([case.table, pd.DataFrame(rows)], ignore_index=True)
        is_new = np.arange(len(case.table)) >= len(case.table) - len(rows)
        if sign < 0:
            case.changed_lines = np.flatnonzero(is_new) + 2

    return defect


def _is_run(bases):
    """Return whether bases after the first are equal, and differ from it."""
    return len(set(bases[1:])) == 1 and bases[0] != bases[1] and "N" not in bases


def _has_effect(case):
    return np.isfinite(number(case, "slope"))


def _take(case, names, rows):
    columns = {name: case.table[name].to_numpy()[rows] for name in names}
    case.table = case.table.assign(**columns)


def _sort_by_gene(case):
    parts = alleles(case.table)
    order = np.lexsort([parts["pos"], case.table["gene_id"]])
    case.table = case.table.iloc[order].reset_index(drop=True)
