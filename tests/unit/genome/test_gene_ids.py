from endobench.genome.gene_ids import genes_of, without_version


def test_a_version_is_no_part_of_a_gene():
    ids = [
        "ENSG00000182378.15",
        "ENSG00000182378",
        "ENSG00000182378.15_PAR_Y",
        None,
        "TP53",
    ]
    assert without_version(ids).tolist() == [
        "ENSG00000182378",
        "ENSG00000182378",
        "ENSG00000182378_PAR_Y",
        None,
        "TP53",
    ]


def test_what_is_no_version_stays():
    ids = ["RP11-34P13.7-x", "chr1:1-2:clu_1", "AC0001.1.2"]
    assert without_version(ids).tolist() == [
        "RP11-34P13.7-x",
        "chr1:1-2:clu_1",
        "AC0001.1",
    ]
    assert without_version([]).tolist() == []


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
