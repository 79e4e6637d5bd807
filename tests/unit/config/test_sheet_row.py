import pytest
from endobench.config.sheet_row import check_row
from endobench.core.errors import InputError
from sheet_rows import PLACE, ROW

WHERE = "variant_id=id"
UNKNOWN = {"unit": "label", "effect_allele": "unknown"}


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": f"{WHERE}; effect=b; effect_se=se; p_value=p; af=INFO/AF"},
        {"columns": f"{PLACE}; allele1=a; allele2=b; effect=b", "unit": "Pi"}
        | {"null": "0.5", "effect_allele": "allele2"},
        {"columns": f"{PLACE}; ref=r; alt=a; ref_activity=x; alt_activity=y"},
        {"columns": f"{WHERE}; label=l", **UNKNOWN},
        {"columns": "rsid=rs; effect=b", "alleles": "v"},
        {"columns": f"{PLACE}; effect=b", "alleles": "v"},
        {"format": "gtex_dapg", "unit": "slope", "effects_from": "pairs"},
        # Another column than that of the format may have another unit.
        {"format": "gtex_egenes", "columns": "effect=log2_aFC", "unit": "log2_aFC"},
        {"columns": f"{WHERE}; effect=b", "published": "pearson=0.7; auprc=0.5"},
        {"columns": f"{WHERE}; effect=b", "organism": "mouse", "build": "mm9"},
        {"kind": "scores", "format": "scores", "unit": ""},
        {"kind": "scores", "format": "scores", "unit": "", "scores_from": "assay"},
        {
            "kind": "scores",
            "format": "scores",
            "columns": "score=raw_score",
            "unit": "",
        },
        {"kind": "scores", "format": "generic", "columns": f"{WHERE}; score=s"}
        | {"unit": "score"},
        {"kind": "scores", "format": "alphagenome_qtl", "columns": "score=prediction"}
        | {"unit": "score", "effect_allele": "allele2"},
        {"kind": "peaks", "format": "", "unit": "", "effect_allele": ""},
    ],
)
def test_a_complete_row_is_valid(changes):
    row = {key: value for key, value in (ROW | changes).items() if value}
    check_row(row, "s.tsv: line 2")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"columns": "rsid=rs; effect=b"},
            "key 'columns': an rsID or a position does not determine the alleles;",
        ),
        (
            {"columns": f"{PLACE}; effect=b"},
            "key 'columns': an rsID or a position does",
        ),
        ({"columns": "effect=b"}, "key 'columns': nothing identifies the variants;"),
        (
            {"columns": "rsid=rs; ref=r; alt=a; effect=b"},
            "key 'columns': alleles are read beside chrom and pos;",
        ),
        (
            {"columns": "locus=l; ref=r; alt=a; effect=b"},
            "key 'columns': alleles are read beside chrom and pos;",
        ),
        (
            {"columns": f"{PLACE}; ref=r; effect=b", "alleles": "dbsnp"},
            "key 'columns': alleles are read beside chrom and pos;",
        ),
        ({"columns": WHERE}, "key 'columns': no column gives the effect; declare"),
        (
            {"columns": f"{WHERE}; score=b"},
            "key 'columns': 'score' is for kind scores, but the kind is effects;",
        ),
        (
            {"columns": f"{WHERE}; score=b; effect=c", "kind": "scores"},
            "key 'columns': score and effect are the same column; declare one",
        ),
        (
            {"columns": f"{WHERE}; efect=b"},
            "key 'columns': 'efect' is unknown; did you",
        ),
        (
            {"columns": f"{WHERE}; xyzzy=b"},
            "key 'columns': 'xyzzy' is unknown; known: ",
        ),
        (
            {"columns": "variant_id"},
            "key 'columns': 'variant_id' is malformed; expected",
        ),
        (
            {"columns": f"{WHERE}; effect=b", "keep": "n>=many"},
            "key 'keep': n>=many: 'many' is not a number",
        ),
        (
            {"columns": f"{WHERE}; effect=b", "published": "r=0.5"},
            "key 'published': 'r' is not one of spearman, pearson",
        ),
        (
            {"columns": f"{WHERE}; effect=b", "unit": "Pi"},
            "key 'null': 0, but the null of unit 'Pi' is 0.5",
        ),
        (
            {"format": "gtex_pairs"},
            "key 'unit': 'beta', but the unit of format gtex_pairs is 'slope'",
        ),
        (
            {"format": "chrombpnet_qtl"},
            "key 'effect_allele': 'ALT', but the alleles of format chrombpnet_qtl are",
        ),
        (
            {"columns": f"{WHERE}; effect=b", "scores_from": "assay"},
            "key 'scores_from': 'assay', but only rows of kind scores have scores; this is"
            " of kind effects",
        ),
        (
            {"format": "gtex_dapg", "unit": "slope"},
            "key 'effects_from': a table of format gtex_dapg has no effects of its own",
        ),
        (
            {"format": "gtex_pairs", "unit": "slope", "effects_from": "t"},
            "key 'effects_from': a table of format gtex_pairs has effects of its own",
        ),
        (
            {"columns": f"{WHERE}; effect=b", "alleles": "v"},
            "key 'alleles': 'v', but the table has its own alleles",
        ),
        (
            {"columns": f"{WHERE}; label=l", "unit": "label"},
            "key 'effect_allele': 'ALT', but a label has no effect allele; expected",
        ),
        (
            {"columns": f"{WHERE}; effect=b", "organism": "mouse"},
            "key 'build': 'GRCh38' is a human build, but the organism is mouse",
        ),
    ],
)
def test_an_incomplete_or_contradictory_row_is_refused(changes, message):
    with pytest.raises(InputError) as caught:
        check_row(ROW | changes, "s.tsv: line 2")
    assert str(caught.value).startswith(f"s.tsv: line 2: {message}")


def test_an_address_of_another_protocol_is_answered_with_one_that_works():
    with pytest.raises(
        InputError, match="line 2: key 'location': gs://b/a.gz: .*googleapis.com/b/a.gz"
    ):
        check_row(ROW | {"location": "gs://b/a.gz"}, "mine.tsv: line 2")
