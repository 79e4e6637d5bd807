"""The tracks of the model, with padding among them as in the real files."""

import dataclasses
import functools
import pathlib
import sys

import pandas as pd
from alphagenome.models.v1 import dna_output, track_data_utils
from alphagenome.protos.v1 import dna_model_pb2
from endobench.model.standin.motif_model import ASSAYS

# Beside the packages, where a workflow of its own does not look.
sys.path.append(str(pathlib.Path(__file__).parents[5] / "serving"))

from gene_answers import GeneModel, name_of  # noqa: E402, F401
from signals import accessibility  # noqa: E402, F401

_PADDING = "Padding"
BY_GENE = GeneModel()


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlphaGenomeOutputMetadata(dna_output.OutputMetadata):
    def resolution(self, output):
        return 128 if output.name.startswith("CHIP") else 1

    @functools.cached_property
    def padding(self):
        return {
            output: (found["name"].str.lower() == _PADDING.lower()).to_numpy()
            for output in dna_output.OutputType
            if (found := self.get(output)) is not None
        }


def load(organism):
    listed = {
        each.output: each.metadata("ENCODE")
        for each in ASSAYS
        if each.organism == organism.name
    }
    if organism.name == "HOMO_SAPIENS":
        listed |= BY_GENE.tracks
    found = {}
    for output, messages in listed.items():
        tracks = track_data_utils.metadata_from_proto(
            dna_model_pb2.TracksMetadata(metadata=messages)
        )
        padding = tracks.iloc[[0]].assign(name=_PADDING, strand=".")
        if "ontology_curie" in tracks:
            padding = padding.assign(ontology_curie=None)
        if output == "SPLICE_JUNCTIONS":
            tracks, padding = (e.drop(columns="strand") for e in (tracks, padding))
        found[output.lower()] = pd.concat(
            [tracks[:1], padding, tracks[1:], padding], ignore_index=True
        )
    return AlphaGenomeOutputMetadata(**found)
