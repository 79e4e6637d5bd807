from endobench.predict.assumptions.tracks import ASSUMPTIONS, COUNTS, dnase_curies


def test_the_curies_are_those_of_the_open_model(shared_data):
    lines = shared_data("tracks/dnase_tracks_305.tsv").read_text().splitlines()[1:]
    assert dnase_curies() == [line.split("\t")[2] for line in lines]


def test_counts_agree_with_the_tracks(shared_data):
    lines = shared_data("tracks/rna_splicing_tracks.tsv").read_text().splitlines()
    for output in ("RNA_SEQ", "SPLICE_SITES", "SPLICE_SITE_USAGE", "SPLICE_JUNCTIONS"):
        assert COUNTS[output] == sum(line.startswith(f"{output}\t") for line in lines)
    assert COUNTS["DNASE"] == len(dnase_curies())


def test_names_of_assumptions_are_unique():
    assert len({each.name for each in ASSUMPTIONS}) == len(ASSUMPTIONS)
