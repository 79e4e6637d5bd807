"""The gates on the positive control."""

from endobench.design.gate_entries.gate import RATIO, SHARE, Gate

ENTRIES = (
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
)
