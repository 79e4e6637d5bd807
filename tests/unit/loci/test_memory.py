import pandas as pd
import pytest
from endobench.core.errors import InputError
from endobench.loci.memory import LocusMemory
from endobench.loci.question import LocusGene
from questions import question

TRACKS = pd.DataFrame(
    {
        "variant_id": "v",
        "allele": ["REF", "ALT"],
        "track": "t0",
        "biosample": "cell 0",
        "chrom": "chr1",
        "start": 944,
        "resolution_bp": 1,
        "values": [[0.5, 1.0], [0.25, 2.0]],
        "model": "m",
    }
)


def test_tracks_are_remembered_by_variant_question_and_genome(tmp_path):
    memory, asked = LocusMemory(tmp_path, "a" * 64), question()
    assert memory.read(asked, "v") is None
    memory.write(TRACKS, asked, "v")
    found = memory.read(asked, "v")
    assert [list(each) for each in found["values"]] == TRACKS["values"].tolist()
    assert found["gene_id"].isna().all()
    assert memory.read(asked, "w") is None
    assert memory.read(question(width_bp=256), "v") is None
    assert LocusMemory(tmp_path, "b" * 64).read(asked, "v") is None


def test_the_gene_is_that_of_the_question(tmp_path):
    memory = LocusMemory(tmp_path, "a" * 64)
    asked = question(gene=LocusGene("G1", "+"))
    memory.write(TRACKS, asked, "v")
    assert set(memory.read(asked, "v")["gene_id"]) == {"G1"}
    assert memory.read(question(), "v") is None


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "journal").write_text("no folder")
    with pytest.raises(InputError):
        LocusMemory(tmp_path / "journal", "a" * 64).try_writing(question())
