"""The registry of gates: what each measures, its thresholds, and what a failure means.

A gate is an entry here and a function of its name in the module of its stage in
`endobench.gates`. The schema of the config and its manual take the thresholds from here.
"""

from typing import NamedTuple

STAGES = ("effects", "peaks", "sequences", "scores", "genes")
# Begins the reason why a benchmark with a failing gate is not reportable.
FAILING = "failing gates"


class Scale(NamedTuple):
    """The unit of a gate's value, and the range of its thresholds.

    Attributes
    ----------
    unit : str
    low, high : float or None
        Bounds of both thresholds, inclusive; None for no bound.
    """

    unit: str
    low: float | None = None
    high: float | None = None


SHARE = Scale("share", 0, 1)
MINOR_SHARE = Scale("share, 0 to 0.5", 0, 0.5)
GAIN = Scale("difference of shares, -1 to 1", -1, 1)
CORRELATION = Scale("correlation, -1 to 1", -1, 1)
RATIO = Scale("ratio", 0)
FOLD = Scale("fold", 1)
PAIRS = Scale("pairs", 1)
SCORES = Scale("scores", 1)
TRACKS = Scale("tracks", 0)
EXPONENT = Scale("exponent")


class Gate(NamedTuple):
    """What a gate measures, and how its value is judged.

    Attributes
    ----------
    name : str
        Its key under ``gates`` and in ``accept`` of the config, and its function.
    stage : {"effects", "peaks", "sequences", "scores", "genes"}
        The input that it checks.
    summary : str
        Its value in a few words.
    description : str
        What the manual of the config says.
    diagnosis : str
        The probable mistake if the gate fails: the start of its message.
    remedy : str
        How to correct it: the end of its message.
    scale : Scale
    warn, fail : float
        Default thresholds. A value equal to a threshold passes it.
    is_low_bad : bool
        Whether values below the thresholds are bad; otherwise values above them are.
    ends_run : bool
        Whether a failure that is not accepted ends the run. Otherwise it only forbids
        that a conclusion is reportable.
    """

    name: str
    stage: str
    summary: str
    description: str
    diagnosis: str
    remedy: str
    scale: Scale
    warn: float
    fail: float
    is_low_bad: bool = False
    ends_run: bool = True


_ALL = (
    Gate(
        name="effect_signs",
        stage="effects",
        summary="share of effects with the rarer sign",
        description=(
            "Share of effects with the rarer sign, among those that differ from the"
            " null. P values, standard errors and absolute values have one sign only."
        ),
        diagnosis=(
            "the effect column looks like p values, standard errors or absolute values"
        ),
        remedy="check which column the sheet reads as the effect",
        scale=MINOR_SHARE,
        warn=0.2,
        fail=0.05,
        is_low_bad=True,
    ),
    Gate(
        name="effect_p_agreement",
        stage="effects",
        summary="share of p values that contradict effect and standard error",
        description=(
            "Share of rows whose p value differs by more than 10 % on the log10 scale"
            " from that of abs(effect)/SE under a normal or t distribution. Not checked"
            " without standard errors and p values."
        ),
        diagnosis="p values contradict the effects and their standard errors",
        remedy=(
            "check that the columns of effect, standard error and p value belong to one"
            " test and one scale"
        ),
        scale=SHARE,
        warn=0.01,
        fail=0.05,
    ),
    Gate(
        name="effect_range",
        stage="effects",
        summary="share of effects impossible in their unit",
        description=(
            "Share of effects that are impossible in their declared unit, such as a Pi"
            " outside 0 to 1 or a slope outside -10 to 10."
        ),
        diagnosis="the effect column holds values that its declared unit cannot have",
        remedy="check the effect column and its unit in the sheet",
        scale=SHARE,
        warn=0.001,
        fail=0.01,
    ),
    Gate(
        name="effect_scale",
        stage="effects",
        summary="factor between the median effect size and its usual range",
        description=(
            "Factor by which the median distance from the null lies outside the usual"
            " range of the unit; 1 within it."
        ),
        diagnosis="effects are unusually large or small for their declared unit",
        remedy="check the effect column and its unit in the sheet",
        scale=FOLD,
        warn=1.5,
        fail=5,
    ),
    Gate(
        name="effect_duplicates",
        stage="effects",
        summary="share of rows that repeat a pair",
        description=(
            "Share of rows that were dropped because they repeat a pair, with the same"
            " numbers or with others."
        ),
        diagnosis="the table lists pairs of variant and feature more than once",
        remedy="declare the feature_id column, or keep one row per pair",
        scale=SHARE,
        warn=0.001,
        fail=0.05,
    ),
    Gate(
        name="missing_leads",
        stage="effects",
        summary="share of features without their lead variant",
        description=(
            "Share of features that lack the pair with their smallest p value, although"
            " the table reports that value (GTEx's min_pval_nominal): rows are missing."
        ),
        diagnosis="the table looks incomplete (features lack their lead variants)",
        remedy="use the complete table",
        scale=SHARE,
        warn=0.01,
        fail=0.05,
    ),
    Gate(
        name="pairs_per_variant",
        stage="effects",
        summary="number of pairs per unique variant",
        description=(
            "Pairs per unique variant. Pairs that share a variant are not independent."
        ),
        diagnosis="few variants make up many pairs, which are not independent",
        remedy="check the table for rows that a join has multiplied",
        scale=PAIRS,
        warn=3,
        fail=10,
    ),
    Gate(
        name="maf_range",
        stage="effects",
        summary="share of minor allele frequencies outside 0 to 0.5",
        description=(
            "Share of minor allele frequencies outside 0 to 0.5. Frequencies of another"
            " allele can exceed 0.5."
        ),
        diagnosis="the maf column looks like the frequency of another allele",
        remedy="check which column the sheet reads as maf",
        scale=SHARE,
        warn=0.001,
        fail=0.01,
    ),
    Gate(
        name="palindromic_share",
        stage="effects",
        summary="share of A/T and C/G substitutions",
        description=(
            "Share of unique substitutions that are A/T or C/G, whose strand is"
            " ambiguous; about 0.15 in GTEx."
        ),
        diagnosis="too many substitutions are A/T or C/G, whose strand is ambiguous",
        remedy="check which columns the sheet reads as the alleles",
        scale=SHARE,
        warn=0.4,
        fail=0.6,
    ),
    Gate(
        name="commonest_change",
        stage="effects",
        summary="share of the most common substitution",
        description=(
            "Share of the most common of the twelve kinds of substitution, among unique"
            " substitutions; about 0.2 in GTEx. Placeholder alleles are all of one kind."
        ),
        diagnosis="alleles look like placeholders (one substitution dominates)",
        remedy="check which columns the sheet reads as the alleles",
        scale=SHARE,
        warn=0.4,
        fail=0.6,
    ),
    Gate(
        name="unoriented",
        stage="effects",
        summary="share of rows in which neither allele matches the genome",
        description=(
            "Share of rows in which neither allele matches the genome, in a table whose"
            " alleles have no fixed order; about half if the build is wrong or positions"
            " are off by one. Not checked if the table states which allele is REF. A"
            " table of scores or a control is refused above `fail`."
        ),
        diagnosis="positions look wrong (alleles do not match the genome)",
        remedy="check the build, and whether positions are 0-based or 1-based",
        scale=SHARE,
        warn=0.01,
        fail=0.05,
    ),
    Gate(
        name="tissue",
        stage="effects",
        summary="share of the track set that belongs to the tissue",
        description=(
            "Share of the CURIEs of the first track set that are among those declared"
            " for the dataset's tissue."
        ),
        diagnosis="the track set does not match the dataset's tissue",
        remedy="correct 'track_set' in the config, or 'tissue' in the sheet",
        scale=SHARE,
        warn=1,
        fail=0.5,
        is_low_bad=True,
    ),
    Gate(
        name="peak_chromosomes",
        stage="peaks",
        summary="share of variants on chromosomes without peaks",
        description=(
            "Share of variants on chromosomes without peaks, because chromosome names"
            " differ or the file is truncated."
        ),
        diagnosis=(
            "peaks are missing on whole chromosomes (names differ, or the file is"
            " truncated)"
        ),
        remedy="check the chromosome names and the end of the peak file",
        scale=SHARE,
        warn=0.01,
        fail=0.1,
    ),
    Gate(
        name="peak_enrichment",
        stage="peaks",
        summary="enrichment of variants in peaks over shifted peaks",
        description=(
            "Number of variants in peaks, relative to that in peaks shifted by 10 to 100"
            " kb; about 1 if the builds differ. Not checked if the counts cannot"
            " distinguish 1.25 from 1."
        ),
        diagnosis="peaks look like those of another build (variants are not enriched)",
        remedy="check the build of the peaks in the sheet",
        scale=RATIO,
        warn=1.15,
        fail=1.1,
        is_low_bad=True,
    ),
    Gate(
        name="peak_density",
        stage="peaks",
        summary="density of variants in peaks relative to the whole span",
        description=(
            "Variants per bp in peaks, relative to variants per bp in the whole span of"
            " variants and peaks."
        ),
        diagnosis="variants are depleted in peaks",
        remedy="check that the file holds the regions to keep, and its build",
        scale=RATIO,
        warn=0.9,
        fail=0.7,
        is_low_bad=True,
    ),
    Gate(
        name="peak_coverage",
        stage="peaks",
        summary="share of the span that peaks cover",
        description=(
            "Share of the span of variants and peaks that peaks cover. Intervals that"
            " cover whole chromosomes are not peaks."
        ),
        diagnosis="intervals cover too much of the genome to be peaks",
        remedy="check that the file holds peak calls",
        scale=SHARE,
        warn=0.4,
        fail=0.7,
    ),
    Gate(
        name="ref_match",
        stage="sequences",
        summary="share of REFs that match the genome",
        description=(
            "Share of variants whose whole REF matches the genome. The evidence lists"
            " what else would match: a neighbouring position, ALT or the other strand."
        ),
        diagnosis="reference alleles do not match the genome",
        remedy=(
            "check the build, whether positions are 0-based or 1-based, the order of the"
            " alleles and the strand"
        ),
        scale=SHARE,
        warn=0.99,
        fail=0.98,
        is_low_bad=True,
    ),
    Gate(
        name="ref_match_build",
        stage="sequences",
        summary="gain in the share of matching REFs if read as another build",
        description=(
            "Gain in matching REFs if positions are read as another build and lifted"
            " over, for the best of `chains`. Above 0, that build fits better; if no"
            " build fits, the gain can exceed 0 slightly by chance."
        ),
        diagnosis="positions look like those of another build",
        remedy="correct the build in the sheet",
        scale=GAIN,
        warn=0,
        fail=0.3,
    ),
    Gate(
        name="score_provenance",
        stage="scores",
        summary="share of scores without a model or route",
        description="Share of scores that do not record their model or their route.",
        diagnosis="the origin of scores is unknown",
        remedy="predict these variants again",
        scale=SHARE,
        warn=0,
        fail=0,
    ),
    Gate(
        name="score_model",
        stage="scores",
        summary="share of scores from a model that was not requested",
        description="Share of scores from a model other than the requested service.",
        diagnosis="scores are from a model that was not requested",
        remedy="check 'service' in the config",
        scale=SHARE,
        warn=0,
        fail=0,
    ),
    Gate(
        name="standin_scores",
        stage="scores",
        summary="share of stand-in scores presented as real",
        description=(
            "Share of scores from a stand-in model where a real one was requested."
        ),
        diagnosis="scores are from a stand-in model, not from the requested one",
        remedy="check 'service' and 'address' in the config",
        scale=SHARE,
        warn=0,
        fail=0,
    ),
    Gate(
        name="track_count",
        stage="scores",
        summary="difference between the averaged tracks and the track set",
        description=(
            "Difference between the number of tracks that scores average and the number"
            " in the declared set."
        ),
        diagnosis="scores average tracks other than those of the track set",
        remedy="check 'track_set' and 'track_sets' in the config",
        scale=TRACKS,
        warn=0,
        fail=0,
    ),
    Gate(
        name="scores_per_variant",
        stage="scores",
        summary="largest number of different scores of one variant",
        description=(
            "Largest number of different scores of one variant in one benchmark; a model"
            " gives one."
        ),
        diagnosis="scores look joined by row, or made from the effects",
        remedy="join scores by variant",
        scale=SCORES,
        warn=1,
        fail=1,
    ),
    Gate(
        name="score_ties",
        stage="scores",
        summary="share of variants with the most common score",
        description="Share of unique variants that have the most common score.",
        diagnosis="scores look like default values (many variants share one)",
        remedy="check how the scores were computed",
        scale=SHARE,
        warn=0.1,
        fail=0.5,
    ),
    Gate(
        name="score_signs",
        stage="scores",
        summary="share of scores with the rarer sign",
        description=(
            "Share of scores with the rarer sign, among unique variants whose score is"
            " not 0."
        ),
        diagnosis="scores look like absolute values",
        remedy=(
            "use a signed score, or declare 'effect_allele: unknown' for a table of"
            " unsigned scores"
        ),
        scale=MINOR_SHARE,
        warn=0.2,
        fail=0.05,
        is_low_bad=True,
    ),
    Gate(
        name="score_saturation",
        stage="scores",
        summary="share of variants that tie with the largest score",
        description=(
            "Share of variants, except the top one, within 0.1 % of the largest absolute"
            " score."
        ),
        diagnosis="scores look like quantiles or clipped values",
        remedy="use raw scores",
        scale=SHARE,
        warn=0.005,
        fail=0.01,
    ),
    Gate(
        name="window_dilution",
        stage="scores",
        summary="scaling exponent of scores with window length",
        description=(
            "Median exponent with which scores scale with the window length: 0 for a"
            " local score, -1 for a mean over the window. Not checked without a second"
            " window."
        ),
        diagnosis="scores look like means over the whole window",
        remedy="use a scorer with a centre mask",
        scale=EXPONENT,
        warn=-0.3,
        fail=-0.6,
        is_low_bad=True,
    ),
    Gate(
        name="indel_scale",
        stage="scores",
        summary="median absolute score of indels relative to SNVs",
        description=(
            "Median absolute score of indels, relative to that of single-base"
            " substitutions. Unaligned alleles increase it."
        ),
        diagnosis="predictions of the two alleles of indels look unaligned",
        remedy="use a scorer that aligns the alleles",
        scale=RATIO,
        warn=2,
        fail=5,
    ),
    Gate(
        name="above_ceiling",
        stage="scores",
        summary="agreement relative to its noise ceiling",
        description=(
            "Absolute Spearman correlation divided by the noise ceiling, the square root"
            " of the effects' reliability. Values above those of any model suggest that"
            " scores were made from the effects."
        ),
        diagnosis="scores look as though they were made from the measured effects",
        remedy="check that the scores are predictions",
        scale=RATIO,
        warn=0.8,
        fail=0.85,
    ),
    Gate(
        name="orientation",
        stage="scores",
        summary="upper end of the 95 % interval of Spearman's correlation",
        description=(
            "Upper end of the 95 % confidence interval of Spearman's correlation among"
            " lead variants. Below 0, effects or scores refer to the wrong allele."
        ),
        diagnosis="effects or scores refer to the wrong allele",
        remedy="check 'effect_allele' of the effects and of the scores in the sheet",
        scale=CORRELATION,
        warn=0,
        fail=-0.1,
        is_low_bad=True,
    ),
    Gate(
        name="gene_coverage",
        stage="genes",
        summary="share of pairs whose gene starts in the window",
        description=(
            "Share of the pairs of answered variants whose gene starts in the window of the"
            " model, or holds the variant if the scorer needs that. Of the lead eQTLs of"
            " whole blood in GTEx v8 it is 0.94, 0.89 and 0.70 for windows of 1,048,576,"
            " 524,288 and 131,072 bp."
        ),
        diagnosis="many genes lie outside of the windows",
        remedy="use a longer window ('window_bp')",
        scale=SHARE,
        warn=0.85,
        fail=0.5,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="gene_annotation",
        stage="genes",
        summary="share of pairs whose gene the model does not know",
        description=(
            "Share of the pairs of answered variants whose gene is in no annotation: its id"
            " was retired, the model lacks it, or it is no gene id. Releases of GENCODE"
            " differ in a few per cent of the genes of a study, other kinds of ids in all."
        ),
        diagnosis="features are not the genes of the model's annotation",
        remedy="check that features are Ensembl gene ids on the build of the genome",
        scale=SHARE,
        warn=0.05,
        fail=0.3,
    ),
    Gate(
        name="equal_gene_scores",
        stage="genes",
        summary="share of variants whose genes all have one score",
        description=(
            "Share of variants with several genes whose scores are the same number other"
            " than 0. Genes have exons of their own, so that their scores differ."
        ),
        diagnosis="one score of a variant was given to all of its genes",
        remedy="join scores by variant and gene",
        scale=SHARE,
        warn=0.02,
        fail=0.2,
    ),
    Gate(
        name="own_gene",
        stage="genes",
        summary="upper limit of the gain in agreement by the pair's own gene",
        description=(
            "Spearman's correlation with the scores of the pairs' own genes, minus that"
            " with the strongest score of another gene of the same variant, or with the"
            " nearest other gene if that agrees better: the upper end of its 95 %"
            " confidence interval. Below 0, scores belong to other genes. Not checked"
            " without scores of further genes, or without signs."
        ),
        diagnosis="effects agree better with the scores of other genes",
        remedy="check that scores were joined by gene id, not by row, order or distance",
        scale=CORRELATION,
        warn=0,
        fail=-0.1,
        is_low_bad=True,
    ),
    Gate(
        name="gene_tracks",
        stage="genes",
        summary="share of the scored tracks that are the dataset's tissue",
        description=(
            "Share of the tracks of a benchmark's scores that GTEx measured in the tissue"
            " of the dataset, as the sheet names it (gtex:Whole_Blood). Not checked if it"
            " names none."
        ),
        diagnosis="scores are those of another tissue's expression",
        remedy="use 'track_set: tissue', or correct 'tissue' in the sheet",
        scale=SHARE,
        warn=1,
        fail=0.5,
        is_low_bad=True,
    ),
    Gate(
        name="own_tissue",
        stage="genes",
        summary="upper limit of the gain in agreement by the dataset's tissue",
        description=(
            "Spearman's correlation with the track of the dataset's tissue, minus that with"
            " the tissue of GTEx that agrees best: the upper end of its confidence interval"
            " at 95 % over all tissues (Bonferroni). Below 0, another tissue agrees better"
            " than chance allows."
        ),
        diagnosis="effects agree better with the expression of another tissue",
        remedy="check which tissue the effects are of, and 'tissue' in the sheet",
        scale=CORRELATION,
        warn=0,
        fail=-0.1,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="strand_coverage",
        stage="genes",
        summary="difference between the strands in the share of pairs with a score",
        description=(
            "Difference between genes of the two strands in the share of pairs with a"
            " score. Tracks of one strand have no values for genes of the other. Not"
            " checked without 'genes'."
        ),
        diagnosis="genes of one strand lack scores",
        remedy="merge the tracks of both strands",
        scale=SHARE,
        warn=0.1,
        fail=0.5,
    ),
    Gate(
        name="strand_orientation",
        stage="genes",
        summary="upper end of Spearman's interval, of the strand that agrees less",
        description=(
            "Upper end of the 95 % confidence interval of Spearman's correlation among"
            " genes of the strand that agrees less. Below 0, its scores or effects are"
            " reversed. Not checked without 'genes'."
        ),
        diagnosis="genes of one strand agree in reverse",
        remedy="check that alleles are on the forward strand for all genes",
        scale=CORRELATION,
        warn=0,
        fail=-0.1,
        is_low_bad=True,
    ),
    Gate(
        name="cut_genes",
        stage="genes",
        summary="share of pairs whose gene has most of its exons outside of the window",
        description=(
            "Share of scored pairs whose gene has less than half of its exonic bases in the"
            " window; its score is that of the rest. Not checked without 'genes'."
        ),
        diagnosis="windows cut many genes, which are scored by a part of their exons",
        remedy="use a longer window ('window_bp')",
        scale=SHARE,
        warn=0.1,
        fail=0.4,
        ends_run=False,
    ),
    Gate(
        name="silent_genes",
        stage="genes",
        summary="share of pairs with a score of exactly 0",
        description=(
            "Share of scored pairs whose score is exactly 0, as for a gene without any exon"
            " in the window or without any predicted coverage."
        ),
        diagnosis="many genes have no exon or no coverage to score",
        remedy="check the annotation, the window and the tracks",
        scale=SHARE,
        warn=0.05,
        fail=0.3,
        ends_run=False,
    ),
    Gate(
        name="low_expression",
        stage="genes",
        summary="share of pairs whose gene is hardly expressed in the scored tracks",
        description=(
            "Share of scored pairs whose gene has a predicted mean coverage below 0.01 in"
            " the scored tracks with the more active allele, ten times the pseudocount,"
            " which shrinks their change by a tenth or more. Needs RNA_SEQ_ACTIVE among the"
            " scorers; the call is the same."
        ),
        diagnosis="the model expects no expression of many of the genes in these tracks",
        remedy="check the tissue of the tracks",
        scale=SHARE,
        warn=0.2,
        fail=0.6,
        ends_run=False,
    ),
)
GATES = {gate.name: gate for gate in _ALL}


def gates_of(stage):
    """Return the gates of a stage, as a list of `Gate`."""
    return [gate for gate in GATES.values() if gate.stage == stage]


def threshold_schemas():
    """Return the JSON schema of each gate's thresholds in the config, by gate."""
    return {gate.name: _schema_of(gate) for gate in GATES.values()}


def _schema_of(gate):
    unit, low, high = gate.scale
    bounds = {"minimum": low, "maximum": high}
    number = {key: bound for key, bound in bounds.items() if bound is not None}
    side = "low" if gate.is_low_bad else "high"
    return {
        "type": "object",
        "additionalProperties": False,
        "default": {},
        "description": f"{gate.description} Unit: {unit}; {side} is bad.",
        "properties": {
            name: {"type": "number", **number, "default": default}
            for name, default in (("warn", gate.warn), ("fail", gate.fail))
        },
    }
