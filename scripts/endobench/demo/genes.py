"""Genes of the demonstration: exons from each transcription start site, as GTF."""

import pandas as pd

_SOURCE = "simulated"
_MOST_EXONS = 5


def draw_genes(rng, pairs, chromosome_bp):
    """Draw a transcript for each gene of an eQTL table, at the start site it implies.

    Parameters
    ----------
    rng : numpy.random.Generator
    pairs : pandas.DataFrame
        In the columns of GTEx; ``tss_distance`` is the position of the variant minus
        the transcription start site.
    chromosome_bp : dict of str to int

    Returns
    -------
    str
        GTF with each gene, its transcript and its exons, ordered by gene id. Names are
        ``SIM`` and the number of the id.
    """
    place = pairs["variant_id"].str.split("_", expand=True)
    genes = pd.DataFrame(
        {
            "gene_id": pairs["gene_id"],
            "chrom": place[0],
            "tss": place[1].astype(int) - pairs["tss_distance"],
        }
    ).drop_duplicates("gene_id")
    lines = []
    for gene in genes.sort_values("gene_id", kind="stable").itertuples(index=False):
        number = int(gene.gene_id.partition(".")[0].removeprefix("ENSG")) % 10**9
        lines += _lines(rng, gene, f"SIM{number}", chromosome_bp[gene.chrom])
    return "".join(lines)


def _lines(rng, gene, name, chromosome_bp):
    strand = rng.choice(["+", "-"])
    widths = rng.integers(80, 260, rng.integers(2, _MOST_EXONS + 1))
    introns = rng.integers(200, 1_500, len(widths))
    exons, at = [], 0
    for width, intron in zip(widths.tolist(), introns.tolist(), strict=True):
        # Offsets from the start site, in the direction of transcription.
        first, last = at, at + width - 1
        if strand == "-":
            first, last = -last, -first
        exons.append((gene.tss + first, gene.tss + last))
        at += width + intron
    exons = [each for each in exons if each[0] >= 1 and each[1] <= chromosome_bp]
    if not exons:
        return []
    whole = min(exons)[0], max(last for _, last in exons)
    ids = f'gene_id "{gene.gene_id}"; gene_name "{name}";'
    of_transcript = f'{ids} transcript_id "{gene.gene_id}.t";'
    rows = [("gene", *whole, ids), ("transcript", *whole, of_transcript)]
    rows += [("exon", *exon, of_transcript) for exon in exons]
    return [
        f"{gene.chrom}\t{_SOURCE}\t{kind}\t{first}\t{last}\t.\t{strand}\t.\t{text}\n"
        for kind, first, last, text in rows
    ]
