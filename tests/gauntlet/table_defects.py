"""Defects by which the rows of a table contradict each other, with their outcomes."""

from gauntlet import alter_table as of
from gauntlet.defect import CONSISTENCY, FAILS, ROWS, SAME, Defect

IDS, GENES = ["variant_id"], ["gene_id"]
STATISTICS = ["slope", "slope_se", "pval_nominal"]

TABLE = [
    Defect(CONSISTENCY, "-", *row)
    for row in (
        (
            "ids shuffled among 2 % of the rows",
            FAILS,
            "feature_place variant_constants",
            of.shuffled(IDS, of.share_of_rows(0.02)),
        ),
        (
            "ids shuffled among 20 % of the rows",
            FAILS,
            "feature_place variant_constants",
            of.shuffled(IDS, of.share_of_rows(0.2)),
        ),
        (
            "ids shuffled among half of the rows",
            FAILS,
            "feature_place variant_constants",
            of.shuffled(IDS, of.share_of_rows(0.5)),
        ),
        (
            "ids shuffled on chr2",
            FAILS,
            "feature_place feature_start variant_constants",
            of.shuffled(IDS, of.on("chr2")),
        ),
        (
            "ids shifted by one row",
            FAILS,
            "feature_place variant_constants",
            of.shifted(IDS),
        ),
        (
            "genes shuffled among 5 % of the rows",
            FAILS,
            "missing_leads feature_place feature_constants",
            of.shuffled(GENES, of.share_of_rows(0.05)),
        ),
        (
            "genes shifted by one row",
            FAILS,
            "missing_leads feature_place feature_constants",
            of.shifted(GENES),
        ),
        (
            "ids of genes exchanged in the whole table",
            FAILS,
            "feature_start",
            of.renamed_genes,
        ),
        ("distances sorted", FAILS, "feature_place", of.sorted_column("tss_distance")),
        (
            "distances shifted by one row",
            FAILS,
            "feature_place",
            of.shifted(["tss_distance"]),
        ),
        ("distances with the sign of the strand", SAME, "", of.by_strand),
        ("absolute distances", SAME, "", of.absolute),
        (
            "frequencies shuffled among 10 % of the rows",
            FAILS,
            "variant_constants sample_count",
            of.shuffled(["maf"], of.share_of_rows(0.1)),
        ),
        (
            "frequencies sorted",
            FAILS,
            "variant_constants sample_count se_follows_maf",
            of.sorted_column("maf"),
        ),
        (
            "frequencies and counts shifted by one row",
            FAILS,
            "variant_constants se_follows_maf",
            of.shifted(["maf", "ma_count"]),
        ),
        (
            "slopes, errors and p values shifted by one row",
            FAILS,
            "missing_leads feature_p_range se_follows_maf",
            of.shifted(STATISTICS),
        ),
        (
            "slopes, errors and p values shuffled among 20 % of the rows",
            FAILS,
            "missing_leads feature_p_range",
            of.shuffled(STATISTICS, of.share_of_rows(0.2)),
        ),
        (
            "slopes, errors and p values shuffled within genes",
            FAILS,
            "se_follows_maf",
            of.shuffled_within_genes(STATISTICS),
        ),
        (
            "slopes and errors sorted by slope",
            FAILS,
            "effect_p_agreement",
            of.sorted_column("slope"),
        ),
        (
            "smallest p values of genes shuffled among 5 % of the rows",
            FAILS,
            "missing_leads feature_constants feature_p_range",
            of.shuffled(["min_pval_nominal"], of.share_of_rows(0.05)),
        ),
        (
            "deletions in runs of one base written at two places",
            ROWS,
            "duplicate_after_alignment",
            of.in_runs(1),
        ),
        (
            "deletions in runs of one base at two places, with opposite effects",
            FAILS,
            "aligned_duplicates",
            of.in_runs(-1),
        ),
        (
            "five deletions in runs of one base at two places, with opposite effects",
            ROWS,
            "opposite_sign_after_alignment",
            of.in_runs(-1, 5),
        ),
    )
]
