"""Assumptions about the tracks that a model lists."""

import pathlib

from endobench.predict.assumptions.entry import Assumption, Found
from endobench.predict.assumptions.probe import K562

# Human tracks by output, of the outputs that have scorers here or may get some.
COUNTS = {
    "DNASE": 305,
    "ATAC": 167,
    "CHIP_TF": 1_617,
    "CHIP_HISTONE": 1_116,
    "CAGE": 546,
    "PROCAP": 12,
    "RNA_SEQ": 667,
    "SPLICE_SITES": 4,
    "SPLICE_SITE_USAGE": 734,
    "SPLICE_JUNCTIONS": 367,
}


def dnase_curies():
    """Return the CURIEs of the DNASE tracks in their order, as the open model has them."""
    return pathlib.Path(__file__).with_name("dnase_curies.txt").read_text().split()


def _counts(probe):
    listed = probe.tracks()
    found = {output: len(listed.get(output, ())) for output in COUNTS}
    others = {name: n for name, n in found.items() if n != COUNTS[name]}
    words = _in_words(others) if others else "the same"
    return Found(not others, words)


def _in_words(counts):
    return ", ".join(f"{n} {output}" for output, n in counts.items())


def _order(probe):
    curies, found = dnase_curies(), probe.tracks().get("DNASE")
    found = [] if found is None else found["ontology_curie"].tolist()
    for place, (one, other) in enumerate(zip(found, curies, strict=False)):
        if one != other:
            return Found(False, f"place {place} has {one}, not {other}")
    return Found(found == curies, f"{len(found)} tracks in this order")


def _k562(probe):
    tracks = probe.tracks().get("DNASE")
    is_k562 = [] if tracks is None else tracks["ontology_curie"] == K562
    names = [] if tracks is None else tracks.loc[is_k562, "biosample_name"].tolist()
    return Found(names == ["K562"], f"{len(names)}: {', '.join(names) or 'none'}")


def _names(probe):
    tracks = {name: each["name"] for name, each in probe.tracks().items()}
    doubled = {
        output: int(names.duplicated().sum())
        for output, names in tracks.items()
        if output in ("DNASE", "ATAC", "CHIP_TF", "CHIP_HISTONE")
        and names.duplicated().any()
    }
    return Found(not doubled, _in_words(doubled) + " twice" if doubled else "yes")


ASSUMPTIONS = (
    Assumption("track_counts", f"human tracks: {_in_words(COUNTS)}", _counts),
    Assumption("dnase_order", "DNASE tracks in the open model's order", _order),
    Assumption("k562_track", f"one DNASE track has {K562}, that of K562", _k562),
    Assumption(
        "track_names", "names of tracks are unique within DNASE, ATAC and ChIP", _names
    ),
)
