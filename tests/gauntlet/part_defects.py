"""Defects of a part of the benchmark, of LD blocks and peaks, with their outcomes."""

import numpy as np
from gauntlet import alter_parts as of
from gauntlet.defect import BLOCKS, FAILS, LIMIT, MISSED, PARTS, PEAKS, Defect

_WHERE = of.of_alleles

PART = [
    Defect(stage, study, *row)
    for stage, study, *row in (
        (PARTS, "8", "slopes of indels flipped", FAILS, "?", of.flipped(_WHERE(of.indel))),
        (PARTS, "8", "slopes of deletions flipped", FAILS, "?", of.flipped(_WHERE(of.deletion))),
        (PARTS, "8", "slopes of insertions flipped", FAILS, "?", of.flipped(_WHERE(of.insertion))),
        (PARTS, "-", "slopes of A/T and C/G flipped", FAILS, "?", of.flipped(_WHERE(of.palindrome))),
        (PARTS, "-", "slopes of half of A/T and C/G flipped", FAILS, "?", of.flipped(of.some_rows(0.5, _WHERE(of.palindrome)))),
        (PARTS, "-", "slopes of transitions flipped", FAILS, "?", of.flipped(_WHERE(of.transition))),
        (PARTS, "-", "slopes flipped where REF precedes ALT in the alphabet", FAILS, "?", of.flipped(_WHERE(of.in_order))),
        (PARTS, "-", "slopes of chr3 flipped", FAILS, "?", of.flipped(_WHERE(of.on("chr3")))),
        (PARTS, "-", "slopes of half of chr3 flipped", FAILS, "?", of.flipped(of.some_rows(0.5, _WHERE(of.on("chr3"))))),
        (PARTS, "-", "slopes of 30 % of chr3 flipped", FAILS, "?", of.flipped(of.some_rows(0.3, _WHERE(of.on("chr3"))))),
        (PARTS, "-", "slopes of chr1:1-300,000 flipped", FAILS, "?", of.flipped(_WHERE(of.within("chr1", 1, 300_000)))),
        (PARTS, "-", "slopes of the first half of the lines flipped", FAILS, "?", of.flipped(of.first_lines)),
        (PARTS, "-", "slopes of genes on the minus strand flipped", FAILS, "?", of.flipped(of.on_strand("-"))),
        (PARTS, "-", "slopes of variants before the start site flipped", FAILS, "?", of.flipped(of.upstream)),
        (PARTS, "-", "slopes of variants with MAF under 0.1 flipped", FAILS, "?", of.flipped(of.rare)),
        (PARTS, "-", "slopes of the minor allele", FAILS, "?", of.minor_allele),
        (PARTS, "-", "slopes of 20 % of the genes flipped", FAILS, "?", of.flipped(of.some_of("gene_id", 0.2))),
        (PARTS, "-", "slopes of a third of the genes flipped", FAILS, "?", of.flipped(of.some_of("gene_id", 1 / 3))),
        (PARTS, "-", "slopes of half of the genes flipped", FAILS, "?", of.flipped(of.some_of("gene_id", 0.5))),
        (PARTS, "-", "slopes of half of the variants flipped", FAILS, "?", of.flipped(of.some_of("variant_id", 0.5))),
        (PARTS, "-", "slopes of 40 % of the rows flipped", FAILS, "?", of.flipped(of.some_rows(0.4))),
        (LIMIT, "-", "slopes of 10 % of the rows flipped", MISSED, "?", of.flipped(of.some_rows(0.1))),
        (LIMIT, "-", "slopes of 20 % of the rows flipped", MISSED, "?", of.flipped(of.some_rows(0.2))),
        (LIMIT, "-", "slopes of 10 % of the genes flipped", MISSED, "?", of.flipped(of.some_of("gene_id", 0.1))),
        (PARTS, "-", "scores of chr3 flipped", FAILS, "?", of.scores(np.negative, of.on("chr3"))),
        (PARTS, "-", "scores of chr3 shuffled", FAILS, "?", of.scores(of.permuted, of.on("chr3"))),
        (PARTS, "-", "scores of chr1 and chr2 shuffled", FAILS, "?", of.scores(of.permuted, of.on("chr1", "chr2"))),
        (PARTS, "-", "scores of chr2 shifted by one variant", FAILS, "?", of.scores(of.rolled, of.on("chr2"))),
        (PARTS, "8", "scores of indels shuffled", FAILS, "?", of.scores(of.permuted, of.indel)),
        (PARTS, "8", "scores of deletions flipped", FAILS, "?", of.scores(np.negative, of.deletion)),
        (BLOCKS, "-", "blocks of 100 bp", FAILS, "?", of.blocks(of.cut_into(100))),
        (BLOCKS, "-", "blocks of 2 kb", FAILS, "?", of.blocks(of.cut_into(2_000))),
        (BLOCKS, "-", "one block in all", FAILS, "?", of.blocks(of.one_block)),
        (BLOCKS, "-", "one block for each chromosome", FAILS, "?", of.blocks(of.one_a_chromosome)),
        (BLOCKS, "-", "names of chromosomes without chr", FAILS, "?", of.blocks(of.without_prefix)),
        (BLOCKS, "2", "blocks on hg19, build declared as GRCh38", FAILS, "?", of.blocks(of.blocks_on_hg19)),
        (PEAKS, "2", "peaks of chr1 on hg19", FAILS, "?", of.peaks_of_chromosome_on_hg19("chr1")),
        (PEAKS, "2", "peaks of chr2 on hg19", FAILS, "?", of.peaks_of_chromosome_on_hg19("chr2")),
        (PEAKS, "2", "peaks of chr3 on hg19", FAILS, "?", of.peaks_of_chromosome_on_hg19("chr3")),
    )
]
