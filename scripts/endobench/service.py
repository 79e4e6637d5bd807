"""A configured service as one thing: connect to it, list its tracks, predict with it."""

import contextlib
import hashlib
import logging
import pathlib

import grpc
import pandas as pd
from alphagenome.models import dna_client

from endobench import standin
from endobench.alleles import padded_fetch
from endobench.client import connected, endpoint, is_refusal, refusal
from endobench.columns import TRACKS
from endobench.engine import ask_all
from endobench.errors import InputError
from endobench.genome import open_genome
from endobench.journal import Journal
from endobench.protocol import STUDY_SCORER
from endobench.scorers import score_variant_asker, study_asker

log = logging.getLogger(__name__)

STANDIN = "standin"


@contextlib.contextmanager
def connection(
    service,
    address,
    tls,
    genome_path,
    *,
    model_version,
    deadline_s,
    connect_timeout_s,
    **_,
):
    """Connect to a configured service; the stand-in is started and stopped with it.

    Parameters
    ----------
    service : {"alphagenome", "address", "standin"}
    address : str or None
    tls : bool
    genome_path : path-like
        What the stand-in reads.
    model_version : str or None
    deadline_s, connect_timeout_s : float

    Yields
    ------
    client, hang_up
        See `client.connected`.
    """
    with contextlib.ExitStack() as stack:
        if service == STANDIN:
            address = stack.enter_context(standin.running(genome_path))
        where = endpoint(
            service,
            address,
            tls,
            model_version=model_version,
            deadline_s=deadline_s,
            connect_timeout_s=connect_timeout_s,
        )
        log.info("%r", where)
        client, hang_up = stack.enter_context(connected(where))
        yield client, hang_up


def list_tracks(client, output, service, model_version=None):
    """Ask a server for the tracks of an output type.

    The stand-in server names itself in the tracks' ``data_source``, so its answers are
    known for what they are under whatever service it is reached.

    Parameters
    ----------
    client : dna_client.DnaClient
    output : str
        Name of a `dna_client.OutputType`, "DNASE".
    service : str
        What the config calls the service, first part of the model's name.
    model_version : str, optional

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.TRACKS`, in the server's order; ``model`` names the
        model and a digest of its metadata, so that another model is told apart.

    Raises
    ------
    InputError
        If the server has no such output.
    """
    try:
        metadata = client.output_metadata().get(dna_client.OutputType[output])
    except KeyError:
        raise InputError(f"key 'scorer': {output!r} is no output type") from None
    except grpc.RpcError as error:
        if is_refusal(error):
            raise refusal(error, service) from None
        raise InputError(
            f"service {service} does not list its tracks: {error.code().name}:"
            f" {error.details()}"
        ) from None
    if metadata is None or metadata.empty:
        raise InputError(f"key 'scorer': the model offers no {output} tracks")
    content = metadata.to_csv(index=False).encode()
    digest = hashlib.sha256(content).hexdigest()[:12]
    source = metadata.get("data_source", pd.Series("", index=metadata.index))
    is_standin = source.fillna("").str.startswith(STANDIN).any()
    name = STANDIN if is_standin else service
    frame = pd.DataFrame(
        {
            "track": metadata["name"],
            "ontology_curie": metadata.get("ontology_curie"),
            "biosample": metadata.get("biosample_name"),
            "output": output,
            "position": range(len(metadata)),
            "model": f"{name}/{model_version or 'default'}/{digest}",
        }
    )
    log.info("%d %s tracks of %s", len(frame), output, frame["model"].iloc[0])
    return frame.reindex(columns=TRACKS.names)


def predict(
    rows,
    tracks,
    *,
    scorer,
    window_bp,
    genome_path,
    genome_digest,
    service,
    address,
    tls,
    model_version,
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
    service, address, tls, model_version
        See `connection`.
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
    folder = pathlib.Path(journal) / model.replace(":", "_") / name / shard
    with contextlib.ExitStack() as stack:
        memory = stack.enter_context(Journal(folder))

        def open_asker():
            client, hang_up = stack.enter_context(
                connection(
                    service,
                    address,
                    tls,
                    genome_path,
                    model_version=model_version,
                    deadline_s=deadline_s,
                    connect_timeout_s=connect_timeout_s,
                )
            )
            served = list_tracks(client, tracks["output"][0], service, model_version)
            if served["model"].iloc[0] != model:
                raise InputError(
                    f"service {service} now serves {served['model'].iloc[0]}, not"
                    f" {model} as when its tracks were listed; remove"
                    " results/scores/tracks.parquet and run again"
                )
            if scorer == STUDY_SCORER:
                fetch = padded_fetch(open_genome(genome_path))
                return study_asker(client, fetch), hang_up
            return score_variant_asker(
                client, scorer, tracks["track"].tolist()
            ), hang_up

        return ask_all(
            rows,
            open_asker,
            memory,
            scorer=scorer,
            window_bp=window_bp,
            address=address or service,
            concurrency=concurrency,
            attempts=attempts,
            max_failed_fraction=max_failed_fraction,
        )
