from endobench.design.assemblies import ORGANISMS, organism_of


def test_every_build_is_of_one_organism():
    builds = [build for each in ORGANISMS.values() for build in each]
    assert len(builds) == len(set(builds))
    for organism, each in ORGANISMS.items():
        assert {organism_of(build) for build in each} == {organism}
