"""The gates on scores of genes."""

from endobench.design.gate_entries.gate import CORRELATION, SHARE, Gate

ENTRIES = (
    Gate(
        name="gene_coverage",
        stage="genes",
        summary="share of pairs whose gene starts in the window",
        description=(
            "Share of the pairs of answered variants whose gene starts in the window of the"
            " model, or holds the variant if the scorer needs that. In a table of scores,"
            " the gene is out of reach if only other variants have a score of it. Of the"
            " lead eQTLs of whole blood in GTEx v8 it is 0.94, 0.89 and 0.70 for windows of"
            " 1,048,576, 524,288 and 131,072 bp."
        ),
        diagnosis="many genes lie outside of the windows",
        remedy="use a longer window ('window_bp'), or a table of scores with more genes",
        scale=SHARE,
        warn=0.85,
        fail=0.5,
        is_low_bad=True,
        ends_run=False,
        is_exception=False,
    ),
    Gate(
        name="gene_annotation",
        stage="genes",
        summary="share of pairs whose gene the model does not know",
        description=(
            "Share of the pairs of answered variants whose gene is in no annotation: its id"
            " was retired, the model or the table of scores lacks it, or it is no gene id."
            " Releases of GENCODE differ in a few per cent of the genes of a study, other"
            " kinds of ids in all."
        ),
        diagnosis="features are not the genes of the model's annotation",
        remedy="check that features are Ensembl gene ids on the build of the genome",
        scale=SHARE,
        warn=0.05,
        fail=0.3,
        is_exception=False,
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
        is_exception=False,
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
        is_exception=False,
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
        is_exception=False,
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
        is_exception=False,
    ),
)
