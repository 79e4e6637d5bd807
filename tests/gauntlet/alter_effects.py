"""Defects of a table of effects: of its file, its numbers and its variants."""

import functools
import gzip
import hashlib
import pathlib
import tempfile

import numpy as np
import pandas as pd
from endobench.genome.alleles import padded_fetch
from endobench.genome.fasta import open_genome
from endobench.sources.fetch import fetch

SEED = 11
_COMPLEMENT = str.maketrans("ACGT", "TGCA")


def rng():
    return np.random.default_rng(SEED)


def number(case, name):
    return pd.to_numeric(case.table[name], errors="coerce").to_numpy()


def put(case, **columns):
    """Write numbers into columns of the table, as text like in the file."""
    texts = {
        name: ["NA" if np.isnan(value) else f"{value:.6g}" for value in values]
        for name, values in columns.items()
    }
    case.table = case.table.assign(**texts)


def some(case, share):
    """Return a mask of the rows of a random share of the variants."""
    names = case.table["variant_id"].unique()
    chosen = rng().choice(names, round(share * len(names)), replace=False)
    return case.table["variant_id"].isin(chosen).to_numpy()


def alleles(table):
    parts = table["variant_id"].str.split("_", expand=True).iloc[:, :4]
    return parts.set_axis(["chrom", "pos", "ref", "alt"], axis=1).astype({"pos": int})


def ids_of(parts, suffix="b38"):
    return parts.astype(str).agg("_".join, axis=1) + f"_{suffix}"


def rewrite(change, share=1.0):
    """Return a defect that changes alleles and positions of a share of the variants.

    `change` takes and returns a frame with ``chrom, pos, ref, alt``.
    """

    def defect(case):
        is_changed = some(case, share)
        parts = alleles(case.table[is_changed])
        names = case.table["variant_id"].copy()
        names[is_changed] = ids_of(change(parts))
        case.table = case.table.assign(variant_id=names)
        mark_changed(case, is_changed)

    return defect


def mark_changed(case, is_changed):
    """Record the lines of the file that a defect changed."""
    case.changed_lines = np.flatnonzero(is_changed) + 2


def moved(by):
    return lambda parts: parts.assign(pos=parts["pos"] + by)


def exchanged(parts):
    return parts.assign(ref=parts["alt"], alt=parts["ref"])


def complemented(parts):
    return parts.assign(
        **{
            name: [allele.translate(_COMPLEMENT)[::-1] for allele in parts[name]]
            for name in ("ref", "alt")
        }
    )


def random_alleles(parts):
    bases = rng().permuted(np.tile(list("ACGT"), (len(parts), 1)), axis=1)
    return parts.assign(ref=bases[:, 0], alt=bases[:, 1])


def wrong_second_base(case):
    """Complement REF after its first base in 15 deletions."""
    parts = alleles(case.table)
    lengths = parts["ref"].str.len()
    names = case.table.loc[lengths > 1, "variant_id"].drop_duplicates()[:15]
    is_changed = case.table["variant_id"].isin(names)
    ref = parts["ref"].str[0] + parts["ref"].str[1:].map(
        lambda bases: bases.translate(_COMPLEMENT)
    )
    parts = parts.assign(ref=ref)[is_changed]
    names = case.table["variant_id"].copy()
    names[is_changed] = ids_of(parts)
    case.table = case.table.assign(variant_id=names)
    mark_changed(case, is_changed)


def right_aligned(case):
    """Right-align all indels."""
    fetch_bases = padded_fetch(open_genome(case.world.genome))

    def shift(name):
        chrom, pos, ref, alt, suffix = name.split("_")
        pos = int(pos)
        if min(len(ref), len(alt)) == 1 and len(ref) != len(alt):
            while True:
                after = fetch_bases(chrom, pos - 1 + len(ref), pos + len(ref))
                longer = max(ref, alt, key=len)
                if longer[1] != after:
                    break
                longer = longer[1:] + after
                ref, alt = (
                    (longer, longer[0]) if len(ref) > len(alt) else (after, longer)
                )
                pos += 1
        return "_".join([chrom, str(pos), ref, alt, suffix])

    case.table = case.table.assign(variant_id=case.table["variant_id"].map(shift))


def of_column(name):
    """Return a defect that uses another column's values as the slope."""

    def defect(case):
        is_known = np.isfinite(number(case, "slope"))
        put(case, slope=np.where(is_known, number(case, name), np.nan))

    return defect


def of_headers(**names):
    """Return a defect that renames columns in the header."""

    def defect(case):
        case.table = case.table.rename(columns=names)

    return defect


def of_slope(change, share=1.0):
    def defect(case):
        slope = number(case, "slope")
        put(case, slope=np.where(some(case, share), change(slope), slope))

    return defect


def scaled(slope=1.0, slope_se=1.0):
    def defect(case):
        put(
            case,
            slope=number(case, "slope") * slope,
            slope_se=number(case, "slope_se") * slope_se,
        )

    return defect


def z_scores(case):
    put(case, slope=number(case, "slope") / number(case, "slope_se"))


def pi_for_slopes(case):
    # Allelic fractions as RASQUAL reports them; 0.5 means no effect.
    put(case, slope=1 / (1 + 2 ** -number(case, "slope")))


def minus_log10_p(case):
    put(case, pval_nominal=-np.log10(number(case, "pval_nominal")))


def shuffled(*names):
    """Return a defect that permutes the values of columns, together, over rows."""

    def defect(case):
        # Rows without a slope keep none; otherwise they would duplicate other rows.
        is_known = np.isfinite(number(case, "slope"))
        rows = np.arange(len(case.table))
        rows[is_known] = rng().permutation(rows[is_known])
        case.table = case.table.assign(
            **{name: case.table[name].to_numpy()[rows] for name in names}
        )

    return defect


def published(case):
    case.effect_column = "p_value"


def in_degners_columns(case):
    """Declare the table as Degner's; `on_hg19` then writes it in these columns."""
    case.format = "degner_dsqtl"


def lower_case_columns(case):
    case.table = alleles_in_columns(case.table)
    for name in ("Ref", "Alt"):
        case.table = case.table.assign(**{name: case.table[name].str.lower()})
    case.format = "degner_dsqtl"


def alleles_in_columns(table):
    """Return GTEx's table in Degner's columns."""
    parts = alleles(table)
    return pd.DataFrame(
        {
            "Chr": parts["chrom"],
            "Pos": parts["pos"].astype(str),
            "ID": table["gene_id"],
            "Ref": parts["ref"],
            "Alt": parts["alt"],
            "Beta": table["slope"],
            "Std. Error": table["slope_se"],
            "Pr(>|t|)": table["pval_nominal"],
        }
    )


def unordered(case):
    """Write the alleles in no fixed order.

    Pairs that the demonstration also has with a wrong REF are left out.
    """
    parts = alleles(case.table)
    pairs = parts[["chrom", "pos"]].assign(
        alleles=["/".join(sorted(each)) for each in parts[["ref", "alt"]].to_numpy()],
        feature=case.table["gene_id"],
    )
    case.table = case.table[~pairs.duplicated(keep=False)]
    is_turned = some(case, 0.5)
    parts = alleles(case.table)
    parts[is_turned] = exchanged(parts[is_turned])
    slope = number(case, "slope")
    put(case, slope=np.where(is_turned, -slope, slope))
    case.table = case.table.assign(variant_id=ids_of(parts))
    case.format = "alphagenome_qtl"
    columns = {
        "effect": "slope",
        "effect_se": "slope_se",
        "p_value": "pval_nominal",
        "feature_id": "gene_id",
    }
    case.declared = ("slope", tuple(columns.items()), (), "allele2")


def renamed(change):
    """Return a defect that rewrites variant ids; `change` takes their column."""

    def defect(case):
        case.table = case.table.assign(variant_id=change(case.table["variant_id"]))

    return defect


def rs_ids(names):
    return [f"rs{number + 1000}" for number in range(len(names))]


def repeated(share, sign=None):
    """Return a defect that repeats the rows of a share of the variants.

    The effect of a repeated row is multiplied by `sign`, if given.
    """

    def defect(case):
        is_chosen = some(case, share) & np.isfinite(number(case, "slope"))
        again = case.table[is_chosen]
        is_marked = np.r_[np.zeros(len(case.table)), np.ones(len(again))] > 0
        if sign:
            slope = pd.to_numeric(again["slope"]) * sign
            again = again.assign(slope=slope.map("{:.6g}".format))
            is_marked |= np.r_[is_chosen, np.zeros(len(again))] > 0
        case.table = pd.concat([case.table, again])
        mark_changed(case, is_marked)

    return defect


def gene_by_gene(case):
    """Repeat every pair for a dozen features, like the transcripts of a gene."""
    case.table = pd.concat(
        case.table.assign(gene_id=case.table["gene_id"] + f".t{number}")
        for number in range(12)
    )


def cut(share, is_gzip=False, is_at_line=False):
    """Return a defect that truncates the file after a share of its bytes."""

    def of_bytes(content):
        content = gzip.compress(content, mtime=1) if is_gzip else content
        end = round(share * len(content))
        line = content.rfind(b"\n", 0, end) + 1
        # Thirty bytes into a line is in the middle of any line.
        return content[: line if is_at_line else end if is_gzip else line + 30]

    def defect(case):
        case.raw_file = of_bytes

    return defect


def cut_though_declared(case):
    """Truncate a file whose digest the sheet declares."""
    content = case.table.to_csv(sep="\t", index=False).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "cut.txt"
        path.write_bytes(content[: content.rfind(b"\n", 0, len(content) // 2) + 1])
        digest = hashlib.sha256(content).hexdigest()
        fetch(path, path.with_name("whole"), sha256=digest)


def cut_in_order(case):
    """Truncate a table in genome order before its last chromosome."""
    case.table = case.table[~case.table["variant_id"].str.startswith("chr3")]


@functools.lru_cache
def old_places(chain_path):
    """Return the chain's blocks: chromosome, start on both builds, length, strand."""
    blocks = []
    with gzip.open(chain_path, "rt") as file:
        for line in file:
            fields = line.split()
            if line.startswith("chain"):
                _, _, chrom, _, _, old, _, _, new_bp, strand, new, *_ = fields
                old, new, new_bp = int(old), int(new), int(new_bp)
            elif fields:
                size = int(fields[0])
                start = new if strand == "+" else new_bp - new - size
                blocks.append((chrom, start, old, size, strand))
                if len(fields) == 3:
                    old += size + int(fields[1])
                    new += size + int(fields[2])
    return blocks


def on_hg19(share):
    """Return a defect that moves a share of the variants to the older build."""

    def defect(case):
        is_changed = some(case, share)
        parts = alleles(case.table)
        kept = [not each for each in is_changed]
        for chrom, start, old, size, strand in old_places(case.world.chain):
            first = parts["pos"] - 1
            is_here = is_changed & (parts["chrom"] == chrom).to_numpy()
            is_here &= first.between(start, start + size - 1).to_numpy()
            is_here &= (strand == "+") | (parts["ref"].str.len() == 1).to_numpy()
            offset = first - start if strand == "+" else size - 1 - (first - start)
            parts.loc[is_here, "pos"] = (old + offset + 1)[is_here]
            if strand == "-":
                parts.loc[is_here] = complemented(parts[is_here])
            kept |= is_here
            is_changed = is_changed & ~is_here
        case.table = case.table.assign(variant_id=ids_of(parts))[kept]
        if case.format == "degner_dsqtl":
            case.table = alleles_in_columns(case.table)

    return defect
