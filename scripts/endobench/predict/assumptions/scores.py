"""Assumptions about the answers to questions about variants."""

import numpy as np

from endobench.core.errors import InputError
from endobench.design.routes import ATLAS_SCORERS
from endobench.design.scorers import GENE_SCORERS
from endobench.genome.alleles import align_alternate
from endobench.model.answer import Answer
from endobench.predict.assumptions.entry import Assumption, Found
from endobench.predict.assumptions.probe import ATAC, DNASE, UNRANKED
from endobench.predict.assumptions.variants import (
    AT_END,
    INSERTION,
    N_RICH,
    SUBSTITUTION,
    WRONG_REF,
)
from endobench.predict.canaries import check_canary
from endobench.predict.plan import HOSTED_CALL_S

# Another order would give another list of outputs backwards.
_SCORERS = (DNASE, UNRANKED, ATAC)
# The further recommended scorers of variants.
_OTHERS = tuple(
    name for name in ATLAS_SCORERS if name not in (DNASE, ATAC, *GENE_SCORERS)
)
# Raw scores, and quantiles of the recommended scorers.
_N_LAYERS = (2, 1, 2)
_OUTPUTS = [name.split("-")[0] for name in _SCORERS]
# A pace within this factor of the assumed one is no surprise.
_PACE = 3
# Tracks of ALT behind an indel are compared over this many bases.
_BEHIND_BP = 4_096


def is_same(one, other):
    """Return whether raw scores are equal as far as canaries demand.

    Tracks without a score are left to the assumption that there are none.

    Parameters
    ----------
    one, other : numpy.ndarray of float, shape (n_tracks,)
    """
    if one.shape != other.shape:
        return False
    is_number = np.isfinite(one) & np.isfinite(other)
    pair = (Answer("", 0, raw=np.float32(each[is_number])) for each in (one, other))
    try:
        check_canary(*pair, DNASE, "")
    except InputError:
        return False
    return True


def most_different(one, other):
    """Describe by how much raw scores differ."""
    if one.shape != other.shape:
        return f"{len(one)} and {len(other)} tracks"
    one, other = np.nan_to_num(one), np.nan_to_num(other)
    difference, largest = np.abs(one - other).max(), np.abs(one).max()
    return f"they differ by at most {difference:.2g}, the largest being {largest:.2g}"


def _scored(probe):
    return probe.scores(SUBSTITUTION, _SCORERS)


def _came(probe, answers):
    """Return the outputs whose tracks came, in the order in which they came."""
    output_of = {tuple(each["name"]): output for output, each in probe.tracks().items()}
    return [
        output_of.get(tuple(each.tracks), f"{len(each.tracks)} other tracks")
        for each in answers
    ]


def _order(probe):
    came = _came(probe, _scored(probe))
    return Found(came == _OUTPUTS, ", ".join(came) or "nothing")


def _others(probe):
    found = probe.scores(SUBSTITUTION, _OTHERS)
    came, n_layers = _came(probe, found), [len(each.values) for each in found]
    is_as_assumed = came == [name.split("-")[0] for name in _OTHERS]
    words = ", ".join(
        f"{output} {'with' if n > 1 else 'without'} quantiles"
        for output, n in zip(came, n_layers, strict=True)
    )
    return Found(is_as_assumed and set(n_layers) == {2}, words or "nothing")


def _variant(probe):
    names = {
        f"{each.chromosome}:{each.position} {each.reference_bases}>{each.alternate_bases}"
        for each in (scores.variant for scores in _scored(probe))
    }
    asked = SUBSTITUTION
    expected = f"{asked.chrom}:{asked.pos} {asked.ref}>{asked.alt}"
    return Found(names == {expected}, ", ".join(sorted(names)))


def _descriptions(probe):
    found, listed = _scored(probe)[0].curies, probe.tracks()["DNASE"]["ontology_curie"]
    listed = listed.fillna("").tolist()
    n_same = sum(one == other for one, other in zip(found, listed, strict=False))
    return Found(
        found == listed, f"{n_same} of {len(listed)} have the CURIE of the list"
    )


def _layers(probe):
    found = _scored(probe)
    shapes = [each.values.shape for each in found]
    is_as_assumed = len(found) == len(_N_LAYERS) and all(
        shape == (n_layers, 1, len(each.tracks))
        for shape, n_layers, each in zip(shapes, _N_LAYERS, found, strict=True)
    )
    return Found(
        is_as_assumed, ", ".join(" x ".join(map(str, each)) for each in shapes)
    )


def _quantiles(probe):
    found = [each.values[1] for each in _scored(probe) if len(each.values) > 1]
    if not found:
        return Found(False, "no quantiles came")
    largest = max(np.abs(each).max() for each in found)
    return Found(bool(largest <= 1), f"at most {largest:.6g}")


def _numbers(probe):
    n_other = sum(int((~np.isfinite(each.values)).sum()) for each in _scored(probe))
    return Found(not n_other, f"{n_other} values are not" if n_other else "yes")


def _repeated(probe):
    first = _scored(probe)[0].raw
    again = probe.scores(SUBSTITUTION, name="scores again")[0].raw
    return Found(is_same(first, again), most_different(first, again))


def _wrong_ref(probe):
    right, wrong = _scored(probe)[0].raw, probe.scores(WRONG_REF)[0].raw
    what = "as with REF of the genome" if is_same(right, wrong) else "with other scores"
    return Found(True, f"answered {what} ({most_different(right, wrong)})")


def _is_scored(probe, variant):
    """Say how many tracks score a variant: as many as a usual one, and not all with 0."""
    usual, found = _scored(probe)[0].raw, probe.scores(variant)[0].raw
    n_usual, n_found = (int(np.isfinite(each).sum()) for each in (usual, found))
    largest = np.abs(np.nan_to_num(found)).max()
    words = f"{n_found} of {found.size} tracks, the largest score {largest:.2g}"
    return Found(n_found >= n_usual and bool(largest > 0), words)


def _behind_indel(probe):
    ref, alt = probe.predicted(INSERTION)
    anchor = INSERTION.pos - 1 - INSERTION.window_start
    n_inserted = len(INSERTION.alt) - len(INSERTION.ref)
    behind = slice(anchor + 1 + n_inserted, anchor + 1 + n_inserted + _BEHIND_BP)
    aligned = align_alternate(alt, anchor, INSERTION.ref, INSERTION.alt)
    as_shifted = np.abs(aligned[behind] - ref[behind]).mean()
    as_given = np.abs(alt[behind] - ref[behind]).mean()
    words = (
        f"REF and ALT differ by {as_shifted:.2g} if ALT is moved by {n_inserted} bases,"
        f" by {as_given:.2g} as it comes"
    )
    return Found(bool(as_shifted < as_given), words)


def _padded(probe):
    data = probe.padded()
    is_whole = data.values.shape == (16_384, 1) and data.resolution == 1
    is_number = bool(np.isfinite(data.values).all())
    words = f"{' x '.join(map(str, data.values.shape))} in bins of {data.resolution} bp"
    return Found(is_whole and is_number, words)


def _seconds(probe):
    _scored(probe)
    found = [s for name, s in probe.seconds.items() if name.startswith("scores")]
    seconds = float(np.median(found))
    words = f"{seconds:.2g} s (median of {len(found)}, one at a time)"
    return Found(seconds <= _PACE * HOSTED_CALL_S, words)


ASSUMPTIONS = (
    Assumption(
        "order_of_scorers",
        f"one answer for each scorer, in order: {', '.join(_OUTPUTS)}; the tracks of"
        " each are those listed, in order",
        _order,
    ),
    Assumption(
        "other_scorers",
        f"{', '.join(_OTHERS)} are answered in the same way, with quantiles",
        _others,
    ),
    Assumption("named_variant", "an answer names its variant", _variant),
    Assumption(
        "descriptions", "an answer describes its tracks as the list does", _descriptions
    ),
    Assumption(
        "layers",
        "scores of recommended scorers come with quantiles, those of others"
        " without; one row each",
        _layers,
    ),
    Assumption("quantile_range", "quantiles lie within -1 and 1", _quantiles),
    Assumption("finite", "all scores are numbers", _numbers),
    Assumption("repeatable", "a question gets the same answer again", _repeated),
    Assumption(
        "ref_unchecked",
        "a REF that is not the genome's is answered, so that only this workflow"
        " checks REF",
        _wrong_ref,
    ),
    Assumption(
        "n_rich",
        "a window that is half N is answered",
        lambda probe: _is_scored(probe, N_RICH),
    ),
    Assumption(
        "chromosome_end",
        "a window that was moved inside the chromosome is answered, and the mask"
        " follows the variant",
        lambda probe: _is_scored(probe, AT_END),
    ),
    Assumption(
        "alt_behind_indel",
        "tracks of ALT behind an insertion are moved by its length",
        _behind_indel,
    ),
    Assumption("padding", "2,048 bp within N are answered, base by base", _padded),
    Assumption("seconds", f"a call takes about {HOSTED_CALL_S:g} s", _seconds),
)
