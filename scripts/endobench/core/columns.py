"""Schemas of all tables: every column name of the workflow is defined here, once.

``pos`` is 1-based; ``start`` and ``end`` are 0-based half-open. Coordinates are on the
forward strand of GRCh38 unless a column says otherwise. ``effect`` and all scores are
ALT minus REF.
"""

import pyarrow as pa

_TEXT = pa.string()
_NAME = pa.dictionary(pa.int32(), pa.string())
_TRACKS = pa.list_(pa.float32())
_PLACES = pa.list_(pa.int64())


def _texts(*names):
    return [(name, pa.string()) for name in names]


def _floats(*names):
    return [(name, pa.float64()) for name in names]


def _counts(*names):
    return [(name, pa.int64()) for name in names]


def _same(schema, *names):
    """Return columns that another table also has."""
    return [schema.field(name) for name in names]


VARIANTS = pa.schema(
    [
        ("variant_id", _TEXT),
        ("chrom", _NAME),
        ("pos", pa.int64()),
        ("ref", _TEXT),
        ("alt", _TEXT),
    ]
)

# The variants of a benchmark. `in_peak` is missing if the dataset has no peaks.
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
        # 1 for a positive, 0 for a negative; missing if the source does not say.
        ("label", pa.float64()),
        # Shared by a positive and the negatives that the source matched to it.
        ("matched_set", _NAME),
        ("ld_score", pa.float64()),
        # The frequency of ALT, and the number of minor alleles in the sample.
        *_floats("af", "allele_count"),
        # The smallest p value of the feature and its threshold according to the source,
        # and its place: the position of the variant minus `distance`, on the build of the
        # source.
        *_floats("feature_min_p", "feature_max_p", "feature_pos"),
        ("unit", _NAME),
        ("source_line", pa.int64()),
    ]
)

# Genes of an annotation, one row per gene and chromosome. `gene_id` is without version.
# `tss` holds the position of each transcription start: for a gene of the reverse strand
# the end of the transcript. Exons are those of all transcripts, merged where they overlap.
GENES = pa.schema(
    [
        *_texts("gene_id", "gene_name"),
        ("chrom", _NAME),
        ("strand", _TEXT),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("tss", _PLACES),
        ("exon_start", _PLACES),
        ("exon_end", _PLACES),
    ]
)

# Transcription starts of an annotation, on all of its chromosomes: one row per start of a
# gene or of its transcripts, 1-based, under the id with its version and without it.
GENE_STARTS = pa.schema(
    [("gene_id", _TEXT), ("chrom", _NAME), ("start", pa.int64()), ("strand", _TEXT)]
)

# Rows that a stage dropped. `value` is the offending value.
DROPPED = pa.schema(
    [
        ("stage", _NAME),
        ("reason", _NAME),
        ("variant_id", _TEXT),
        ("source_line", pa.int64()),
        ("value", _TEXT),
    ]
)

# What became of the rows of a table of scores or of a control: as read, dropped by each
# stage and reason, and kept. `examples` names up to three of the variants.
LOSSES = pa.schema(
    [
        *_texts("table", "stage", "reason"),
        *_counts("n_rows", "n_variants"),
        ("examples", _TEXT),
    ]
)

# All rows that a benchmark dropped, with the model that it evaluates.
BENCHMARK_DROPPED = pa.schema([*DROPPED, ("model", _NAME)])

# LD blocks with variants, in the order in which a pilot takes them.
PILOT = pa.schema(
    [("block", _TEXT), ("n_variants", pa.int64()), ("is_chosen", pa.bool_())]
)

# Variants ready for prediction: REF matches the genome and indels are left-aligned.
# `source_id` is the variant's id in the effects table. `window_start` and `window_end`
# delimit the sequence given to the model; `shift_bp` is how far that window was moved
# to stay inside the chromosome. `n_fraction` is its fraction of unknown bases (N).
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

# Properties of a variant that need no model. `gc_content` covers the 101 bp around it,
# `gc_change` is the number of G and C in ALT minus that in REF, and `motif_change` is the
# log2 ratio of the occupancy of motif sites. `fold` is the model's fold that holds it out.
ANNOTATIONS = pa.schema(
    [
        ("variant_id", _TEXT),
        ("gc_content", pa.float64()),
        ("gc_change", pa.float64()),
        ("motif_change", pa.float64()),
        ("fold", _NAME),
    ]
)

# One row per answer of a model, or per gene of it: the values of all its tracks, in the
# order of TRACKS. `feature_id` is the gene's id without version, missing if the scorer is
# not by gene.
ANSWERS = pa.schema(
    [
        ("variant_id", _TEXT),
        ("feature_id", _TEXT),
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
        # Transcription factor or histone mark of a ChIP track; otherwise missing.
        ("target", _TEXT),
        # "+", "-", or "." for both or none.
        ("strand", _TEXT),
        ("assay", _TEXT),
        # GTEx's name of the tissue, as in its file names; otherwise missing.
        ("gtex_tissue", _TEXT),
        ("data_source", _TEXT),
        # Output type, or the list of tracks of its scorers by gene
        # (see `scorers.tracks_of`).
        ("output", _TEXT),
        ("position", pa.int32()),
        ("model", _TEXT),
    ]
)

# `feature_id` is a gene's id without version, missing if the scorer is not by gene.
SCORES = pa.schema(
    [
        ("variant_id", _TEXT),
        ("source_id", _TEXT),
        ("feature_id", _TEXT),
        ("shift_bp", pa.int64()),
        ("track_set", _NAME),
        # How the scores of several tracks became one (see `benchmark.reductions`).
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

# Planned predictions of a run. `expected_s` extrapolates the pace of earlier answers.
BUDGET = pa.schema(
    [
        *_texts("scoring", "chrom", "route"),
        *_counts("n_variants", "n_remembered", "n_to_ask", "n_calls"),
        ("expected_s", pa.float64()),
        ("model", _TEXT),
    ]
)

# Variants scored by both the Atlas and the model. `atlas_raw` and `model_raw` are means
# over all tracks; the differences are between single tracks. A gene that only one of them
# scored has no value of the other.
ROUTES = pa.schema(
    [
        *_texts("variant_id", "feature_id", "scorer"),
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

# `is_source_lead` is whether no row of the source is a better lead of its feature, with a
# score or without; it is missing if the table names no features.
# `scored_gene` is the gene, without version, whose score a pair has; it is missing if the
# score belongs to the variant. `in_gene` says whether the variant lies in the body of the
# pair's own gene; it is missing if the feature is no gene of a known annotation.
PAIRS = pa.schema(
    [
        *EFFECTS,
        ("is_source_lead", pa.bool_()),
        *(field for field in SCORES if field.name not in ("variant_id", "feature_id")),
        ("scored_gene", _TEXT),
        ("in_gene", pa.bool_()),
    ]
)

# Effects joined with those of a positive control in the place of scores: its standard
# error and its feature, beside those of the effects.
CONTROL_PAIRS = pa.schema(
    [*PAIRS, ("control_se", pa.float64()), ("control_feature", _TEXT)]
)

# Scores of a benchmark, one row per variant, or per variant and `scored_gene` where scores
# are of genes. `source_ids` lists the variant's ids in the source, separated by semicolons.
# `n_features` counts the features that share the score; the columns from `feature_id` on
# describe the lead of these.
SCORED_VARIANTS = pa.schema(
    [
        *IN_PEAKS,
        ("source_ids", _TEXT),
        ("ref_matches", pa.bool_()),
        ("scored_gene", _TEXT),
        *_floats("score", "quantile", "ref_value", "alt_value"),
        *_same(SCORES, "model", "route", "scorer", "window_bp"),
        *_same(SCORES, "track_set", "n_tracks", "reduction", "shift_bp"),
        ("n_features", pa.int64()),
        *_same(EFFECTS, "feature_id", "effect", "effect_se", "p_value"),
        *_same(EFFECTS, "maf", "distance", "pip", "unit"),
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

# One row per estimate. `task` is the question (see `design.tasks`); `predictor` is the
# model or a baseline. `ci_low` and `ci_high` come from a bootstrap of LD blocks; the
# analytic interval treats pairs as independent. `chance` is the value for scores that
# know nothing of the effects, against which `p` tests. `design_effect` is the ratio of
# the two variances, and `n_eff` is `n` divided by it. `p_adjusted` is adjusted by
# Benjamini and Hochberg over all estimates that were not declared primary beforehand.
METRICS = pa.schema(
    [
        *_BENCHMARK,
        *_texts("task", "stratum", "predictor", "metric"),
        *_floats(
            "value",
            "ci_low",
            "ci_high",
            "chance",
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

# Agreement of every single track of an output: exploratory, since none was declared
# beforehand. `p_adjusted` is adjusted by Benjamini and Hochberg over all tracks of a
# benchmark. `is_in_set` marks the tracks that the benchmark itself is scored with.
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

# Conclusion of a benchmark for one metric of one task (see `design.tasks`). `finding` and
# `is_reportable` ("yes", "with exceptions" or "no") are words of `design.conclusions`;
# `why` gives the reasons and names the exceptions.
CONCLUSIONS = pa.schema(
    [
        *_texts("dataset", "protocol", "model", "stratum", "task", "metric"),
        *_floats("value", "ci_low", "ci_high", "p"),
        ("n", pa.int64()),
        ("n_eff", pa.float64()),
        ("finding", _TEXT),
        ("is_reportable", _TEXT),
        ("why", _TEXT),
    ]
)

# Controls of a conclusion. `control` is "positive_control" or a predictor of METRICS,
# `state` is "pass", "fail" or "not_judged", and `evidence` puts the result into words.
CONTROLS = pa.schema(
    [
        *_texts("dataset", "protocol", "model", "stratum", "control", "state"),
        *_floats("value", "ci_low", "ci_high", "p"),
        ("n", pa.int64()),
        ("evidence", _TEXT),
    ]
)

# Difference of two estimates on the same LD blocks, `b` minus `a`: two protocols, two
# steps of the ladder, the model and a baseline, or the published and the recomputed
# value. `protocol` is that of `b`; `n_shared` counts the pairs that both include.
DIFFERENCES = pa.schema(
    [
        *_texts("dataset", "protocol", "comparison", "task"),
        *_texts("a", "b", "stratum", "metric"),
        *_floats("value_a", "value_b", "difference"),
        *_floats("ci_low", "ci_high", "p", "p_adjusted"),
        *_counts("n_a", "n_b", "n_shared", "n_blocks"),
        ("model", _TEXT),
    ]
)

# Every combination of scorer, window, track set and protocol, compared with the first,
# the `reference`: its estimates, and their difference from those of the reference on the
# pairs that both include.
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

# Steps of the ablation from the published protocol to the corrected one, each with its
# change. `difference` is from the step before; `shared_difference` is that on the pairs
# that both steps include. Only the first and the last step can be reportable.
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
        ("is_reportable", _TEXT),
        ("model", _TEXT),
    ]
)

# Verdicts of the gates. `value` is the quantity measured, `warn` and `fail` are its
# thresholds, `n` counts the items examined, and `evidence` puts the result into words.
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

# Agreement in every part of a benchmark and in the rest of it (see `gates.parts`), of
# effects `against` scores or the positive control. `value` and `rest` are correlations of
# ranks; the part disagrees if the lower one is below `least` times the other.
PARTS = pa.schema(
    [
        *_texts("dataset", "protocol", "model", "against", "division", "part"),
        *_floats("value", "ci_low", "ci_high", "rest", "least", "p", "p_adjusted"),
        *_counts("n", "n_rest", "n_clusters"),
        ("is_disagreeing", pa.bool_()),
    ]
)

# Scores of a sample of variants by one scorer at two window lengths. A gene that has a
# score at one of them alone has none at the other.
WINDOWS = pa.schema(
    [
        *_texts("variant_id", "feature_id", "scorer"),
        ("window_bp", pa.int32()),
        ("raw", pa.float64()),
        ("other_window_bp", pa.int32()),
        ("other_raw", pa.float64()),
        ("model", _TEXT),
    ]
)

# Scores of a sample of substitutions, and those with REF and ALT exchanged.
EXCHANGED = pa.schema(
    [
        *_texts("variant_id", "feature_id", "scorer"),
        ("window_bp", pa.int32()),
        *_floats("raw", "exchanged_raw"),
        ("model", _TEXT),
    ]
)

# Scores of any model, on GRCh38. `source_id` is the variant's id in the source; it is
# missing if REF and ALT had to be swapped. `feature_id` is the gene's id without version,
# missing if each variant has one score.
SCORE_TABLE = pa.schema(
    [
        *VARIANTS,
        ("source_id", _TEXT),
        ("feature_id", _TEXT),
        ("score", pa.float64()),
    ]
)

# Scores as they are read. Those of an assay have a standard error and a feature.
MEASURED_TABLE = pa.schema(
    [*SCORE_TABLE, ("effect_se", pa.float64()), ("measured_feature", _TEXT)]
)

# Effects of a second cohort, one per variant and feature (as in the source); like a table
# of scores, relative to their null.
REPLICATE_TABLE = SCORE_TABLE

# The effects of a dataset and those of its replicate, for the pairs that both have.
REPLICATES = pa.schema(
    [
        *_same(EFFECTS, "variant_id", "feature_id", "effect"),
        ("replicate_effect", pa.float64()),
        ("replicate", _NAME),
    ]
)

# Effects and the table that they came from, one row per pair of both. `equals` is what the
# effect equals there, up to rounding; it is missing if nothing does.
ORIGINALS = pa.schema(
    [
        *_same(EFFECTS, "variant_id", "feature_id", "effect"),
        *_floats("original_effect", "original_effect_se", "original_p_value"),
        *_texts("equals", "original"),
        *_same(EFFECTS, "unit", "source_line"),
    ]
)


def summary_of(metrics, with_chance=()):
    """Return the schema of summary.tsv: a row per benchmark, with the given metrics.

    Those `with_chance` are followed by their value expected by chance.
    """
    return pa.schema(
        [
            *_texts("dataset", "protocol", "model", "track_set", "scorer"),
            ("window_bp", pa.int32()),
            *_texts("stratum", "task"),
            *_counts("n_source_pairs", "n_pairs", "n_variants", "n_blocks"),
            ("n_eff", pa.float64()),
            *_counts("n_moved_windows", "n_from_atlas"),
            ("finding", _TEXT),
            ("is_reportable", _TEXT),
            *(
                (f"{metric}{suffix}", pa.float64())
                for metric in metrics
                for suffix in (
                    *("", "_ci_low", "_ci_high", "_p"),
                    *(["_chance"] if metric in with_chance else []),
                )
            ),
            *_floats("prevalence", "analytic_low", "analytic_high", "design_effect"),
            ("why", _TEXT),
        ]
    )


# Agreement by effect size or by score. For `curve` "sign_agreement" the bins divide the
# absolute effect; for "calibration" they divide the score, or its absolute value if
# effects have no sign. Bins hold equal numbers of pairs, from `x_low` to `x_high` with
# median `x`; `y` names the quantity in `value`. `chance` is the sign agreement that the
# shares of positive effects and scores in the bin imply. `unit` is the unit of the effects.
CURVES = pa.schema(
    [
        *_BENCHMARK,
        *_texts("reduction", "unit", "task", "stratum", "curve", "y"),
        ("bin", pa.int32()),
        *_floats("x_low", "x_high", "x", "value", "ci_low", "ci_high", "chance"),
        *_counts("n", "n_variants", "n_blocks"),
    ]
)

# Numbers that tests of an explanation need beyond other tables; see
# `design.explanations`. `null` and `least` are those of a rule that depends on the data.
EXPLANATION_TESTS = pa.schema(
    [
        *_texts("dataset", "protocol", "test", "stratum", "metric"),
        *_floats("value", "ci_low", "ci_high", "p"),
        *_counts("n", "n_blocks"),
        *_floats("null", "least"),
        ("evidence", _TEXT),
        ("model", _TEXT),
    ]
)

# Explanations of a null result, one row per test. `verdict` is a word of
# `design.explanations`; `rule` says when the interval gives which one. `p_adjusted` is
# adjusted by Benjamini and Hochberg over the tests of a dataset that are not primary.
# `config` holds the lines that would test what is not tested, separated by ";;".
EXPLANATIONS = pa.schema(
    [
        *_texts("dataset", "explanation", "test", "words"),
        ("is_primary", pa.bool_()),
        *_texts("protocol", "stratum", "metric"),
        ("n", pa.int64()),
        *_floats("value", "ci_low", "ci_high", "p", "p_adjusted"),
        *_texts("verdict", "rule", "evidence", "config", "model"),
    ]
)

# Cost of a run: the jobs of each rule and the requests of each scoring. Seconds and
# megabytes refer to the jobs that made the files now in `results/`.
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

# Benchmarks of this run (`run` is "here") and of other runs. The difference is the other
# run minus this one, on the pairs that both include; `n_other_effects` counts the pairs
# whose effects differ between the two.
# The agreement of each model with each dataset. `name` is the model's in the config, and
# `model` its name in all other tables.
LEADERBOARD = pa.schema(
    [
        *_texts("dataset", "benchmark", "protocol", "scorer"),
        ("window_bp", pa.int32()),
        *_texts("track_set", "effects", "context", "species", "measurement"),
        *_texts("task", "stratum", "metric", "scope", "name", "model"),
        *_floats("value", "ci_low", "ci_high"),
        ("interval", _TEXT),
        *_counts("n", "n_blocks"),
        *_texts("finding", "is_reportable", "why", "reference"),
        *_floats("difference", "difference_low", "difference_high", "difference_p"),
        ("difference_p_adjusted", pa.float64()),
        *_texts("compared", "not_different_from"),
    ]
)

RUNS = pa.schema(
    [
        ("run", _TEXT),
        *_BENCHMARK,
        *_texts("stratum", "task", "metric"),
        *_floats("value", "ci_low", "ci_high", "p"),
        *_counts("n", "n_variants"),
        ("n_eff", pa.float64()),
        ("finding", _TEXT),
        ("is_reportable", _TEXT),
        ("why", _TEXT),
        *_floats("difference", "difference_low", "difference_high", "difference_p"),
        *_counts("n_shared", "n_other_effects"),
    ]
)

# Variants whose tracks are drawn, one row per dataset that contains the variant. `why` is
# "asked", "top" (a top variant of this dataset), "asked, top" or "top elsewhere".
# `figure` is the file name without suffix; `failure` says why there is no figure.
LOCI = pa.schema(
    [
        *VARIANTS,
        # The gene that is drawn, without version, if the scorer is by gene; a locus is a
        # variant, or a variant with a gene.
        *_texts("gene_id", "why", "dataset", "feature_id"),
        *_floats("effect", "effect_se", "p_value", "score", "quantile"),
        *_same(SCORES, "track_set", "scorer", "window_bp"),
        *_texts("model", "figure", "failure"),
    ]
)

# Tracks of both alleles around a variant. `values` are the model's predictions for
# consecutive bins of `resolution_bp`, the first of which begins at `start`.
LOCUS_TRACKS = pa.schema(
    [
        *_texts("variant_id", "gene_id", "allele", "track", "biosample"),
        ("chrom", _NAME),
        ("start", pa.int64()),
        ("resolution_bp", pa.int32()),
        ("values", _TRACKS),
        ("model", _TEXT),
    ]
)
