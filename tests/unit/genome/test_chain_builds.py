import gzip

import pytest
from endobench.core.errors import InputError
from endobench.genome.chain_builds import check_chain

HG19, GRCH38, HG18, MM10 = 249250621, 248956422, 247249719, 195471971


def chain_of(tmp_path, start, target, name="chr1"):
    path = tmp_path / "a.over.chain.gz"
    header = f"chain 9 {name} {start} + 0 5 {name} {target} + 0 5 1"
    other = "chain 9 chr9 77 + 0 5 chr9 78 + 0 5 2"
    with gzip.open(path, "wt") as file:
        file.write(f"{other}\n5\n\n{header}\n5\n\n")
    return path


@pytest.mark.parametrize("name", ["chr1", "1"])
@pytest.mark.parametrize(
    ("start", "target", "words"),
    [
        (GRCH38, HG19, "from GRCh38 to hg19, not from hg19 to GRCh38; this is the opp"),
        (HG18, GRCH38, "from hg18 to GRCh38, not from hg19 to GRCh38; name the chain"),
        (HG19, HG18, "from hg19 to hg18, not from hg19 to GRCh38; name the chain from"),
        (HG19, MM10, "from hg19 to mm10, not from hg19 to GRCh38"),
        (GRCH38, 5, "from GRCh38 to an unknown build, not from hg19 to GRCh38"),
    ],
)
def test_a_chain_of_other_builds_is_refused(tmp_path, start, target, words, name):
    path = chain_of(tmp_path, start, target, name)
    with pytest.raises(InputError) as caught:
        check_chain(path, "hg19", "GRCh38", "mine.chain")
    message = str(caught.value)
    assert message.startswith("mine.chain: by its lengths of chromosomes, this chain")
    assert words in message and message.endswith("under 'chains: {hg19: ...}'")


@pytest.mark.parametrize(("start", "target"), [(HG19, GRCH38), (HG19, 5), (4, 5)])
def test_a_chain_of_the_declared_or_of_unknown_builds_passes(tmp_path, start, target):
    check_chain(chain_of(tmp_path, start, target), "hg19", "GRCh38")


def test_a_damaged_chain_is_left_to_its_reader(tmp_path):
    path = chain_of(tmp_path, GRCH38, HG19)
    path.write_bytes(path.read_bytes()[:40])
    check_chain(path, "hg19", "GRCh38")


@pytest.mark.parametrize("build", ["hg18", "hg19"])
def test_real_chains_lift_between_the_builds_of_their_names(shared_data, build):
    path = shared_data(f"liftover/{build}ToHg38.over.chain.gz")
    check_chain(path, build, "GRCh38")
    with pytest.raises(InputError, match=f"from {build} to GRCh38, not from GRCh38 to"):
        check_chain(path, "GRCh38", build)
