"""Gates on a table of effects: do its rows agree with each other and the annotation?

A column that was shuffled, sorted or shifted against the others leaves every single value
plausible. It shows where several rows must have one value: a feature has one place, and a
variant one frequency. The table is read part by part; each variant and each feature takes
some tens of bytes.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.columns import EFFECTS
from endobench.gates.verdicts import (
    MIN_ROWS,
    Measured,
    not_checked,
    share_of,
    too_few,
)

# Relative difference allowed between two records of one number, as in text of 6 digits.
_ROUNDING = 1e-4
# A convention of distances that most rows contradict is not that of the table.
_MOST_UNLIKE = 0.3
# Missing genotypes reduce the number of samples of a variant, in GTEx v8 by up to 23 %.
_FEWEST_SAMPLES = 0.5
_COMMON = 0.5
# Releases of an annotation differ in the start sites of a gene.
NEAR_BP = 10_000
_N_NAMED = 3
_MANY = 1 << 20
# Units in which standard errors follow from allele frequencies.
_SLOPES = ("slope", "beta")
_OF_FEATURE = ("feature_min_p", "feature_max_p")
_OF_VARIANT = ("maf", "af", "allele_count")


class Sources(NamedTuple):
    """What is known about a table of effects besides its rows.

    Attributes
    ----------
    unit : str, optional
        A key of `units.UNITS`.
    is_prescribed : bool, default False
        Whether the format prescribes that distances are positions minus start sites, and
        that all variants have one cohort.
    starts : pandas.DataFrame or None
        Start sites of genes; see `gtf.gene_starts`.
    """

    unit: str = ""
    is_prescribed: bool = False
    starts: pd.DataFrame | None = None


def measure(effects, sources=Sources()):  # noqa: B008
    """Measure the gates on the consistency of a table, of the stage "effects".

    Parameters
    ----------
    effects : callable
        See `gates.effects.measure`.
    sources : Sources

    Returns
    -------
    dict of str to Measured
    """
    places = _Places(effects, sources.is_prescribed)
    return {
        "feature_place": places.measured(effects),
        "feature_start": feature_start(places, sources.starts),
        "variant_constants": _constants(effects, "variant_id", _OF_VARIANT, "variants"),
        "feature_constants": _constants(effects, "feature_id", _OF_FEATURE, "features"),
        "feature_p_range": feature_p_range(effects),
        "sample_count": sample_count(effects, sources.is_prescribed),
        "se_follows_maf": se_follows_maf(effects, sources.unit),
    }


class _Tally:
    """Counts of pairs of a key and a value, both of 64 bits, added part by part."""

    def __init__(self):
        self._parts, self._size = [np.zeros((0, 3), dtype=np.int64)], 0

    def add(self, key, value):
        """Add rows; `value` is compared by its bits."""
        if not len(key):
            return
        rows = pd.DataFrame({"key": key.view(np.int64), "value": value.view(np.int64)})
        counts = rows.groupby(["key", "value"], sort=False).size()
        found = np.column_stack(
            [
                counts.index.get_level_values(0),
                counts.index.get_level_values(1),
                counts.to_numpy(),
            ]
        )
        self._parts.append(found)
        self._size += len(found)
        if self._size > 2 * len(self._parts[0]) + _MANY:
            self.merge()

    def merge(self):
        """Return the distinct pairs of key and value with their counts, (n, 3) int64."""
        rows = pd.DataFrame(np.concatenate(self._parts), columns=["key", "value", "n"])
        counts = rows.groupby(["key", "value"], sort=True)["n"].sum().reset_index()
        self._parts, self._size = [counts.to_numpy()], 0
        return counts


class _Places:
    """The place of each feature that most of its rows imply, under some convention.

    Position minus distance is the place itself. Where distances have the sign of the
    gene's strand it is position plus distance for some features; where they have none,
    it is either.
    """

    CONVENTIONS = (
        "position minus distance",
        "position plus distance",
        "distances signed by strand",
        "absolute distances",
    )

    def __init__(self, effects, is_known):
        minus, plus, either = _Tally(), _Tally(), _Tally()
        self.n_rows, has_negative, self._names = 0, False, {}
        for part in effects(["feature_id", "feature_pos", "distance"]):
            key, place, distance = _of_features(part, ["feature_pos", "distance"])
            is_number = np.isfinite(place) & np.isfinite(distance)
            key, place, distance = key[is_number], place[is_number], distance[is_number]
            self.n_rows += len(key)
            has_negative |= bool((distance < 0).any())
            other = place + 2 * distance
            minus.add(key, _bits(place))
            plus.add(key, _bits(other))
            either.add(
                np.r_[key, key[distance != 0]],
                _bits(np.r_[place, other[distance != 0]]),
            )
        found = [_commonest(each.merge()) for each in (minus, plus, either)]
        of_strand = found[0].join(found[1], rsuffix="_plus")
        is_plus = of_strand["n_most_plus"] > of_strand["n_most"]
        strand = found[0].copy()
        strand.loc[is_plus, ["value", "n_most"]] = found[1].loc[
            is_plus, ["value", "n_most"]
        ]
        either = found[2].assign(n=found[0]["n"])
        tables = [found[0], found[1], strand, either]
        shares = [self._share(table) for table in tables]
        if has_negative:
            shares[3] = np.inf
        best = int(np.nanargmin(shares)) if np.isfinite(shares[0]) else 0
        self.is_conventional = is_known or shares[best] <= _MOST_UNLIKE
        if shares[best] > _MOST_UNLIKE:
            best = 0
        self.convention, self.table, self._best = (
            self.CONVENTIONS[best],
            tables[best],
            best,
        )

    def _share(self, table):
        several = table[table["n"] > 1]
        n = several["n"].sum()
        return 1 - several["n_most"].sum() / n if n else np.nan

    def measured(self, effects):
        """Return the `Measured` of the gate feature_place."""
        if not self.n_rows:
            return not_checked(0, "the table has no distances")
        several = self.table[self.table["n"] > 1]
        n = int(several["n"].sum())
        if n < MIN_ROWS:
            return too_few(n, "rows of features in several rows")
        n_away = n - int(several["n_most"].sum())
        n_features = int((several["n_most"] < several["n"]).sum())
        what = (
            f"rows of {n_features:,} of {len(several):,} features in several rows are away"
            f" from the place of most rows ({self.convention})"
        )
        if not self.is_conventional:
            return not_checked(n, "distances follow no convention that is known")
        found = share_of(n_away, n, what)
        if n_away:
            examples = _examples(effects, ["feature_pos", "distance"], self._is_away)
            found = found._replace(evidence=f"{found.evidence}, such as {examples}")
        return found

    def _is_away(self, part):
        key, place, distance = _of_features(part, ["feature_pos", "distance"])
        codes = pd.Index(self.table.index).get_indexer(key.view(np.int64))
        expected = self.table["value"].to_numpy()[codes].view(np.float64)
        is_here = place == expected
        if self._best:
            is_here |= place + 2 * distance == expected
        return ~is_here & np.isfinite(place) & np.isfinite(distance) & (codes >= 0)


def _commonest(counts):
    """Return for each key its rows, and the commonest value with its rows."""
    first = counts.sort_values(["key", "n", "value"]).drop_duplicates(
        "key", keep="last"
    )
    total = counts.groupby("key")["n"].sum()
    first = first.set_index("key").rename(columns={"n": "n_most"})
    return first.assign(n=total)


def feature_start(places, starts):
    """Measure the share of features away from the start sites of their gene.

    Parameters
    ----------
    places : _Places
    starts : pandas.DataFrame or None
        See `gtf.gene_starts`.
    """
    if not places.n_rows:
        return not_checked(0, "the table has no distances")
    if starts is None:
        return not_checked(0, "no annotation of genes is declared")
    if not places.is_conventional:
        return not_checked(0, "distances follow no convention that is known")
    names = starts["gene_id"].to_numpy(dtype=object)
    known = pd.DataFrame(
        {
            "key": pd.util.hash_array(names).view(np.int64),
            "name": names,
            "start": starts["start"].to_numpy(dtype=float),
        }
    )
    table = places.table
    joined = known.merge(table, left_on="key", right_index=True)
    n = joined["key"].nunique()
    if n < MIN_ROWS:
        return too_few(n, "features with distances in the annotation")
    place = joined["value"].to_numpy().view(np.float64)
    joined["away"] = np.abs(place - joined["start"].to_numpy())
    nearest = joined.sort_values("away").drop_duplicates("key")
    is_away = nearest["away"] > NEAR_BP
    example = ""
    if is_away.any():
        row = nearest[is_away].sort_values("name").iloc[0]
        place = row["start"], np.int64(row["value"]).view(np.float64)
        example = (
            f", such as {row['name']} (start site {place[0]:,.0f} in the annotation,"
            f" {place[1]:,.0f} in the table)"
        )
    return share_of(
        int(is_away.sum()),
        n,
        f"features are more than {NEAR_BP // 1000} kb from all start sites of their gene"
        f"{example}",
    )


def _constants(effects, name, columns, what):
    """Measure the share of variants or features with several values of a constant."""
    bad, n_several = set(), set()
    words = []
    for column in columns:
        tally = _Tally()
        for part in effects([name, column]):
            key, value = _keyed(part, name, [column])
            is_number = np.isfinite(value)
            # A number in text has six digits.
            tally.add(key[is_number], value[is_number].astype(np.float32).astype(float))
        counts = tally.merge()
        if counts.empty:
            continue
        values = counts["value"].to_numpy().view(np.float64)
        groups = pd.DataFrame({"key": counts["key"], "v": values, "n": counts["n"]})
        groups = groups.groupby("key").agg(
            low=("v", "min"), high=("v", "max"), n=("n", "sum")
        )
        several = groups[groups["n"] > 1]
        spread = several["high"] - several["low"] > _ROUNDING * several["high"].abs()
        n_several |= set(several.index)
        bad |= set(several.index[spread])
        words.append(f"{column} in {int(spread.sum()):,}")
    n = len(n_several)
    if n < MIN_ROWS:
        return too_few(n, f"{what} in several rows with such values")
    found = share_of(
        len(bad), n, f"{what} in several rows have several values ({', '.join(words)})"
    )
    if bad:
        keys = np.array(sorted(bad))

        def is_bad(part):
            key, *_ = _keyed(part, name, [])
            return np.isin(key.view(np.int64), keys)

        examples = _examples(effects, [], is_bad)
        found = found._replace(evidence=f"{found.evidence}, such as {examples}")
    return found


def feature_p_range(effects):
    """Measure the share of p values outside the range reported for their feature."""

    def is_outside(part):
        p, low, high = (_number(part, each) for each in ("p_value", *_OF_FEATURE))
        return (p < low * (1 - _ROUNDING)) | (p > high * (1 + _ROUNDING))

    n = n_outside = 0
    for part in effects(["p_value", *_OF_FEATURE]):
        p, *limits = (_number(part, each) for each in ("p_value", *_OF_FEATURE))
        n += int((np.isfinite(p) & np.isfinite(limits).any(axis=0)).sum())
        n_outside += int(is_outside(part).sum())
    if n < MIN_ROWS:
        return too_few(n, "p values of features with a reported range")
    found = share_of(n_outside, n, "p values are outside the range of their feature")
    if n_outside:
        examples = _examples(effects, ["p_value", *_OF_FEATURE], is_outside)
        found = found._replace(evidence=f"{found.evidence}, such as {examples}")
    return found


def sample_count(effects, is_prescribed=False):
    """Measure the share of rows with an impossible number of chromosomes.

    That number is the minor allele count divided by its frequency. Most rows of a table
    have one; missing genotypes only reduce it. If few rows have it, the table may join
    several cohorts, unless its format excludes that.
    """

    def ratios(part):
        with np.errstate(divide="ignore", invalid="ignore"):
            return _number(part, "allele_count") / _number(part, "maf")

    found = [np.zeros(0, dtype=np.float32)]
    for part in effects(["allele_count", "maf"]):
        ratio = ratios(part)
        found.append(ratio[np.isfinite(ratio)].astype(np.float32))
    ratio = np.concatenate(found)
    n = len(ratio)
    if n < MIN_ROWS:
        return too_few(n, "rows with an allele count and a frequency")
    values, counts = np.unique(np.round(ratio), return_counts=True)
    most = values[counts.argmax()]
    if counts.max() < _COMMON * n and not is_prescribed:
        return not_checked(n, "no number of samples is common to most rows")

    def is_off(part):
        ratio = ratios(part)
        is_number = np.isfinite(ratio)
        slack = 1.5 + _ROUNDING * most
        return is_number & ((ratio > most + slack) | (ratio < _FEWEST_SAMPLES * most))

    n_off = sum(int(is_off(part).sum()) for part in effects(["allele_count", "maf"]))
    measured = share_of(
        n_off,
        n,
        f"rows have a minor allele count that contradicts its frequency and the {most:,.0f}"
        f" chromosomes of most rows",
    )
    if n_off:
        examples = _examples(effects, ["allele_count", "maf"], is_off)
        measured = measured._replace(
            evidence=f"{measured.evidence}, such as {examples}"
        )
    return measured


def se_follows_maf(effects, unit):
    """Measure how standard errors follow allele frequencies within features.

    Returns
    -------
    Measured
        Correlation within features of log(SE) with -log(maf (1 - maf)) / 2.
    """
    if unit not in _SLOPES:
        return not_checked(0, "effects are not slopes of a regression on genotypes")
    sums, totals = [np.zeros((0, 4))], np.zeros(3)
    for part in effects(["feature_id", "effect_se", "maf"]):
        key, se, maf = _of_features(part, ["effect_se", "maf"])
        is_used = (se > 0) & (maf > 0) & (maf < 1)
        x = -np.log(maf[is_used] * (1 - maf[is_used])) / 2
        y = np.log(se[is_used])
        names, code = np.unique(key[is_used], return_inverse=True)
        terms = np.ones(len(x)), x, y
        sums.append(
            np.column_stack(
                [names.view(np.int64).astype(object)]
                + [np.bincount(code, each, len(names)) for each in terms]
            )
        )
        totals += (x * x).sum(), (y * y).sum(), (x * y).sum()
    frame = pd.DataFrame(np.concatenate(sums), columns=["key", "n", "x", "y"])
    n, x, y = (
        frame.astype({"n": float, "x": float, "y": float})
        .groupby("key")[["n", "x", "y"]]
        .sum()
        .to_numpy()
        .T
    )
    n_free = int(n.sum()) - len(n)
    if n_free < MIN_ROWS:
        return too_few(max(n_free, 0), "further rows of a feature with SE and maf")
    xx, yy, xy = (
        total - (a * b / n).sum()
        for total, a, b in zip(totals, (x, y, x), (x, y, y), strict=True)
    )
    if min(xx, yy) <= _ROUNDING * n_free * 1e-4:
        return not_checked(n_free, "standard errors or frequencies do not vary")
    return Measured(
        xy / np.sqrt(xx * yy),
        int(n.sum()),
        f"standard errors of {int(n.sum()):,} rows of {len(n):,} features correlate by"
        f" {xy / np.sqrt(xx * yy):.3f} with those that frequencies imply",
    )


def _examples(effects, columns, is_bad):
    """Name the first rows of which a function of a part is true."""
    named = []
    wanted = ["source_line", "variant_id", "feature_id", *columns]
    for part in effects(list(dict.fromkeys(wanted))):
        for row in np.flatnonzero(is_bad(part))[: _N_NAMED - len(named)]:
            line, variant, feature = (
                part[each][int(row)].as_py() for each in wanted[:3]
            )
            named.append(f"line {line} ({variant}, {feature})")
        if len(named) == _N_NAMED:
            break
    return "; ".join(named)


def _of_features(part, columns):
    return _keyed(part, "feature_id", columns)


def _keyed(part, name, columns):
    """Return the hashes of a text column, and some numbers, of a part of a table."""
    texts = part[name]
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.unify_dictionaries().combine_chunks()
    if not isinstance(texts, pa.DictionaryArray):
        texts = pc.dictionary_encode(texts.cast(pa.string()))
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    names = texts.dictionary.cast(pa.string()).to_numpy(zero_copy_only=False)
    hashes = pd.util.hash_array(names) if len(names) else np.zeros(1, dtype=np.uint64)
    key = hashes[texts.indices.fill_null(0).to_numpy(zero_copy_only=False)]
    return key, *(_number(part, each) for each in columns)


def _number(part, name):
    """Return a column as floats; missing values are NaN."""
    column = part[name].cast(EFFECTS.field(name).type)
    return column.to_numpy().astype(float)


def _bits(values):
    # Rounded to 1/8 bp, so that arithmetic leaves equal places equal; -0 becomes 0.
    return np.round(values * 8) / 8 + 0.0
