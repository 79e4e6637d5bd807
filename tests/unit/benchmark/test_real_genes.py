"""Real tables of eQTLs, joined with made scores of variants and genes.

The expected joins are made line by line with dictionaries, from the text of the tables.
"""

import collections
import gzip
import random

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.merge import Predicted, Question, merge
from endobench.benchmark.scores import TrackSet
from endobench.core.columns import ANSWERS, DROPPED, FAILURES, SCORE_TABLE
from endobench.predict.look_up import answers_from_table
from endobench.sources.formats import Source
from endobench.sources.load import load_effects

# File, format, and of how many genes the rows of one are read: more rows show no more.
TABLES = {
    "kidney": (
        "gtex_v8/Kidney_Cortex.v8.signif_variant_gene_pairs.txt.gz",
        "gtex_pairs",
        24,
    ),
    "blood": ("gtex_v8/Whole_Blood.v8.egenes.txt.gz", "gtex_egenes", 5),
}
NO_FAILURES = FAILURES.empty_table().to_pandas()
NOTHING_LOST = DROPPED.empty_table().to_pandas()


def lines_of(path):
    """Return variant, gene, slope and distance of each line, as text."""
    with gzip.open(path, "rt") as file:
        names = next(file).rstrip("\n").split("\t")
        places = [
            names.index(name)
            for name in ("variant_id", "gene_id", "slope", "tss_distance")
        ]
        for line in file:
            fields = line.rstrip("\n").split("\t")
            yield [fields[place] for place in places]


def copy_genes(path, target, n_each):
    """Copy the rows of one of so many genes, in their order."""
    with gzip.open(path, "rt") as file, gzip.open(target, "wt", 1) as copy:
        copy.write(header := next(file))
        place = header.rstrip("\n").split("\t").index("gene_id")
        for line in file:
            gene = line.split("\t", place + 1)[place]
            if int(gene.split(".")[0].removeprefix("ENSG")) % n_each == 0:
                copy.write(line)


def made_scores(lines, seed=1):
    """Return scores of some pairs and of other genes of their variants, by both ids."""
    draw = random.Random(seed)
    scores = {}
    for number, (variant, gene, *_) in enumerate(lines):
        if number % 5:
            scores[variant, gene.split(".")[0]] = draw.uniform(-1, 1)
        if number % 3 == 0:
            scores[variant, f"ENSG{number:011d}"] = draw.uniform(-1, 1)
    return scores


@pytest.fixture(scope="module", params=TABLES)
def table(request, shared_data, tmp_path_factory):
    name, format_, n_genes_each = TABLES[request.param]
    path = tmp_path_factory.mktemp("genes") / "table.txt.gz"
    copy_genes(shared_data(name), path, n_genes_each)
    lines = [line for line in lines_of(path) if line[0] != "NA"]
    effects = load_effects(path, Source(format_)).effects
    return lines, effects


def shards_of(effects, window_bp=0):
    ids = pd.Series(effects["variant_id"].astype(str).unique())
    pos = ids.str.split("_").str[1].astype(int)
    return pd.DataFrame(
        {
            "variant_id": ids,
            "source_id": ids,
            "shift_bp": 0,
            "in_peak": None,
            "window_start": pos - 1 - window_bp // 2,
            "window_end": pos - 1 + window_bp // 2,
        }
    )


def test_a_table_of_genes_joins_as_a_dictionary_does(table):
    lines, effects = table
    scores = made_scores(lines)
    keys = pd.DataFrame(list(scores), columns=["variant_id", "feature_id"])
    parts = keys["variant_id"].str.split("_", expand=True)
    frame = keys.assign(
        chrom=parts[0],
        pos=parts[1].astype(int),
        ref=parts[2],
        alt=parts[3],
        source_id=keys["variant_id"],
        score=list(scores.values()),
    ).reindex(columns=SCORE_TABLE.names)
    # Neither the order of the pairs nor that of their variants.
    frame = frame.sample(frac=1, random_state=2)
    shards = shards_of(effects)
    parts = shards["variant_id"].str.split("_", expand=True)
    rows = shards[["variant_id"]].assign(
        chrom=parts[0], pos=parts[1].astype(int), ref=parts[2], alt=parts[3]
    )
    answers, missing = answers_from_table(rows, frame, "table/made")
    found = merge(
        effects,
        shards,
        Predicted(answers, missing, TrackSet("scores", [0])),
        [NOTHING_LOST],
        question=Question("table", True),
    )
    expected = {
        (variant, gene): (float(slope), scores[variant, gene.split(".")[0]])
        for variant, gene, slope, _ in lines
        if (variant, gene.split(".")[0]) in scores
    }
    pairs = found.pairs
    assert len(pairs) == len(expected) > 2_000
    got = zip(
        pairs["source_id"],
        pairs["feature_id"],
        pairs["effect"],
        pairs["raw"],
        strict=True,
    )
    for variant, gene, effect, raw in got:
        slope, score = expected[variant, gene]
        assert effect == slope
        assert raw == np.float32(score)
    known = {variant for variant, _ in scores}
    reasons = collections.Counter(
        "not_in_table" if variant not in known else "gene_not_in_table"
        for variant, gene, *_ in lines
        if (variant, gene.split(".")[0]) not in scores
    )
    lost = found.waterfall.iloc[1:-1].set_index("reason")["n_pairs"]
    assert lost.to_dict() == dict(reasons)
    assert found.waterfall["n_pairs"].iloc[0] == len(lines)
    assert len(pairs) + len(found.dropped) == len(lines) - reasons[
        "not_in_table"
    ] + len({variant for variant, *_ in lines} - known)


def test_windows_lose_the_genes_that_start_beyond_them(table):
    lines, effects = table
    for window_bp in (131_072, 1_048_576):
        half = window_bp // 2
        inside = {
            (variant, gene)
            for variant, gene, _, distance in lines
            if abs(int(distance)) < half - 1
        }
        # The model knows nine of ten genes.
        known = [
            (variant, gene.split(".")[0])
            for variant, gene in sorted(inside)
            if int(gene.split(".")[0][-1])
        ]
        answers = pd.DataFrame(known, columns=["variant_id", "feature_id"])
        answers = answers.assign(
            raw=[np.float32([0.5])] * len(known),
            model="m",
            route="model",
            scorer="RNA_SEQ",
            window_bp=window_bp,
        ).reindex(columns=ANSWERS.names)
        found = merge(
            effects,
            shards_of(effects, window_bp),
            Predicted(answers, NO_FAILURES, TrackSet("blood", [0])),
            [NOTHING_LOST],
            question=Question("RNA_SEQ", True),
        )
        lost = found.waterfall.iloc[1:-1].set_index("reason")["n_pairs"]
        assert set(lost.index) == {"gene_not_in_window", "gene_not_annotated"}
        assert len(found.pairs) == len(known)
        assert lost.sum() + len(found.pairs) == len(lines)
        n_beyond = sum(abs(int(distance)) > half for *_, distance in lines)
        assert abs(lost["gene_not_in_window"] - n_beyond) <= 2
