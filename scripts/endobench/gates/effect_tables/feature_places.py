"""Gates on distances: has every feature one place, and is it that of its gene?"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.text_hashes import hashes_of
from endobench.gates.effect_tables.row_tallies import Tally, keyed, name_examples
from endobench.gates.verdicts import MIN_ROWS, not_checked, share_of, too_few
from endobench.genome.gtf_lines import without_version

# A convention of distances that most rows contradict is not that of the table.
_MOST_UNLIKE = 0.3
# Releases of an annotation differ in the start sites of a gene.
NEAR_BP = 10_000
# Indels in repeats can be written at several positions.
_INDEL_SLACK_BP = 200
_DISTANCES = ["feature_pos", "distance"]


class Places:
    """The place of each feature that most of its rows imply, under some convention.

    Position minus distance is the place itself. Where distances have the sign of the
    gene's strand it is position plus distance for some features; where they have none,
    it is either. The convention is the first of those that fit most rows.

    Parameters
    ----------
    effects : callable
        See `contents.measure`.
    is_known : bool
        Whether the format prescribes that the place is position minus distance.

    Attributes
    ----------
    n_rows : int
        Rows with a distance.
    is_conventional : bool
        Whether the distances follow a convention, or must.
    convention : str
    table : pandas.DataFrame
        Indexed by the hash of the feature: the bits of its place, ``value``, and how many
        of its ``n`` rows have it, ``n_most``.
    """

    CONVENTIONS = (
        "position minus distance",
        "position plus distance",
        "distances signed by strand",
        "absolute distances",
    )

    def __init__(self, effects, is_known):
        self.n_rows, has_negative, minus = 0, False, Tally()
        for key, place, distance in _rows(effects):
            self.n_rows += len(key)
            has_negative |= bool((distance < 0).any())
            minus.add(key, _bits(place))
        first = _commonest(minus.merge())
        tables = [first]
        # No other convention fits more rows unless it fits more of those features whose
        # rows do not agree.
        apart = first.index[first["n_most"] < first["n"]].to_numpy()
        if len(apart):
            some = _other_tables(effects, first.loc[apart], apart)
            least = first.loc[apart, "n_most"].sum()
            if any(each["n_most"].sum() > least for each in some):
                tables += _other_tables(effects, first)
        shares = [self._share(table) for table in tables]
        if has_negative:
            shares[3:] = [np.inf] * len(shares[3:])
        best = int(np.argmin(shares)) if np.isfinite(shares[0]) else 0
        is_like = not shares[best] > _MOST_UNLIKE
        self.is_conventional = is_known or is_like
        best = best if is_like else 0
        self.convention, self.table, self._best = (
            self.CONVENTIONS[best],
            tables[best],
            best,
        )

    def _share(self, table):
        several = table[table["n"] > 1]
        n = several["n"].sum()
        return 1 - several["n_most"].sum() / n if n else np.nan

    def is_away(self, part):
        """Return which rows of a part of the table are away from their feature's place.

        The position of an indel depends on its alignment, which may be newer than its
        distance.
        """
        key, place, distance = _of_features(part, _DISTANCES)
        codes = pd.Index(self.table.index).get_indexer(key.view(np.int64))
        expected = self.table["value"].to_numpy()[codes].view(np.float64)
        other = place + 2 * distance
        off = np.abs((other if self._best == 1 else place) - expected)
        if self._best > 1:
            off = np.minimum(off, np.abs(other - expected))
        is_away = (off > 0) & (codes >= 0)
        rows = np.flatnonzero(is_away & (off <= _INDEL_SLACK_BP))
        if len(rows):
            ids = part["variant_id"].take(pa.array(rows)).cast(pa.string())
            is_snv = pc.match_substring_regex(ids, "_[A-Z]_[A-Z](_[a-z0-9]+)?$")
            is_away[rows] = is_snv.to_numpy()
        return is_away


def _rows(effects, keys=None):
    """Yield the hash of the feature, the place and the distance of rows that have both.

    Parameters
    ----------
    effects : callable
        See `contents.measure`.
    keys : numpy.ndarray of int, optional
        Hashes of the features; by default all.
    """
    for part in effects(["feature_id", *_DISTANCES]):
        key, place, distance = _of_features(part, _DISTANCES)
        is_used = np.isfinite(place) & np.isfinite(distance)
        if keys is not None:
            is_used &= np.isin(key.view(np.int64), keys)
        yield key[is_used], place[is_used], distance[is_used]


def _other_tables(effects, first, keys=None):
    """Return the tables of the conventions after the first, given that of the first."""
    plus, either = Tally(), Tally()
    for key, place, distance in _rows(effects, keys):
        other = place + 2 * distance
        plus.add(key, _bits(other))
        either.add(
            np.r_[key, key[distance != 0]],
            _bits(np.r_[place, other[distance != 0]]),
        )
    second, either = (_commonest(each.merge()) for each in (plus, either))
    of_strand = first.join(second, rsuffix="_plus")
    is_plus = of_strand["n_most_plus"] > of_strand["n_most"]
    strand = first.copy()
    columns = ["value", "n_most"]
    strand.loc[is_plus, columns] = second.loc[is_plus, columns]
    return [second, strand, either.assign(n=first["n"])]


def _of_features(part, columns):
    """Return the hash of each row's feature, and some numbers.

    Tables and annotations differ in the versions of genes, which therefore do not count.
    """
    return keyed(part, "feature_id", columns, as_key=without_version)


def _commonest(counts):
    """Return for each key its rows, and the commonest value with its rows."""
    first = counts.sort_values(["key", "n", "value"]).drop_duplicates(
        "key", keep="last"
    )
    total = counts.groupby("key")["n"].sum()
    first = first.set_index("key").rename(columns={"n": "n_most"})
    return first.assign(n=total)


def feature_place(places, effects):
    """Measure the share of rows away from the place of their feature.

    Without distances, the place is the chromosome.

    Parameters
    ----------
    places : Places
    effects : callable
        See `contents.measure`.
    """
    if not places.n_rows:
        return _feature_chromosome(effects)
    several = places.table[places.table["n"] > 1]
    n = int(several["n"].sum())
    if n < MIN_ROWS:
        return too_few(n, "rows of features in several rows")
    if not places.is_conventional:
        return not_checked(n, "distances follow no convention that is known")
    n_away, names = 0, set()
    for part in effects(["variant_id", "feature_id", *_DISTANCES]):
        is_away = places.is_away(part)
        n_away += int(is_away.sum())
        key, *_ = _of_features(part.filter(pa.array(is_away)), [])
        names |= set(np.unique(key).tolist())
    found = share_of(
        n_away,
        n,
        f"rows of {len(names):,} of {len(several):,} features in several rows are away from"
        f" the place of most rows ({places.convention})",
    )
    if n_away:
        examples = name_examples(effects, _DISTANCES, places.is_away)
        found = found._replace(evidence=f"{found.evidence}, such as {examples}")
    return found


def _feature_chromosome(effects):
    """Measure the share of rows on another chromosome than most of their feature."""
    tally, known = Tally(), {}
    for part in effects(["variant_id", "feature_id"]):
        (key,) = _of_features(part, [])
        tally.add(key, _chromosomes(part, known))
    table = _commonest(tally.merge())
    several = table[table["n"] > 1]
    n = int(several["n"].sum())
    # A table without features has a single one.
    if len(several) < MIN_ROWS:
        return not_checked(0, "the table has no distances")
    n_away = n - int(several["n_most"].sum())
    if n_away > _MOST_UNLIKE * n:
        why = "the table has no distances, and features on several chromosomes"
        return not_checked(n, why)
    is_apart = several["n_most"] < several["n"]
    found = share_of(
        n_away,
        n,
        f"rows of {is_apart.sum():,} of {len(several):,} features in several rows are on"
        " another chromosome than most of its rows",
    )
    if n_away:

        def is_away(part):
            (key,) = _of_features(part, [])
            codes = pd.Index(table.index).get_indexer(key.view(np.int64))
            most = table["value"].to_numpy()[codes]
            return _chromosomes(part, known).view(np.int64) != most

        examples = name_examples(effects, [], is_away)
        found = found._replace(evidence=f"{found.evidence}, such as {examples}")
    return found


def _chromosomes(part, known):
    """Return a number for each row's chromosome, by its name in `known`."""
    # The start of an id tells chromosomes apart: chr1_ and chr10.
    names = pc.utf8_slice_codeunits(part["variant_id"].cast(pa.string()), 0, 5)
    names = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    encoded = names.dictionary_encode()
    numbers = [
        float(known.setdefault(name, len(known)))
        for name in encoded.dictionary.to_pylist()
    ]
    return np.array(numbers)[encoded.indices.to_numpy(zero_copy_only=False)]


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
            "key": hashes_of(pa.array(names, pa.string())).view(np.int64),
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
    nearest = joined.sort_values("away", kind="stable").drop_duplicates("key")
    is_away = nearest["away"] > NEAR_BP
    example = ""
    if is_away.any():
        row = nearest[is_away].sort_values("name", kind="stable").iloc[0]
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


def _bits(values):
    # Rounded to 1/8 bp, so that arithmetic leaves equal places equal; -0 becomes 0.
    return np.round(values * 8) / 8 + 0.0
