"""The tracks of the model, with padding among them as in the real files."""

import dataclasses
import functools

import pandas as pd
from alphagenome.models.v1 import dna_output, track_data_utils
from alphagenome.protos.v1 import dna_model_pb2
from endobench.model.standin.motif_model import ASSAYS

_PADDING = "Padding"


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
    found = {}
    for assay in ASSAYS:
        if assay.organism == organism.name:
            messages = dna_model_pb2.TracksMetadata(metadata=assay.metadata("ENCODE"))
            tracks = track_data_utils.metadata_from_proto(messages)
            padding = tracks.iloc[[0]].assign(name=_PADDING, ontology_curie=None)
            found[assay.output.lower()] = pd.concat(
                [tracks[:1], padding, tracks[1:], padding], ignore_index=True
            )
    return AlphaGenomeOutputMetadata(**found)
