"""Further defects of each kind, with their expected outcomes."""

import numpy as np
from gauntlet import alter_further as by
from gauntlet import alter_inputs, alter_leaks, alter_parts, alter_table
from gauntlet.alter_controls import measured, of_table
from gauntlet.defect import (
    BLOCKS,
    CONSISTENCY,
    CONTROLS,
    EXCEPTED,
    FAILS,
    PARTS,
    PEAKS,
    SAME,
    UNREPORTABLE,
    Defect,
)
from gauntlet.leak_defects import KNOWN, MISSING, SHARED

IDS = ["variant_id"]
SIGNS = "opposite_signs control_signs"
OF_PARTS = "part_agreement control_parts"
LEAK, NEAR, TIES = "linked_agreement", "neighbour_scores", "score_ties"
_FLIP = alter_parts.flipped
_WHERE = alter_parts.of_alleles
_JOIN = alter_leaks.joined
_PEAKS = alter_inputs.of_peaks


def _substituted(ref, alt):
    return lambda parts: (parts["ref"] == ref) & (parts["alt"] == alt)


def _in_position(case):
    by.by_position(case)
    by.within(by.chromosome, by.roll, IDS)(case)


_ROWS = (
    (
        CONSISTENCY,
        "ids shifted by one row within each chromosome",
        FAILS,
        "effect_duplicates missing_leads feature_place variant_constants",
        _in_position,
    ),
    (
        CONSISTENCY,
        "ids of each chromosome in reverse",
        FAILS,
        "feature_place feature_start variant_constants",
        by.within(by.chromosome, by.reverse, IDS),
    ),
    (
        CONSISTENCY,
        "ids shuffled among 1 % of the rows",
        FAILS,
        "feature_place",
        alter_table.shuffled(IDS, alter_table.share_of_rows(0.01)),
    ),
    (
        CONSISTENCY,
        "ids and distances shifted within genes",
        FAILS,
        "variant_constants",
        by.within(by.gene, by.roll, [*IDS, "tss_distance"]),
    ),
    (
        CONSISTENCY,
        "slopes shuffled within genes",
        FAILS,
        "effect_p_agreement",
        by.within(by.gene, by.permute, ["slope"]),
    ),
    (
        CONSISTENCY,
        "statistics shuffled among variants of a gene with like frequencies",
        FAILS,
        "linked_effects",
        by.within(by.gene_and_maf, by.permute, by.STATISTICS),
    ),
    (
        CONSISTENCY,
        "statistics shifted among variants of a gene with like frequencies",
        FAILS,
        "linked_effects",
        by.within(by.gene_and_maf, by.roll, by.STATISTICS),
    ),
    (
        CONSISTENCY,
        "the same on chr1 alone, shuffled",
        FAILS,
        "linked_effects",
        by.within(by.gene_and_maf_on("chr1"), by.permute, by.STATISTICS),
    ),
    (
        CONSISTENCY,
        "start sites of 20 % of the genes from another release",
        EXCEPTED,
        "gate feature_start warns",
        by.released(0.2, 50_000),
    ),
    (
        CONSISTENCY,
        "every gene in two versions",
        SAME,
        "",
        by.two_versions,
    ),
    (
        CONSISTENCY,
        "120 deletions in runs of one base at two places, with equal effects",
        SAME,
        "",
        alter_table.in_runs(1, 60),
    ),
    *(
        (
            PARTS,
            f"slopes of variants with MAF {low:g} to {high:g} flipped",
            FAILS,
            caught,
            _FLIP(by.of_maf(low, high)),
        )
        for low, high, caught in (
            (0.2, 0.3, f"{OF_PARTS} {SIGNS}"),
            (0.45, 0.51, OF_PARTS),
        )
    ),
    *(
        (
            PARTS,
            f"slopes in {100 * share:.0f} % of the LD blocks flipped",
            FAILS,
            SIGNS,
            _FLIP(by.of_blocks(share)),
        )
        for share in (0.5, 0.2, 0.08)
    ),
    (
        PARTS,
        "slopes of C>T flipped",
        FAILS,
        OF_PARTS,
        _FLIP(_WHERE(_substituted("C", "T"))),
    ),
    (
        PARTS,
        "slopes of A>C flipped",
        FAILS,
        f"{OF_PARTS} {SIGNS}",
        _FLIP(_WHERE(_substituted("A", "C"))),
    ),
    (
        PARTS,
        "the smaller 60 % of the slopes flipped",
        FAILS,
        OF_PARTS,
        _FLIP(by.smallest(0.6)),
    ),
    *(
        (
            PARTS,
            f"slopes in one of {one_in} runs of {length} lines flipped",
            FAILS,
            SIGNS,
            _FLIP(by.of_stripes(length, one_in)),
        )
        for length, one_in in ((1, 3), (50, 2), (200, 10))
    ),
    *(
        (
            PARTS,
            f"scores of another route, {100 * share:.0f} % of the variants, flipped",
            FAILS,
            "part_agreement opposite_signs",
            _JOIN(by.of_route(share, np.negative)),
        )
        for share in (0.3, 0.1)
    ),
    (
        PARTS,
        "scores of transitions shuffled",
        FAILS,
        "score_recheck",
        alter_parts.scores(alter_parts.permuted, alter_parts.transition),
    ),
    (
        KNOWN,
        "z scores of the effects",
        FAILS,
        LEAK,
        _JOIN(by.told(by.z_scores)),
    ),
    (
        KNOWN,
        "z scores of half of the variants, with noise",
        FAILS,
        LEAK,
        _JOIN(by.told(by.z_scores, 0.2, 0.5)),
    ),
    (
        KNOWN,
        "signed logarithms of p values",
        FAILS,
        LEAK,
        _JOIN(by.told(by.signed_p)),
    ),
    (
        KNOWN,
        "ranks of the effects with noise of their own spread",
        FAILS,
        LEAK,
        _JOIN(by.told(by.ranks, 1)),
    ),
    (
        KNOWN,
        "signs of the effects with random sizes",
        FAILS,
        LEAK,
        _JOIN(by.told(by.signs)),
    ),
    (
        KNOWN,
        "the lead's effect for all variants of a gene, with noise",
        FAILS,
        NEAR,
        _JOIN(by.told(by.of_lead, 0.3)),
    ),
    (
        KNOWN,
        "effects of chr3 with noise",
        FAILS,
        LEAK,
        _JOIN(by.told(by.effects, 0.3, among=alter_leaks.on("chr3"))),
    ),
    (
        MISSING,
        "a fifth of the scores as that of the variant before",
        FAILS,
        f"{NEAR} neighbour_ties",
        _JOIN(by.carried_forward(0.2)),
    ),
    (
        MISSING,
        "scores of variants with MAF under 0.1 as 0",
        FAILS,
        TIES,
        _JOIN(alter_leaks.filled(1, part=by.rare)),
    ),
    (
        MISSING,
        "30 % of the scores as noise of a millionth of their spread",
        FAILS,
        TIES,
        _JOIN(by.as_noise(0.3, 1e-6)),
    ),
    *(
        (
            SHARED,
            f"mean of scores under an exponential kernel of {length} bp{words}",
            FAILS,
            NEAR,
            _JOIN(by.kernel(length, weight)),
        )
        for length, weight, words in (
            (100, 1.0, ""),
            (500, 1.0, ""),
            (500, 0.3, ", weight 0.3"),
        )
    ),
    (
        BLOCKS,
        "blocks moved by half of their length",
        FAILS,
        "ld_block_length ld_block_borders",
        alter_parts.blocks(by.blocks_moved(2_500)),
    ),
    (
        BLOCKS,
        "blocks of other chromosomes",
        FAILS,
        "ld_block_borders",
        alter_parts.blocks(by.blocks_of_others),
    ),
    (
        BLOCKS,
        "four blocks on each chromosome",
        SAME,
        "",
        alter_parts.blocks(by.blocks_each(4)),
    ),
    (PEAKS, "no peaks of chr2", FAILS, "peak_chromosomes", _PEAKS(by.without("chr2"))),
    (
        PEAKS,
        "peaks of chr1 shifted by 5 kb",
        FAILS,
        "peak_parts",
        _PEAKS(by.on_chromosome("chr1", alter_inputs.shifted)),
    ),
    (
        PEAKS,
        "all peaks elsewhere, as in another tissue",
        FAILS,
        "peak_enrichment",
        _PEAKS(by.other_peaks(1)),
    ),
    # Controls that were made from the effects or the scores.
    *(
        (CONTROLS, f"{words} of the effects as the control", FAILS, gates, change)
        for words, gates, change in (
            (
                "one digit",
                "control_ceiling control_sign_copies",
                by.control_of(lambda rows, _: rows["slope"].round(1)),
            ),
            (
                "the z scores",
                "control_sign_copies",
                by.control_of(lambda rows, _: rows["slope"] / rows["slope_se"]),
            ),
            (
                "the signs",
                "control_sign_copies",
                by.control_of(lambda rows, _: np.sign(rows["slope"])),
            ),
            (
                "the signs, with random sizes,",
                "control_sign_copies",
                by.control_of(
                    lambda rows, draw: (
                        np.sign(rows["slope"]) * np.abs(draw.normal(size=len(rows)))
                    )
                ),
            ),
            (
                "the exponentials",
                "control_ceiling",
                by.control_of(lambda rows, _: np.exp(rows["slope"])),
            ),
        )
    ),
    (
        CONTROLS,
        "the scores as the control",
        FAILS,
        "control_scores",
        by.control_of_scores(),
    ),
    (
        CONTROLS,
        "the scores with noise of half of their spread as the control",
        SAME,
        "",
        by.control_of_scores(0.5),
    ),
    (
        CONTROLS,
        "scores delayed by one variant, in both tissues",
        UNREPORTABLE,
        "scores do not follow the sequence",
        measured(_JOIN(by.both_tissues(by.late)), of_table),
    ),
)
FURTHER = [
    Defect(stage, "-", name, outcome, gates, change)
    for stage, name, outcome, gates, change in _ROWS
]
