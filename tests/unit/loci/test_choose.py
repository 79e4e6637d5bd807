import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import LOCI, PAIRS, VARIANTS
from endobench.core.errors import InputError
from endobench.core.tables import as_table, write_table
from endobench.genome.fasta import open_genome
from endobench.loci.choose import choose_hits, figure_names, read_asked, with_answers
from servers import write_genome

CLASSES = ["p_value", 1e-3, 0.5]


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    path, _ = write_genome(tmp_path_factory.mktemp("genome"), length=1_000)
    with open_genome(path) as fasta:
        yield fasta


def pairs_of(*rows):
    """Return pairs from position, feature, score and p value."""
    frame = pd.DataFrame(rows, columns=["pos", "feature_id", "raw", "p_value"])
    ids = [f"chr1_{pos}_A_G_b38" for pos in frame.pop("pos")]
    frame = frame.assign(variant_id=ids, source_id=ids, effect=1.0, model="m")
    return frame.reindex(columns=PAIRS.names)


@pytest.fixture
def chosen(tmp_path):
    """Return a function that chooses among pairs which it writes to files."""

    def choose(top, asked=(), **benchmarks):
        asked = pd.DataFrame({"variant_id": list(asked)})
        for name, (pairs, *more) in benchmarks.items():
            path = tmp_path / f"{name}.parquet"
            write_table(pairs, path, PAIRS)
            benchmarks[name] = (path, *more)
        loci = choose_hits(benchmarks, asked.reindex(columns=VARIANTS.names), top)
        as_table(loci, LOCI)
        return loci

    return choose


def positions(loci):
    return loci["pos"].tolist()


DEMO = pairs_of(
    (1, "g1", 0.5, 1e-9),
    (2, "g1", 9.0, 1e-3),
    (3, "g2", -0.7, 1e-9),
    (4, "g3", 0.6, 1e-9),
    (4, "g4", 0.6, 1e-20),
    (5, "g5", np.nan, 1e-9),
)


def test_hits_are_the_largest_absolute_scores_of_leads(chosen):
    loci = chosen(2, demo=(DEMO, [], 0.0))
    assert positions(loci) == [3, 4]
    assert loci["score"].tolist() == [-0.7, 0.6]
    assert set(loci["why"]) == {"top"}


def test_a_variant_is_taken_once_with_its_pair_of_the_smallest_p(chosen):
    loci = chosen(50, demo=(DEMO, [], 0.0))
    assert positions(loci) == [3, 4, 1]
    assert loci["feature_id"].tolist() == ["g2", "g4", "g1"]


def test_the_order_of_rows_decides_nothing(chosen):
    loci = chosen(3, demo=(DEMO, [], 0.0))
    again = chosen(3, demo=(DEMO[::-1], [], 0.0))
    pd.testing.assert_frame_equal(loci, again)


def test_where_there_are_classes_only_positives_are_hits(chosen):
    pairs = DEMO.assign(p_value=[0.9, 0.9, 0.9, 1e-9, 1e-9, 0.9])
    assert positions(chosen(5, demo=(pairs, CLASSES, 0.0))) == [4]


def test_a_hit_has_a_row_for_every_dataset_that_holds_it(chosen):
    other = pairs_of((3, "x", 0.1, 0.2), (8, "y", 0.2, 0.3))
    loci = chosen(1, demo=(DEMO, [], 0.0), other=(other, [], 0.0))
    assert loci[["pos", "dataset", "why"]].to_numpy().tolist() == [
        [3, "demo", "top"],
        [3, "other", "top elsewhere"],
        [8, "other", "top"],
    ]


def test_requested_variants_come_first_and_may_be_in_no_dataset(chosen):
    asked = ["chr1_1_A_G_b38", "chr2_77_A_ACC_b38"]
    loci = chosen(1, asked, demo=(DEMO, [], 0.0))
    assert positions(loci) == [1, 77, 3]
    assert loci["why"].tolist() == ["asked", "asked", "top"]
    assert loci["dataset"].isna().tolist() == [False, True, False]
    assert loci.loc[1, ["chrom", "ref", "alt"]].tolist() == ["chr2", "A", "ACC"]


def test_a_requested_hit_appears_once(chosen):
    loci = chosen(1, ["chr1_3_A_G_b38"], demo=(DEMO, [], 0.0))
    assert loci["why"].tolist() == ["asked, top"]


def test_each_dataset_says_why_it_has_a_variant(chosen):
    other = pairs_of((3, "x", 0.1, 0.2), (8, "y", 0.2, 0.3))
    asked = ["chr1_3_A_G_b38"]
    loci = chosen(1, asked, demo=(DEMO, [], 0.0), other=(other, [], 0.0))
    assert loci["why"].tolist() == ["asked, top", "asked", "top"]


def test_a_variant_is_known_by_its_sources_name(chosen):
    pairs = DEMO.assign(source_id=[f"chr1_{i}_CA_CG_b38" for i in range(6)])
    loci = chosen(0, ["chr1_2_CA_CG_b38"], demo=(pairs, [], 0.0))
    assert positions(loci) == [3]


def test_no_pairs_and_no_requests_give_no_loci(chosen):
    loci = chosen(3, demo=(DEMO.iloc[:0], [], 0.0))
    assert loci.empty
    assert list(loci.columns) == LOCI.names


def test_ids_are_read_in_every_spelling(genome):
    ref = genome.fetch("chr1", 9, 11)
    ids = [f"chr1_10_{ref}_T", f"1:10:{ref.lower()}:t", f"chr1:10:{ref}:T_b38"]
    asked = read_asked(ids, genome, "GRCh38")
    assert asked["variant_id"].tolist() == [f"chr1_10_{ref}_T_b38"]
    as_table(asked, VARIANTS)


def test_no_requests_give_an_empty_table(genome):
    as_table(read_asked([], genome, "GRCh38"), VARIANTS)


def test_variants_that_disagree_with_the_genome_are_refused(genome):
    base = genome.fetch("chr1", 9, 10)
    other = "ACGT"["ACGT".index(base) - 1]
    for given, message in (
        (f"chr1_10_{other}_{base}", f"REF is {other}, but the genome has {base} there"),
        ("chr9_10_A_G", "the genome has no chromosome chr9; it has chr1"),
        (f"chr1_10_{base}_{base}", "REF and ALT are the same"),
        ("chr1_5000_A_G", "the genome has nothing there"),
    ):
        with pytest.raises(InputError) as caught:
            read_asked([given], genome, "GRCh38")
        assert str(caught.value).startswith(f"key 'loci.variants': {given!r}: ")
        assert message in str(caught.value)


def test_figures_have_names_that_any_file_system_takes():
    long = "chr1_5_A_" + "ACGT" * 100 + "_b38"
    ids = pd.Series(
        ["chr1_5_A_G_b38", "../a b", long, long + "x", "CHR1_5_a_G_b38", long]
    )
    names = figure_names(ids)
    assert names[0] == ids[0]
    assert names.str.fullmatch(r"[A-Za-z0-9_.+-]{1,80}").all()
    assert "/" not in names[1]
    assert names[:5].str.lower().is_unique
    assert names[5] == names[2]


def test_a_failure_takes_the_figure_away_and_a_lone_variant_is_of_the_model_asked(
    chosen,
):
    asked = ["chr2_77_A_ACC_b38"]
    loci = chosen(1, asked, demo=(DEMO, [], 0.0))
    # As it is read from a file.
    loci = as_table(loci, LOCI).to_pandas()
    loci["model"] = loci["model"].astype("category")
    done = with_answers(loci, {"chr1_3_A_G_b38": "no"}, model="asked", window_bp=16384)
    as_table(done, LOCI)
    assert done["failure"].isna().tolist() == [True, False]
    assert done["figure"].isna().tolist() == [False, True]
    assert done["model"].tolist() == ["asked", "m"]


BY_GENE = pairs_of(
    (1, "ENSG01.4", 0.5, 1e-9),
    (1, "ENSG02.1", -0.9, 1e-20),
    (2, "ENSG03", 0.7, 1e-9),
    (3, "ENSG03", 2.0, 1e-3),
).assign(scored_gene=["ENSG01", "ENSG02", "ENSG03", "ENSG03"])


def test_hits_of_scores_by_gene_are_variants_with_their_genes(chosen):
    loci = chosen(3, genes=(BY_GENE, [], 0.0))
    assert positions(loci) == [1, 2, 1]
    assert loci["gene_id"].tolist() == ["ENSG02", "ENSG03", "ENSG01"]
    assert loci["score"].tolist() == [-0.9, 0.7, 0.5]
    assert loci["feature_id"].tolist() == ["ENSG02.1", "ENSG03", "ENSG01.4"]
    assert loci["figure"].is_unique
    assert (loci["why"] == "top").all()


def test_a_requested_variant_is_drawn_with_the_gene_of_its_smallest_p_value(chosen):
    loci = chosen(0, ["chr1_1_A_G_b38"], genes=(BY_GENE, [], 0.0))
    assert loci[["gene_id", "why"]].to_numpy().tolist() == [["ENSG02", "asked"]]


def test_scores_of_variants_stand_beside_the_gene_of_a_locus(chosen):
    of_variants = pairs_of((1, "ENSG02", 3.0, 1e-4), (1, "ENSG01", 3.0, 1e-8))
    loci = chosen(1, variants=(of_variants, [], 0.0), genes=(BY_GENE, [], 0.0))
    # The variant alone comes first, with the tracks of the dataset that scores variants.
    assert loci["gene_id"].isna().tolist() == [True, True, False, False]
    assert loci["dataset"].tolist() == ["variants", "genes", "genes", "variants"]
    of_gene = loci[loci["gene_id"].notna()]
    assert of_gene["feature_id"].tolist() == ["ENSG02.1", "ENSG02"]
    assert of_gene["score"].tolist() == [-0.9, 3.0]
    assert loci["figure"].nunique() == 2


def test_a_failure_is_of_one_gene_of_a_variant(chosen):
    loci = chosen(3, genes=(BY_GENE, [], 0.0))
    failed = with_answers(loci, {"chr1_1_A_G_b38-ENSG01": "too slow"})
    assert failed["failure"].isna().tolist() == [True, True, False]
    assert failed["figure"].isna().tolist() == [False, False, True]


def test_a_gene_of_several_tissues_has_the_score_of_its_own(chosen):
    rows = (7, "ENSG01.2@Lung", 0.5, 1e-9), (7, "ENSG01.2@Liver", 0.5, 1e-8)
    loci = chosen(1, demo=(pairs_of(*rows).assign(scored_gene="ENSG01"), [], 0.0))
    assert loci["gene_id"].tolist() == ["ENSG01"]
    assert loci["dataset"].tolist() == ["demo"]
    assert loci["feature_id"].tolist() == ["ENSG01.2@Lung"]
