"""Defects of the controls of a benchmark, with their expected outcomes."""

import numpy as np
from gauntlet import alter_controls as by
from gauntlet import alter_effects as of
from gauntlet import alter_inputs
from gauntlet.defect import (
    CONTROLS,
    EXCEPTED,
    FAILS,
    REFUSED,
    SAME,
    UNREPORTABLE,
    Defect,
)

FAILING = "failing positive control"
SCORES_AGAINST = "scores do not follow the sequence"
SHAM = "nothing is planted"
AS_GOOD = "mismatched variants agree as well as the right ones"
BETTER = "tracks of another tissue agree better"
NO_CONTROL = "no external positive control"
MADE = "the effects with noise of {:g} sd as the control, {}"

OF_SIGNS = ("opposite_signs", "control_signs", "replicate_signs")
OF_PLACES = ("feature_place", "feature_start", "linked_effects")
ALL_OF_REF = (
    of.of_slope(np.negative),
    alter_inputs.rescored(np.negative),
    by.of_control(np.negative),
)


def of_sham(share):
    """Return a defect whose trials without a planted correlation detect one."""
    spread = 1.96 * np.sqrt(share * (1 - share) / 200)
    numbers = {"ci_low": share - spread - 0.02 * (share == 1), "ci_high": share}
    return by.measured(by.of_metrics("sham", value=share, **numbers))


def of_p(predictor, p):
    return by.measured(by.of_metrics(predictor, p=p))


OF_CONTROLS = [
    Defect(CONTROLS, "9", *row)
    for row in (
        # The positive control.
        (
            "positive control with the opposite sign",
            FAILS,
            "control_signs",
            by.measured(by.of_control(np.negative)),
        ),
        (
            "positive control of about -0.3",
            FAILS,
            "control_signs",
            by.measured(by.of_control(by.noisy(1.2, -1))),
        ),
        (
            "positive control with the opposite sign, its gate accepted",
            UNREPORTABLE,
            FAILING,
            by.measured(by.of_control(np.negative), by.accepted("control_signs")),
        ),
        (
            "positive control of about -0.3, its gate accepted",
            UNREPORTABLE,
            FAILING,
            by.measured(by.of_control(by.noisy(1.2, -1)), by.accepted("control_signs")),
        ),
        (
            "50% of the genes with the opposite sign, gates of signs accepted",
            UNREPORTABLE,
            FAILING,
            by.measured(by.flipped_genes(0.5), by.accepted(*OF_SIGNS)),
        ),
        (
            "effects and scores of REF, gates of signs and answers accepted",
            UNREPORTABLE,
            SCORES_AGAINST,
            by.measured(
                of.of_slope(np.negative),
                alter_inputs.rescored(np.negative),
                by.accepted("score_recheck", *OF_SIGNS),
            ),
        ),
        *(
            (
                f"positive control of which {share:.0%} is shuffled",
                outcome,
                why,
                by.measured(by.of_control(by.shuffled(share))),
            )
            for share, outcome, why in (
                (0.1, SAME, ""),
                (0.5, SAME, ""),
                (1, UNREPORTABLE, FAILING),
            )
        ),
        *(
            (
                f"{share:.0%} of the genes with the opposite sign",
                outcome,
                why,
                by.measured(by.flipped_genes(share)),
            )
            for share, outcome, why in ((0.5, FAILS, "opposite_signs control_signs"),)
        ),
        (
            "effects and scores of REF",
            FAILS,
            "control_signs",
            by.measured(of.of_slope(np.negative), alter_inputs.rescored(np.negative)),
        ),
        (
            "effects, scores and control of REF",
            FAILS,
            "score_recheck replicate_signs",
            by.measured(*ALL_OF_REF),
        ),
        (
            "effects, scores and control of REF, gates of signs and answers accepted",
            UNREPORTABLE,
            SCORES_AGAINST,
            by.measured(*ALL_OF_REF, by.accepted("score_recheck", *OF_SIGNS)),
        ),
        (
            "effects, scores and control of REF, of a table and without a replicate",
            UNREPORTABLE,
            SCORES_AGAINST,
            by.measured(*ALL_OF_REF, by.of_table, by.without_replicate),
        ),
        (
            "no positive control, without a reason",
            EXCEPTED,
            f"{NO_CONTROL} (key 'control')",
            by.measured(by.without_control()),
        ),
        (
            "no positive control, for a reason",
            EXCEPTED,
            f"{NO_CONTROL}: none was measured",
            by.measured(by.without_control("none was measured")),
        ),
        (
            "a positive control of other variants",
            EXCEPTED,
            "demo_dsqtls shares no variant with the effects",
            by.measured(by.elsewhere),
        ),
        (
            "a positive control of two variants",
            EXCEPTED,
            "undefined positive control",
            by.measured(by.few(2)),
        ),
        (
            "scores of indels 7.9 times too large, accepted",
            EXCEPTED,
            "failing gates that are accepted: indel_scale",
            by.measured(alter_inputs.padded_indels, by.accepted("indel_scale")),
        ),
        # Independence.
        (
            "a copy of the effects' file as the control",
            REFUSED,
            "its file is a copy of that of the effects",
            by.copied_file,
        ),
        (
            "another column of the effects' file as the control",
            REFUSED,
            "comes from the same file as 'demo_pairs'",
            by.of_sheet(columns="effect=slope_of_old"),
        ),
        (
            "other rows of the effects' file as the control",
            REFUSED,
            "comes from the same file as 'demo_pairs'",
            by.of_sheet(keep="maf>0.1"),
        ),
        (
            "the file of the effects that fine-mapped ones join as the control",
            REFUSED,
            "comes from the same file as 'demo_finemapped'",
            by.of_sheet("demo_finemapped", columns="effect=slope_of_old"),
        ),
        *(
            (
                f"the effects times {scale:g} as the control",
                FAILS,
                "control_values control_ceiling control_sign_copies",
                by.measured(by.made_of_effects(scale=scale)),
            )
            for scale in (1, -1, 2.5)
        ),
        *(
            (
                f"the effects of {share:.0%} of the variants as the control's",
                FAILS,
                "control_values",
                by.measured(by.made_of_effects(share=share, errors="none")),
            )
            for share in (0.1, 0.5)
        ),
        *(
            (
                MADE.format(sd, "with its own standard errors"),
                outcome,
                why,
                by.measured(by.made_of_effects(sd)),
            )
            for sd, outcome, why in (
                (0.01, FAILS, "control_values control_ceiling control_sign_copies"),
                (0.1, FAILS, "control_ceiling control_sign_copies"),
                (0.25, FAILS, "control_ceiling"),
                (0.3, EXCEPTED, "the control may not be independent"),
                (0.4, EXCEPTED, "the control may not be independent"),
                (1, SAME, ""),
            )
        ),
        *(
            (
                MADE.format(sd, "with the genes' names"),
                FAILS,
                "control_features",
                by.measured(by.made_of_effects(sd, errors="none", features=True)),
            )
            for sd in (0.3, 3)
        ),
        *(
            (
                f"variants of effects and control exchanged alike, {share:.0%}",
                outcome,
                why,
                by.measured(by.exchanged_variants(share)),
            )
            for share, outcome, why in ((1, FAILS, "feature_place feature_start"),)
        ),
        (
            "variants of effects and control exchanged alike, gates of places accepted",
            UNREPORTABLE,
            "the positive control does not follow the sequence",
            by.measured(by.exchanged_variants(1), by.accepted(*OF_PLACES)),
        ),
        (
            "variants exchanged and the control made of them, gates of places accepted",
            UNREPORTABLE,
            "the positive control does not follow the sequence",
            by.measured(
                by.exchanged_variants(1),
                by.made_of_effects(1),
                by.accepted(*OF_PLACES, "replicate_signs"),
            ),
        ),
        (
            "50% of the genes flipped and the control made of them, signs accepted",
            UNREPORTABLE,
            "the positive control does not follow the sequence",
            by.measured(
                by.flipped_genes(0.5), by.made_of_effects(1), by.accepted(*OF_SIGNS)
            ),
        ),
        (
            "50% of the genes with the opposite sign, and the control made of them",
            FAILS,
            "opposite_signs",
            by.measured(by.flipped_genes(0.5), by.made_of_effects(1)),
        ),
        (
            "variants of the effects exchanged, and the control made of them",
            FAILS,
            "feature_place feature_start",
            by.measured(by.exchanged_variants(1), by.made_of_effects(1)),
        ),
        # Nulls and what is planted.
        *(
            (
                f"the sham is detected in {share:.0%} of the trials",
                UNREPORTABLE,
                SHAM,
                of_sham(share),
            )
            for share in (0.2, 0.5, 1)
        ),
        *(
            (
                f"an agreement whose permutation has p = {p}",
                UNREPORTABLE,
                "the permutation of scores within strata finds as much by chance",
                of_p("permuted_in_strata", p),
            )
            for p in (0.1, 0.9)
        ),
        (
            "an agreement whose sign flips have p = 0.5",
            UNREPORTABLE,
            "the sign flips of LD blocks find as much by chance",
            of_p("sign_flip_by_block", 0.5),
        ),
        (
            "shuffled scores whose permutation has p = 0.002",
            UNREPORTABLE,
            "the permutation of scores within strata rejects chance",
            by.measured(
                alter_inputs.rescored(alter_inputs.next_variant),
                by.of_table,
                by.of_metrics("permuted_in_strata", p=0.002),
            ),
        ),
        *(
            (
                f"mismatched variants that agree {share:.0%} as well",
                outcome,
                why,
                by.measured(by.as_good_as_right(share)),
            )
            for share, outcome, why in (
                (0.5, EXCEPTED, "mismatched variants agree too"),
                (0.95, UNREPORTABLE, AS_GOOD),
                (1, UNREPORTABLE, AS_GOOD),
            )
        ),
        # Another tissue.
        *(
            (
                f"{share:.0%} of the score exchanged with that of another tissue",
                outcome,
                why,
                by.measured(by.mixed_tissues(share), by.of_table),
            )
            for share, outcome, why in (
                (0.1, EXCEPTED, "no model was asked again"),
                (0.5, FAILS, "mismatched_copies"),
                (0.75, UNREPORTABLE, BETTER),
                (1, UNREPORTABLE, BETTER),
            )
        ),
        *(
            (
                f"another tissue's score that knows {share:.0%} of the effects",
                UNREPORTABLE,
                BETTER,
                by.measured(by.better_tissue(share), by.of_table),
            )
            for share in (0.3, 0.8)
        ),
        *(
            (
                f"the tissue's own scores in {share:.0%} of those of another tissue",
                FAILS,
                "mismatched_copies",
                by.repeated_tissue(share),
            )
            for share in (0.3, 1)
        ),
        # A model beside another one.
        *(
            (name, FAILS, "model_copies", by.copied_model(change))
            for name, change in (
                ("a second model: the first one again", by.unchanged),
                ("a second model: the first one in another unit", np.negative),
                ("a second model: quantiles of the first one", by.quantiles),
                (
                    "a second model: the first one's scores for 30%, and others",
                    by.partly(0.3),
                ),
            )
        ),
        *(
            (
                f"a second model that lacks {share:.0%} of the pairs, where it disagrees",
                FAILS,
                "model_gaps",
                by.without_disagreeing(share),
            )
            for share in (0.04, 0.2)
        ),
    )
]


def _on_chr2(change):
    def defect(case):
        is_here = case.control["chrom"].astype(str) == "chr2"
        score = case.control["score"]
        case.control = case.control.assign(score=score.where(~is_here, change(score)))

    return defect


def _late(score):
    """Delay the first third by one variant."""
    n = len(score) // 3
    return np.r_[np.roll(score[:n], 1), score[n:]]


def _of_replicate(change):
    def defect(case):
        score = case.replicate["score"].to_numpy(dtype=float)
        case.replicate = case.replicate.assign(score=change(score))

    return defect


OF_CONTROLS += [
    Defect(CONTROLS, "-", *row)
    for row in (
        (
            "positive control of chr2 with the opposite sign",
            FAILS,
            "control_parts control_runs control_signs",
            _on_chr2(np.negative),
        ),
        (
            "absolute values of the positive control",
            FAILS,
            "control_signs",
            by.of_control(np.abs),
        ),
        (
            "a third of the positive control late by one variant",
            FAILS,
            "control_parts control_runs",
            by.of_control(_late),
        ),
        ("a positive control of 40 variants", SAME, "", by.few(40)),
        (
            "absolute values of the replicate",
            FAILS,
            "replicate_signs",
            _of_replicate(np.abs),
        ),
        (
            "replicate with the opposite sign",
            FAILS,
            "replicate_signs",
            _of_replicate(np.negative),
        ),
        (
            "replicate shuffled",
            FAILS,
            "replicate_signs",
            _of_replicate(lambda score: of.rng().permutation(score)),
        ),
    )
]
