"""Small frames for tests, made from variant ids."""

import dataclasses

import numpy as np
import pandas as pd
import pysam
from endobench.core.columns import ANSWERS, DROPPED, PAIRS, SCORES, VARIANTS
from endobench.core.tables import as_table
from endobench.evaluate.options import MeasureOptions

# Variants as in a source, and left-aligned.
VARIANT_IDS = ["chr1_10_A_G_b38", "chr1_20_AC_A_b38", "chr2_30_C_T_b38"]
ALIGNED_IDS = ["chr1_10_A_G_b38", "chr1_17_GA_G_b38", "chr2_30_C_T_b38"]

CHOICES = MeasureOptions(
    null=0.0,
    classes=[],
    model_version=None,
    is_primary=True,
    n_resamples=100,
    n_permutations=49,
    seed=1,
    effect_cutoffs=[0.5],
    negatives_per_positive=2,
    spike_in=0.5,
)


def variants_of(*ids):
    """Return the variants of some ids, in the columns of `columns.VARIANTS`."""
    rows = [(each, *each.split("_")[:4]) for each in ids]
    frame = pd.DataFrame(rows, columns=VARIANTS.names)
    return frame.astype({"pos": "int64", "chrom": "category"})


def parts_of(frame, schema, n_rows=None):
    """Return a function that yields columns of a frame, `n_rows` rows at a time."""
    table = as_table(frame, schema)
    starts = range(0, len(table), n_rows or max(len(table), 1))
    return lambda columns: (
        table.select(columns).slice(start, n_rows) for start in starts
    )


def rows_of(frame, *columns):
    """Return columns of a frame as a list of tuples."""
    return list(frame[list(columns)].itertuples(index=False, name=None))


def fasta(folder, **chromosomes):
    """Write an indexed FASTA file."""
    path = folder / "genome.fa"
    path.with_name("genome.fa.fai").unlink(missing_ok=True)
    path.write_text("".join(f">{name}\n{text}\n" for name, text in chromosomes.items()))
    pysam.faidx(str(path))
    return path


def pairs_of_models(*models):
    """Return one row per model."""
    return pd.DataFrame({"model": pd.Series(models, dtype="object")})


def effects_of(*rows):
    effects = pd.DataFrame(rows, columns=["variant_id", "feature_id", "effect"])
    return effects.assign(source_line=range(2, len(rows) + 2))


def shards_of(source_ids=VARIANT_IDS, variant_ids=ALIGNED_IDS):
    frame = pd.DataFrame({"variant_id": variant_ids, "source_id": source_ids})
    return frame.assign(shift_bp=range(len(frame)), in_peak=True)


def scores_of(*source_ids):
    frame = pd.DataFrame({"source_id": source_ids, "variant_id": source_ids})
    frame = frame.assign(raw=np.arange(len(frame)) / 4, model="m", route="model")
    return frame.reindex(columns=SCORES.names)


def benchmark(n_features=40, per_feature=3, rho=0.5, seed=1, n_chromosomes=3):
    """Return the pairs of a benchmark and the annotations of their variants.

    Every feature has its own variants, spread over 2 Mb of each chromosome. Effects and
    scores have both signs and correlate by `rho`.
    """
    rng = np.random.default_rng(seed)
    n = n_features * per_feature
    place = np.arange(n)
    chrom = place // per_feature % n_chromosomes + 1
    pos = 1000 + place * (2_000_000 // n)
    indel = np.where(place % 10 == 9, "AC", "A")
    ids = [
        f"chr{each}_{at}_{ref}_G_b38"
        for each, at, ref in zip(chrom, pos, indel, strict=True)
    ]
    raw = rng.normal(size=n)
    effect = rho * raw + np.sqrt(1 - rho**2) * rng.normal(size=n)
    pairs = pd.DataFrame(
        {
            "variant_id": ids,
            "source_id": ids,
            "feature_id": [f"g{each}" for each in place // per_feature],
            "effect": effect,
            "effect_se": 0.2,
            "p_value": np.exp(-5 * np.abs(effect)),
            "maf": rng.uniform(0.01, 0.5, n),
            "distance": rng.normal(0, 50_000, n),
            "unit": "slope",
            "raw": raw,
            "raw_mismatched": raw / 2 + rng.normal(size=n),
            "shift_bp": 0,
            "route": "model",
            "model": "m",
            "track_set": "t",
            "scorer": "s",
            "window_bp": 2048,
        }
    ).reindex(columns=PAIRS.names)
    annotations = pd.DataFrame(
        {
            "variant_id": ids,
            "gc_content": rng.uniform(0.3, 0.7, n),
            "gc_change": rng.choice([-1.0, 0.0, 1.0], n),
            "motif_change": raw + rng.normal(size=n),
            "fold": rng.choice(["fold0", "fold1"], n),
        }
    )
    return pairs, annotations


def blocks_of(size_bp=100_000, n_chromosomes=3, length_bp=2_100_000):
    """Return LD blocks of one size along chromosomes of one length."""
    start = np.arange(0, length_bp, size_bp)
    parts = [
        pd.DataFrame({"chrom": f"chr{chrom}", "start": start, "end": start + size_bp})
        for chrom in range(1, n_chromosomes + 1)
    ]
    return pd.concat(parts, ignore_index=True)


def exchanged(pairs, annotations, null=0.0):
    """Return both with REF and ALT swapped, which flips all signs."""
    flipped = pairs.assign(
        effect=2 * null - pairs["effect"],
        raw=-pairs["raw"],
        raw_mismatched=-pairs["raw_mismatched"],
    )
    signs = {name: -annotations[name] for name in ("gc_change", "motif_change")}
    return flipped, annotations.assign(**signs)


def choices_of(**changes):
    """Return the options of a quick benchmark."""
    return dataclasses.replace(CHOICES, **changes)


def answers_of(raw, **others):
    """Return answers of one scorer, with one row of raw scores per variant."""
    columns = {name: list(np.float32(value)) for name, value in others.items()}
    frame = pd.DataFrame(
        {"variant_id": ALIGNED_IDS[: len(raw)], "raw": list(raw), **columns}
    )
    frame = frame.assign(model="m", route="model", scorer="s", window_bp=2048)
    return frame.reindex(columns=ANSWERS.names)


def lost_of(stage, *rows):
    """Return rows that a stage dropped, from reason and variant."""
    frame = pd.DataFrame(rows, columns=["reason", "variant_id"])
    return frame.assign(stage=stage).reindex(columns=DROPPED.names)
