"""Scores as tracks of a genome browser: BED, bedGraph and bigWig.

Tracks leave out variants whose REF differs from the genome, since their position is
unreliable; the published protocol keeps such variants. Numbers have the precision of a
32-bit float, as in a bigWig.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyBigWig

from endobench.core.files import atomic_path
from endobench.core.table_text import as_text
from endobench.design.models import STANDIN_MARK, is_standin
from endobench.design.scorers import GENE_SCORERS
from endobench.design.terms import notice
from endobench.export.bgzip import write_indexed
from endobench.export.scored_variants import chromosome_lengths
from endobench.genome.variants import sort_variants


def write_bed(variants, path, name=""):
    """Write scored variants as a bgzipped BED file with a tabix index.

    The columns are ``chrom, start, end, name, score``. A variant covers all bases of
    REF, an insertion the base before it. The name is the variant's id, with the gene
    where scores are of genes, which have a line each. The score is the model's, not an
    integer from 0 to 1000 that UCSC uses for shading.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.SCORED_VARIANTS`.
    path : str or path-like
        Ends in ``.bed.gz``.
    name : str
        Name of the benchmark, for the header.
    """
    rows = _placed(variants)
    end = rows["start"] + rows["ref"].str.len()
    columns = [rows["chrom"].astype(str), rows["start"], end]
    names, genes = (rows[each].astype(object) for each in ("variant_id", "scored_gene"))
    names = names.where(genes.isna(), names + ":" + genes.fillna("").astype(str))
    columns += [names, rows["score"]]
    texts = [as_text(pa.array(values.to_numpy())) for values in columns]
    lines = pc.binary_join_element_wise(
        *texts, "\t", null_handling="replace", null_replacement="nan"
    ).to_pylist()
    header = [f"#{name}: {_legend(variants)}", "#chrom\tstart\tend\tname\tscore"]
    terms = [f"#{text}" for text in _terms(variants)]
    write_indexed([*terms, *header, *lines], path, "bed")


def base_scores(variants):
    """Return at most one score per base.

    A variant counts at the first base of its REF only, so that intervals do not
    overlap. Of several variants at a base, or several genes of a variant, the largest
    absolute score counts; of equal absolute scores, the positive one.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.SCORED_VARIANTS`.

    Returns
    -------
    pandas.DataFrame
        ``chrom, start, end`` (0-based half-open, one base) and ``score`` (float32),
        sorted as ``LC_ALL=C sort -k1,1 -k2,2n`` does.
    """
    rows = _placed(variants)
    rows = rows.assign(size=rows["score"].abs(), end=rows["start"] + 1)
    largest = rows.sort_values(["size", "score"], kind="stable")
    largest = largest.drop_duplicates(["chrom", "start"], keep="last").index
    columns = ["chrom", "start", "end", "score"]
    return rows.loc[rows.index.isin(largest), columns].reset_index(drop=True)


def write_bedgraph(variants, path, name=""):
    """Write `base_scores` as a bedGraph.

    It begins with a track line, and comments before it, which UCSC's
    ``bedGraphToBigWig`` skips.
    """
    label = name.replace('"', "'")
    legend = f"{_legend(variants)}; largest absolute score at each base".replace(
        '"', "'"
    )
    with atomic_path(path) as temporary, open(temporary, "w") as file:
        file.writelines(f"# {text}\n" for text in _terms(variants))
        file.write(f'track type=bedGraph name="{label}" description="{legend}"\n')
        base_scores(variants).to_csv(file, sep="\t", header=False, index=False)


def write_chrom_sizes(genome_path, path):
    """Write the names and lengths (bp) of the chromosomes, tab-separated."""
    lengths = chromosome_lengths(genome_path)
    with atomic_path(path) as temporary:
        temporary.write_text("".join(f"{name}\t{bp}\n" for name, bp in lengths.items()))


def write_bigwig(variants, genome_path, path):
    """Write `base_scores` as a bigWig, which cannot name the model of its scores.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.SCORED_VARIANTS`.
    genome_path : str or path-like
        Indexed FASTA, for the chromosome lengths.
    path : str or path-like
    """
    rows = base_scores(variants)
    with atomic_path(path) as temporary, pyBigWig.open(str(temporary), "w") as file:
        # Readers search the chromosomes by name, so they must be sorted.
        file.addHeader(sorted(chromosome_lengths(genome_path).items()))
        if len(rows):
            file.addEntries(
                rows["chrom"].astype(str).tolist(),
                rows["start"].tolist(),
                ends=rows["end"].tolist(),
                values=rows["score"].astype(float).tolist(),
            )


def _placed(variants):
    """Return the variants that match the genome, sorted, with a 0-based ``start``."""
    is_elsewhere = (~variants["ref_matches"].astype("boolean")).fillna(False)
    rows = sort_variants(variants[~is_elsewhere.to_numpy(dtype=bool)])
    return rows.assign(
        start=rows["pos"] - 1, score=rows["score"].to_numpy(dtype=np.float32)
    )


def _terms(variants):
    """Return the notice of AlphaGenome's output, or nothing for other models."""
    return list(filter(None, [notice(variants["model"].unique())]))


def _legend(variants):
    """Describe the scores, and mark those of a stand-in."""
    values = [
        ", ".join(sorted(variants[column].dropna().astype(str).unique()))
        for column in ("model", "scorer", "track_set")
    ]
    warning = f"{STANDIN_MARK}; " if is_standin(*variants["model"].unique()) else ""
    known = [GENE_SCORERS[each].words for each in GENE_SCORERS if each in values[1:2]]
    return f"{warning}{'; '.join(values)}; {known[0] if known else 'ALT minus REF'}"
