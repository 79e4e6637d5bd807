"""The gates on a table of effects."""

from endobench.design.gate_entries.gate import (
    CORRELATION,
    FOLD,
    MINOR_SHARE,
    PAIRS,
    SHARE,
    Gate,
)

ENTRIES = (
    Gate(
        name="effect_signs",
        stage="effects",
        summary="share of effects with the rarer sign",
        description=(
            "Share of effects with the rarer sign, among those that differ from the"
            " null. P values, standard errors and absolute values have one sign only. Not"
            " checked for effects of one sign from which their p values follow: see"
            " `one_sign`."
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
            " from that of abs(effect)/SE under a normal or t distribution. Effects and"
            " errors of two to four digits stand for all values that round to them. Not"
            " checked without standard errors and p values."
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
            " outside 0 to 1 or a slope outside -10 to 10. Of relative changes in place of"
            " logarithms, some are above 1 and none below -1."
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
        is_exception=False,
    ),
    Gate(
        name="missing_leads",
        stage="effects",
        summary="share of features without their lead variant",
        description=(
            "Share of features that lack the pair with their smallest p value, although"
            " the table reports that value (GTEx's min_pval_nominal): rows are missing."
            " In a table without any indel, a tenth of the features is not counted; without"
            " any A/T or C/G substitution, three tenths."
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
            "recognised. Without distances, share of rows on another chromosome than "
            "most rows of their feature. Not checked if distances follow no convention in "
            "a format that does not prescribe one, or if features are on many chromosomes."
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
            "half of it. Frequencies of two to four digits stand for all that round to "
            "them. Not checked without counts."
        ),
        diagnosis="allele counts and frequencies contradict each other",
        remedy="check which columns the sheet reads as maf and allele_count",
        scale=SHARE,
        warn=0.001,
        fail=0.01,
    ),
    Gate(
        name="se_size",
        stage="effects",
        summary="share of standard errors too large for a standardised phenotype",
        description=(
            "Share of rows whose standard error is more than 1.3 times that of a phenotype"
            " of variance 1, given the allele frequency and the number of samples. Only"
            " for formats whose phenotypes are standardised and whose allele counts tell"
            " the number of samples, such as those of GTEx."
        ),
        diagnosis="effects have another unit than their format",
        remedy="check that no row or feature was scaled",
        scale=SHARE,
        warn=0.01,
        fail=0.03,
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
        is_exception=False,
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
        is_exception=False,
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
        is_exception=False,
    ),
    Gate(
        name="unoriented",
        stage="effects",
        summary="share of rows in which neither allele matches the genome",
        description=(
            "Share of rows in which neither allele matches the genome, in a table "
            "whose alleles have no fixed order; about half if the build is wrong or "
            "positions are off by one. As many wrong rows match by chance, and stay "
            "among the effects. Not checked if the table states which allele is "
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
)
