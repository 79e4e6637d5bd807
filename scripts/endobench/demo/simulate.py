"""Simulated inputs of the demonstration: genome, genes, peaks, eQTLs and dsQTLs.

A small genome on two builds has regulatory elements with motif sites. Variants change
accessibility through these sites, and accessibility changes expression with a planted
correlation. LD mixes the effects of neighbouring variants. One table, in the format of
GTEx, reports what an eQTL study would have measured; another, in that of Degner 2012,
what an assay of accessibility would have. A third one has fine-mapped eQTLs that follow a
model of each gene's expression instead (`expression`). Peaks are on the older build and
match only after liftover.
"""

import gzip
import json
import logging

import numpy as np
import pandas as pd

from endobench.core.files import atomic_path
from endobench.demo.builds import chain_text, draw_layout, old_peaks, old_sequence
from endobench.demo.eqtls import PLANTED_CORRELATION, draw_eqtls, with_faults
from endobench.demo.expression import draw_expression
from endobench.demo.genes import draw_genes
from endobench.demo.qtls import draw_dsqtls, draw_replicate, finemap
from endobench.genome import motifs
from endobench.genome.variants import make_variant_ids

log = logging.getLogger(__name__)

CHROMOSOME_BP = {"chr1": 1_000_000, "chr2": 700_000, "chr3": 500_000}
# The true effect of each motif, unknown to all predictors: similar to the K562 weights of
# the stand-in model, but not equal.
TRUE_WEIGHTS = {
    "GATA1": 2.0,
    "TAL1": 1.2,
    "NFE2": 1.6,
    "KLF1": 1.1,
    "CTCF": 0.9,
    "SPI1": 0.3,
    "RUNX1": 0.5,
}
_MASK_BP = 501
# Of a chromosome, and of sequences around variants; arrays of more do not fit into the
# cache of a processor.
_PART_BP, _AT_ONCE = 13_000, 24
_BASES = np.frombuffer(b"ACGT", dtype=np.uint8)
# The last digits of a number depend on the processor; a file and its digest must not.
_FLOATS = "%.6g"


def simulate(seed, chromosome_bp=CHROMOSOME_BP):
    """Simulate the demonstration.

    Parameters
    ----------
    seed : int
    chromosome_bp : dict of str to int
        Lengths on the newer build, at least 100,000.

    Returns
    -------
    dict
        ``genome`` and ``old_genome`` (dict of str to upper-case sequence); ``pairs``,
        ``finemapped``, ``dsqtls`` and ``expression`` (tables in the columns of GTEx,
        DAP-G, Degner and GTEx); ``replicate`` (the eQTLs of a second cohort, in the
        columns of GTEx);
        ``peaks`` (on the older build) and ``blacklist`` (on the newer); ``chain`` and
        ``genes`` (text); ``ld_blocks``; ``changes`` (true log2 ratio of accessibility
        of each variant); ``expression_changes`` (true change of each gene's log level);
        and ``truth`` (dict).
    """
    rng = np.random.default_rng(seed)
    genome, elements = _genome(rng, chromosome_bp)
    variants = _variants(rng, genome, elements)
    variants["delta"] = _true_deltas(genome, variants)
    pairs, slopes, ld_blocks = draw_eqtls(rng, variants)
    layout = {chrom: draw_layout(rng, len(genome[chrom])) for chrom in genome}
    old_genome = {
        chrom: old_sequence(rng, genome[chrom], layout[chrom]) for chrom in genome
    }
    simulation = {
        "genome": genome,
        "old_genome": old_genome,
        "pairs": with_faults(rng, pairs),
        "finemapped": finemap(pairs),
        # A separate random stream, so that the other draws stay the same.
        "dsqtls": draw_dsqtls(rng.spawn(1)[0], variants),
        "peaks": old_peaks(rng, elements, layout),
        "blacklist": elements.sample(6, random_state=rng)[["chrom", "start", "end"]],
        "chain": chain_text(layout, genome, old_genome),
        "ld_blocks": ld_blocks,
        "changes": variants[["variant_id", "delta"]],
        # Another separate stream.
        "genes": draw_genes(rng.spawn(1)[0], pairs, chromosome_bp),
        "replicate": draw_replicate(rng.spawn(1)[0], variants, slopes),
        "truth": _truth(seed, variants, pairs),
    }
    # Another one, after all that was drawn before it was added.
    expression, changes = draw_expression(
        rng.spawn(1)[0], genome, variants, simulation["genes"]
    )
    return simulation | {"expression": expression, "expression_changes": changes}


def _genome(rng, chromosome_bp):
    """Draw chromosomes with regulatory elements, and return both."""
    genome, elements = {}, []
    for chrom, length in chromosome_bp.items():
        sequence = rng.choice(_BASES, size=length, p=[0.295, 0.205, 0.205, 0.295])
        start = 14_000
        while start < length - 14_000:
            width = int(rng.integers(300, 700))
            sites = rng.choice(list(TRUE_WEIGHTS), size=rng.integers(2, 5))
            places = rng.choice(
                np.arange(60, width - 60, 24), len(sites), replace=False
            )
            for name, place in zip(sites, places, strict=True):
                site = motifs.sample_site(rng, name)
                site = np.frombuffer(site.encode(), dtype=np.uint8)
                at = start + place
                sequence[at : at + len(site)] = site
            elements.append((chrom, start, start + width, start + places))
            start += width + int(rng.integers(300, 1_800))
        sequence[:10_000] = ord("N")
        sequence[length // 2 : length // 2 + 150] = ord("N")
        genome[chrom] = sequence.tobytes().decode()
    columns = ["chrom", "start", "end", "sites"]
    return genome, pd.DataFrame(elements, columns=columns)


def _variants(rng, genome, elements):
    """Draw variants, most of them in elements, and many of these in motif sites.

    Half of the substitutions are swapped: the genome, changed in place, gets the drawn
    allele, and ALT is the original base. As in real genomes, REF may thus be the weaker
    allele.
    """
    rows = []
    for chrom, sequence in genome.items():
        mine = elements[elements["chrom"] == chrom]
        positions = set(
            rng.integers(11_000, len(sequence) - 200, len(sequence) // 2_500)
        )
        for element in mine.itertuples():
            n_inside = rng.poisson(1.4)
            positions |= set(rng.integers(element.start, element.end, n_inside))
            n_in_sites = rng.poisson(1.4)
            at = rng.choice(element.sites, n_in_sites) + rng.integers(0, 9, n_in_sites)
            positions |= set(at)
        bases = bytearray(sequence.encode())
        taken_to = 0
        for start in sorted(map(int, positions)):
            ref, alt = _alleles(rng, bases, start)
            if start < taken_to or "N" in ref or ref == alt:
                continue
            if len(ref) == len(alt) and rng.random() < 0.5:
                ref, alt = alt, ref
                bases[start] = ord(ref)
            taken_to = start + len(ref)
            rows.append((chrom, start + 1, ref, alt))
        genome[chrom] = bases.decode()
    variants = pd.DataFrame(rows, columns=["chrom", "pos", "ref", "alt"])
    variants["variant_id"] = make_variant_ids(variants)
    return variants


def _alleles(rng, bases, start):
    kind = rng.choice(["snv", "insertion", "deletion"], p=[0.9, 0.05, 0.05])
    n_more = int(rng.geometric(0.4))
    first = chr(bases[start])
    if kind == "snv":
        return first, rng.choice([base for base in "ACGT" if base != first])
    if kind == "insertion":
        return first, first + "".join(rng.choice(list("ACGT"), n_more))
    return bases[start : start + 1 + n_more].decode(), first


def _true_deltas(genome, variants):
    """Return the log2 ratio of accessibility in `_MASK_BP` around each variant."""
    weights = np.zeros((len(motifs.MOTIFS), 1), dtype=np.float32)
    for row, name in enumerate(motifs.MOTIFS):
        weights[row] = TRUE_WEIGHTS.get(name, 0)
    values = {chrom: _accessibility(genome[chrom], weights) for chrom in genome}
    # ALT changes nothing beyond the reach of a base, where the genome's values hold.
    reach = motifs.reach_bp()
    around = []
    for row in variants.itertuples():
        sequence, first = genome[row.chrom], row.pos - 1
        after = first + len(row.ref)
        left, right = sequence[first - 2 * reach : first], sequence[after:]
        around.append(left + row.alt + right[: 2 * reach])
    changed = (
        each[reach:]
        for first in range(0, len(around), _AT_ONCE)
        for each in motifs.accessibilities(around[first : first + _AT_ONCE], weights)
    )
    totals = []
    for row, middle in zip(variants.itertuples(), changed, strict=True):
        start = row.pos - 1 - _MASK_BP // 2
        after = row.pos - 1 + len(row.ref)
        mine = values[row.chrom]
        left, right = mine[start : row.pos - 1 - reach], mine[after + reach :]
        middle = middle[: len(row.alt) + 2 * reach]
        alt = np.concatenate([left, middle, right[:_MASK_BP]])
        for each in (mine[start:], alt):
            totals.append(each[:_MASK_BP].sum(dtype=float))
    ref, alt = np.log2(1 + np.reshape(totals, (-1, 2))).T
    return alt - ref


def _accessibility(sequence, weights):
    """Return the accessibility along a chromosome, one part after the other."""
    reach = motifs.reach_bp()
    parts = []
    for start in range(0, len(sequence), _PART_BP):
        low = max(start - reach, 0)
        part = motifs.accessibility(sequence[low : start + _PART_BP + reach], weights)
        parts.append(part[start - low :][:_PART_BP])
    return np.concatenate(parts)


def _truth(seed, variants, pairs):
    """Return what is true of the eQTLs that the study found."""
    true = variants.set_index("variant_id")["delta"].loc[pairs["variant_id"]]
    # `scipy.stats` would take longer to load than anything here takes.
    rho = np.corrcoef(true.rank(), pairs["slope"].rank())[0, 1]
    return {
        "seed": seed,
        "planted_correlation": PLANTED_CORRELATION,
        "n_pairs": len(pairs),
        "n_variants": int(pairs["variant_id"].nunique()),
        "spearman_of_true_change_and_slope": float(f"{rho:.6g}"),
    }


def write_simulation(simulation, paths):
    """Write the files of a simulation.

    Parameters
    ----------
    simulation : dict
        From `simulate`.
    paths : mapping of str to path-like
        Output paths, by the same names.
    """
    for name in ("genome", "old_genome"):
        with atomic_path(paths[name]) as temporary, open(temporary, "w") as file:
            for chrom, sequence in simulation[name].items():
                file.write(f">{chrom}\n")
                for start in range(0, len(sequence), 60):
                    file.write(sequence[start : start + 60] + "\n")
    for name in ("pairs", "replicate", "expression"):
        with atomic_path(paths[name]) as temporary:
            simulation[name].to_csv(
                temporary,
                sep="\t",
                index=False,
                na_rep="NA",
                float_format=_FLOATS,
                compression={"method": "gzip", "mtime": 1},
            )
    for name in ("finemapped", "peaks", "blacklist", "ld_blocks"):
        with atomic_path(paths[name]) as temporary:
            simulation[name].to_csv(
                temporary, sep="\t", index=False, header=False, float_format=_FLOATS
            )
    for name in ("chain", "genes"):
        with (
            atomic_path(paths[name]) as temporary,
            gzip.GzipFile(temporary, "wb", mtime=1) as file,
        ):
            file.write(simulation[name].encode())
    for name in ("dsqtls", "changes", "expression_changes"):
        with atomic_path(paths[name]) as temporary:
            simulation[name].to_csv(
                temporary, sep="\t", index=False, float_format=_FLOATS
            )
    with atomic_path(paths["truth"]) as temporary:
        temporary.write_text(json.dumps(simulation["truth"], indent=2) + "\n")
    log.info("simulated %s", simulation["truth"])
