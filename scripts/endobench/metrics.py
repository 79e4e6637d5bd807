"""How well the predicted agrees with the measured, in tidy rows."""

import numpy as np
import pandas as pd
import scipy.stats

from endobench.columns import METRICS, SUMMARY
from endobench.routes import ATLAS

CONFIDENCE = 0.95
MIN_PAIRS = 4
# Counts of unique variants that bear on reading the metrics: whose window had to move
# to stay within the chromosome, and whose score is the Atlas'.
COUNTS = ("moved_windows", "from_atlas")


def lead_variants(pairs):
    """Keep one pair per feature: the one with the smallest p value.

    Ties go to the larger absolute effect, then to the variant id, so that the order of
    rows decides nothing.
    """
    order = pairs.assign(size=-pairs["effect"].abs()).sort_values(
        ["p_value", "size", "variant_id", "source_id"], na_position="last"
    )
    return pairs.loc[order.index[~order["feature_id"].duplicated()]].sort_index()


def strata(pairs):
    """Return the named subsets that are reported, each a frame of pairs.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``all_pairs``, ``lead_per_feature``, ``snv`` and ``indel``; a substitution of
        several bases is neither of the last two.
    """
    # From the right: a chromosome's name may hold the separator.
    parts = pairs["variant_id"].str.rsplit("_", n=3, expand=True)
    ref_length, alt_length = parts[1].str.len(), parts[2].str.len()
    return {
        "all_pairs": pairs,
        "lead_per_feature": lead_variants(pairs),
        "snv": pairs[(ref_length == 1) & (alt_length == 1)],
        "indel": pairs[ref_length != alt_length],
    }


def correlate(effect, score):
    """Compute the agreement of two vectors.

    Intervals take the pairs as independent, which variants in linkage are not: they are
    the naive ones. Spearman's is Fisher's z with the variance of Bonett and Wright
    (2000, doi:10.1007/BF02294183), Pearson's is scipy's, the sign's is Wilson's.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
        ALT minus REF, both.

    Returns
    -------
    pandas.DataFrame
        One row per metric: ``metric, value, ci_low, ci_high, p, n``. Values are missing
        below `MIN_PAIRS` pairs or where a vector is constant. `sign_agreement` is over
        the pairs in which neither is zero, tested against one half.
    """
    effect = np.asarray(effect, dtype=float)
    score = np.asarray(score, dtype=float)
    n = len(effect)
    rows = dict.fromkeys(("spearman", "pearson"), (np.nan,) * 4 + (n,))
    is_defined = n >= MIN_PAIRS and np.ptp(effect) > 0 and np.ptp(score) > 0
    if is_defined:
        rho, p = scipy.stats.spearmanr(effect, score)
        rows["spearman"] = (rho, *_spearman_interval(rho, n), p, n)
        result = scipy.stats.pearsonr(effect, score)
        interval = result.confidence_interval(CONFIDENCE)
        rows["pearson"] = (result.statistic, *interval, result.pvalue, n)
    is_signed = (effect != 0) & (score != 0)
    n_signed = int(is_signed.sum())
    rows["sign_agreement"] = (np.nan,) * 4 + (n_signed,)
    if n_signed >= MIN_PAIRS:
        agree = int((np.sign(effect) == np.sign(score))[is_signed].sum())
        test = scipy.stats.binomtest(agree, n_signed)
        interval = test.proportion_ci(CONFIDENCE, method="wilson")
        rows["sign_agreement"] = (agree / n_signed, *interval, test.pvalue, n_signed)
    names = ["value", "ci_low", "ci_high", "p", "n"]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=names)
    return frame.rename_axis("metric").reset_index()


def _spearman_interval(rho, n):
    if abs(rho) == 1:
        return rho, rho
    half = scipy.stats.norm.ppf(0.5 + CONFIDENCE / 2) * np.sqrt(
        (1 + rho**2 / 2) / (n - 3)
    )
    return tuple(np.tanh(np.arctanh(rho) + np.array([-half, half])))


def measure(pairs, dataset, protocol):
    """Compute every metric of every stratum, and count what bears on reading them.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    dataset, protocol : str

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.METRICS`.
    """
    head = pairs.iloc[0]
    parts = []
    for name, rows in strata(pairs).items():
        part = correlate(rows["effect"], rows["raw"])
        for count, is_counted in zip(
            COUNTS,
            (rows["shift_bp"].fillna(0) != 0, rows["route"] == ATLAS),
            strict=True,
        ):
            value = rows.loc[is_counted, "variant_id"].nunique()
            part.loc[len(part)] = {"metric": count, "value": value, "n": len(rows)}
        parts.append(part.assign(stratum=name, n_variants=rows["variant_id"].nunique()))
    frame = pd.concat(parts, ignore_index=True).assign(
        dataset=dataset,
        protocol=protocol,
        **{name: head[name] for name in ("model", "track_set", "scorer", "window_bp")},
    )
    return frame.reindex(columns=METRICS.names)


def summarise(metrics, waterfall):
    """Lay the metrics of all benchmarks out, one row per stratum that is a whole.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of several datasets and protocols.
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`, of the same.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.SUMMARY`, in the order given.
    """
    source = waterfall[waterfall["stage"] == "input"].set_index(["dataset", "protocol"])
    rows = []
    keys = ["dataset", "protocol", "stratum"]
    for (dataset, protocol, stratum), part in metrics.groupby(keys, sort=False):
        if stratum not in ("all_pairs", "lead_per_feature"):
            continue
        first = part.iloc[0]
        row = {name: first[name] for name in SUMMARY.names if name in first}
        row["n_source_pairs"] = source.loc[(dataset, protocol), "n_pairs"]
        row["n_pairs"] = part.set_index("metric").loc["spearman", "n"]
        row["stratum"] = stratum
        values = part.set_index("metric")
        for count in COUNTS:
            row[f"n_{count}"] = int(values.loc[count, "value"])
        for metric, value in values.drop(index=list(COUNTS)).iterrows():
            row[metric] = value["value"]
            for name in ("ci_low", "ci_high", "p"):
                row[f"{metric}_{name}"] = value[name]
        rows.append(row)
    return pd.DataFrame(rows, columns=SUMMARY.names)
