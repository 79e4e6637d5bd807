"""The modules of the official client, and every name in them that the library uses.

Other modules import the client's modules from here::

    from endobench.model.alphagenome_client import dna_client, genome

A module of the client is loaded when it is first imported from here, and all names that
`USED` lists for it are looked up once. A release that lacks some of them is thus
reported in one line, before any request is sent.
"""

# ruff: noqa: F401

import contextlib
import importlib
import sys
import types
import typing
from typing import TYPE_CHECKING

from endobench.core.errors import InputError

if TYPE_CHECKING:
    # The names that `__getattr__` returns, for linters and the check of environments.
    from alphagenome import tensor_utils
    from alphagenome.atlas import atlas, atlas_utils
    from alphagenome.data import genome, ontology, track_data
    from alphagenome.models.v1 import (
        dna_client,
        track_data_utils,
        variant_scorers,
        variant_scoring_utils,
    )
    from alphagenome.protos import (
        atlas_service_pb2,
        atlas_service_pb2_grpc,
        tensor_pb2,
    )
    from alphagenome.protos.v1 import (
        dna_model_pb2,
        dna_model_service_pb2,
        dna_model_service_pb2_grpc,
    )
    from alphagenome.visualization import plot_components

_PACKAGE = "alphagenome"
# The client makes tables of scores with one of these packages, and heatmaps with the other.
# The library needs neither, and loading one takes as long as the rest of a job's start.
_UNUSED = ("anndata", "seaborn")

# For each module its functions, classes, enums, messages and constants; for each of these
# the methods, attributes, members and fields. Release 2.0.0 removes the aliases outside of
# `models.v1` and `protos.v1`.
USED = {
    "alphagenome.tensor_utils": {
        "pack_tensor": [],
        "unpack_proto": [],
        "upcast_floating": [],
    },
    "alphagenome.atlas.atlas": {
        "AtlasClient": ["scorer_metadata"],
        "ScorerMetadata": ["track_metadata"],
    },
    "alphagenome.atlas.atlas_utils": {"build_filter": []},
    "alphagenome.data.genome": {
        "Interval": ["chromosome", "end", "start", "to_proto", "width"],
        "Variant": [
            "alternate_bases",
            "chromosome",
            "position",
            "reference_bases",
            "to_proto",
        ],
    },
    "alphagenome.data.ontology": {
        "OntologyTerm": ["ontology_curie", "to_proto"],
        "from_curie": [],
        "from_proto": [],
    },
    "alphagenome.data.track_data": {
        "TrackData": ["metadata", "resolution", "values"],
    },
    "alphagenome.models.v1.dna_client": {
        "DnaClient": [
            "output_metadata",
            "predict_sequence",
            "predict_variant",
            "score_variant",
        ],
        "ModelVersion": ["ALL_FOLDS", "FOLD_0", "FOLD_1", "FOLD_2", "FOLD_3"],
        "Organism": ["HOMO_SAPIENS", "MUS_MUSCULUS", "to_proto"],
        "Output": ["get"],
        "OutputMetadata": ["get"],
        "OutputType": ["ATAC", "CHIP_TF", "DNASE", "__members__", "to_proto"],
        "VariantOutput": ["alternate", "reference"],
    },
    "alphagenome.models.v1.track_data_utils": {
        "metadata_from_proto": [],
    },
    "alphagenome.models.v1.variant_scorers": {
        "AggregationType": [
            "ACTIVE_MEAN",
            "ACTIVE_SUM",
            "DIFF_LOG2_SUM",
            "DIFF_MEAN",
            "DIFF_SUM",
            "DIFF_SUM_LOG2",
            "L2_DIFF",
            "L2_DIFF_LOG1P",
            "__members__",
        ],
        "CenterMaskScorer": [
            "aggregation_type",
            "is_signed",
            "requested_output",
            "to_proto",
            "width",
        ],
        "GeneMaskActiveScorer": [],
        "GeneMaskLFCScorer": [],
        "GeneMaskSplicingScorer": [],
        "PolyadenylationScorer": [],
        "SUPPORTED_ORGANISMS": [],
        "SpliceJunctionScorer": [],
    },
    "alphagenome.models.v1.variant_scoring_utils": {
        "merge_stranded_track_metadata": [],
    },
    "alphagenome.protos.atlas_service_pb2": {
        "DenseVariantScore": [
            "calibrated_scores",
            "metadata",
            "scores",
            "shape",
            "variant_scorer",
        ],
        "DenseVariantScores": ["interval", "scores", "variant"],
        "GetDenseVariantScoresRequest": ["filter", "organism", "variant"],
        "ListDenseVariantScoresRequest": [
            "filter",
            "interval",
            "organism",
            "page_token",
        ],
        "ListDenseVariantScoresResponse": ["next_page_token", "variant_scores"],
        "ListVariantScoresMetadataResponse": ["variant_scorer_metadata"],
        "Metadata": ["gene_scorers", "tracks"],
        "VariantScorerInfo": ["is_signed", "name"],
        "VariantScorerMetadata": ["metadata", "variant_scorer"],
    },
    "alphagenome.protos.atlas_service_pb2_grpc": {
        "AtlasServiceServicer": [
            "GetDenseVariantScores",
            "ListDenseVariantScores",
            "ListVariantScoresMetadata",
        ],
        "AtlasServiceStub": [],
        "add_AtlasServiceServicer_to_server": [],
    },
    "alphagenome.protos.tensor_pb2": {
        "CompressionType": ["COMPRESSION_TYPE_ZSTD"],
        "DataType": ["DATA_TYPE_FLOAT32"],
        "Tensor": ["array", "chunk_count", "data_type", "shape"],
        "TensorChunk": ["compression_type", "data"],
    },
    "alphagenome.protos.v1.dna_model_pb2": {
        "AGGREGATION_TYPE_DIFF_LOG2_SUM": [],
        "AggregationType": ["Name"],
        "Biosample": ["name", "type"],
        "BiosampleType": ["Value"],
        "CenterMaskScorer": ["aggregation_type", "requested_output", "width"],
        "GeneScorerMetadata": [
            "gene_id",
            "junction_end",
            "junction_start",
            "name",
            "strand",
            "type",
        ],
        "Interval": ["chromosome", "end", "start", "strand"],
        "JunctionMetadata": [
            "assay",
            "biosample",
            "data_source",
            "gtex_tissue",
            "name",
            "ontology_term",
        ],
        "ORGANISM_HOMO_SAPIENS": [],
        "OUTPUT_TYPE_CHIP_TF": [],
        "Organism": ["Name"],
        "Output": ["output_type", "payload", "track_data"],
        "OutputMetadata": ["junctions", "output_type", "tracks"],
        "OutputType": ["Name", "Value"],
        "STRAND_NEGATIVE": [],
        "STRAND_POSITIVE": [],
        "STRAND_UNSTRANDED": [],
        "ScoreVariantOutput": ["variant_data"],
        "TrackData": ["interval", "metadata", "resolution", "values"],
        "TrackMetadata": [
            "assay",
            "biosample",
            "data_source",
            "gtex_tissue",
            "name",
            "ontology_term",
            "strand",
            "transcription_factor_code",
        ],
        "TracksMetadata": ["metadata"],
        "Variant": ["alternate_bases", "chromosome", "position", "reference_bases"],
        "VariantData": ["metadata", "values"],
        "VariantMetadata": ["gene_metadata", "track_metadata", "variant"],
        "VariantScorer": [
            "center_mask",
            "gene_mask",
            "gene_mask_active",
            "gene_mask_splicing",
            "pa_qtl",
            "scorer",
            "splice_junction",
        ],
    },
    "alphagenome.protos.v1.dna_model_service_pb2": {
        "DESCRIPTOR": ["services_by_name"],
        "MetadataRequest": ["organism"],
        "MetadataResponse": ["output_metadata"],
        "PredictIntervalRequest": [
            "interval",
            "ontology_terms",
            "organism",
            "requested_outputs",
        ],
        "PredictIntervalResponse": ["output", "tensor_chunk"],
        "PredictSequenceRequest": [
            "SerializeToString",
            "model_version",
            "ontology_terms",
            "organism",
            "requested_outputs",
            "sequence",
        ],
        "PredictSequenceResponse": ["FromString", "output", "payload", "tensor_chunk"],
        "PredictVariantRequest": [
            "interval",
            "ontology_terms",
            "organism",
            "requested_outputs",
            "variant",
        ],
        "PredictVariantResponse": [
            "alternate_output",
            "reference_output",
            "tensor_chunk",
        ],
        "ScoreVariantRequest": [
            "SerializeToString",
            "interval",
            "merge_stranded_gene_tracks",
            "model_version",
            "organism",
            "variant",
            "variant_scorers",
        ],
        "ScoreVariantResponse": ["FromString", "output", "payload", "tensor_chunk"],
    },
    "alphagenome.protos.v1.dna_model_service_pb2_grpc": {
        "DnaModelServiceServicer": [
            "GetMetadata",
            "PredictInterval",
            "PredictSequence",
            "PredictVariant",
            "ScoreVariant",
        ],
        "add_DnaModelServiceServicer_to_server": [],
    },
    "alphagenome.visualization.plot_components": {
        "AbstractComponent": ["get_ax_height", "num_axes", "plot_ax", "total_height"],
        "OverlaidTracks": [],
        "Tracks": [],
        "VariantAnnotation": [],
        "plot": [],
    },
}
_MODULES = {path.rpartition(".")[2]: path for path in USED}


class _Deferred(types.ModuleType):
    """Stands for a module that is loaded when it is first used, not when annotated.

    Only the client's modules that were imported meanwhile hold it, and only for their
    annotations: there, its classes are forward references, which take part in unions.
    """

    is_annotating = True

    def __getattr__(self, name):
        if not self.is_annotating:
            return getattr(importlib.import_module(self.__name__), name)
        if name.startswith("__"):
            raise AttributeError(name)
        return typing.ForwardRef(f"{self.__name__}.{name}")


@contextlib.contextmanager
def _deferring(names):
    """Give modules that are imported here a `_Deferred` in place of some packages."""
    deferred = [_Deferred(name) for name in names if name not in sys.modules]
    sys.modules |= {each.__name__: each for each in deferred}
    try:
        yield
    finally:
        for each in deferred:
            each.is_annotating = False
            del sys.modules[each.__name__]


class MissingNames(InputError, SystemExit):
    """The installed client lacks names that the library uses.

    It is also a `SystemExit`: modules are imported before `logs.door` opens the log, and
    Python prints the message of a `SystemExit` without a traceback.
    """

    def __init__(self, message):
        super().__init__(message)
        self.code = message


def __getattr__(name):
    """Load and check a module of the client, when it is first imported from here.

    Raises
    ------
    MissingNames
        If the installed client lacks a name of that module; the message lists all
        missing names.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    path = _MODULES[name]
    if missing({path: USED[path]}):
        raise MissingNames(_complaint(missing(USED)))
    globals()[name] = importlib.import_module(path)
    return globals()[name]


def missing(used):
    """Return the names that the installed client lacks.

    Parameters
    ----------
    used : dict of str to dict of str to list of str
        As `USED`.

    Returns
    -------
    list of str
        Dotted names; for a module that cannot be imported, only its own name.
    """
    found = []
    for path, names in used.items():
        try:
            with _deferring(_UNUSED):
                module = importlib.import_module(path)
        except ImportError as error:
            if not (error.name or "").startswith(_PACKAGE):
                raise
            found.append(path)
            continue
        for name, members in names.items():
            if not hasattr(module, name):
                found.append(f"{path}.{name}")
                continue
            owner = getattr(module, name)
            found += [
                f"{path}.{name}.{member}"
                for member in members
                if not (hasattr(owner, member) or member in _fields(owner))
            ]
    return found


def _fields(owner):
    """Return the fields of a dataclass or of a message, which the class may not show."""
    descriptor = getattr(owner, "DESCRIPTOR", None)
    return {
        *getattr(owner, "__dataclass_fields__", ()),
        *getattr(descriptor, "fields_by_name", ()),
        *getattr(descriptor, "oneofs_by_name", ()),
    }


def _complaint(names):
    """Return a one-line message that lists the missing names."""
    try:
        version = importlib.import_module(_PACKAGE).__version__
    except (ImportError, AttributeError):
        version = "(version unknown)"
    return (
        f"{_PACKAGE} {version} lacks {len(names)} of the names that this workflow uses:"
        f" {', '.join(names)}; install the version that envs/requirements.txt pins"
    )
