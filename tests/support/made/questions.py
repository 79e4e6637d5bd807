"""Questions about the tracks around a variant."""

import pandas as pd
from alphagenome.models.v1 import dna_client
from endobench.loci.question import LocusQuestion, LocusView

HUMAN = dna_client.Organism.HOMO_SAPIENS
VIEW = LocusView("K562", "DNASE-501-DIFF_LOG2_SUM", 2_048, 128)


def tracks_of(n=1, output="DNASE"):
    frame = pd.DataFrame({"track": [f"t{i}" for i in range(n)], "output": output})
    return frame.assign(
        ontology_curie=[f"EFO:{i}" for i in range(n)],
        biosample=[f"cell {i}" for i in range(n)],
        model="alphagenome/default/ab",
    )


def question(n=1, gene=None, **changes):
    return LocusQuestion(tracks_of(n), VIEW._replace(**changes), HUMAN, gene)
