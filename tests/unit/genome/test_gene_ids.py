from endobench.genome.gene_ids import (
    genes_of,
    tissues_of,
    without_tissue,
    without_versions,
)


def test_a_version_is_no_part_of_a_gene():
    ids = [
        "ENSG00000182378.15",
        "ENSG00000182378",
        "ENSG00000182378.15_PAR_Y",
        None,
        "TP53",
    ]
    assert without_versions(ids).tolist() == [
        "ENSG00000182378",
        "ENSG00000182378",
        "ENSG00000182378_PAR_Y",
        None,
        "TP53",
    ]


def test_what_is_no_version_stays():
    ids = ["RP11-34P13.7", "chr1:1-2:clu_1", "AC012345.1", "ENSG01.2-x", ""]
    assert without_versions(ids).tolist() == ids
    assert without_versions([]).tolist() == []


def test_an_intron_of_leafcutter_names_its_gene():
    found = genes_of(
        [
            "chr1:497299:498399:clu_51878:ENSG00000237094.11",
            "ENSG00000237094.11:1:17055:17233:clu_1_-",
            "ENSG00000182378.15_PAR_Y",
            "chr1:10:20",
            None,
        ]
    )
    assert list(found) == [
        "ENSG00000237094",
        "ENSG00000237094",
        "ENSG00000182378_PAR_Y",
        "chr1:10:20",
        None,
    ]


def test_a_gene_keeps_the_tissue_of_its_row():
    found = genes_of(
        [
            "ENSG00000182378.15@Liver",
            "ENSG00000182378.15_PAR_Y@Liver",
            "chr1:497299:498399:clu_51878:ENSG00000237094.11@Whole: blood",
            "chr1:10:20@Liver",
        ]
    )
    assert list(found) == [
        "ENSG00000182378@Liver",
        "ENSG00000182378_PAR_Y@Liver",
        "ENSG00000237094@Whole: blood",
        "chr1:10:20@Liver",
    ]
    assert list(without_tissue(found)) == [
        "ENSG00000182378",
        "ENSG00000182378_PAR_Y",
        "ENSG00000237094",
        "chr1:10:20",
    ]


def test_the_tissue_of_a_feature_is_what_it_names():
    assert tissues_of(["ENSG1.2@Liver", "ENSG1.2", None]).tolist() == [
        "Liver",
        None,
        None,
    ]
