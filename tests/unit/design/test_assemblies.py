from endobench.design.assemblies import (
    ORGANISMS,
    is_beyond,
    organism_of,
    other_build,
    why_no_chromosome,
)


def test_every_build_is_of_one_organism():
    builds = [build for each in ORGANISMS.values() for build in each]
    assert len(builds) == len(set(builds))
    for organism, each in ORGANISMS.items():
        assert {organism_of(build) for build in each} == {organism}


def test_a_chromosome_is_of_its_organism():
    for build in ("GRCh38", "hg19"):
        assert not why_no_chromosome("chr22", build)
        assert why_no_chromosome("chr23", build)
    assert not why_no_chromosome("chr19", "mm10")
    assert why_no_chromosome("chr20", "mm10")
    for name in ("chrX", "chrY", "chrM", "chrUn_KI270302v1"):
        assert not why_no_chromosome(name, "GRCh38")
    for name in ("chr0", "chr01", "chrx", "chrall"):
        assert why_no_chromosome(name, "GRCh38")


def test_a_place_behind_the_end_of_a_chromosome_is_on_another_build():
    assert is_beyond("chr1", 248_956_423, "GRCh38")
    assert not is_beyond("chr1", 248_956_423, "hg19")
    assert not is_beyond("chr1", 248_956_422, "GRCh38")
    # Its length is not known.
    assert not is_beyond("chrUn_KI270302v1", 10**9, "GRCh38")


def test_a_text_names_a_build_by_any_of_its_names():
    for text in ("hg38", "GRCh38.p14", "the human genome (GRCh38)", "hg19 to hg38"):
        assert other_build(text, "GRCh38") == ""
    assert other_build("release 46, thg19", "GRCh38") == ""
    assert other_build("GRCh37.p13", "GRCh38") == "GRCh37"
    assert other_build("T2T-CHM13v2.0", "GRCh38") == "T2T-CHM13"
    assert other_build("GRCm38", "mm10") == ""
