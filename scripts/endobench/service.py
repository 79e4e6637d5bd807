"""A configured service as one thing: connect to it, list its tracks, predict with it."""

import contextlib
import hashlib
import logging
import pathlib
from typing import NamedTuple

import grpc
import pandas as pd
import tenacity
from alphagenome.models import dna_client

from endobench import standin
from endobench.alleles import padded_fetch
from endobench.client import connected, endpoint, is_refusal, refusal
from endobench.columns import TRACKS
from endobench.engine import ask_all, is_transient
from endobench.errors import InputError
from endobench.genome import open_genome
from endobench.journal import Journal
from endobench.protocol import STUDY_SCORER
from endobench.scorers import score_variant_asker, study_asker

log = logging.getLogger(__name__)

STANDIN = "standin"
# The columns of the metadata that tell which tracks a model has.
_LASTING = ["name", "ontology_curie", "data_source"]


class Service(NamedTuple):
    """Who predicts, as the config says it.

    Attributes
    ----------
    kind : {"alphagenome", "address", "standin"}
    address : str or None
        ``host:port``, for "address".
    tls : bool
    model_version : str or None
        Name of a `dna_client.ModelVersion`; None is the server's default.
    model_name : str or None
        What the model at `address` is called; the address by default.
    """

    kind: str
    address: str | None = None
    tls: bool = True
    model_version: str | None = None
    model_name: str | None = None

    @property
    def name(self):
        """First part of the model's name, which keeps the answers of servers apart."""
        if self.kind == "address":
            return f"address/{self.model_name or self.address}"
        return self.kind


@contextlib.contextmanager
def connection(service, genome_path, *, deadline_s, connect_timeout_s):
    """Connect to a configured service; the stand-in is started and stopped with it.

    Parameters
    ----------
    service : Service
    genome_path : path-like or None
        What the stand-in reads.
    deadline_s, connect_timeout_s : float
        See `client.Endpoint`.

    Yields
    ------
    client, hang_up
        See `client.connected`.
    """
    with contextlib.ExitStack() as stack:
        address = service.address
        if service.kind == STANDIN:
            address = stack.enter_context(standin.running(genome_path))
        where = endpoint(
            service.kind,
            address,
            service.tls,
            model_version=service.model_version,
            deadline_s=deadline_s,
            connect_timeout_s=connect_timeout_s,
        )
        log.info("%r", where)
        client, hang_up = stack.enter_context(connected(where))
        yield client, hang_up


def list_tracks(client, output, service):
    """Ask a server for the tracks of an output type.

    The stand-in server names itself in the tracks' ``data_source``, so its answers are
    known for what they are under whatever service it is reached.

    Parameters
    ----------
    client : dna_client.DnaClient
    output : str
        Name of a `dna_client.OutputType`, "DNASE".
    service : Service

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.TRACKS`, in the server's order; ``model`` names the
        service and a digest of the tracks, so that other models are told apart.

    Raises
    ------
    InputError
        If the server has no such output, or does not answer.
    """
    try:
        metadata = _metadata(client).get(dna_client.OutputType[output])
    except KeyError:
        raise InputError(f"key 'scorer': {output!r} is no output type") from None
    except grpc.RpcError as error:
        if is_refusal(error):
            raise refusal(error, service.name) from None
        raise InputError(
            f"service {service.name} does not list its tracks: {error.code().name}:"
            f" {error.details()}"
        ) from None
    if metadata is None or metadata.empty:
        raise InputError(f"key 'scorer': the model offers no {output} tracks")
    # A newer client may add columns; an answer that was paid for must not be lost by it.
    lasting = metadata.reindex(columns=_LASTING).fillna("").astype(str)
    digest = hashlib.sha256(lasting.to_csv(index=False).encode()).hexdigest()[:12]
    is_standin = lasting["data_source"].str.startswith(STANDIN).any()
    name = STANDIN if is_standin else service.name
    frame = pd.DataFrame(
        {
            "track": metadata["name"],
            "ontology_curie": metadata.get("ontology_curie"),
            "biosample": metadata.get("biosample_name"),
            "output": output,
            "position": range(len(metadata)),
            "model": f"{name}/{service.model_version or 'default'}/{digest}",
        }
    )
    log.info("%d %s tracks of %s", len(frame), output, frame["model"].iloc[0])
    return frame.reindex(columns=TRACKS.names)


@tenacity.retry(
    retry=tenacity.retry_if_exception(is_transient),
    stop=tenacity.stop_after_attempt(4),
    wait=tenacity.wait_random_exponential(multiplier=0.5, max=8),
    reraise=True,
)
def _metadata(client):
    """Ask for all tracks; the client itself does not try again."""
    return client.output_metadata()


def predict(
    rows,
    tracks,
    *,
    scorer,
    window_bp,
    genome_path,
    genome_digest,
    service,
    max_failed_fraction,
    shard,
    journal,
    concurrency,
    attempts,
    deadline_s,
    connect_timeout_s,
):
    """Predict a shard's variants with a configured service.

    Nothing is asked, and no server started, where the journal remembers every answer.

    Parameters
    ----------
    rows : pandas.DataFrame
        Unique variants in the columns of `columns.SHARDS`.
    tracks : pandas.DataFrame
        The model's tracks (`columns.TRACKS`).
    scorer : str
        See `scorers.parse_scorer`, or the study's.
    window_bp : int
    genome_path : path-like
    genome_digest : str
        SHA-256 of the genome as it was fetched.
    service : Service
    max_failed_fraction : float
    shard : str
        Name of the shard in the journal.
    journal : path-like
        Folder of all journals.
    concurrency, attempts, deadline_s, connect_timeout_s
        See `engine.ask_all` and `client.Endpoint`.

    Returns
    -------
    engine.Outcome
    """
    name = f"{scorer}-{window_bp}bp"
    model = tracks["model"].iloc[0]
    if scorer == STUDY_SCORER:
        # The question holds the bases themselves, so the genome is part of the key.
        name += f"-{genome_digest[:12]}"
    # An address holds a colon.
    folder = pathlib.Path(journal) / model.replace(":", "_") / name / shard
    with contextlib.ExitStack() as stack:
        memory = stack.enter_context(Journal(folder))

        def open_asker():
            client, hang_up = stack.enter_context(
                connection(
                    service,
                    genome_path,
                    deadline_s=deadline_s,
                    connect_timeout_s=connect_timeout_s,
                )
            )
            served = list_tracks(client, tracks["output"][0], service)
            if served["model"].iloc[0] != model:
                raise InputError(
                    f"service {service.name} now serves {served['model'].iloc[0]}, not"
                    f" {model} as when its tracks were listed; remove the table of its"
                    " tracks (results/tracks/model.parquet) and run again"
                )
            names = tracks["track"].tolist()
            if scorer == STUDY_SCORER:
                fetch = padded_fetch(open_genome(genome_path))
                return study_asker(client, fetch, names), hang_up
            return score_variant_asker(client, scorer, names), hang_up

        return ask_all(
            rows,
            open_asker,
            memory,
            scorer=scorer,
            window_bp=window_bp,
            address=service.name,
            concurrency=concurrency,
            attempts=attempts,
            max_failed_fraction=max_failed_fraction,
        )
