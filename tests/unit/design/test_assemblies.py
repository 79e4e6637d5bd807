from endobench.design.assemblies import ORGANISMS, organism_of, why_no_chromosome


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
