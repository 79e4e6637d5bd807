"""Assumptions about scores by gene.

No annotation is at hand: genes that were in every release of GENCODE tell which genes of a
window are answered for, and their number must be plausible.
"""

from typing import NamedTuple

import numpy as np

from endobench.core.errors import InputError
from endobench.design.routes import ATLAS_WINDOW_BP
from endobench.design.scorers import output_of
from endobench.genome.gene_ids import without_versions
from endobench.model.ranges import check_values
from endobench.predict.assumptions.entry import Assumption, Found
from endobench.predict.assumptions.variants import NARROW, WIDE

EXPRESSION = ("RNA_SEQ", "RNA_SEQ_ACTIVE")
# These need the variant in the gene.
WITHIN = ("SPLICE_SITES", "SPLICE_SITE_USAGE", "SPLICE_JUNCTIONS", "POLYADENYLATION")
N_MERGED = {"RNA_SEQ": 371, "SPLICE_SITE_USAGE": 367, "SPLICE_JUNCTIONS": 367}
N_TISSUES = 54
# GTEx tested 52 genes there, and GENCODE has two to three times as many. The open model
# answers for no more than 256.
_LEAST_GENES, _MOST_GENES = 50, 256


class Known(NamedTuple):
    """A gene of chr1 in GRCh38, 0-based half-open."""

    gene_id: str
    name: str
    strand: str
    start: int
    end: int

    @property
    def tss(self):
        """The first transcribed base."""
        return self.start if self.strand == "+" else self.end - 1


KNOWN = (
    Known("ENSG00000188976", "NOC2L", "-", 944_581, 959_309),
    Known("ENSG00000187961", "KLHL17", "+", 960_586, 965_715),
    Known("ENSG00000187583", "PLEKHN1", "+", 966_496, 975_108),
    Known("ENSG00000187642", "PERM1", "-", 975_203, 982_093),
    Known("ENSG00000188290", "HES4", "-", 998_961, 1_000_172),
    # It runs out of the narrow window.
    Known("ENSG00000188157", "AGRN", "+", 1_020_122, 1_056_118),
    Known("ENSG00000131591", "C1orf159", "-", 1_081_817, 1_116_361),
    Known("ENSG00000186891", "TNFRSF18", "-", 1_203_507, 1_206_691),
    Known("ENSG00000078808", "SDF4", "-", 1_216_907, 1_232_031),
    Known("ENSG00000107404", "DVL1", "-", 1_335_306, 1_349_350),
)


def _ids(scores):
    return without_versions(list(scores.genes.ids)).tolist()


def _lists(probe):
    found = {each: len(probe.merging(each).tracks) for each in N_MERGED}
    words = ", ".join(f"{number} {output}" for output, number in found.items())
    return Found(found == N_MERGED, words)


def _tissues(probe):
    tissues = probe.merging("RNA_SEQ").tracks.get("gtex_tissue")
    tissues = [] if tissues is None else [each for each in tissues.dropna() if each]
    doubled = len(tissues) - len(set(tissues))
    words = f"{len(set(tissues))} tissues" + f", {doubled} twice" * bool(doubled)
    is_as_assumed = len(tissues) == N_TISSUES and not doubled
    return Found(is_as_assumed and "Whole_Blood" in tissues, words)


def _tracks(probe):
    words, is_as_assumed = [], True
    for scorers in (EXPRESSION, WITHIN):
        for scorer, scores in zip(scorers, probe.scores(WIDE, scorers), strict=True):
            output = output_of(scorer)
            listed, merging = probe.tracks()[output], probe.merging(output)
            how = _how_merged(scores.tracks, listed, merging)
            is_as_assumed &= how == "merged"
            words.append(f"{scorer} {len(scores.tracks)} {how}")
    return Found(is_as_assumed, ", ".join(words))


def _how_merged(names, listed, merging):
    """Say how an answer's tracks stand to those that the model lists."""
    merged, listed = merging.tracks["name"].tolist(), listed["name"].tolist()
    if names == merged:
        return "merged"
    if names == listed:
        return "of both strands"
    return "merged, in another order" if sorted(names) == sorted(merged) else "other"


def _rows(probe):
    words, is_as_assumed = [], True
    for scorer, scores in zip(EXPRESSION, probe.scores(WIDE, EXPRESSION), strict=True):
        ids = _ids(scores)
        n_rows = scores.values.shape[1]
        is_as_assumed &= len(set(ids)) == len(ids) == n_rows and all(
            each.startswith("ENSG") for each in ids
        )
        versioned = sum(a != b for a, b in zip(scores.genes.ids, ids, strict=True))
        words.append(
            f"{scorer}: {n_rows} rows, {len(set(ids))} genes, {versioned} ids with"
            f" version, such as {', '.join(scores.genes.ids[:1]) or 'none'}"
        )
    return Found(is_as_assumed, "; ".join(words))


def _order(probe):
    one, other = (_ids(each) for each in probe.scores(WIDE, EXPRESSION))
    place = {known.gene_id: known.tss for known in KNOWN}
    places = [place[each] for each in one if each in place]
    how = "by position" if places == sorted(places) else "not by position"
    words = f"{'the same' if one == other else 'another'} order, {how}"
    return Found(one == other, words)


def _strands(probe):
    scores = probe.scores(WIDE, EXPRESSION)[0]
    strand_of = dict(zip(_ids(scores), scores.genes.strands, strict=True))
    n_without = sum(each not in ("+", "-") for each in strand_of.values())
    wrong = [
        each.name
        for each in KNOWN
        if strand_of.get(each.gene_id, each.strand) != each.strand
    ]
    words = f"{n_without} of {len(strand_of)} genes without"
    if wrong:
        words += f"; {', '.join(wrong)} on the other strand"
    return Found(not n_without and not wrong, words)


def _window(probe):
    """Compare the genes of two windows with those whose TSS lies in them."""
    words, is_as_assumed = [], True
    found = {
        WIDE: {*_ids(probe.scores(WIDE, EXPRESSION)[0])},
        NARROW: {*_ids(probe.scores(NARROW, EXPRESSION[:1])[0])},
    }
    for window, ids in found.items():
        is_inside = {
            each: window.window_start <= each.tss < window.window_end for each in KNOWN
        }
        differing = [
            each.name for each in KNOWN if (each.gene_id in ids) != is_inside[each]
        ]
        is_as_assumed &= not differing
        words.append(
            f"{window.window_end - window.window_start:,} bp: {len(ids)} genes"
            + f", against it {', '.join(differing)}" * bool(differing)
        )
    is_as_assumed &= _LEAST_GENES <= len(found[WIDE]) <= _MOST_GENES
    is_as_assumed &= found[NARROW] <= found[WIDE]
    return Found(is_as_assumed, "; ".join(words))


def _within(probe):
    position = WIDE.pos - 1
    holding = {each.gene_id for each in KNOWN if each.start <= position < each.end}
    known = {each.gene_id for each in KNOWN}
    words, is_as_assumed = [], True
    for scorer, scores in zip(WITHIN, probe.scores(WIDE, WITHIN), strict=True):
        ids = _ids(scores)
        # Polyadenylation sites are not known for every gene.
        needed = set() if scorer == "POLYADENYLATION" else holding
        is_as_assumed &= needed <= {*ids} and not ({*ids} & known) - holding
        words.append(
            f"{scorer} {_counted(ids, 'row')} for {_counted(set(ids), 'gene')}"
        )
    return Found(is_as_assumed, ", ".join(words))


def _counted(found, what):
    return f"{len(found)} {what}{'s' * (len(found) != 1)}"


def _numbers(probe):
    problems = []
    for scorers in (EXPRESSION, WITHIN):
        for scorer, scores in zip(scorers, probe.scores(WIDE, scorers), strict=True):
            n_other = int((~np.isfinite(scores.values)).sum())
            if n_other:
                problems.append(f"{scorer}: {n_other} values are no numbers")
            if len(scores.values) != 2:
                problems.append(f"{scorer}: no quantiles")
            try:
                check_values(WIDE, scorer, *scores.values[:2])
            except (InputError, ValueError) as error:
                problems.append(str(error))
    return Found(not problems, "; ".join(problems) or "yes")


def _of_atlas(probe):
    """Compare the Atlas' scores by gene with the model's, by the names of both."""
    model = probe.scores(WIDE, EXPRESSION)[0]
    listed = probe.atlas_metadata().get("RNA_SEQ")
    if listed is None:
        return Found(False, "the Atlas does not list RNA_SEQ")
    found = probe.atlas_scores(WIDE, "RNA_SEQ").scores
    if not found:
        return Found(False, "the Atlas has no RNA_SEQ of this variant")
    score, genes = found[0], probe.genes_of(found[0])
    how = _how_merged(
        listed["name"].tolist(), probe.tracks()["RNA_SEQ"], probe.merging("RNA_SEQ")
    )
    stored = np.frombuffer(score.scores, "<f4")
    words = (
        f"{len(genes.ids)} genes"
        f" {'with' if None not in genes.strands else 'without'} strands,"
        f" {len(listed)} tracks {how}, shape {' x '.join(map(str, score.shape))}"
    )
    ids = without_versions(list(genes.ids)).tolist()
    is_whole = stored.size == len(ids) * len(listed) and how == "merged"
    if not is_whole or sorted(ids) != sorted(_ids(model)):
        return Found(False, f"{words}; the model's genes are {len(model.genes.ids)}")
    place = {each: number for number, each in enumerate(ids)}
    stored = stored.reshape(len(ids), -1)[[place[each] for each in _ids(model)]]
    difference = np.abs(np.nan_to_num(stored) - np.nan_to_num(model.values[0])).max()
    order = "the same" if ids == _ids(model) else "another"
    return Found(
        bool(difference < _CLOSE),
        f"{words}, genes in {order} order; values differ by at most {difference:.2g}",
    )


# As far as canaries allow for values of about 1.
_CLOSE = 0.02

ASSUMPTIONS = (
    Assumption(
        "merged_tracks",
        "merged by the client's rule, the list has "
        + ", ".join(f"{number} {output}" for output, number in N_MERGED.items()),
        _lists,
    ),
    Assumption(
        "gtex_tissues",
        f"{N_TISSUES} merged RNA_SEQ tracks are of a tissue of GTEx, one of each",
        _tissues,
    ),
    Assumption(
        "gene_tracks", "answers by gene have the merged tracks, in order", _tracks
    ),
    Assumption(
        "gene_ids",
        "rows are named by ids of Ensembl, one row for each gene",
        _rows,
    ),
    Assumption(
        "gene_order", "scorers of a call have the same genes in the same order", _order
    ),
    Assumption("gene_strands", "each gene has its strand", _strands),
    Assumption(
        "gene_tss",
        "expression is answered for genes with a transcription start site in the"
        f" window, {_LEAST_GENES} to {_MOST_GENES} of them in {ATLAS_WINDOW_BP:,} bp",
        _window,
    ),
    Assumption(
        "genes_with_variant",
        "splicing and polyadenylation are answered for genes that hold the variant",
        _within,
    ),
    Assumption(
        "gene_numbers",
        "scores by gene are numbers of their range, with quantiles",
        _numbers,
    ),
    Assumption(
        "atlas_genes",
        "the Atlas holds RNA_SEQ with merged tracks: the model's genes and scores",
        _of_atlas,
    ),
)
