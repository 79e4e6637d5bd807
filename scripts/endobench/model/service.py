"""A configured service: its name, its connection and the list of its tracks."""

import contextlib
import hashlib
import logging
from typing import NamedTuple

import grpc
import pandas as pd

from endobench.core.columns import TRACKS
from endobench.core.errors import InputError, Unavailable
from endobench.design.models import STANDIN
from endobench.design.scorers import BY_GENE
from endobench.model import weights
from endobench.model.alphagenome_client import dna_client
from endobench.model.checkpoint import digest_of, locate
from endobench.model.client import Connection, connected, endpoint, refusal
from endobench.model.faults import fault_of
from endobench.model.retries import is_refusal, patiently
from endobench.model.standin import server as standin
from endobench.model.strands import merging_of

log = logging.getLogger(__name__)

WEIGHTS = "weights"
ORGANISMS = {
    "human": dna_client.Organism.HOMO_SAPIENS,
    "mouse": dna_client.Organism.MUS_MUSCULUS,
}
# The columns of the metadata that identify the tracks of a model.
_LASTING = ["name", "ontology_curie", "data_source"]
# The target of a ChIP-seq track; an output has one of the two, or neither.
_TARGETS = ["transcription_factor", "histone_mark"]
# Columns of `columns.TRACKS` that describe a track, and the client's.
_DESCRIBED = {
    "strand": "strand",
    "assay": "Assay title",
    "gtex_tissue": "gtex_tissue",
    "data_source": "data_source",
}


class Service(NamedTuple):
    """The service that predicts, as configured.

    Attributes
    ----------
    kind : {"alphagenome", "address", "standin", "weights"}
    address : str or None
        ``host:port`` for "address"; the source of the weights for "weights" (see
        `checkpoint.locate`).
    tls : bool
    model_version : str or None
        Name of a `dna_client.ModelVersion`; None means the server's default.
    model_name : str or None
        Name of the model at `address` (by default the address), or of the weights.
    organism : {"human", "mouse"}
        The organism whose genome is scored.
    device : {"gpu", "tpu", "cpu"}
        Where the open model runs.
    genes : str or None
        Annotation for scorers by gene: the file that the stand-in reads, or the folder
        with the open model's files, which otherwise downloads them.
    """

    kind: str
    address: str | None = None
    tls: bool = True
    model_version: str | None = None
    model_name: str | None = None
    organism: str = "human"
    device: str = "gpu"
    genes: str | None = None

    @property
    def name(self):
        """First part of the model's name, which keeps the answers of servers apart."""
        if self.kind == "address":
            return f"address/{self.model_name or self.address.replace('/', '_')}"
        if self.kind == WEIGHTS and self.model_name:
            return f"{WEIGHTS}/{self.model_name}"
        return self.kind


@contextlib.contextmanager
def connection(
    service,
    genome_path,
    *,
    deadline_s,
    connect_timeout_s,
    tls_ca=None,
    scorers=(),
    batch=None,
    compiled=None,
):
    """Connect to a configured service; start and stop the stand-in with it.

    Parameters
    ----------
    service : Service
    genome_path : path-like or None
        The genome that the stand-in and the open model read.
    deadline_s, connect_timeout_s : float
        See `client.Endpoint`.
    tls_ca : path-like, optional
        See `client.Endpoint`.
    scorers : list of str, optional
        Names of the scorers that will be asked for: some need the open model's own
        annotation.
    batch : int, optional
        See `weights.batch_size`.
    compiled : path-like, optional
        See `weights.load`.

    Yields
    ------
    client.Connection
    """
    if service.kind == WEIGHTS:
        organism = ORGANISMS[service.organism]
        model = weights.load(
            service.address,
            service.model_version,
            genome_path,
            organism,
            service.device,
            scorers,
            service.genes,
            compiled,
        )
        # A call of a local model is short and cannot be ended; those that wait can.
        yield Connection(*weights.in_batches(model, service.device, batch))
        return
    with contextlib.ExitStack() as stack:
        address = service.address
        if service.kind == STANDIN:
            address = stack.enter_context(
                standin.running(genome_path, service.genes, service.model_version)
            )
        where = endpoint(
            service.kind,
            address,
            service.tls,
            model_version=service.model_version,
            deadline_s=deadline_s,
            connect_timeout_s=connect_timeout_s,
            tls_ca=tls_ca,
        )
        log.info("%r", where)
        yield stack.enter_context(connected(where))


@contextlib.contextmanager
def listing(service, genome_path, **options):
    """Yield a client that can list a service's tracks.

    The parameters are those of `connection`. The open model is not loaded.
    """
    if service.kind == WEIGHTS:
        yield weights.Metadata()
        return
    with connection(service, genome_path, **options) as made:
        yield made.client


def list_tracks(client, output, service, checkpoint=None):
    """Return the tracks that a model has for an output type, or for its scorers by gene.

    The stand-in server names itself in the tracks' ``data_source``. Its answers are thus
    recognised whatever service the config names.

    Parameters
    ----------
    client : alphagenome.models.v1.dna_model.DnaModel
    output : str
        As `scorers.tracks_of` has it: the name of a `dna_client.OutputType`, such as
        "DNASE"; or "RNA_SEQ.genes", whose tracks of the two strands are merged.
    service : Service
    checkpoint : str, optional
        The digest of the open model's checkpoint (`checkpoint_of`), if it is known.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.TRACKS`, in the server's order. ``model`` holds the
        name of the service and a digest of the output's unmerged tracks, which tells
        models apart. All checkpoints of the open model have the same tracks, so a digest
        of the parameters stands before it.

    Raises
    ------
    InputError
        If the server does not have the output, or refuses the key.
    Unavailable
        If the server does not answer.
    """
    whole = output.removesuffix(BY_GENE)
    metadata = _listed(client, whole, service)
    # A newer client may add columns, which must not make paid-for answers invalid.
    lasting = metadata.reindex(columns=_LASTING).fillna("").astype(str)
    digest = hashlib.sha256(lasting.to_csv(index=False).encode()).hexdigest()[:12]
    marks = [digest]
    if service.kind == WEIGHTS:
        marks.insert(0, checkpoint or checkpoint_of(service))
    is_standin = lasting["data_source"].str.startswith(STANDIN).any()
    name = STANDIN if is_standin else service.name
    if output != whole:
        metadata = merging_of(metadata, whole).tracks
    frame = pd.DataFrame(
        {
            "track": metadata["name"],
            "ontology_curie": metadata.get("ontology_curie"),
            "biosample": metadata.get("biosample_name"),
            "target": metadata.reindex(columns=_TARGETS).bfill(axis=1).iloc[:, 0],
            "output": output,
            "position": range(len(metadata)),
            "model": "/".join([name, service.model_version or "default", *marks]),
        }
    )
    for column, source in _DESCRIBED.items():
        texts = metadata.reindex(columns=[source])[source].astype("string")
        # Messages of the protocol have no missing text.
        frame[column] = texts.mask(texts == "").astype(object)
    frame["strand"] = frame["strand"].fillna(".")
    log.info("%d %s tracks of %s", len(frame), output, frame["model"].iloc[0])
    return frame.reindex(columns=TRACKS.names)


def checkpoint_of(service):
    """Return the digest of the open model's checkpoint; None for other services.

    It takes as long as reading the whole checkpoint (`checkpoint.digest_of`).
    """
    if service.kind != WEIGHTS:
        return None
    return digest_of(locate(service.address, service.model_version))


def _listed(client, output, service):
    """Return the metadata of an output's tracks, in the columns of the client."""
    try:
        listed = patiently(client.output_metadata)(ORGANISMS[service.organism])
        metadata = listed.get(dna_client.OutputType[output])
    except KeyError:
        raise InputError(f"key 'scorer': {output!r} is not an output type") from None
    except grpc.RpcError as error:
        if is_refusal(error):
            raise refusal(error, service.name) from None
        raise Unavailable(
            f"service {service.name} does not list its tracks: {fault_of(error)}"
        ) from error
    if metadata is None or metadata.empty:
        raise InputError(
            f"key 'scorer': the model offers no {output} tracks of {service.organism}"
        )
    # The open model's rows keep the numbers that they have among its padding.
    return metadata.reset_index(drop=True)
