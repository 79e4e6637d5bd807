"""The registry of gates: what each measures, its thresholds, and what a failure means.

A gate is an entry here and a function of its name in a module of `endobench.gates`. The
schema of the config and its manual take the thresholds from here.
"""

from typing import NamedTuple

STAGES = ("effects", "original", "control", "peaks", "sequences", "scores", "genes")
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
P_VALUE = Scale("adjusted p value", 0, 1)
BLOCKS = Scale("blocks", 0)
AGREEMENT_RATIO = Scale("ratio of agreements")


class Gate(NamedTuple):
    """What a gate measures, and how its value is judged.

    Attributes
    ----------
    name : str
        Its key under ``gates`` and in ``accept`` of the config, and its function.
    stage : {"effects", "original", "control", "peaks", "sequences", "scores", "genes"}
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
        name="feature_place",
        stage="effects",
        summary="share of rows away from the place of their feature",
        description=(
            "Share of rows whose position minus distance is not that of most rows of "
            "their feature. Signed and absolute distances and both directions are "
            "recognised. Not checked without distances, or if they follow no such "
            "convention in a format that does not prescribe one."
        ),
        diagnosis="variants, features and distances do not belong together",
        remedy=(
            "check that no column was shuffled, sorted or shifted against the others"
        ),
        scale=SHARE,
        warn=0,
        fail=0.005,
    ),
    Gate(
        name="feature_start",
        stage="effects",
        summary="share of features away from the start site of their gene",
        description=(
            "Share of features whose position minus distance lies more than 10 kb from "
            "all transcription start sites of their gene in the annotation (key "
            "`genes`), or on another chromosome. Not checked without distances or an "
            "annotation."
        ),
        diagnosis="distances contradict the annotation of genes",
        remedy="check the build, the feature ids and the distances",
        scale=SHARE,
        warn=0.1,
        fail=0.25,
    ),
    Gate(
        name="variant_constants",
        stage="effects",
        summary="share of variants with several frequencies",
        description=(
            "Share of variants in several rows whose minor allele frequencies, counts "
            "or frequencies of ALT differ between the rows. A variant has one "
            "frequency in a cohort."
        ),
        diagnosis="rows of one variant have different allele frequencies",
        remedy=(
            "check that no column was shuffled, sorted or shifted against the others"
        ),
        scale=SHARE,
        warn=0.001,
        fail=0.01,
    ),
    Gate(
        name="feature_constants",
        stage="effects",
        summary="share of features with several values of a constant",
        description=(
            "Share of features in several rows in which a value of the whole feature "
            "differs between the rows: its smallest p value or its threshold."
        ),
        diagnosis="rows of one feature have different values of the whole feature",
        remedy=(
            "check that no column was shuffled, sorted or shifted against the others"
        ),
        scale=SHARE,
        warn=0,
        fail=0.005,
    ),
    Gate(
        name="feature_p_range",
        stage="effects",
        summary="share of p values outside the range of their feature",
        description=(
            "Share of p values below the smallest one or above the threshold that the "
            "table reports for their feature."
        ),
        diagnosis="p values contradict those of the whole feature",
        remedy=(
            "check that no column was shuffled, sorted or shifted against the others"
        ),
        scale=SHARE,
        warn=0,
        fail=0.005,
    ),
    Gate(
        name="sample_count",
        stage="effects",
        summary="share of rows with another number of samples",
        description=(
            "Share of rows in which the minor allele count divided by the frequency is "
            "not the number of chromosomes that most rows have: more, or less than "
            "half of it. Not checked without counts."
        ),
        diagnosis="allele counts and frequencies contradict each other",
        remedy="check which columns the sheet reads as maf and allele_count",
        scale=SHARE,
        warn=0.001,
        fail=0.01,
    ),
    Gate(
        name="se_follows_maf",
        stage="effects",
        summary="correlation of standard errors with those that frequencies imply",
        description=(
            "Correlation, within features, of the logarithms of the standard errors of "
            "the phenotype and of those that minor allele frequencies imply. Not "
            "checked for units other than those of regression slopes."
        ),
        diagnosis="standard errors do not follow allele frequencies",
        remedy="check that statistics and variants belong to the same rows",
        scale=CORRELATION,
        warn=0.5,
        fail=0.3,
        is_low_bad=True,
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
            "Share of the most common of the twelve kinds of substitution, among "
            "unique substitutions; about 0.2 in GTEx. Placeholder alleles are all of "
            "one kind."
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
            "Share of rows in which neither allele matches the genome, in a table "
            "whose alleles have no fixed order; about half if the build is wrong or "
            "positions are off by one. Not checked if the table states which allele is "
            "REF. A table of scores or a control is refused above `fail`."
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
        name="original_effects",
        stage="original",
        summary="share of pairs whose effect is not that of the original table",
        description=(
            "Share of the pairs of both tables whose effect is not that of the table that"
            " they came from (key `original` of the dataset), up to rounding. The"
            " evidence names what they hold instead, such as its p values; the table"
            " original.tsv.gz has every pair. Not checked for labels and signs."
        ),
        diagnosis="the effects are not those of the table that they came from",
        remedy=(
            "check which column the sheet reads as the effect, its effect allele and its"
            " unit, or name another table under 'original'"
        ),
        scale=SHARE,
        warn=0.001,
        fail=0.01,
    ),
    Gate(
        name="control_values",
        stage="control",
        summary="share of shared variants at which the control repeats the effect",
        description=(
            "Share of the variants of both tables at which the control has the effect's"
            " own value, up to rounding, its sign and its scale. Not checked for labels"
            " and for fewer than 20 different values."
        ),
        diagnosis="the positive control repeats the effects that it should control",
        remedy="name a control that another assay measured independently",
        scale=SHARE,
        warn=0.03,
        fail=0.05,
    ),
    Gate(
        name="control_features",
        stage="control",
        summary="share of shared variants whose feature both tables have",
        description=(
            "Share of the variants of both tables for which the control measured one of"
            " the features (genes, peaks) of the effects. Features that are named after a"
            " variant do not count."
        ),
        diagnosis="the positive control measured the same features as the effects",
        remedy="name a control that measured something else, such as accessibility",
        scale=SHARE,
        warn=0.01,
        fail=0.05,
    ),
    Gate(
        name="control_ceiling",
        stage="control",
        summary="agreement of control and effects relative to their noise ceiling",
        description=(
            "Absolute Spearman correlation of the control with the effects, divided by"
            " the square root of the product of their reliabilities. Two independent"
            " measurements cannot agree better than their standard errors allow. Not"
            " checked if neither table has standard errors."
        ),
        diagnosis="the positive control agrees with the effects beyond measurement error",
        remedy="check that the control was not made from the effects",
        scale=RATIO,
        warn=0.95,
        fail=1,
    ),
    Gate(
        name="control_sign_copies",
        stage="control",
        summary="share of opposite signs of control and effects, at most",
        description=(
            "Upper one-sided 95 % bound of the share of shared variants at which the sign"
            " of the control differs from that of the effect (or agrees, if most differ)."
            " Z scores, signed p values or signs of the effects have all of their signs;"
            " independent measurements do not. Not checked for fewer than 300 variants."
        ),
        diagnosis="the positive control has the sign of the effect throughout",
        remedy="check that the control was not made from the effects",
        scale=SHARE,
        warn=0.015,
        fail=0.008,
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
            "Number of variants in peaks, relative to that in peaks shifted by 10 to "
            "100 kb; about 1 if the builds differ. Not checked if the counts cannot "
            "distinguish 1.25 from 1."
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
        name="peak_parts",
        stage="peaks",
        summary="adjusted p value of the least enriched chromosome",
        description=(
            "Smallest adjusted p value of a chromosome whose enrichment of variants in "
            "peaks is less than half of that of the others, on the log scale."
        ),
        diagnosis="peaks of one chromosome look like those of another build",
        remedy="check the peaks of this chromosome",
        scale=P_VALUE,
        warn=0.01,
        fail=0.001,
        is_low_bad=True,
        ends_run=False,
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
            "check the build, whether positions are 0-based or 1-based, the order of "
            "the alleles and the strand"
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
            "Largest number of different scores of one variant in one benchmark; a "
            "model gives one."
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
        summary="largest share of variants with one score, overall or in a part",
        description=(
            "Largest share of unique variants with one score, among all or those of a"
            " chromosome, kind of variant, route, moved windows, in or outside peaks."
            " Rounded scores are compared with adjacent values. Zeros outside peaks are"
            " not counted unless a part has no other scores."
        ),
        diagnosis="missing scores look written as a value (many variants share one)",
        remedy="leave missing scores out, or check how the scores were computed",
        scale=SHARE,
        warn=0.02,
        fail=0.05,
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
            "Share of variants, except the top one, within 0.1 % of the largest "
            "absolute score."
        ),
        diagnosis="scores look like quantiles or clipped values",
        remedy="use raw scores",
        scale=SHARE,
        warn=0.005,
        fail=0.01,
    ),
    Gate(
        name="neighbour_scores",
        stage="scores",
        summary="lower end of the 90 % interval of the correlation of neighbours' scores",
        description=(
            "Lower end of the 90 % confidence interval of the correlation between the"
            " scores of neighbouring variants, 30 to 250 bp or 250 bp to 100 kb apart."
            " Which allele is ALT is unrelated between neighbours, so that scores of a"
            " model do not correlate. Not checked for scores of an assay."
        ),
        diagnosis=(
            "scores look averaged over neighbours, or like those of one allele alone"
        ),
        remedy="use one score per variant that is ALT minus REF",
        scale=CORRELATION,
        warn=0.03,
        fail=0.05,
        ends_run=False,
    ),
    Gate(
        name="neighbour_ties",
        stage="scores",
        summary="share of neighbouring variants with one score, beyond chance",
        description=(
            "Share of neighbouring variants whose scores are equal in size, beyond what"
            " is expected by chance; without the most common score, which score_ties"
            " covers."
        ),
        diagnosis="scores look like those of genes or LD groups, not of variants",
        remedy="use one score per variant",
        scale=SHARE,
        warn=0.01,
        fail=0.05,
        ends_run=False,
    ),
    Gate(
        name="allele_exchange",
        stage="scores",
        summary="departure of scores from flipping when REF and ALT are exchanged",
        description=(
            "Absolute sum of a substitution's score and its score with REF and ALT"
            " exchanged, relative to their sizes: 0 if scores flip, 1 if they stay."
            " Measured on `prediction.window_sample` substitutions that a model answers;"
            " not checked for tables and the Atlas."
        ),
        diagnosis="exchanging REF and ALT does not flip scores",
        remedy="use a scorer of the difference between ALT and REF",
        scale=SHARE,
        warn=0.05,
        fail=0.2,
        ends_run=False,
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
            "Absolute Spearman correlation divided by the noise ceiling, the square "
            "root of the effects' reliability. Values above those of any model suggest "
            "that scores were made from the effects."
        ),
        diagnosis="scores look as though they were made from the measured effects",
        remedy="check that the scores are predictions",
        scale=RATIO,
        warn=0.8,
        fail=0.85,
    ),
    Gate(
        name="linked_agreement",
        stage="scores",
        summary="agreement of linked variants relative to that of lead variants",
        description=(
            "Lower end of the 90 % confidence interval of a ratio: agreement among variants"
            " that fine-mapping excludes (a tenth of the lead's evidence or less) over that"
            " among lead variants, as the mean of the ratios of slopes and of Spearman's"
            " correlations. Scores of the sequence agree less with effects that are due to"
            " a linked variant; scores that know the effects agree alike. Not checked for"
            " scores of an assay, or if effects show too little LD."
        ),
        diagnosis="scores follow LD, as though they were made from the effects",
        remedy=(
            "check that the scores are predictions, or declare 'scores_from: assay' in"
            " the sheet"
        ),
        scale=AGREEMENT_RATIO,
        warn=0.63,
        fail=0.65,
        ends_run=False,
    ),
    Gate(
        name="linked_effects",
        stage="scores",
        summary="excess likeness of neighbouring effects, at most",
        description=(
            "Upper end of the 90 % interval of the correlation of the sizes of"
            " neighbouring effects of a feature, beyond that of its other effects; 0.5 in"
            " GTEx, 0.2 in the demonstration. It is that of all variants, or of the"
            " chromosome where it is lowest (99 %). Near 0, statistics were exchanged"
            " between the rows of features. Not checked unless effects are regression"
            " slopes, and most neighbours less than 5 kb apart."
        ),
        diagnosis="effects of linked variants are not alike",
        remedy="check that statistics and variants belong to the same rows",
        scale=CORRELATION,
        warn=0.15,
        fail=0.12,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="score_effect_ratio",
        stage="scores",
        summary="share of variants whose score is one multiple of their effect",
        description=(
            "Largest share of variants whose score is the same multiple of an effect of"
            " theirs, beyond what is expected by chance."
        ),
        diagnosis="scores look copied from the effects",
        remedy="check that the scores are predictions",
        scale=SHARE,
        warn=0.02,
        fail=0.05,
        ends_run=False,
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
        name="part_agreement",
        stage="scores",
        summary="adjusted p value of the part that disagrees most",
        description=(
            "Smallest adjusted p value of a part of the pairs in which agreement falls "
            "short of that in the rest: by chromosome, region, kind of variant, "
            "alleles, frequency, strand of the gene, distance and more. The table "
            "parts.tsv lists all parts."
        ),
        diagnosis="a part of the benchmark disagrees with the rest",
        remedy="correct this part, or leave it out (key `leave_out` of the dataset)",
        scale=P_VALUE,
        warn=0.01,
        fail=0.001,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="control_parts",
        stage="scores",
        summary="adjusted p value of the part that disagrees most in the control",
        description="As part_agreement, for effects joined with the positive control.",
        diagnosis=(
            "a part of the effects disagrees with the rest in the positive control"
        ),
        remedy="correct this part, or leave it out (key `leave_out` of the dataset)",
        scale=P_VALUE,
        warn=0.01,
        fail=0.001,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="opposite_signs",
        stage="scores",
        summary="share of signs that are opposite, at least",
        description=(
            "Lower one-sided 99.5 % bound of the share of pairs in which effect and score"
            " have opposite signs beyond what weak agreement explains, from the largest"
            " 40 % of both. Not checked with fewer than 100 such pairs."
        ),
        diagnosis="a share of the pairs has effects or scores of the wrong sign",
        remedy=(
            "check the alleles and the effects of single rows, features and variants"
        ),
        scale=SHARE,
        warn=0.005,
        fail=0.01,
        ends_run=False,
    ),
    Gate(
        name="control_signs",
        stage="scores",
        summary="share of signs that are opposite to the positive control, at least",
        description="As opposite_signs, for effects joined with the positive control.",
        diagnosis="a share of the effects has the wrong sign in the positive control",
        remedy=(
            "check the alleles and the effects of single rows, features and variants"
        ),
        scale=SHARE,
        warn=0.005,
        fail=0.01,
        ends_run=False,
    ),
    Gate(
        name="ld_block_count",
        stage="scores",
        summary="number of LD blocks with pairs per chromosome",
        description=(
            "Number of LD blocks with pairs, divided by the number of chromosomes with "
            "pairs; about 77 in the whole human genome. With few blocks, intervals are "
            "unreliable."
        ),
        diagnosis="there are too few LD blocks",
        remedy="check the file of LD blocks, and the names of its chromosomes",
        scale=BLOCKS,
        warn=5,
        fail=2,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="ld_block_length",
        stage="scores",
        summary="share of neighbouring variants that borders of LD blocks separate",
        description=(
            "Share of neighbouring variants of one feature that borders of LD blocks "
            "separate. Not checked if effects show too little LD."
        ),
        diagnosis="LD blocks are too short, so that intervals are too narrow",
        remedy="use LD blocks of about 1 Mb",
        scale=SHARE,
        warn=0.1,
        fail=0.15,
        ends_run=False,
    ),
    Gate(
        name="ld_block_borders",
        stage="scores",
        summary="neighbours that borders separate, relative to shifted borders",
        description=(
            "Lower end of the 95 % interval of the number of neighbouring variants of "
            "one feature that borders of LD blocks separate, relative to shifted "
            "borders; about 1 if the builds differ. Not checked if effects show too "
            "little LD."
        ),
        diagnosis="LD blocks look like those of another build",
        remedy="check the build of the LD blocks in the sheet",
        scale=RATIO,
        warn=0.6,
        fail=0.8,
        ends_run=False,
    ),
    Gate(
        name="aligned_duplicates",
        stage="scores",
        summary="share of pairs that conflict after left-alignment",
        description=(
            "Share of pairs that were dropped because left-alignment gives them the "
            "variant of another pair of the same feature, with other effects."
        ),
        diagnosis=(
            "different rows are the same variant after left-alignment, and conflict"
        ),
        remedy="check how the table writes insertions and deletions",
        scale=SHARE,
        warn=0.001,
        fail=0.01,
    ),
    Gate(
        name="control_scores",
        stage="scores",
        summary="agreement of the positive control with the scores",
        description=(
            "Absolute Spearman correlation of the values of the positive control with the"
            " scores. A control that holds the scores says nothing about the effects."
        ),
        diagnosis="the positive control repeats the scores",
        remedy="name a control that another assay measured independently",
        scale=CORRELATION,
        warn=0.93,
        fail=0.97,
        ends_run=False,
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
