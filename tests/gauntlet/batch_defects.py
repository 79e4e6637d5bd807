"""Defects of batches, scales and single rows, with their expected outcomes.

Faults of scores are tried as those of a model, which can be asked again, and as those of a
table, where the data alone must show them.
"""

from gauntlet import alter_batches as by
from gauntlet import alter_further, alter_inputs, alter_parts, alter_table
from gauntlet.alter_controls import measured, of_table, without_replicate
from gauntlet.alter_leaks import filled, joined
from gauntlet.defect import (
    CONSISTENCY,
    CONTROLS,
    EXCEPTED,
    FAILS,
    LIMIT,
    MISSED,
    PARTS,
    PEAKS,
    SAME,
    UNREPORTABLE,
    Defect,
)
from gauntlet.leak_defects import KNOWN, MISSING

BATCHES = "Scores of some batches or variants"
ASKED = "score_recheck"
NOT_ASKED = "no model was asked again"
_FLIP = alter_parts.flipped
_PEAKS = alter_inputs.of_peaks
_BOTH = alter_further.both_tissues
_LATE = alter_further.late_in_stripes
_TOLD = alter_further.told
_EXCHANGED = alter_further.some_exchanged

# What it is, the change, and what shows it in a table: gates, a part of the conclusion, or
# nothing but that no model was asked.
_OF_SCORES = (
    ("late by one in every second 100", _BOTH(_LATE(100)), FAILS, "run_agreement"),
    ("late by one in every second 50", _BOTH(_LATE(50)), FAILS, "run_agreement"),
    ("late by one in every second 20", _BOTH(_LATE(20)), EXCEPTED, NOT_ASKED),
    (
        "random in one of 3 batches of 100",
        by.in_batches(by.nothing, 100, 3),
        FAILS,
        "run_agreement",
    ),
    (
        "random in one of 5 batches of 50",
        by.in_batches(by.nothing, 50, 5),
        EXCEPTED,
        "gate run_agreement warns",
    ),
    (
        "in reverse within batches of 4",
        _BOTH(by.backwards(4)),
        UNREPORTABLE,
        "scores do not follow the sequence",
    ),
    (
        "flipped in one of 4 batches of 30",
        by.in_batches(by.times(-1), 30, 4),
        FAILS,
        "opposite_signs run_agreement",
    ),
    (
        "ten times as large in one of 3 batches of 100",
        by.in_batches(by.times(10), 100, 3),
        EXCEPTED,
        NOT_ASKED,
    ),
    (
        "of chr1 times 0.3",
        by.on_chromosome("chr1", by.times(0.3)),
        FAILS,
        "score_scales",
    ),
    (
        "of chr2 times 0.1",
        by.on_chromosome("chr2", by.times(0.1)),
        FAILS,
        "score_scales",
    ),
    ("times random factors, sd 1", _BOTH(by.blurred(1)), EXCEPTED, NOT_ASKED),
    ("flipped if in the smaller 60 %", by.small_flipped(0.6), FAILS, "sequence_parts"),
    (
        "of 30 % of the variants exchanged",
        _BOTH(_EXCHANGED(0.3)),
        EXCEPTED,
        NOT_ASKED,
    ),
    (
        "of 30 % of the variants as noise of a hundredth of their spread",
        alter_further.as_noise(0.3, 0.01),
        FAILS,
        "mismatched_copies",
    ),
    (
        "of lead variants alone made from effects, noise of 0.3 sd",
        _TOLD(alter_further.effects, 0.3, among=alter_further.leads),
        FAILS,
        "sequence_parts",
    ),
    (
        "of lead variants alone made from effects, noise of 1 sd",
        _TOLD(alter_further.effects, 1, among=alter_further.leads),
        FAILS,
        "sequence_parts",
    ),
    (
        "of half of the lead variants made from effects, noise of 0.3 sd",
        _TOLD(alter_further.effects, 0.3, 0.5, among=alter_further.leads),
        EXCEPTED,
        NOT_ASKED,
    ),
    (
        "of lead variants with the sign of the effect",
        by.leads_with_sign,
        EXCEPTED,
        NOT_ASKED,
    ),
    (
        "of one random variant of each gene made from effects",
        by.one_leaked_each(0.3),
        FAILS,
        "linked_agreement",
    ),
)
# In few variants, none of which is among those that are asked again.
_UNSEEN = (
    "of half of the lead variants made from effects, noise of 0.3 sd",
    "of lead variants with the sign of the effect",
)
_FEW = "the sample of 20 variants that the model is asked again holds none of them"
_ROWS = (
    *(
        (BATCHES, f"scores {words}", FAILS, ASKED, joined(change))
        if words not in _UNSEEN
        else (LIMIT, f"scores {words}", MISSED, _FEW, joined(change))
        for words, change, *_ in _OF_SCORES
    ),
    *(
        (
            LIMIT if gates == NOT_ASKED else BATCHES,
            f"the same in a table: scores {words}",
            outcome,
            gates,
            measured(joined(change), of_table),
        )
        for words, change, outcome, gates in _OF_SCORES
    ),
    (
        KNOWN,
        "the strongest effect of an LD block for all of its variants",
        FAILS,
        "neighbour_scores",
        joined(by.of_block(0.1)),
    ),
    # Scales.
    (
        PARTS,
        "z scores as slopes on chr2",
        FAILS,
        "effect_range",
        by.on("chr2", by.as_z),
    ),
    *(
        (
            PARTS,
            f"effects and errors of chr1 times {factor:g}",
            outcome,
            gates,
            by.on("chr1", by.scaled(factor)),
        )
        for factor, outcome, gates in (
            (0.3, FAILS, "part_scales"),
            (0.6, FAILS, "part_scales"),
            (0.7, EXCEPTED, "gate part_scales warns"),
            (3, FAILS, "se_size"),
        )
    ),
    (
        PARTS,
        "effects and errors of a fifth of the lines times 0.5",
        FAILS,
        "part_scales",
        by.in_lines(0.2, 0.4, by.scaled(0.5)),
    ),
    (
        LIMIT,
        "effects and errors of 20 % of the genes times 0.3",
        SAME,
        "",
        by.per_gene(by.scaled(0.3), 0.2),
    ),
    # Rows.
    (
        CONSISTENCY,
        "statistics of the lead for all variants of a gene",
        FAILS,
        "se_follows_maf",
        by.as_lead,
    ),
    (
        CONSISTENCY,
        "slopes of another cohort in 30 % of the rows",
        FAILS,
        "effect_p_agreement",
        by.of_replicate(0.3),
    ),
    (
        CONSISTENCY,
        "slopes of another cohort, flipped, in 10 % of the rows",
        FAILS,
        "effect_p_agreement",
        by.of_replicate(0.1, -1),
    ),
    *(
        (PARTS, f"slopes {words} flipped", FAILS, "replicate_signs", _FLIP(where))
        for words, where in (
            ("of genes whose number ends with 7", by.where_gene_ends("7")),
            ("of variants at even positions", by.where_position_is_even),
            ("with z above 8", by.strongest(8)),
            ("of 5 % of the rows", alter_table.share_of_rows(0.05)),
        )
    ),
    (
        LIMIT,
        "slopes of 3 % of the rows flipped, without a replicate",
        MISSED,
        "the largest effects and scores have too few opposite signs to tell",
        alter_inputs.both(_FLIP(alter_table.share_of_rows(0.03)), without_replicate),
    ),
    # Controls and peaks.
    (
        CONTROLS,
        "positive control late by one variant",
        UNREPORTABLE,
        "failing positive control",
        measured(by.control_of_neighbours),
    ),
    *(
        (
            CONTROLS,
            f"positive control late by one in every second {length}",
            outcome,
            gates,
            measured(by.control_in_batches(length)),
        )
        for length, outcome, gates in ((500, FAILS, "control_runs"), (100, SAME, ""))
    ),
    (PEAKS, "peaks three times as wide", FAILS, "peak_coverage", _PEAKS(by.wider(3))),
    (
        LIMIT,
        "peaks a third as wide",
        MISSED,
        "the number is right for the variants that it names",
        _PEAKS(by.wider(1 / 3)),
    ),
    (
        PEAKS,
        "peaks of other chromosomes",
        FAILS,
        "peak_enrichment",
        _PEAKS(by.on_other_chromosomes),
    ),
    (
        PEAKS,
        "peaks of chr2 elsewhere, as in another tissue",
        FAILS,
        "peak_parts",
        _PEAKS(alter_further.on_chromosome("chr2", alter_further.other_peaks(1))),
    ),
    (
        LIMIT,
        "60 % of the peaks elsewhere, as in another tissue",
        MISSED,
        "the others still enrich; the number is right for the variants that it names",
        _PEAKS(alter_further.other_peaks(0.6)),
    ),
    (
        MISSING,
        "0.4 % of the scores of a table as 999",
        EXCEPTED,
        "gate score_codes warns",
        measured(of_table, joined(filled(0.004, 999))),
    ),
    (
        MISSING,
        "3 % of the scores of a table without their decimal point",
        EXCEPTED,
        "gate score_decimals warns",
        measured(of_table, joined(by.without_points(0.03))),
    ),
)
OF_BATCHES = [
    Defect(stage, "-", name, outcome, gates, change)
    for stage, name, outcome, gates, change in _ROWS
]
