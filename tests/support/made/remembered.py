"""Shards with answers, for spot checks."""

import types

import numpy as np
import pandas as pd
from endobench.design.routes import ATLAS_WINDOW_BP
from endobench.genome.reference import centred_windows
from endobench.model.answer import Answer
from endobench.predict.shard import Request, Shard
from servers import substitutions

SCORER = "DNASE-501-DIFF_LOG2_SUM"
TRACKS = pd.DataFrame({"track": ["K562", "HepG2"], "output": "DNASE", "model": "toy"})
IDS = ["chr1_50_A_G_b38", "chr1_500_AC_A_b38", "chr1_990_A_G_b38"]


def rows_at(positions, sequence=None):
    """Return substitutions in unmoved windows of the Atlas."""
    rows = substitutions(sequence or "A" * 1_200_000, positions)
    start, _ = centred_windows(rows["pos"], 1, ATLAS_WINDOW_BP, 1_200_000)
    return rows.assign(
        window_start=start, window_end=start + ATLAS_WINDOW_BP, shift_bp=0
    )


def shard_of(rows, tracks, folder, name="chr1"):
    return Shard(
        rows,
        tracks,
        Request([SCORER], ATLAS_WINDOW_BP, "auto"),
        journal=folder,
        name=name,
        genome_digest="0" * 64,
    )


class Remembered:
    """The answers of a shard: by route and scorer, each variant's tracks or None."""

    def __init__(self, ids, window_bp, answers):
        self.rows = pd.DataFrame({"variant_id": ids})
        scorers = list(next(iter(answers.values())))
        self.request = types.SimpleNamespace(scorers=scorers, window_bp=window_bp)
        self._answers = answers
        self.places = {
            route: {
                scorer: [{"n_tracks": 0 if each is None else 1} for each in values]
                for scorer, values in scorers.items()
            }
            for route, scorers in answers.items()
        }

    def model_of(self, scorer):
        return f"model of {scorer}"

    def answer(self, route, scorer, position):
        answer = self._answers[route][scorer][position]
        if isinstance(answer, Answer):
            return answer
        return Answer(self.rows["variant_id"].iloc[position], 0, np.float32(answer))


def of_genes(ids, *raw):
    return Answer(
        "v", 0, np.float32(raw).reshape(len(ids), 2), feature_ids=np.array(ids)
    )
