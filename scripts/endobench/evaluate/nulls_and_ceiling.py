"""Reference points of a benchmark: nulls, noise ceiling, power and controls."""

import numpy as np
import pandas as pd

from endobench.benchmark.controls import CONTROL, CONTROL_SEQUENCE, SEQUENCE
from endobench.benchmark.gene_pairs import scores_of
from endobench.benchmark.matching import classify
from endobench.design.models import MODEL
from endobench.design.tasks import MAGNITUDE, SIGNED, UNSIGNED, task_of
from endobench.design.units import P_VALUE
from endobench.evaluate.options import estimate, estimate_part
from endobench.stats import nulls
from endobench.stats.agreement import Signed, Unsigned
from endobench.stats.estimates import statistics_of
from endobench.stats.ld_blocks import blocks_of_pairs, loci_of
from endobench.stats.power import detectable_spearman
from endobench.stats.reliability import reliability

_RANKED = ("spearman",)


def null_rows(rows, block, options):
    """Return Spearman's correlation under three nulls, with its central 95 %.

    Without a known effect allele, absolute effects and scores are correlated.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    block : numpy.ndarray of str or int, shape (n_pairs,)
    options : MeasureOptions

    Returns
    -------
    pandas.DataFrame
        Rows of `columns.METRICS`: ``permuted_in_strata`` and, with a known effect allele,
        ``sign_flip_by_block``, both with the mean and the central 95 % of the null; and
        ``mismatched_variant`` with its confidence interval.
    """
    effect = rows["effect"].to_numpy(dtype=float) - options.null
    score = rows["raw"].to_numpy(dtype=float)
    if not options.is_signed:
        effect, score = np.abs(effect), np.abs(score)
    # What is exchanged are scores: of variants, or of a variant and a gene. One that has
    # several values counts as several.
    variant = rows[["raw"]].assign(of=scores_of(rows))
    variant = variant.groupby(["of", "raw"]).ngroup().to_numpy()
    tests = _null_tests(rows, effect, score, block, variant, options)
    mismatched = _mismatched_variant(rows, effect, score, block, variant, options)
    return pd.concat([tests, mismatched], ignore_index=True)


def _null_tests(rows, effect, score, block, variant, options):
    """Return the rows of the permutation test and, with signs, of the sign flips."""
    names, code = np.unique(block, return_inverse=True)
    draws = options.n_permutations, options.seed
    cells = nulls.strata_of(rows["distance"], rows["maf"])
    tests = {
        "permuted_in_strata": nulls.permutation_test(
            effect, score, code, cells, variant, *draws
        ),
    }
    if options.is_signed:
        flips = nulls.sign_flip_test(effect, score, code, *draws)
        tests["sign_flip_by_block"] = flips
    return pd.DataFrame(
        {
            "predictor": name,
            "metric": "spearman",
            "value": test.null_mean,
            "ci_low": test.null_low,
            "ci_high": test.null_high,
            "p": test.p,
            "n": len(rows),
            "n_blocks": len(names),
        }
        for name, test in tests.items()
    )


def _mismatched_variant(rows, effect, score, block, variant, options):
    """Return the row of the scores of other variants at a similar distance."""
    partner = nulls.mismatched_variants(
        variant,
        loci_of(rows["variant_id"])[0],
        rows["distance"].to_numpy(dtype=float),
        options.seed,
    )
    of_variant = score[np.unique(variant, return_index=True)[1]]
    scores = pd.DataFrame({MODEL: of_variant[partner[variant]]})
    statistics = statistics_of(effect, scores, block, names=_RANKED)
    found = estimate_part(statistics, options).rows()
    return found.assign(predictor="mismatched_variant")


def ceiling_rows(rows, rho):
    """Return the noise ceiling that measurement error sets; see `reliability`.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    rho : pandas.Series
        The model's Spearman correlation, a row of `estimates.Estimates.rows`.

    Returns
    -------
    pandas.DataFrame
        Rows of `columns.METRICS`: ``reliability`` and ``spearman_over_ceiling``.
    """
    value, n = reliability(rows)
    ceiling = np.sqrt(value) if value > 0 else np.nan
    frame = pd.DataFrame(
        {
            "metric": ["reliability", "spearman_over_ceiling"],
            "value": [value, rho["value"] / ceiling],
            "ci_low": [np.nan, rho["ci_low"] / ceiling],
            "ci_high": [np.nan, rho["ci_high"] / ceiling],
        }
    )
    return frame.assign(predictor=MODEL, n=[n, rho["n"]], n_eff=[np.nan, rho["n_eff"]])


def replicate_effects(rows, replicates):
    """Return the effect that a second cohort has for each pair.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    replicates : pandas.DataFrame
        In the columns of `columns.REPLICATES`.

    Returns
    -------
    numpy.ndarray of float, shape (n_pairs,)
        Missing for pairs that the cohort lacks, and if p values take the place of
        effects.
    """
    keys = ["variant_id", "feature_id"]
    known = replicates.astype(dict.fromkeys(keys, str)).set_index(keys)
    pairs = pd.MultiIndex.from_frame(rows[["source_id", "feature_id"]].astype(str))
    found = known["replicate_effect"].reindex(pairs).to_numpy(dtype=float)
    return np.where(rows["unit"].astype(str) == P_VALUE, np.nan, found)


def replicate_rows(rows, replicate, block, options):
    """Return how well a second cohort agrees with the effects: an empirical ceiling.

    Without a known effect allele, absolute effects are compared.

    Parameters
    ----------
    rows : pandas.DataFrame
        Pairs that both cohorts have, in the columns of `columns.PAIRS`.
    replicate : dict of str to numpy.ndarray of float, shape (n_pairs,)
        The effects of the second cohort, by its name.
    block : numpy.ndarray of str or int, shape (n_pairs,)
    options : MeasureOptions

    Returns
    -------
    pandas.DataFrame
        Rows of `columns.METRICS`: ``spearman`` of the replicate, whose name is the
        predictor, and of ``{replicate}/model``, the model on the same pairs.
    """
    (name,) = replicate
    effect = rows["effect"].to_numpy(dtype=float) - options.null
    scores = pd.DataFrame({MODEL: rows["raw"].to_numpy(dtype=float), **replicate})
    if not options.is_signed:
        effect, scores = np.abs(effect), scores.abs()
    statistics = statistics_of(effect, scores, block, names=_RANKED)
    found = estimate(statistics, options).rows()
    predictors = found["predictor"].replace({MODEL: f"{name}/{MODEL}"})
    # The replicate first.
    return found.assign(predictor=predictors)[::-1]


def power_rows(rho):
    """Return the minimum detectable correlation; see `power.detectable_spearman`.

    Parameters
    ----------
    rho : pandas.Series
        The model's Spearman correlation, a row of `estimates.Estimates.rows`.

    Returns
    -------
    pandas.DataFrame
        A row of `columns.METRICS`: ``detectable_spearman``.
    """
    value = detectable_spearman(rho["n_eff"], rho["degrees"])
    return pd.DataFrame(
        {
            "predictor": [MODEL],
            "metric": ["detectable_spearman"],
            "value": [value],
            "n": [rho["n"]],
            "n_eff": [rho["n_eff"]],
        }
    )


def sequence_rows(rows, annotations, block, options):
    """Return the correlation of the scores with the motif changes of their variants.

    Scores that were joined to the wrong variants do not correlate with them. Each variant
    counts once or, where scores are of genes, with each of its genes. Scores without a
    negative value have no sign, and are correlated with the size of the changes.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    annotations : pandas.DataFrame
        In the columns of `columns.ANNOTATIONS`.
    block : numpy.ndarray of str or int, shape (n_pairs,)
    options : MeasureOptions

    Returns
    -------
    pandas.DataFrame
        Rows of `estimates.Estimates.rows` with predictor ``sequence``; empty if no motif
        changes are known, for want of a genome.
    """
    change = rows["variant_id"].map(annotations.set_index("variant_id")["motif_change"])
    is_first = ~pd.Series(scores_of(rows)).duplicated().to_numpy()
    is_used = is_first & change.notna().to_numpy()
    score = rows["raw"].to_numpy(dtype=float)[is_used]
    if not len(score):
        return pd.DataFrame()
    target = change.to_numpy(dtype=float)[is_used]
    if (score >= 0).all():
        target = np.abs(target)
    scores = pd.DataFrame({MODEL: score})
    statistics = statistics_of(target, scores, block[is_used], names=_RANKED)
    return estimate(statistics, options).rows().assign(predictor=SEQUENCE)


def control_sequence_rows(control, annotations, block, options):
    """Return the correlation of a control's measurements with motif changes.

    Effects and a control whose variants were exchanged in the same way still agree with
    each other, but neither follows the sequence.

    Parameters
    ----------
    control : pandas.DataFrame
        In the columns of `columns.PAIRS`; see `controls.join_control`.
    annotations, block, options
        See `sequence_rows`.

    Returns
    -------
    pandas.DataFrame
        As `sequence_rows`, with predictor ``control_sequence``; empty unless effects are
        signed.
    """
    if task_of(control, options.is_signed) != SIGNED:
        return pd.DataFrame()
    found = sequence_rows(control, annotations, block, options)
    return found.assign(predictor=CONTROL_SEQUENCE) if len(found) else found


def control_rows(control, blocks, options):
    """Return the agreement of the effects with those that another assay measured.

    Its task is that of the benchmark's conclusion; see `tasks.task_of`.

    Parameters
    ----------
    control : pandas.DataFrame
        In the columns of `columns.PAIRS`, for one control; see `controls.join_control`.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    options : MeasureOptions

    Returns
    -------
    pandas.DataFrame
        Rows of `columns.METRICS`, with the name of the control as predictor.
    """
    model = str(control["model"].iloc[0])
    task = task_of(control, options.is_signed)
    if task == UNSIGNED:
        classes = classify(control, *options.classes)
        control = control[~np.isnan(classes)]
        target, kind = classes[~np.isnan(classes)] == 1, Unsigned
    else:
        target, kind = control["effect"].to_numpy(dtype=float) - options.null, Signed
    score = control["raw"].to_numpy(dtype=float)
    if task != SIGNED:
        target, score = np.abs(target), np.abs(score)
    statistics = statistics_of(
        target,
        pd.DataFrame({MODEL: score}),
        blocks_of_pairs(control, blocks),
        kind=kind,
        names=_RANKED if task == MAGNITUDE else None,
    )
    found = estimate(statistics, options).rows()
    return found.assign(predictor=model.removeprefix(f"{CONTROL}/"))
