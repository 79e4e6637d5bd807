from endobench.genome.gene_ids import without_version


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
