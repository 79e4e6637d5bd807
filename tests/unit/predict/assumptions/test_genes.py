import gzip

import numpy as np
import pandas as pd
import pytest
from endobench.genome.gene_ids import without_versions
from endobench.model.alphagenome_client import dna_model_pb2
from endobench.model.gene_rows import Genes
from endobench.predict.assumptions.genes import ASSUMPTIONS, KNOWN, N_MERGED
from endobench.predict.assumptions.probe import Probe, Scores
from endobench.predict.assumptions.variants import NARROW, WIDE

CHECKS = {each.name: each.check for each in ASSUMPTIONS}
TRACKS = pd.DataFrame({"name": ["a", "a", "b"], "strand": ["+", "-", "."]})
INSIDE = [each for each in KNOWN if each.tss < NARROW.window_end]


def test_the_known_genes_are_those_of_gencode(shared_data):
    path = shared_data("gtex_v8/Whole_Blood.v8.egenes.txt.gz")
    with gzip.open(path, "rt") as file:
        table = pd.read_csv(file, sep="\t")
    table = table.assign(bare=without_versions(table["gene_id"])).set_index("bare")
    for each in KNOWN:
        found = table.loc[each.gene_id]
        assert (found["gene_chr"], found["gene_name"]) == ("chr1", each.name)
        assert found["strand"] == each.strand
        # Releases move the ends of transcripts a little.
        assert abs(found["gene_start"] - 1 - each.start) < 1_000
        assert abs(found["gene_end"] - each.end) < 1_000
    is_plus = table["strand"] == "+"
    tss = table["gene_start"].where(is_plus, table["gene_end"])
    near = tss[table["gene_chr"] == "chr1"].between(WIDE.window_start, WIDE.window_end)
    assert near.sum() >= 50


def test_known_genes_tell_the_rules_of_a_window_apart():
    assert len(KNOWN) > len(INSIDE) > 3
    assert {each.strand for each in KNOWN} == {"+", "-"}
    assert any(each.end > NARROW.window_end for each in INSIDE)
    holding = [e.name for e in KNOWN if e.start <= WIDE.pos - 1 < e.end]
    assert holding == ["KLHL17"]


class Answers:
    """Stands for a probe with answers by gene."""

    genes_of = staticmethod(Probe.genes_of)

    def __init__(self, wide=KNOWN, narrow=INSIDE, versions="."):
        fillers = [f"ENSG{number:011d}" for number in range(60)]
        self._genes = {
            WIDE: self._named(wide, versions, fillers),
            NARROW: self._named(narrow, versions, []),
        }

    @staticmethod
    def _named(known, versions, fillers):
        ids = [each.gene_id + versions.replace(".", ".3") for each in known]
        strands = [each.strand for each in known]
        return Genes((*ids, *fillers), (*strands, *"+" * len(fillers)))

    def tracks(self):
        return dict.fromkeys(N_MERGED, TRACKS)

    def scores(self, variant, scorers):
        genes = self._genes[variant]
        values = np.zeros((2, len(genes.ids), 2), np.float32)
        variant = dna_model_pb2.Variant()
        return [Scores(values, ["a", "b"], [], variant, genes) for _ in scorers]


@pytest.mark.parametrize("versions", [".", ""])
def test_ids_may_have_versions(versions):
    answers = Answers(versions=versions)
    for name in ("gene_ids", "gene_order", "gene_strands", "gene_tss", "gene_numbers"):
        assert CHECKS[name](answers).is_as_assumed, name
    n_versioned = len(KNOWN) if versions else 0
    assert f"{n_versioned} ids with version" in CHECKS["gene_ids"](answers).words


def test_a_gene_on_the_other_strand_is_named():
    turned = [KNOWN[0]._replace(strand="+"), *KNOWN[1:]]
    found = CHECKS["gene_strands"](Answers(wide=turned))
    assert not found.is_as_assumed
    assert found.words.endswith("; NOC2L on the other strand")


def test_genes_against_the_rule_are_named_by_window():
    found = CHECKS["gene_tss"](Answers(wide=KNOWN[1:], narrow=[*INSIDE, KNOWN[-1]]))
    assert not found.is_as_assumed
    wide, narrow = found.words.split("; ")
    assert wide == "1,048,576 bp: 69 genes, against it NOC2L"
    assert narrow == "131,072 bp: 7 genes, against it DVL1"


def test_the_order_of_genes_is_told():
    assert CHECKS["gene_order"](Answers()).words == "the same order, by position"
    found = CHECKS["gene_order"](Answers(wide=KNOWN[::-1]))
    assert found.is_as_assumed
    assert found.words == "the same order, not by position"
