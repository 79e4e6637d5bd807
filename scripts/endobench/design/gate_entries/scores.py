"""The gates on scores."""

from endobench.design.gate_entries.gate import (
    AGREEMENT_RATIO,
    CORRELATION,
    EXPONENT,
    MINOR_SHARE,
    RATIO,
    SCORES,
    SHARE,
    TRACKS,
    Gate,
)

ENTRIES = (
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
        name="score_recheck",
        stage="scores",
        summary="share of scores that are not what the model answers again",
        description=(
            "Share of the scores of a sample of variants that are not, up to rounding,"
            " minus what the model answers for the same variant, and gene if the scorer is"
            " by gene, with REF and ALT exchanged. The sample is that of allele_exchange."
            " Not checked for tables and the Atlas."
        ),
        diagnosis="scores are not those of the model for their variants",
        remedy="predict again, and check how scores were joined",
        scale=SHARE,
        warn=0,
        fail=0.05,
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
        warn=0.59,
        fail=0.6,
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
            " between the rows of features, or so many scores are missing that the"
            " neighbours that are left are far apart. Not checked unless effects are"
            " regression slopes, and most neighbours less than 5 kb apart."
        ),
        diagnosis="effects of linked variants are not alike",
        remedy=(
            "check that statistics and variants belong to the same rows, and that few"
            " scores are missing, since variants that are farther apart are less alike"
        ),
        scale=CORRELATION,
        warn=0.15,
        fail=0.12,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="effect_ties",
        stage="scores",
        summary="largest share of one effect, overall or on a chromosome",
        description=(
            "Largest share of one effect among all effects, or those on a chromosome. A"
            " feature counts once for each of its effects, since variants in perfect LD"
            " have one. Rounded effects are compared with adjacent values, and"
            " allelic ratios with the third most common one. Signs and classes are not"
            " judged."
        ),
        diagnosis="missing effects look written as a value, or signs taken for effects",
        remedy="leave missing effects out, and check the effect column and its unit",
        scale=SHARE,
        warn=0.01,
        fail=0.05,
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
)
