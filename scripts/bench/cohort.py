"""Simulated inputs of the size of the study: GTEx pairs, peaks, a genome and scores.

By default chromosomes and peaks have a tenth of their length, which leaves room for ten
times the variants of the study. The cost of a stage depends on the number of rows and
jobs, and on the genome length only if it reads whole chromosomes.
"""

import gzip
import json
import pathlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import scipy.special

SEED = 20260101
N_PAIRS = 2_414_653
N_PEAKS = 150_000
# GTEx v8 Whole Blood: genes with an eQTL, and pairs per variant.
N_GENES = 12_360
PAIRS_PER_VARIANT = 1.5
N_DONORS = 670
# 107,229 pairs of the study lie in peaks.
SHARE_IN_PEAKS = 107_229 / N_PAIRS
SHARE_INDELS = 0.08
# Runs of this many neighbours are in perfect LD and share their statistics, as in GTEx.
LINKED = 4
PEAK_BP = 300
# Chromosome lengths of GRCh38, in Mb.
CHROMOSOME_MB = {
    "chr1": 249,
    "chr2": 242,
    "chr3": 198,
    "chr4": 190,
    "chr5": 182,
    "chr6": 171,
    "chr7": 159,
    "chr8": 145,
    "chr9": 138,
    "chr10": 134,
    "chr11": 135,
    "chr12": 133,
    "chr13": 114,
    "chr14": 107,
    "chr15": 102,
    "chr16": 90,
    "chr17": 83,
    "chr18": 80,
    "chr19": 59,
    "chr20": 64,
    "chr21": 47,
    "chr22": 51,
    "chrX": 156,
}
GTEX = [
    "variant_id",
    "gene_id",
    "tss_distance",
    "ma_samples",
    "ma_count",
    "maf",
    "pval_nominal",
    "slope",
    "slope_se",
    "pval_nominal_threshold",
    "min_pval_nominal",
    "pval_beta",
]
_BASES = np.frombuffer(b"ACGT", dtype=np.uint8)
_LINE = 60


def make_cohort(folder, scale=1.0, is_whole_genome=False):
    """Write the inputs of a run, with its sheet and config.

    Parameters
    ----------
    folder : path-like
    scale : float
        Number of pairs and genes, relative to the study. The number of peaks is fixed.
    is_whole_genome : bool
        Whether chromosomes have their full length, 3.1 Gb in total.

    Returns
    -------
    dict
        ``n_genes``, ``n_pairs``, ``n_variants``, ``n_in_peaks`` (variants) and
        ``n_pairs_in_peaks``.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    unit_bp = 1_000_000 if is_whole_genome else 100_000
    total = sum(CHROMOSOME_MB.values())
    shares = {name: mb / total for name, mb in CHROMOSOME_MB.items()}
    n_pairs = _split(round(N_PAIRS * scale), shares)
    n_genes = _split(round(N_GENES * scale), shares)
    n_peaks = _split(N_PEAKS, shares)
    counts = dict.fromkeys(
        ["n_genes", "n_pairs", "n_variants", "n_in_peaks", "n_pairs_in_peaks"], 0
    )
    way = pa.csv.WriteOptions(
        delimiter="\t", quoting_style="none", include_header=False
    )
    with (
        open(folder / "genome.fa", "wb") as fasta,
        open(folder / "peaks.narrowPeak", "wb") as peaks_file,
        open(folder / "ld_blocks.bed", "w") as blocks_file,
        gzip.open(folder / "pairs.txt.gz", "wb", compresslevel=6) as pairs_file,
        open(folder / "scores.tsv", "wb") as scores_file,
    ):
        pairs_file.write(("\t".join(GTEX) + "\n").encode())
        scores_file.write(b"variant_id\tscore\n")
        for chrom, mb in CHROMOSOME_MB.items():
            sequence = _sequence(rng, mb * unit_bp)
            _write_fasta(fasta, chrom, sequence)
            _write_blocks(blocks_file, chrom, len(sequence), mb)
            start, end = _peaks(
                rng, n_peaks[chrom], PEAK_BP * unit_bp // 1_000_000, len(sequence)
            )
            pa.csv.write_csv(_narrow_peaks(rng, chrom, start, end), peaks_file, way)
            variants = _variants(rng, chrom, sequence, start, end, n_pairs[chrom])
            pairs = _pairs(
                rng, variants, n_pairs[chrom], n_genes[chrom], counts["n_genes"]
            )
            pa.csv.write_csv(pa.table({k: pairs[k] for k in GTEX}), pairs_file, way)
            seen = variants[np.isin(np.arange(len(variants)), pairs["row"])]
            asked = seen[seen["in_peak"]]
            scores = {
                "variant_id": pa.array(asked["variant_id"]),
                "score": asked["truth"].to_numpy() + rng.normal(0, 1, len(asked)),
            }
            pa.csv.write_csv(pa.table(scores), scores_file, way)
            counts["n_genes"] += n_genes[chrom]
            counts["n_pairs"] += len(pairs["row"])
            counts["n_variants"] += len(seen)
            counts["n_in_peaks"] += len(asked)
            in_peak = variants["in_peak"].to_numpy()[pairs["row"]]
            counts["n_pairs_in_peaks"] += int(in_peak.sum())
    _write_config(folder)
    return counts


def _split(total, shares):
    """Split a number into whole parts with given shares."""
    ends = np.round(np.cumsum([0.0, *shares.values()]) * total).astype(int)
    return dict(zip(shares, np.diff(ends).tolist(), strict=True))


def _sequence(rng, length):
    sequence = _BASES[rng.integers(0, 4, length, dtype=np.uint8)]
    sequence[:10_000] = ord("N")
    sequence[-10_000:] = ord("N")
    return sequence


def _write_fasta(file, chrom, sequence):
    file.write(f">{chrom}\n".encode())
    whole = len(sequence) // _LINE * _LINE
    lines = np.full((whole // _LINE, _LINE + 1), ord("\n"), dtype=np.uint8)
    lines[:, :_LINE] = sequence[:whole].reshape(-1, _LINE)
    file.write(lines)
    if whole < len(sequence):
        file.write(sequence[whole:].tobytes() + b"\n")


def _write_blocks(file, chrom, length, mb):
    """Write LD blocks of 1.7 Mb, to scale, as in Berisa and Pickrell (2016)."""
    edges = np.linspace(0, length, round(mb / 1.7) + 1).astype(int)
    for start, end in zip(edges, edges[1:], strict=False):
        file.write(f"{chrom}\t{start}\t{end}\n")


def _peaks(rng, number, width, length):
    """Return starts and ends of separate peaks, 0-based half-open."""
    free = length - 40_000 - number * (width + 1)
    start = np.sort(rng.integers(0, free, number))
    start += 20_000 + np.arange(number) * (width + 1)
    return start, start + width


def _narrow_peaks(rng, chrom, start, end):
    """Return peaks in the columns of narrowPeak."""
    number = len(start)
    texts = {"chrom": chrom, "name": ".", "strand": "."}
    texts = {
        name: pa.array([text]).take(pa.array(np.zeros(number, dtype=int)))
        for name, text in texts.items()
    }
    numbers = {
        "start": start,
        "end": end,
        "score": rng.integers(1, 1_000, number),
        **{name: rng.gamma(4, 3, number).round(3) for name in ("signal", "p", "q")},
        "summit": (end - start) // 2,
    }
    names = ("chrom", "start", "end", "name", "score", "strand", "signal", "p", "q")
    return pa.table(texts | numbers).select([*names, "summit"])


def _variants(rng, chrom, sequence, start, end, n_pairs):
    """Return variants ordered by position, some of which lie in peaks."""
    # With this number, the variants assigned to genes have PAIRS_PER_VARIANT.
    number = round(n_pairs / 0.874)
    n_inside = round(number * SHARE_IN_PEAKS)
    peak = rng.integers(0, len(start), n_inside)
    inside = start[peak] + rng.integers(0, end[0] - start[0], n_inside)
    outside = rng.integers(15_000, len(sequence) - 15_000, number)
    place = np.searchsorted(start, outside, "right") - 1
    outside = outside[(place < 0) | (outside >= end[np.maximum(place, 0)])]
    position = np.unique(np.concatenate([inside, outside]))
    # A deletion must not reach into a peak that its first base is outside of.
    place = np.searchsorted(start, position, "right") - 1
    in_peak = (place >= 0) & (position < end[np.maximum(place, 0)])
    codes = sequence[position]
    shift = rng.integers(1, 4, len(position))
    other = _BASES[(np.searchsorted(_BASES, codes) + shift) % 4]
    ref = codes.view("S1").astype("U1").astype(object)
    alt = other.view("S1").astype("U1").astype(object)
    for row in np.flatnonzero(rng.random(len(position)) < SHARE_INDELS):
        length, at = 1 + row % 5, position[row]
        if row % 2 and (in_peak[row] or not in_peak[row + 1 : row + 9].any()):
            ref[row] = sequence[at : at + length + 1].tobytes().decode()
            alt[row] = ref[row][0]
        else:
            inserted = _BASES[(codes[row] + np.arange(length) + row) % 4]
            alt[row] = ref[row] + inserted.tobytes().decode()
    frame = pd.DataFrame(
        {"pos": position + 1, "ref": ref, "alt": alt, "in_peak": in_peak}
    )
    ids = chrom + "_" + frame["pos"].astype(str) + "_" + frame["ref"]
    frame["variant_id"] = ids + "_" + frame["alt"] + "_b38"
    run = np.arange(len(frame)) // LINKED
    frame["maf"] = rng.uniform(0.01, 0.5, run[-1] + 1)[run]
    frame["truth"] = rng.normal(0, 1, run[-1] + 1)[run]
    return frame


def _pairs(rng, variants, n_pairs, n_genes, first_gene):
    """Return pairs in the columns of GTEx: neighbouring variants for each gene."""
    weights = rng.gamma(0.7, size=n_genes) + 0.02
    size = np.maximum(1, np.floor(weights / weights.sum() * n_pairs)).astype(int)
    size = np.minimum(size, len(variants) // 2)
    while short := n_pairs - size.sum():
        rows = rng.choice(n_genes, min(abs(short), n_genes), replace=False)
        size[rows] += np.sign(short) * (size[rows] + np.sign(short) > 0)
    first = np.sort(rng.integers(0, len(variants) - size + 1))
    first = np.minimum(first, len(variants) - size)
    gene = np.repeat(np.arange(n_genes), size)
    within = np.arange(n_pairs) - np.repeat(np.cumsum(size) - size, size)
    row = np.repeat(first, size) + within
    pos = variants["pos"].to_numpy()
    tss = pos[first + size // 2]
    run = (row // LINKED).astype(np.int64)
    # One draw per gene and run of variants in LD.
    is_new = np.r_[True, (run[1:] != run[:-1]) | (gene[1:] != gene[:-1])]
    draw = np.cumsum(is_new) - 1
    # Frequencies are those of whole alleles, as in GTEx.
    count = np.maximum(1, np.round(variants["maf"].to_numpy()[row] * 2 * N_DONORS))
    count = count.astype(int)
    maf = np.round(count / (2 * N_DONORS), 6)
    z = (4.5 + rng.exponential(2.0, draw[-1] + 1))[draw]
    truth = variants["truth"].to_numpy()[row]
    sign = np.sign(truth + rng.normal(0, 1.5, draw[-1] + 1)[draw])
    # At most that of a standardised phenotype.
    least = 0.2 / np.sqrt(2 * N_DONORS * maf * (1 - maf))
    se = _digits(least * (1 + 2 * np.minimum(np.abs(truth), 2)))
    slope = _digits(sign * z * se)
    p = _digits(2 * scipy.special.ndtr(-np.abs(slope / se)))
    least = np.minimum.reduceat(p, np.cumsum(size) - size)
    names = [
        f"ENSG{1009 * (first_gene + row):011d}.{row % 20}" for row in range(n_genes)
    ]
    return {
        "row": row,
        "variant_id": pa.array(variants["variant_id"].to_numpy()).take(pa.array(row)),
        "gene_id": pa.array(names).take(pa.array(gene)),
        "tss_distance": pos[row] - tss[gene],
        "ma_samples": np.maximum(1, (count * 0.85).astype(int)),
        "ma_count": count,
        "maf": maf,
        "pval_nominal": p,
        "slope": slope,
        "slope_se": se,
        "pval_nominal_threshold": _digits(rng.uniform(1e-5, 2e-4, n_genes))[gene],
        "min_pval_nominal": least[gene],
        "pval_beta": _digits(rng.uniform(1e-9, 1e-3, n_genes))[gene],
    }


def _digits(values, number=6):
    """Round to significant digits, as in GTEx."""
    size = np.floor(np.log10(np.where(values == 0, 1, np.abs(values))))
    # The power of ten would overflow for numbers below 1e-300.
    size = 10.0 ** np.minimum(number - 1 - size, 300)
    return np.round(values * size) / size


def _write_config(folder):
    names = ["name", "kind", "format", "location", "build", "effect_allele", "unit"]
    names += ["null", "licence"]
    rows = [
        ["pairs", "effects", "gtex_pairs", "pairs.txt.gz", "ALT", "slope", "0"],
        ["peaks", "peaks", "", "peaks.narrowPeak", "", "", ""],
        ["blocks", "ld_blocks", "", "ld_blocks.bed", "", "", ""],
        ["genome", "genome", "", "genome.fa", "", "", ""],
        ["scores", "scores", "scores", "scores.tsv", "ALT", "", ""],
    ]
    rows = [[*row[:4], "GRCh38", *row[4:], "CC0-1.0"] for row in rows]
    lines = ["\t".join(row) for row in (names, *rows)]
    (folder / "sheet.tsv").write_text("\n".join(lines) + "\n")
    config = {
        "sheet": [str(folder / "sheet.tsv")],
        "data_dir": str(folder),
        "datasets": [{"name": "whole_blood", "effects": "pairs", "peaks": "peaks"}],
        "ld_blocks": "blocks",
        "genome": "genome",
        "chromosomes": list(CHROMOSOME_MB),
        "protocol": "corrected",
        "service": "table",
        "scores": "scores",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2))
