"""Defects by which the rows of a table contradict each other, with their outcomes."""

import numpy as np
import pandas as pd
from endobench.genome.fasta import open_genome
from endobench.genome.gtf import strands_of
from gauntlet.alter_effects import alleles, ids_of, number, put, rng
from gauntlet.defect import CONSISTENCY, FAILS, ROWS, SAME, Defect

IDS, GENES = ["variant_id"], ["gene_id"]
STATISTICS = ["slope", "slope_se", "pval_nominal"]


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
        templates = case.table[_has_effect(case)]
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
            # Genes have effects of their own.
            template = templates.iloc[len(rows) // 2]
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


TABLE = [
    Defect(CONSISTENCY, "-", *row)
    for row in (
        (
            "ids shuffled among 2 % of the rows",
            FAILS,
            "feature_place variant_constants",
            shuffled(IDS, share_of_rows(0.02)),
        ),
        (
            "ids shuffled among 20 % of the rows",
            FAILS,
            "feature_place variant_constants",
            shuffled(IDS, share_of_rows(0.2)),
        ),
        (
            "ids shuffled among half of the rows",
            FAILS,
            "feature_place variant_constants",
            shuffled(IDS, share_of_rows(0.5)),
        ),
        (
            "ids shuffled on chr2",
            FAILS,
            "feature_place feature_start variant_constants",
            shuffled(IDS, on("chr2")),
        ),
        (
            "ids shifted by one row",
            FAILS,
            "feature_place variant_constants",
            shifted(IDS),
        ),
        (
            "genes shuffled among 5 % of the rows",
            FAILS,
            "missing_leads feature_place feature_constants",
            shuffled(GENES, share_of_rows(0.05)),
        ),
        (
            "genes shifted by one row",
            FAILS,
            "missing_leads feature_place feature_constants",
            shifted(GENES),
        ),
        (
            "ids of genes exchanged in the whole table",
            FAILS,
            "feature_start",
            renamed_genes,
        ),
        ("distances sorted", FAILS, "feature_place", sorted_column("tss_distance")),
        (
            "distances shifted by one row",
            FAILS,
            "feature_place",
            shifted(["tss_distance"]),
        ),
        ("distances with the sign of the strand", SAME, "", by_strand),
        ("absolute distances", SAME, "", absolute),
        (
            "frequencies shuffled among 10 % of the rows",
            FAILS,
            "variant_constants sample_count",
            shuffled(["maf"], share_of_rows(0.1)),
        ),
        (
            "frequencies sorted",
            FAILS,
            "variant_constants sample_count se_follows_maf",
            sorted_column("maf"),
        ),
        (
            "frequencies and counts shifted by one row",
            FAILS,
            "variant_constants se_follows_maf",
            shifted(["maf", "ma_count"]),
        ),
        (
            "slopes, errors and p values shifted by one row",
            FAILS,
            "missing_leads feature_p_range se_follows_maf",
            shifted(STATISTICS),
        ),
        (
            "slopes, errors and p values shuffled among 20 % of the rows",
            FAILS,
            "missing_leads feature_p_range",
            shuffled(STATISTICS, share_of_rows(0.2)),
        ),
        (
            "slopes, errors and p values shuffled within genes",
            FAILS,
            "se_follows_maf",
            shuffled_within_genes(STATISTICS),
        ),
        (
            "slopes and errors sorted by slope",
            FAILS,
            "effect_p_agreement",
            sorted_column("slope"),
        ),
        (
            "smallest p values of genes shuffled among 5 % of the rows",
            FAILS,
            "missing_leads feature_constants feature_p_range",
            shuffled(["min_pval_nominal"], share_of_rows(0.05)),
        ),
        (
            "deletions in runs of one base written at two places",
            ROWS,
            "duplicate_after_alignment",
            in_runs(1),
        ),
        (
            "deletions in runs of one base at two places, with opposite effects",
            FAILS,
            "aligned_duplicates",
            in_runs(-1),
        ),
        (
            "five deletions in runs of one base at two places, with opposite effects",
            ROWS,
            "opposite_sign_after_alignment",
            in_runs(-1, 5),
        ),
    )
]
