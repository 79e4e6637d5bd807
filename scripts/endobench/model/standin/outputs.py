"""The stand-in's outputs: their models, their lists of tracks and predicted tracks."""

import copy
import itertools
from typing import NamedTuple

import numpy as np

from endobench.design.scorers import CHIP_BIN_BP
from endobench.genome.alleles import allele_sequences
from endobench.model.alphagenome_client import (
    dna_model_pb2,
    ontology,
)
from endobench.model.standin.gene_tracks import TRACKS
from endobench.model.standin.motif_model import ASSAYS, HUMAN
from endobench.model.standin.neighbours import Neighbours
from endobench.model.standin.rna_tracks import RnaModel
from endobench.model.standin.splice_tracks import SpliceModel
from endobench.model.standin.tensors import CHUNK_BYTES, compressed

# AlphaGenome's ChIP-seq tracks come in bins; its variant scores are per base.
_BIN_BP = {dna_model_pb2.OUTPUT_TYPE_CHIP_TF: CHIP_BIN_BP}
_NEIGHBOURS = Neighbours()


class Listed(NamedTuple):
    """An output with a list of tracks and scores by gene, but no values along a sequence.

    Splice junctions are the only one: they have a value for each pair of sites.

    Attributes
    ----------
    metadata : list of dna_model_pb2.JunctionMetadata
        Messages that describe the tracks.
    """

    metadata: list


def models_of_assays(model):
    """Return the model of each assay, by organism and output type."""
    return {
        (each.organism, output_number(each.output)): (
            model.of(each) if place else model
        )
        for place, each in enumerate(ASSAYS)
    }


def models_of_genes(genes):
    """Return the models of outputs by gene, by organism and output type."""
    found = {}
    for name, tracks in TRACKS.items():
        if name == "RNA_SEQ":
            model = RnaModel(genes)
        elif name == "SPLICE_JUNCTIONS":
            model = Listed([each.junction_metadata(genes.source) for each in tracks])
        else:
            model = SpliceModel(genes, name)
        found[HUMAN, output_number(name)] = model
    return found


def output_metadata(output_type, model):
    """Return the message that lists the tracks of an output."""
    made = dna_model_pb2.OutputMetadata(output_type=output_type)
    if isinstance(model, Listed):
        made.junctions.metadata.extend(model.metadata)
    else:
        made.tracks.metadata.extend(model.metadata)
    return made


def narrowed(model, ontology_terms):
    """Return a model of the tracks of some ontology terms alone, or of all without any.

    It takes less time than to predict all tracks. A model of genes has few.
    """
    is_wanted = wanted(model, set(map(_curie, ontology_terms)))
    if is_wanted is None or isinstance(model, RnaModel | SpliceModel | Listed):
        return model
    other = copy.copy(model)
    other.metadata = protos(model, is_wanted)
    other.weights = model.weights[:, is_wanted]
    return other


def along(model, sequence, interval=None):
    """Return a model's tracks along a sequence, which may be an interval's."""
    if isinstance(model, SpliceModel):
        return model.along(sequence)
    if not isinstance(model, RnaModel):
        return _NEIGHBOURS.accessibility(sequence, model.weights)
    place = (interval.chromosome, interval.start) if interval is not None else ()
    return model.along(sequence, *place)


def own_tracks(model, interval, variant):
    """Return the tracks of REF and of ALT, each for its own bases."""
    if isinstance(model, RnaModel | SpliceModel):
        return model.own_tracks(interval, variant)
    pair = allele_sequences(
        model.fetch,
        variant.chromosome,
        interval.start,
        interval.end,
        variant.position,
        variant.reference_bases,
        variant.alternate_bases,
    )
    return [_NEIGHBOURS.accessibility(sequence, model.weights) for sequence in pair]


def output_number(name):
    """Return the number of an output type, such as "DNASE"."""
    return dna_model_pb2.OutputType.Value(f"OUTPUT_TYPE_{name}")


def output_name(number):
    """Return the name of an output type."""
    return dna_model_pb2.OutputType.Name(number).removeprefix("OUTPUT_TYPE_")


def organism_name(number):
    """Return the name of a request's organism, by default the human."""
    name = dna_model_pb2.Organism.Name(number or dna_model_pb2.ORGANISM_HOMO_SAPIENS)
    return name.removeprefix("ORGANISM_")


def predicted_tracks(
    model,
    output_type,
    values,
    ontology_terms,
    interval=None,
    within_bytes=CHUNK_BYTES,
):
    """Return predicted tracks, or those of some ontology terms, as messages.

    A bin of several bases holds their sum. Up to `within_bytes`, values are within their
    message (see `tensors.packed`).
    """
    resolution = _BIN_BP.get(output_type, 1)
    if resolution > 1:
        values = values.reshape(-1, resolution, values.shape[1]).sum(axis=1)
    curies = set(map(_curie, ontology_terms))
    is_wanted = wanted(model, curies)
    if is_wanted is not None:
        values = values[:, is_wanted]
    # Tracks are constant where bases are unknown.
    tensor, chunks = compressed(values, within_bytes)
    data = dna_model_pb2.TrackData(
        values=tensor,
        metadata=protos(model, is_wanted),
        resolution=resolution,
        interval=interval,
    )
    return dna_model_pb2.Output(output_type=output_type, track_data=data), chunks


def wanted(model, curies):
    """Return whether each track has one of some ontology terms; None without any."""
    if not curies:
        return None
    # Splice sites have no tissue.
    found = [
        _curie(track.ontology_term) if track.HasField("ontology_term") else ""
        for track in model.metadata
    ]
    return np.isin(found, list(curies))


def _curie(term):
    return ontology.from_proto(term).ontology_curie


def protos(model, is_wanted=None):
    """Return the messages that describe a model's tracks, or some of them."""
    if is_wanted is None:
        return model.metadata
    return list(itertools.compress(model.metadata, is_wanted))
