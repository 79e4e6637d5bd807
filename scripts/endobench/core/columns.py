"""The tables' contracts: every column name of the workflow is written here, once.

Coordinates: ``pos`` is 1-based, ``start`` and ``end`` are 0-based half-open, all on the
forward strand of GRCh38 unless a column says otherwise. ``effect`` and every score are
ALT minus REF.
"""

import pyarrow as pa

_TEXT = pa.string()
_NAME = pa.dictionary(pa.int32(), pa.string())
_TRACKS = pa.list_(pa.float32())


def _texts(*names):
    return [(name, pa.string()) for name in names]


def _floats(*names):
    return [(name, pa.float64()) for name in names]


def _counts(*names):
    return [(name, pa.int64()) for name in names]


VARIANTS = pa.schema(
    [
        ("variant_id", _TEXT),
        ("chrom", _NAME),
        ("pos", pa.int64()),
        ("ref", _TEXT),
        ("alt", _TEXT),
    ]
)

# Variants that a benchmark is of; `in_peak` is missing where there are no peaks.
IN_PEAKS = pa.schema([*VARIANTS, ("in_peak", pa.bool_())])

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
        ("q_value", pa.float64()),
        # 1 of a positive, 0 of a negative, where the source says which is which.
        ("label", pa.float64()),
        ("ld_score", pa.float64()),
        ("feature_min_p", pa.float64()),
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
        *IN_PEAKS,
        ("source_id", _TEXT),
        ("window_start", pa.int64()),
        ("window_end", pa.int64()),
        ("shift_bp", pa.int64()),
        ("n_fraction", pa.float64()),
    ]
)

# What is known of a variant without any model. `gc_content` is that of the 101 bp around
# it, `gc_change` the number of G and C of ALT minus that of REF, `motif_change` the log2
# ratio of the occupancy of motif sites.
ANNOTATIONS = pa.schema(
    [
        ("variant_id", _TEXT),
        ("gc_content", pa.float64()),
        ("gc_change", pa.float64()),
        ("motif_change", pa.float64()),
        ("fold", _NAME),
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
        # The factor or mark of a ChIP track, missing of others.
        ("target", _TEXT),
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
        # See `reductions`.
        ("reduction", _NAME),
        ("n_tracks", pa.int32()),
        ("scorer", _NAME),
        ("window_bp", pa.int32()),
        ("model", _NAME),
        ("route", _NAME),
        ("in_peak", pa.bool_()),
        ("raw", pa.float64()),
        ("raw_mismatched", pa.float64()),
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
        *_texts("scoring", "chrom", "route"),
        *_counts("n_variants", "n_remembered", "n_to_ask", "n_calls"),
        ("expected_s", pa.float64()),
        ("model", _TEXT),
    ]
)

# Variants that both the Atlas and the model were asked about. `atlas_raw` and
# `model_raw` are means over all tracks, the differences those of single tracks.
ROUTES = pa.schema(
    [
        *_texts("variant_id", "scorer"),
        ("n_tracks", pa.int32()),
        *_floats(
            "atlas_raw",
            "model_raw",
            "mean_abs_difference",
            "max_abs_difference",
            "pearson",
        ),
        ("model", _TEXT),
    ]
)

PAIRS = pa.schema(
    [
        *EFFECTS,
        *(field for field in SCORES if field.name != "variant_id"),
    ]
)

# A benchmark's scores, one row per variant. `source_ids` are all that its source calls it,
# divided by semicolons; from `feature_id` on the columns are those of its lead feature.
SCORED_VARIANTS = pa.schema(
    [
        *IN_PEAKS,
        ("source_ids", _TEXT),
        ("ref_matches", pa.bool_()),
        *_floats("score", "quantile", "ref_value", "alt_value"),
        *(
            SCORES.field(name)
            for name in (
                *("model", "route", "scorer", "window_bp"),
                *("track_set", "n_tracks", "reduction", "shift_bp"),
            )
        ),
        ("n_features", pa.int64()),
        *(
            EFFECTS.field(name)
            for name in (
                *("feature_id", "effect", "effect_se", "p_value"),
                *("maf", "distance", "pip", "unit"),
            )
        ),
    ]
)

WATERFALL = pa.schema(
    [
        *_texts("dataset", "protocol", "stage", "reason"),
        *_counts("n_pairs", "n_variants"),
        ("model", _TEXT),
    ]
)

_BENCHMARK = [
    ("dataset", _TEXT),
    ("protocol", _TEXT),
    ("model", _TEXT),
    ("track_set", _TEXT),
    ("scorer", _TEXT),
    ("window_bp", pa.int32()),
]

# One row per number. `task` is what is asked (see `metrics`), `predictor` whose score it
# is: the model's, or a baseline's. The interval resamples LD blocks; the analytic one takes
# pairs as independent. `design_effect` is the ratio of their variances and `n_eff` is n
# over it. `p_adjusted` is Benjamini and Hochberg's over what was not named beforehand.
METRICS = pa.schema(
    [
        *_BENCHMARK,
        *_texts("task", "stratum", "predictor", "metric"),
        *_floats(
            "value",
            "ci_low",
            "ci_high",
            "analytic_low",
            "analytic_high",
            "design_effect",
            "p",
            "p_adjusted",
        ),
        *_counts("n", "n_variants", "n_blocks"),
        ("n_eff", pa.float64()),
        ("is_primary", pa.bool_()),
    ]
)

# The agreement of every single track that the model has of an output: an exploration, of
# which nothing was named beforehand. `p_adjusted` is Benjamini and Hochberg's over all of
# a benchmark's; `is_in_set` marks the tracks that the benchmark itself scores with.
TRACK_METRICS = pa.schema(
    [
        *_texts("dataset", "protocol", "model", "scorer"),
        ("window_bp", pa.int32()),
        *_texts("task", "stratum", "metric"),
        *_texts("track", "ontology_curie", "biosample", "target"),
        *_floats("value", "ci_low", "ci_high", "p", "p_adjusted"),
        *_counts("n", "n_variants", "n_blocks"),
        ("is_in_set", pa.bool_()),
        ("is_exploratory", pa.bool_()),
    ]
)

# What a benchmark amounts to, by one metric of one task (see `tasks`). `answer` is
# "agreement", "disagreement" or "null", `why` says why it is or is not reportable.
CONCLUSIONS = pa.schema(
    [
        *_texts("dataset", "protocol", "model", "stratum", "task", "metric"),
        *_floats("value", "ci_low", "ci_high", "p"),
        ("n", pa.int64()),
        ("n_eff", pa.float64()),
        ("finding", _TEXT),
        ("is_reportable", pa.bool_()),
        ("why", _TEXT),
    ]
)

# Two numbers on the same LD blocks, `b` minus `a`: protocols, steps of the ladder, the
# model and a baseline, or what is published and what is found here. `protocol` is that
# of `b`; `n_shared` counts the pairs that both are of.
DIFFERENCES = pa.schema(
    [
        *_texts(
            "dataset", "protocol", "comparison", "task", "a", "b", "stratum", "metric"
        ),
        *_floats(
            "value_a", "value_b", "difference", "ci_low", "ci_high", "p", "p_adjusted"
        ),
        *_counts("n_a", "n_b", "n_shared", "n_blocks"),
        ("model", _TEXT),
    ]
)

# Every combination of scorer, window, set of tracks and protocol beside the first one,
# `reference`: its numbers, and how much more they are than the reference's on the pairs
# that both hold.
SWEEP = pa.schema(
    [
        *_BENCHMARK,
        *_texts("task", "stratum", "metric"),
        *_floats("value", "ci_low", "ci_high", "p", "p_adjusted"),
        *_counts("n", "n_variants"),
        ("n_eff", pa.float64()),
        ("is_primary", pa.bool_()),
        ("reference", _TEXT),
        *_floats(
            "difference",
            "difference_low",
            "difference_high",
            "difference_p",
            "difference_p_adjusted",
        ),
        ("n_shared", pa.int64()),
    ]
)

# The steps from the published protocol to the corrected one, each with what it changed.
# `shared_difference` is that of the pairs that both steps hold; only the first and the
# last step are results, which may be reportable.
LADDER = pa.schema(
    [
        ("dataset", _TEXT),
        ("step", pa.int32()),
        *_texts("name", "change", "metric"),
        *_floats("value", "ci_low", "ci_high"),
        *_counts("n", "n_variants", "n_blocks"),
        *_floats("difference", "difference_low", "difference_high", "difference_p"),
        ("n_shared", pa.int64()),
        *_floats("shared_difference", "shared_low", "shared_high"),
        ("is_reportable", pa.bool_()),
        ("model", _TEXT),
    ]
)

# `value` is what a gate measured, `warn` and `fail` its thresholds; `n` counts what it
# looked at. `evidence` says it in words.
GATES = pa.schema(
    [
        *_texts("dataset", "protocol", "stage", "gate", "verdict"),
        *_floats("value", "warn", "fail"),
        ("n", pa.int64()),
        ("evidence", _TEXT),
        ("is_accepted", pa.bool_()),
        ("is_enforced", pa.bool_()),
        ("model", _TEXT),
    ]
)

# The same scorer at two windows, on a sample of variants.
WINDOWS = pa.schema(
    [
        *_texts("variant_id", "scorer"),
        ("window_bp", pa.int32()),
        ("raw", pa.float64()),
        ("other_window_bp", pa.int32()),
        ("other_raw", pa.float64()),
        ("model", _TEXT),
    ]
)

# A table of scores of any model, on GRCh38. `source_id` is the variant's id as the
# table gives it, missing where REF and ALT had to be exchanged.
SCORE_TABLE = pa.schema([*VARIANTS, ("source_id", _TEXT), ("score", pa.float64())])


def summary_of(metrics):
    """Return the contract of summary.tsv: a row a benchmark, with these metrics."""
    return pa.schema(
        [
            *_texts("dataset", "protocol", "model", "track_set", "scorer"),
            ("window_bp", pa.int32()),
            *_texts("stratum", "task"),
            *_counts("n_source_pairs", "n_pairs", "n_variants", "n_blocks"),
            ("n_eff", pa.float64()),
            *_counts("n_moved_windows", "n_from_atlas"),
            ("finding", _TEXT),
            ("is_reportable", pa.bool_()),
            *(
                (f"{metric}{suffix}", pa.float64())
                for metric in metrics
                for suffix in ("", "_ci_low", "_ci_high", "_p")
            ),
            *_floats("prevalence", "analytic_low", "analytic_high", "design_effect"),
            ("why", _TEXT),
        ]
    )


# How the agreement depends on the size of what is measured (`curve` is
# "sign_agreement": bins of the size of the effect) or predicted ("calibration": bins of
# the score, or of its size where effects have no sign). Bins hold equally many pairs:
# `x_low` to `x_high`, with the median `x`; `y` says what `value` is. `unit` is that of
# effects, `reduction` how scores of several tracks became one.
CURVES = pa.schema(
    [
        *_BENCHMARK,
        *_texts("reduction", "unit", "task", "stratum", "curve", "y"),
        ("bin", pa.int32()),
        *_floats("x_low", "x_high", "x", "value", "ci_low", "ci_high"),
        *_counts("n", "n_variants", "n_blocks"),
    ]
)

# What a run took: of each rule the jobs, of each scoring what was asked. Seconds and
# megabytes are those of the jobs that made what lies in `results/` now.
COST = pa.schema(
    [
        *_texts("kind", "name"),
        ("n_jobs", pa.int64()),
        *_floats("total_s", "longest_s", "cpu_s", "peak_rss_mb"),
        *_counts("n_variants", "n_remembered", "n_asked", "n_calls", "n_failed"),
        ("n_from_atlas", pa.int64()),
        ("model", _TEXT),
    ]
)

# Benchmarks of this run and of other runs' folders beside one another, `run` "here" for
# this one. The difference is that run's minus this one's, on the pairs that both hold;
# `n_other_effects` counts those of which the effects are not the same.
RUNS = pa.schema(
    [
        ("run", _TEXT),
        *_BENCHMARK,
        *_texts("stratum", "task", "metric"),
        *_floats("value", "ci_low", "ci_high", "p"),
        *_counts("n", "n_variants"),
        ("n_eff", pa.float64()),
        ("finding", _TEXT),
        ("is_reportable", pa.bool_()),
        ("why", _TEXT),
        *_floats("difference", "difference_low", "difference_high", "difference_p"),
        *_counts("n_shared", "n_other_effects"),
    ]
)

# Variants whose tracks are drawn, one row for each dataset that holds one; `why` is
# "asked", "top" where it is the dataset's own hit, "asked, top", or "top elsewhere".
# `figure` is the name of its files, without a suffix; `failure` says why there is none.
LOCI = pa.schema(
    [
        *VARIANTS,
        *_texts("why", "dataset", "feature_id"),
        *_floats("effect", "effect_se", "p_value", "score", "quantile"),
        *(SCORES.field(name) for name in ("track_set", "scorer", "window_bp")),
        *_texts("model", "figure", "failure"),
    ]
)

# The tracks of both alleles around a variant: `values` are those of the bases from
# `start` on, as the model gives them.
LOCUS_TRACKS = pa.schema(
    [
        *_texts("variant_id", "allele", "track", "biosample"),
        ("chrom", _NAME),
        ("start", pa.int64()),
        ("resolution_bp", pa.int32()),
        ("values", _TRACKS),
        ("model", _TEXT),
    ]
)
