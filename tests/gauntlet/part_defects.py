"""Defects of a part of the benchmark, of LD blocks and peaks, with their outcomes."""

import numpy as np
import pandas as pd
from gauntlet import alter_further, alter_inputs
from gauntlet import alter_parts as of
from gauntlet.alter_controls import without_control, without_replicate
from gauntlet.alter_inputs import both
from gauntlet.defect import (
    BLOCKS,
    CONSISTENCY,
    EFFECTS,
    EXCEPTED,
    FAILS,
    LIMIT,
    MISSED,
    PARTS,
    PEAKS,
    SAME,
    Defect,
)

_WHERE = of.of_alleles

PART = [
    Defect(stage, study, *row)
    for stage, study, *row in (
        (
            PARTS,
            "8",
            "slopes of indels flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(_WHERE(of.indel)),
        ),
        (
            PARTS,
            "8",
            "slopes of deletions flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(_WHERE(of.deletion)),
        ),
        (
            PARTS,
            "8",
            "slopes of insertions flipped",
            FAILS,
            "part_agreement control_parts",
            of.flipped(_WHERE(of.insertion)),
        ),
        (
            PARTS,
            "-",
            "slopes of A/T and C/G flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(_WHERE(of.palindrome)),
        ),
        (
            PARTS,
            "-",
            "slopes of half of A/T and C/G flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(of.some_rows(0.5, _WHERE(of.palindrome))),
        ),
        (
            PARTS,
            "-",
            "slopes of transitions flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(_WHERE(of.transition)),
        ),
        (
            PARTS,
            "-",
            "slopes flipped where REF precedes ALT in the alphabet",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(_WHERE(of.in_order)),
        ),
        (
            PARTS,
            "-",
            "slopes of chr3 flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(_WHERE(of.on("chr3"))),
        ),
        (
            PARTS,
            "-",
            "slopes of half of chr3 flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(of.some_rows(0.5, _WHERE(of.on("chr3")))),
        ),
        (
            PARTS,
            "-",
            "slopes of 30 % of chr3 flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(of.some_rows(0.3, _WHERE(of.on("chr3")))),
        ),
        (
            PARTS,
            "-",
            "slopes of chr1:1-300,000 flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(_WHERE(of.within("chr1", 1, 300_000))),
        ),
        (
            PARTS,
            "-",
            "slopes of the first half of the lines flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(of.first_lines),
        ),
        (
            PARTS,
            "-",
            "slopes of genes on the minus strand flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(of.on_strand("-")),
        ),
        (
            PARTS,
            "-",
            "slopes of variants before the start site flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(of.upstream),
        ),
        (
            PARTS,
            "-",
            "slopes of variants with MAF under 0.1 flipped",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.flipped(of.rare),
        ),
        (
            PARTS,
            "-",
            "slopes of the minor allele",
            FAILS,
            "part_agreement control_parts opposite_signs control_signs",
            of.minor_allele,
        ),
        (
            PARTS,
            "-",
            "slopes of 20 % of the genes flipped",
            FAILS,
            "opposite_signs control_signs",
            of.flipped(of.some_of("gene_id", 0.2)),
        ),
        (
            PARTS,
            "-",
            "slopes of a third of the genes flipped",
            FAILS,
            "opposite_signs control_signs",
            of.flipped(of.some_of("gene_id", 1 / 3)),
        ),
        (
            PARTS,
            "-",
            "slopes of half of the genes flipped",
            FAILS,
            "opposite_signs control_signs",
            of.flipped(of.some_of("gene_id", 0.5)),
        ),
        (
            PARTS,
            "-",
            "slopes of half of the variants flipped",
            FAILS,
            "opposite_signs control_signs",
            of.flipped(of.some_of("variant_id", 0.5)),
        ),
        (
            PARTS,
            "-",
            "slopes of 40 % of the rows flipped",
            FAILS,
            "opposite_signs control_signs",
            of.flipped(of.some_rows(0.4)),
        ),
        (
            LIMIT,
            "-",
            "slopes of 5 % of the rows flipped, without a replicate",
            MISSED,
            "the largest effects and scores have too few opposite signs to tell",
            both(of.flipped(of.some_rows(0.05)), without_replicate),
        ),
        (
            LIMIT,
            "-",
            "slopes of 2 % of the rows flipped",
            EXCEPTED,
            "gate replicate_signs warns",
            of.flipped(of.some_rows(0.02)),
        ),
        (
            PARTS,
            "-",
            "slopes of 10 % of the rows flipped",
            FAILS,
            "opposite_signs control_signs",
            of.flipped(of.some_rows(0.1)),
        ),
        (
            PARTS,
            "-",
            "slopes of 20 % of the rows flipped",
            FAILS,
            "opposite_signs control_signs",
            of.flipped(of.some_rows(0.2)),
        ),
        (
            PARTS,
            "-",
            "slopes of 10 % of the genes flipped",
            FAILS,
            "opposite_signs control_signs",
            of.flipped(of.some_of("gene_id", 0.1)),
        ),
        (
            PARTS,
            "-",
            "scores of chr3 flipped",
            FAILS,
            "part_agreement opposite_signs",
            of.scores(np.negative, of.on("chr3")),
        ),
        (
            PARTS,
            "-",
            "scores of chr3 shuffled",
            FAILS,
            "part_agreement",
            of.scores(of.permuted, of.on("chr3")),
        ),
        (
            PARTS,
            "-",
            "scores of chr1 and chr2 shuffled",
            FAILS,
            "part_agreement",
            of.scores(of.permuted, of.on("chr1", "chr2")),
        ),
        (
            PARTS,
            "-",
            "scores of chr2 shifted by one variant",
            FAILS,
            "part_agreement",
            of.scores(of.rolled, of.on("chr2")),
        ),
        (
            PARTS,
            "8",
            "scores of indels shuffled",
            FAILS,
            "part_agreement",
            of.scores(of.permuted, of.indel),
        ),
        (
            PARTS,
            "8",
            "scores of deletions flipped",
            FAILS,
            "part_agreement opposite_signs",
            of.scores(np.negative, of.deletion),
        ),
        (
            BLOCKS,
            "-",
            "blocks of 100 bp",
            FAILS,
            "ld_block_length ld_block_borders",
            of.blocks(of.cut_into(100)),
        ),
        (
            BLOCKS,
            "-",
            "blocks of 2 kb",
            FAILS,
            "ld_block_length ld_block_borders",
            of.blocks(of.cut_into(2_000)),
        ),
        (
            BLOCKS,
            "-",
            "one block in all",
            FAILS,
            "ld_block_count",
            of.blocks(of.one_block),
        ),
        (
            BLOCKS,
            "-",
            "one block for each chromosome",
            FAILS,
            "ld_block_count",
            of.blocks(of.one_a_chromosome),
        ),
        (
            BLOCKS,
            "-",
            "names of chromosomes without chr",
            FAILS,
            "ld_block_count",
            of.blocks(of.without_prefix),
        ),
        (
            BLOCKS,
            "2",
            "blocks on hg19, build declared as GRCh38",
            FAILS,
            "ld_block_length ld_block_borders",
            of.blocks(of.blocks_on_hg19),
        ),
        (
            PEAKS,
            "2",
            "peaks of chr1 on hg19",
            FAILS,
            "peak_parts",
            of.peaks_of_chromosome_on_hg19("chr1"),
        ),
        (
            PEAKS,
            "2",
            "peaks of chr2 on hg19",
            FAILS,
            "peak_parts",
            of.peaks_of_chromosome_on_hg19("chr2"),
        ),
        (
            PEAKS,
            "2",
            "peaks of chr3 on hg19",
            FAILS,
            "peak_parts",
            of.peaks_of_chromosome_on_hg19("chr3"),
        ),
    )
]


def _as_numbers(values):
    return pd.to_numeric(values, errors="coerce")


def _is_long(parts):
    return (parts["alt"].str.len() - parts["ref"].str.len()).abs() > 2


def _moved(by_bp):
    def change(peaks):
        return peaks.assign(start=peaks["start"] + by_bp, end=peaks["end"] + by_bp)

    return change


def _on(chrom, inside, outside=1.0):
    return lambda case: np.where(of.chromosomes(case) == chrom, inside, outside)


def _standardised(scale):
    def factor(case):
        sd = of.genotype_sd(case)
        return np.where(of.chromosomes(case) == "chr2", sd * scale(sd), 1)

    return factor


_SIGNS = "opposite_signs control_signs replicate_signs"
PART += [
    Defect(stage, "-", *row)
    for stage, *row in (
        (
            EFFECTS,
            "effects and errors in standard deviations of the genotype on chr2",
            FAILS,
            "part_scales",
            of.scaled_by(_standardised(lambda sd: 1)),
        ),
        (
            EFFECTS,
            "the same, brought to the scale of the others",
            EXCEPTED,
            "gate se_size warns",
            of.scaled_by(_standardised(lambda sd: 1 / sd.mean())),
        ),
        (
            EFFECTS,
            "effects and errors times the root of a standard deviation of the genotype",
            SAME,
            "",
            of.scaled_by(lambda case: np.sqrt(of.genotype_sd(case))),
        ),
        (
            EFFECTS,
            "natural logarithms on chr2, log2 on the others",
            EXCEPTED,
            "gate part_scales warns",
            of.scaled_by(_on("chr2", np.log(2))),
        ),
        (
            EFFECTS,
            "effects and errors of each gene times a factor of its own, sd 0.5",
            FAILS,
            "se_size",
            of.scaled_by(of.by_gene(lambda draw, n: np.exp(0.5 * draw.normal(size=n)))),
        ),
        (
            EFFECTS,
            "half of the effects conditional on the lead of their gene",
            FAILS,
            "feature_p_range",
            of.conditional(0.5),
        ),
        (
            EFFECTS,
            "standard errors of 0 in 5 % of the rows",
            EXCEPTED,
            "gate missing_leads warns",
            lambda case: of.put(
                case,
                slope_se=np.where(
                    of.some_rows(0.05)(case), 0, of.number(case, "slope_se")
                ),
            ),
        ),
        (
            EFFECTS,
            "errors twice as large, and p values that follow",
            FAILS,
            "feature_p_range se_size",
            lambda case: of.tested(case, slope_se=2 * of.number(case, "slope_se")),
        ),
        (
            EFFECTS,
            "errors half as large, and p values that follow",
            SAME,
            "",
            lambda case: of.tested(case, slope_se=of.number(case, "slope_se") / 2),
        ),
        (
            EFFECTS,
            "z scores as effects, with one standard error",
            FAILS,
            "se_follows_maf",
            of.one_error,
        ),
        (
            EFFECTS,
            "effects and errors shrunk towards 0",
            EXCEPTED,
            "gate se_follows_maf warns",
            of.shrunk,
        ),
        (
            EFFECTS,
            "effects rounded to one digit",
            FAILS,
            "effect_p_agreement",
            lambda case: of.put(case, slope=np.round(of.number(case, "slope"), 1)),
        ),
        (
            EFFECTS,
            "effects in half precision",
            SAME,
            "",
            lambda case: of.put(
                case, slope=of.number(case, "slope").astype(np.float16).astype(float)
            ),
        ),
        (
            EFFECTS,
            "the largest 20 % of the effects clipped, and errors alike",
            FAILS,
            "effect_ties",
            of.clipped(0.8),
        ),
        (
            EFFECTS,
            "the largest 5 % of the effects clipped, and errors alike",
            EXCEPTED,
            "gate effect_ties warns",
            of.clipped(0.95),
        ),
        (
            EFFECTS,
            "absolute values of effects of variants with MAF under 0.2",
            FAILS,
            _SIGNS,
            of.absolute_where(lambda case: of.number(case, "maf") < 0.2),
        ),
        (
            EFFECTS,
            "absolute values of effects, without a control and a replicate",
            FAILS,
            "one_sign opposite_signs",
            both(
                of.absolute_where(lambda case: True),
                without_replicate,
                without_control("none"),
            ),
        ),
        (
            EFFECTS,
            "the pairs with p below 1e-8 alone",
            SAME,
            "",
            of.kept(lambda case: of.number(case, "pval_nominal") < 1e-8),
        ),
        (
            EFFECTS,
            "the lead variants alone",
            SAME,
            "",
            of.kept(
                lambda case: (
                    of.number(case, "pval_nominal")
                    == of.number(case, "min_pval_nominal")
                )
            ),
        ),
        (
            EFFECTS,
            "substitutions alone",
            SAME,
            "",
            of.kept(lambda case: ~of.of_alleles(of.indel)(case)),
        ),
        (
            EFFECTS,
            "the 20 % of the rows that agree least left out",
            EXCEPTED,
            "gate above_ceiling warns",
            of.without_disagreeing_rows(0.2),
        ),
        (
            LIMIT,
            "the 10 % of the genes whose leads agree least left out",
            MISSED,
            "no row tells which genes a table lacks, nor why",
            of.without_disagreeing_genes(0.1),
        ),
        (
            CONSISTENCY,
            "statistics of each gene sorted by slope, in order of positions",
            FAILS,
            "se_follows_maf",
            of.sorted_within_genes,
        ),
        (
            CONSISTENCY,
            "variants exchanged within runs of four, and distances with them",
            FAILS,
            "linked_effects replicate_signs",
            of.exchanged_variants(4),
        ),
        (
            CONSISTENCY,
            "the same, without a control and a replicate",
            FAILS,
            "linked_effects",
            both(of.exchanged_variants(4), without_replicate, without_control("none")),
        ),
        (
            CONSISTENCY,
            "statistics of 20 % of the genes moved among their rows",
            FAILS,
            "se_size",
            of.statistics_of_other_genes(0.2),
        ),
        (
            CONSISTENCY,
            "z scores of 20 % of the rows exchanged, with random signs",
            FAILS,
            "replicate_signs",
            of.of_chance(0.2),
        ),
        (
            LIMIT,
            "z scores of 10 % of the rows exchanged, with random signs, no replicate",
            MISSED,
            "errors and p values follow, and linked rows are still alike",
            both(of.of_chance(0.1), without_replicate),
        ),
        (
            CONSISTENCY,
            "statistics of chr3 from a ninth of the samples",
            FAILS,
            "feature_p_range",
            of.of_few_samples("chr3"),
        ),
        (
            CONSISTENCY,
            "a number of its own added to all effects of a gene, p values follow",
            FAILS,
            "feature_p_range",
            of.shifted_by_gene(True),
        ),
        (
            CONSISTENCY,
            "a number of its own added to all effects of a gene, z scores as they were",
            FAILS,
            "se_follows_maf",
            of.shifted_by_gene(False),
        ),
        (
            CONSISTENCY,
            "rows in order of p values",
            SAME,
            "",
            lambda case: setattr(
                case,
                "table",
                case.table.sort_values("pval_nominal", key=_as_numbers, kind="stable"),
            ),
        ),
        (
            CONSISTENCY,
            "start sites of the annotation 500 kb aside",
            FAILS,
            "feature_start",
            of.starts_moved(500_000),
        ),
        (
            CONSISTENCY,
            "start sites of 40 % of the annotation 30 kb aside",
            FAILS,
            "feature_start",
            of.starts_moved(30_000, 0.4),
        ),
        (
            CONSISTENCY,
            "strands of the annotation exchanged",
            SAME,
            "",
            of.strands_exchanged,
        ),
        (
            PARTS,
            "slopes of indels of three bases or more flipped",
            FAILS,
            "replicate_signs",
            of.flipped(of.of_alleles(_is_long)),
        ),
        (
            PARTS,
            "slopes of 10 % of the variants flipped, and the control's alike",
            FAILS,
            "opposite_signs",
            of.flipped_with_control(0.1),
        ),
        *(
            (PEAKS, words, FAILS, gates, alter_inputs.of_peaks(change))
            for words, gates, change in (
                (
                    "shifted by 500 bp",
                    "peak_enrichment peak_density peak_parts",
                    _moved(500),
                ),
                ("shifted by 1 kb", "peak_enrichment", _moved(1_000)),
                (
                    "peaks of chr2 shifted by 1 kb",
                    "peak_parts",
                    alter_further.on_chromosome("chr2", _moved(1_000)),
                ),
            )
        ),
        (
            LIMIT,
            "peaks shifted by 250 bp",
            MISSED,
            "the number is right for the variants that it names",
            alter_inputs.of_peaks(_moved(250)),
        ),
        *(
            (BLOCKS, words, outcome, gates, of.blocks(change))
            for words, outcome, gates, change in (
                (
                    "blocks moved by 1 kb",
                    FAILS,
                    "ld_block_length",
                    alter_further.blocks_moved(1_000),
                ),
                ("each block cut in two", FAILS, "ld_block_length", of.cut_in(2)),
                ("each block cut in three", FAILS, "ld_block_length", of.cut_in(3)),
                ("blocks in pairs", SAME, "", of.in_pairs),
                ("half of the blocks missing", SAME, "", of.half_missing),
                (
                    "blocks a quarter as long",
                    FAILS,
                    "ld_block_length ld_block_borders",
                    of.narrowed,
                ),
            )
        ),
    )
]
_ASSAYS = "Tables of other assays"
_WORDS = {"dsqtl": "of dsQTLs", "reporter": "of a reporter assay"}
PART += [
    Defect(stage, "-", f"{name}, in a table {_WORDS[kind]}", outcome, caught, change)
    for stage, kind, name, outcome, caught, change in (
        (stage, kind, name, outcome, caught, of.of_assay(kind, change))
        for kind in _WORDS
        for stage, name, outcome, caught, change in (
            (
                _ASSAYS,
                "3 % of the effects flipped",
                FAILS,
                "opposite_signs",
                of.some_effects(np.negative, 0.03),
            ),
            (
                _ASSAYS,
                "10 % of the effects as absolute values",
                FAILS,
                "opposite_signs",
                of.some_effects(np.abs, 0.1),
            ),
            (
                _ASSAYS,
                "all effects as absolute values",
                FAILS,
                "one_sign opposite_signs" if kind == "dsqtl" else "effect_signs",
                of.some_effects(np.abs, 1.1),
            ),
            (
                LIMIT,
                "statistics of 20 % of the rows exchanged",
                MISSED,
                "each variant has one row, and all of its numbers belong together",
                of.exchanged_rows(0.2),
            ),
        )
    )
]
PART += [
    Defect(
        _ASSAYS,
        "-",
        "2 % of the effects as -9, in a table of a reporter assay",
        EXCEPTED,
        "gate effect_ties warns",
        of.of_assay(
            "reporter", of.some_effects(lambda effect: np.full(len(effect), -9), 0.02)
        ),
    ),
    Defect(
        LIMIT,
        "-",
        "effects times random factors, sd 1, in a table of a reporter assay",
        MISSED,
        "without errors and p values, nothing tells a large effect from a wrong one",
        of.of_assay(
            "reporter",
            of.some_effects(
                lambda effect: effect * np.exp(of.rng().normal(size=len(effect))), 1.1
            ),
        ),
    ),
]
