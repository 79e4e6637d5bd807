"""The variants of a chromosome: the route of each, and the answers already known."""

import contextlib
import json
import pathlib
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.core.columns import SHARDS, TRACKS
from endobench.core.tables import read_frame, read_frames
from endobench.design.routes import ATLAS, MODEL_ITSELF, NOT_IN_ATLAS, choose_routes
from endobench.design.scorers import STUDY_SCORER, is_study, sends_bases, tracks_of
from endobench.predict import plan
from endobench.predict.canaries import (
    is_unchecked,
    n_canaries,
    sample_unchecked,
)
from endobench.predict.journal import Journal
from endobench.predict.journal_places import contents_of, folder_of, kept_of

# A batch ends with either.
_BATCH = 1024
_BATCH_BYTES = 8_000_000


class Request(NamedTuple):
    """The scores requested for each variant, in one call where possible.

    Attributes
    ----------
    scorers : list of str
    window_bp : int
    policy : {"auto", "atlas", "model"}
        See `routes.choose_routes`.
    """

    scorers: list
    window_bp: int
    policy: str

    @property
    def n_calls(self):
        """Calls that the model needs for one variant."""
        return 2 if self.sends_bases else 1

    @property
    def sends_bases(self):
        """Whether both alleles' sequences are sent to the model."""
        return any(sends_bases(scorer, self.window_bp) for scorer in self.scorers)


class Shard:
    """The variants of a chromosome and the answers that the journals hold for them.

    Parameters
    ----------
    rows : pandas.DataFrame
        Unique variants in the columns of `columns.SHARDS`.
    tracks : pandas.DataFrame
        The model's tracks (`columns.TRACKS`).
    request : Request
    journal : path-like
        Folder of all journals.
    name : str
        Name of the shard in the journals.
    genome_digest : str
        SHA-256 of the fetched genome.
    genes : frozenset of str, optional
        Ids without version of the genes whose scores are kept, of scorers by gene; by
        default all genes of the windows.
    lone : dict of str to list of int, optional
        Tracks that are sets by themselves (`tracks.lone_positions`). Of scorers by gene,
        quantiles are kept for these and for the tracks of GTEx's tissues.
    """

    def __init__(
        self,
        rows,
        tracks,
        request,
        *,
        journal,
        name,
        genome_digest,
        genes=None,
        lone=MappingProxyType({}),
    ):
        self.rows = rows.reset_index(drop=True)
        self.request = request
        self._tracks = tracks
        self._same = {
            "journal": journal,
            "name": name,
            "genome_digest": genome_digest,
            "genes": genes,
            "lone": lone,
        }
        self.models = tracks.groupby("output")["model"].first().to_dict()
        self.track_names = {
            scorer: tracks.loc[tracks["output"] == tracks_of(scorer), "track"].tolist()
            for scorer in request.scorers
        }
        self._is_first_atlas = choose_routes(rows, *request)
        routes = [ATLAS, MODEL_ITSELF] if self._is_first_atlas.any() else [MODEL_ITSELF]
        self.journals = {
            route: {scorer: self._journal(scorer, route) for scorer in request.scorers}
            for route in routes
        }
        self.look()

    @classmethod
    def of_files(cls, rows, tracks, genome_record, request, *, journal, name, **kept):
        """Read a shard from the files of earlier stages.

        Parameters
        ----------
        rows : list of path-like
            Variants of all datasets (`columns.SHARDS`); duplicates are dropped.
        tracks : path-like
            The model's tracks (`columns.TRACKS`).
        genome_record : path-like
            JSON record of the fetched genome.
        request : Request
        journal, name, **kept
            See the class.
        """
        record = json.loads(pathlib.Path(genome_record).read_text())
        return cls(
            read_frames(rows, SHARDS).drop_duplicates("variant_id"),
            read_frame(tracks, TRACKS),
            request,
            journal=journal,
            name=name,
            genome_digest=record["sha256"],
            **kept,
        )

    @classmethod
    def of_job(cls, files, params, journal, **kept):
        """Read the shards of all chromosomes of a job.

        Parameters
        ----------
        files : object
            With ``shards`` (a list of paths; files are named after chromosomes),
            ``tracks`` and ``genome_record``; see `of_files`.
        params : object
            With ``chromosomes`` and ``request``, the values of a `Request`.
        journal, **kept
            See the class.

        Returns
        -------
        dict of str to Shard
        """
        return {
            chrom: cls.of_files(
                [path for path in files.shards if pathlib.Path(path).stem == chrom],
                files.tracks,
                files.genome_record,
                Request(*params.request),
                journal=journal,
                name=chrom,
                **kept,
            )
            for chrom in params.chromosomes
        }

    def _journal(self, scorer, route):
        same = self._same
        folder = folder_of(
            same["journal"],
            self.models,
            scorer,
            self.request,
            route,
            same["genome_digest"],
        )
        return Journal(
            folder / same["name"],
            kept_of(self._tracks, scorer, same["genes"], same["lone"]),
            contents_of(folder, self.models, scorer),
            len(self.track_names[scorer]),
        )

    def only(self, variant_ids, policy):
        """Return the shard with some of the variants, under another policy."""
        rows = self.rows[self.rows["variant_id"].isin(variant_ids)]
        request = self.request._replace(policy=policy)
        return Shard(rows, self._tracks, request, **self._same)

    def at(self, rows, window_bp):
        """Return the shard for the same scorers at another window, answered by the model.

        Parameters
        ----------
        rows : pandas.DataFrame
            In the columns of `columns.SHARDS`, placed in that window.
        window_bp : int
        """
        request = self.request._replace(window_bp=window_bp, policy=MODEL_ITSELF)
        return Shard(rows, self._tracks, request, **self._same)

    def __enter__(self):
        """Open the journals."""
        return self

    def __exit__(self, *_):
        """Close them, with all answers flushed to disk."""
        with contextlib.ExitStack() as stack:
            for journals in self.journals.values():
                for each in journals.values():
                    stack.enter_context(each)

    def model_of(self, scorer):
        """Return the name of the model whose tracks a scorer reads."""
        return self.models[tracks_of(scorer)]

    def look(self):
        """Find the known answers in the journals."""
        self.places = {
            route: {scorer: each.find(self.rows) for scorer, each in journals.items()}
            for route, journals in self.journals.items()
        }

    def timing(self, route):
        """Return the path of the file with a route's pace; see `plan.note`."""
        scorer, journal = next(iter(self.journals[route].items()))
        name = STUDY_SCORER if is_study(scorer) else route
        model = journal.folder.parent.parent
        return model / f"{name}-{self.request.window_bp}bp.seconds"

    def is_atlas(self):
        """Return for each row whether the Atlas answers it, as far as is known."""
        is_atlas = self._is_first_atlas.copy()
        for places in self.places.get(ATLAS, {}).values():
            is_atlas &= places["n_tracks"] != 0
        return is_atlas

    def n_not_held(self):
        """Return how many variants the Atlas was asked for and does not hold, of how many.

        Returns
        -------
        n_lacking, n_first : int
        """
        n_first = int(self._is_first_atlas.sum())
        return n_first - int((self._is_first_atlas & self.is_atlas()).sum()), n_first

    def positions(self, route):
        """Return the positions of the rows that a route answers."""
        if route == ATLAS:
            return np.flatnonzero(self.is_atlas())
        if self.request.policy == ATLAS:
            return np.empty(0, dtype=int)
        return np.flatnonzero(~self.is_atlas())

    def places_of(self, route, positions):
        """Return the places of a route's answers for some rows, by scorer."""
        return {
            scorer: places[positions] for scorer, places in self.places[route].items()
        }

    def is_answered(self, route):
        """Return for each row whether a route has answered it for all scorers."""
        is_answered = np.full(len(self.rows), route in self.places)
        for places in self.places.get(route, {}).values():
            is_answered &= places["n_tracks"] > 0
        return is_answered

    def answer(self, route, scorer, position):
        """Return an answer from the journals."""
        return self.journals[route][scorer].read(self.places[route][scorer][position])

    def n_missing(self, route):
        """Return the number of variants that a route still has to answer."""
        return len(self.missing_rows(route))

    def missing_rows(self, route):
        """Return the rows that a route still has to answer."""
        positions = self.positions(route)
        places = self.places_of(route, positions).values()
        is_missing = np.any([each["file"] < 0 for each in places], axis=0)
        return self.rows.iloc[positions[is_missing]]

    def n_unchecked(self, route):
        """Return the number of variants whose answers an earlier version did not check."""
        return int(is_unchecked(self.places_of(route, self.positions(route))).sum())

    def budget(
        self, canary_fraction, recheck=0, *, device="gpu", concurrency=1, n_exchanged=0
    ):
        """Return the planned requests.

        Parameters
        ----------
        canary_fraction : float
            See `canaries.n_canaries`.
        recheck : int
            See `canaries.sample_unchecked`.
        device, concurrency
            See `plan.assumed_call_s`.
        n_exchanged : int
            Questions to the model with REF and ALT exchanged, for a spot check.

        Returns
        -------
        list of dict
            One per route, in the columns of `columns.BUDGET` without scoring and chrom.
        """
        result = []
        model = self.model_of(self.request.scorers[0])
        assumed_s = plan.assumed_call_s(
            model.split("/")[0], device, self.request.window_bp, concurrency
        )
        for route in self.journals:
            n_variants, n_missing = len(self.positions(route)), self.n_missing(route)
            places = self.places_of(route, self.positions(route))
            n_asked = n_missing + len(sample_unchecked(places, recheck))
            if n_missing:
                n_asked += n_canaries(n_variants - n_missing, canary_fraction)
                n_asked += n_canaries(n_missing, canary_fraction)
            n_asked += n_exchanged if route == MODEL_ITSELF else 0
            n_each = self.request.n_calls if route == MODEL_ITSELF else 1
            expected_s = plan.seconds_per_variant(
                self.timing(route), assumed_s * n_each
            )
            result.append(
                {
                    "route": route,
                    "n_variants": n_variants,
                    "n_remembered": n_variants - n_missing,
                    "n_to_ask": n_missing,
                    "n_calls": n_asked * n_each,
                    "expected_s": n_asked * expected_s,
                    "model": model,
                }
            )
        return result

    def not_in_atlas(self):
        """Return the variants without a score under ``policy: atlas``, as failures."""
        rows = self.rows[~self.is_atlas()]
        return pd.concat(
            rows[["variant_id"]].assign(
                scorer=scorer,
                attempts=0,
                grpc_status=NOT_IN_ATLAS,
                message="the Atlas does not hold this variant",
            )
            for scorer in self.request.scorers
        )

    def answers(self):
        """Yield known answers in batches, by scorer and sorted by variant.

        A batch takes some megabytes, however many genes its variants have.

        Yields
        ------
        scorer : str
        routes : list of str
        answers : list of Answer
        """
        is_atlas = self.is_atlas()
        order = np.argsort(self.rows["variant_id"].to_numpy(), kind="stable")
        if self.request.policy == ATLAS:
            order = order[is_atlas[order]]
        for scorer in self.request.scorers:
            routes, answers, n_bytes = [], [], 0
            for position in order:
                route = ATLAS if is_atlas[position] else MODEL_ITSELF
                if self.places[route][scorer][position]["n_tracks"] <= 0:
                    continue
                routes.append(route)
                answers.append(self.answer(route, scorer, position))
                n_bytes += answers[-1].n_bytes
                if len(answers) == _BATCH or n_bytes >= _BATCH_BYTES:
                    yield scorer, routes, answers
                    routes, answers, n_bytes = [], [], 0
            if answers:
                yield scorer, routes, answers
