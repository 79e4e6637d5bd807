"""The gates: their names, the stage of each, and which side of its number is bad."""

from typing import NamedTuple


class Gate(NamedTuple):
    """What a gate is.

    Attributes
    ----------
    name : str
        Its key under ``gates`` and in ``accept`` of the config.
    stage : {"effects", "peaks", "sequences", "scores"}
        The input that it looks at.
    is_low_bad : bool
        Whether values below the thresholds are bad; else those above them are.
    summary : str
        What its value is.
    """

    name: str
    stage: str
    is_low_bad: bool
    summary: str


# What a verdict begins with where one of them fails.
FAILING = "failing gates"
_HIGH, _LOW = False, True
GATES = {
    name: Gate(name, stage, is_low_bad, summary)
    for stage, name, is_low_bad, summary in (
        ("effects", "effect_signs", _LOW, "share of the rarer sign of effects"),
        ("effects", "effect_p_agreement", _HIGH, "share of p unlike effect over error"),
        ("effects", "effect_range", _HIGH, "share of effects impossible in their unit"),
        ("effects", "effect_scale", _HIGH, "fold that effects are out of usual size"),
        ("effects", "effect_duplicates", _HIGH, "share of rows that repeat a pair"),
        ("effects", "missing_leads", _HIGH, "share of features without their lead"),
        ("effects", "pairs_per_variant", _HIGH, "pairs per unique variant"),
        ("effects", "maf_range", _HIGH, "share of frequencies beyond 0 to 0.5"),
        ("effects", "palindromic_share", _HIGH, "share of A/T and C/G substitutions"),
        ("effects", "commonest_change", _HIGH, "share of the commonest substitution"),
        (
            "effects",
            "unoriented",
            _HIGH,
            "share of rows neither of whose alleles is the genome's",
        ),
        ("effects", "tissue", _LOW, "share of the set's tracks that are of the tissue"),
        ("peaks", "peak_chromosomes", _HIGH, "share of variants where no peaks are"),
        ("peaks", "peak_enrichment", _LOW, "variants in peaks over shifted peaks"),
        ("peaks", "peak_density", _LOW, "density of variants in peaks over elsewhere"),
        ("peaks", "peak_coverage", _HIGH, "share of the chromosomes in peaks"),
        ("sequences", "ref_match", _LOW, "share of REFs that agree with the genome"),
        ("sequences", "ref_match_build", _HIGH, "gain in REFs read as another build"),
        ("scores", "score_provenance", _HIGH, "share of scores of unknown origin"),
        ("scores", "score_model", _HIGH, "share of scores by a model not asked for"),
        ("scores", "standin_scores", _HIGH, "share of stand-in scores given as real"),
        ("scores", "track_count", _HIGH, "tracks more or fewer than the set means"),
        ("scores", "scores_per_variant", _HIGH, "most different scores of one variant"),
        ("scores", "score_ties", _HIGH, "share of variants with the commonest score"),
        ("scores", "score_signs", _LOW, "share of the rarer sign of scores"),
        ("scores", "score_saturation", _HIGH, "share of variants at the largest score"),
        (
            "scores",
            "window_dilution",
            _LOW,
            "exponent of scores in the window's length",
        ),
        ("scores", "indel_scale", _HIGH, "size of indels' scores over that of SNVs"),
        ("scores", "above_ceiling", _HIGH, "agreement over its ceiling by noise"),
        ("scores", "orientation", _LOW, "upper end of the interval of Spearman"),
    )
}


def gates_of(stage):
    """Return the gates of a stage, a list of `Gate`."""
    return [gate for gate in GATES.values() if gate.stage == stage]
