"""Lines of a small sheet of inputs."""

HEADER = ["name", "kind", "format", "location", "build", "effect_allele", "unit"]
HEADER += ["null", "licence"]
EFFECTS = ["mine", "effects", "gtex_pairs", "pairs.txt", "GRCh38", "ALT", "slope", "0"]
EFFECTS += ["CC0-1.0"]
PEAKS = ["my_peaks", "peaks", "", "peaks.bed", "hg19", "", "", "", "CC0-1.0"]
CHAIN = ["my_chain", "chain", "", "hg19.chain", "hg19", "", "", "", "CC0-1.0"]
OLD = ["old", "effects", "gtex_pairs", "o.txt", "hg18", "ALT", "slope", "0", "CC0-1.0"]
SCORES = ["my_scores", "scores", "scores", "s.txt", "GRCh38", "ALT", "", "", "CC0-1.0"]
BLOCKS = ["blocks", "ld_blocks", "", "blocks.bed", "hg18", "", "", "", "CC0-1.0"]
GENES = ["my_genes", "genes", "", "genes.gtf", "GRCh38", "", "", "", "CC0-1.0"]
FOLDS = ["my_folds", "folds", "", "folds.bed", "GRCh38", "", "", "", "CC0-1.0"]
PLACE = "chrom=c; pos=p"
PAIRS = {"name": "pairs", "format": "gtex_pairs", "columns": "", "unit": "slope"}
VCF = {"name": "v", "kind": "alleles", "format": "", "columns": "", "effect_allele": ""}
VCF |= {"unit": "", "null": ""}
ROW = {
    "name": "t",
    "kind": "effects",
    "format": "generic",
    "location": "t.tsv",
    "build": "GRCh38",
    "effect_allele": "ALT",
    "unit": "beta",
    "null": "0",
    "licence": "none",
}


def changed(row, column, value):
    """Return a line of the sheet with another value in a column."""
    return [
        value if name == column else each
        for name, each in zip(HEADER, row, strict=True)
    ]


def tables(*rows, **fields):
    """Return the rows of a sheet, one per dict of changes, and its header."""
    whole = [ROW | fields | row for row in rows or [{}]]
    header = list(dict.fromkeys(key for row in whole for key in row))
    return [[row.get(key, "") for key in header] for row in whole], header
