"""The names of scorers, and the client's scorers that they stand for."""

import difflib
import functools
import logging

from endobench.core.errors import InputError
from endobench.design.routes import ATLAS_SCORERS
from endobench.design.scorers import GENE_SCORERS, is_by_gene, output_of, why_no_gene
from endobench.model.alphagenome_client import dna_client, variant_scorers

log = logging.getLogger(__name__)

HUMAN = dna_client.Organism.HOMO_SAPIENS


@functools.cache
def parse_scorer(name, organism=HUMAN):
    """Return the client's scorer for a name such as ``DNASE-501-DIFF_LOG2_SUM``.

    Parameters
    ----------
    name : str
        Output type, width of the mask in bp (or ``all``), and aggregation; or the name
        of a scorer by gene (`scorers.GENE_SCORERS`), such as ``RNA_SEQ``.
    organism : dna_client.Organism

    Returns
    -------
    alphagenome.models.v1.variant_scorers.VariantScorerTypes

    Raises
    ------
    InputError
        If the client does not know the output, the width or the aggregation, if the
        score of a centre mask is unsigned, so that it cannot be compared with an effect,
        or if the organism has no such scorer.
    """
    scorer = _by_gene(name) if is_by_gene(name) else _centre_mask(name)
    served = variant_scorers.SUPPORTED_ORGANISMS[scorer.base_variant_scorer]
    if organism.to_proto() not in served:
        raise InputError(
            f"key 'scorer': {name!r} is not offered for {organism.name}; use another"
        )
    return scorer


def _by_gene(name):
    output = dna_client.OutputType[GENE_SCORERS[name].output]
    match name:
        case "RNA_SEQ":
            return variant_scorers.GeneMaskLFCScorer(output)
        case "RNA_SEQ_ACTIVE":
            return variant_scorers.GeneMaskActiveScorer(output)
        case "SPLICE_SITES" | "SPLICE_SITE_USAGE":
            return variant_scorers.GeneMaskSplicingScorer(output, width=None)
        case "SPLICE_JUNCTIONS":
            return variant_scorers.SpliceJunctionScorer()
        case "POLYADENYLATION":
            return variant_scorers.PolyadenylationScorer()
    raise ValueError(f"unknown scorer by gene {name}")


def _centre_mask(name):
    if name.count("-") != 2:
        raise InputError(
            f"key 'scorer': {name!r} is neither a scorer by gene"
            f" ({', '.join(GENE_SCORERS)}) nor a centre mask, which is named by output,"
            f" width and aggregation; nearest: {_nearest(name)}"
        )
    output, width, aggregation = name.split("-")
    for part, known in (
        (output, dna_client.OutputType.__members__),
        (aggregation, variant_scorers.AggregationType.__members__),
    ):
        if part not in known:
            raise InputError(
                f"key 'scorer': {name!r}: {part!r} is not one of {', '.join(known)}"
            )
    try:
        scorer = variant_scorers.CenterMaskScorer(
            requested_output=dna_client.OutputType[output],
            width=None if width == "all" else int(width),
            aggregation_type=variant_scorers.AggregationType[aggregation],
        )
    except ValueError as error:
        raise InputError(f"key 'scorer': {name!r}: {error}") from None
    if not scorer.is_signed:
        raise InputError(
            f"key 'scorer': {name!r} has no sign; effects need a score that is ALT"
            " minus REF, such as DIFF_LOG2_SUM"
        )
    _say_no_gene(name)
    return scorer


def _nearest(name):
    """Return the valid name that is most like one that is not."""
    text = name.upper().replace("-", "_").strip()
    if text in GENE_SCORERS:
        return text
    # An output's name alone is far from those of its masks.
    outputs = text, name.upper().partition("-")[0]
    masks = [
        each for each in ATLAS_SCORERS if "-" in each and output_of(each) in outputs
    ]
    near = difflib.get_close_matches(text, ATLAS_SCORERS, 1, cutoff=0)
    return (masks or near)[0]


@functools.cache
def _say_no_gene(name):
    """Log once that a centre mask over transcripts scores no gene."""
    if why := why_no_gene(name):
        log.warning("%s", why)
