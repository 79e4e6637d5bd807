"""The tables' contracts: every column name of the workflow is written here, once.

Coordinates: ``pos`` is 1-based, ``start`` and ``end`` are 0-based half-open, all on the
forward strand of GRCh38 unless a column says otherwise. ``effect`` and every score are
ALT minus REF.
"""

import pyarrow as pa

_TEXT = pa.string()
_NAME = pa.dictionary(pa.int32(), pa.string())
_TRACKS = pa.list_(pa.float32())

VARIANTS = pa.schema(
    [
        ("variant_id", _TEXT),
        ("chrom", _NAME),
        ("pos", pa.int64()),
        ("ref", _TEXT),
        ("alt", _TEXT),
    ]
)

EFFECTS = pa.schema(
    [
        ("variant_id", _TEXT),
        ("feature_id", _TEXT),
        ("effect", pa.float64()),
        ("effect_se", pa.float64()),
        ("p_value", pa.float64()),
        ("maf", pa.float64()),
        ("distance", pa.float64()),
        ("pip", pa.float64()),
        ("unit", _NAME),
        ("source_line", pa.int64()),
    ]
)

# `value` is the offending value.
DROPPED = pa.schema(
    [
        ("stage", _NAME),
        ("reason", _NAME),
        ("variant_id", _TEXT),
        ("source_line", pa.int64()),
        ("value", _TEXT),
    ]
)

# All that a benchmark dropped, and the model that it is a benchmark of.
BENCHMARK_DROPPED = pa.schema([*DROPPED, ("model", _NAME)])

# Variants that may be asked for: REF agrees with the genome, indels are left-aligned.
# `source_id` is the variant's id in the effects table; `window_start` and `window_end`
# are the sequence given to the model, `shift_bp` how far it had to move to stay inside
# the chromosome.
SHARDS = pa.schema(
    [
        *VARIANTS,
        ("source_id", _TEXT),
        ("window_start", pa.int64()),
        ("window_end", pa.int64()),
        ("shift_bp", pa.int64()),
        ("n_fraction", pa.float64()),
    ]
)

# One row per answer of a model: all its tracks, in the order of the tracks table.
ANSWERS = pa.schema(
    [
        ("variant_id", _TEXT),
        ("model", _NAME),
        ("route", _NAME),
        ("scorer", _NAME),
        ("window_bp", pa.int32()),
        ("raw", _TRACKS),
        ("quantile", _TRACKS),
        ("ref_value", _TRACKS),
        ("alt_value", _TRACKS),
    ]
)

TRACKS = pa.schema(
    [
        ("track", _TEXT),
        ("ontology_curie", _TEXT),
        ("biosample", _TEXT),
        ("output", _TEXT),
        ("position", pa.int32()),
        ("model", _TEXT),
    ]
)

SCORES = pa.schema(
    [
        ("variant_id", _TEXT),
        ("source_id", _TEXT),
        ("shift_bp", pa.int64()),
        ("track_set", _NAME),
        ("n_tracks", pa.int32()),
        ("scorer", _NAME),
        ("window_bp", pa.int32()),
        ("model", _NAME),
        ("route", _NAME),
        ("raw", pa.float64()),
        ("quantile", pa.float64()),
        ("ref_value", pa.float64()),
        ("alt_value", pa.float64()),
    ]
)

FAILURES = pa.schema(
    [
        ("variant_id", _TEXT),
        ("model", _NAME),
        ("route", _NAME),
        ("scorer", _NAME),
        ("window_bp", pa.int32()),
        ("attempts", pa.int32()),
        ("grpc_status", _NAME),
        ("message", _TEXT),
    ]
)

# What a run will ask for, before it asks; seconds at the pace of earlier answers.
BUDGET = pa.schema(
    [
        ("scoring", _TEXT),
        ("chrom", _TEXT),
        ("route", _TEXT),
        ("n_variants", pa.int64()),
        ("n_remembered", pa.int64()),
        ("n_to_ask", pa.int64()),
        ("n_calls", pa.int64()),
        ("expected_s", pa.float64()),
        ("model", _TEXT),
    ]
)

# Variants that both the Atlas and the model were asked about. `atlas_raw` and
# `model_raw` are means over all tracks, the differences those of single tracks.
ROUTES = pa.schema(
    [
        ("variant_id", _TEXT),
        ("scorer", _TEXT),
        ("n_tracks", pa.int32()),
        ("atlas_raw", pa.float64()),
        ("model_raw", pa.float64()),
        ("mean_abs_difference", pa.float64()),
        ("max_abs_difference", pa.float64()),
        ("pearson", pa.float64()),
        ("model", _TEXT),
    ]
)

PAIRS = pa.schema(
    [
        *EFFECTS,
        *(field for field in SCORES if field.name != "variant_id"),
    ]
)

WATERFALL = pa.schema(
    [
        ("dataset", _TEXT),
        ("protocol", _TEXT),
        ("stage", _TEXT),
        ("reason", _TEXT),
        ("n_pairs", pa.int64()),
        ("n_variants", pa.int64()),
        ("model", _TEXT),
    ]
)

METRICS = pa.schema(
    [
        ("dataset", _TEXT),
        ("protocol", _TEXT),
        ("model", _TEXT),
        ("track_set", _TEXT),
        ("scorer", _TEXT),
        ("window_bp", pa.int32()),
        ("stratum", _TEXT),
        ("metric", _TEXT),
        ("value", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("p", pa.float64()),
        ("n", pa.int64()),
        ("n_variants", pa.int64()),
    ]
)

# A table of scores of any model, on GRCh38. `source_id` is the variant's id as the
# table gives it, missing where REF and ALT had to be exchanged.
SCORE_TABLE = pa.schema([*VARIANTS, ("source_id", _TEXT), ("score", pa.float64())])

SUMMARY = pa.schema(
    [
        ("dataset", _TEXT),
        ("protocol", _TEXT),
        ("model", _TEXT),
        ("track_set", _TEXT),
        ("scorer", _TEXT),
        ("window_bp", pa.int32()),
        ("stratum", _TEXT),
        ("n_source_pairs", pa.int64()),
        ("n_pairs", pa.int64()),
        ("n_variants", pa.int64()),
        ("n_moved_windows", pa.int64()),
        ("n_from_atlas", pa.int64()),
        *(
            (f"{metric}{suffix}", pa.float64())
            for metric in ("spearman", "pearson", "sign_agreement")
            for suffix in ("", "_ci_low", "_ci_high", "_p")
        ),
    ]
)
