# What gates are told, and where their verdicts lie.
from endobench.design.gates import gates_of


def get_gates(wildcards, *stages):
    """Return the verdicts that stop a benchmark: those of the corrected protocol."""
    if not PROTOCOLS[wildcards.protocol].correct:
        return []
    return get_verdicts(wildcards.dataset, [wildcards.protocol], stages)


def get_verdicts(
    dataset, protocols, stages=("effects", "peaks", "sequences", "scores")
):
    """Return the verdicts of the gates of some stages on benchmarks, each file once."""
    paths = []
    for protocol in protocols:
        of_stage = {"scores": protocol}
        for stage in stages:
            name = of_stage.get(stage, PROTOCOLS[protocol].prepared)
            paths.append(f"results/{dataset}/{name}/gates/{stage}.tsv")
    return list(dict.fromkeys(paths))


def get_thresholds(stage):
    """Return the thresholds of a stage's gates, each as [gate, warn, fail]."""
    limits = config["gates"]
    return [
        [gate.name, limits[gate.name]["warn"], limits[gate.name]["fail"]]
        for gate in gates_of(stage)
    ]


def get_accepted(stage):
    """Return the gates of a stage that may fail."""
    return sorted({gate.name for gate in gates_of(stage)} & set(config["accept"]))


def get_expected(wildcards):
    """Return what was asked for, as plain values in the order of `gates_scores.Expected`.

    The study called the mean of all tracks K562: the published protocol is held to the
    config's set.
    """
    protocol = PROTOCOLS[wildcards.protocol]
    track_set = protocol.track_set if protocol.correct else config["track_set"][0]
    track_set = get_track_set(wildcards.dataset, track_set)
    curies = get_members(track_set) if get_tracks() else ALL
    return [config["service"], curies, protocol.scorer]


def get_tissue(wildcards):
    """Return the members of the first set of tracks, and those of the tissue.

    Other sets are there to be compared with it. A table of scores has no tracks; what the
    study called K562 was all of them.
    """
    if not get_tracks() or not PROTOCOLS[wildcards.protocol].correct:
        return [[], []]
    row = SHEET[DATASETS[wildcards.dataset]["effects"]]
    asked = get_members(get_track_set(wildcards.dataset, config["track_set"][0]))
    return [[] if asked == ALL else asked, row.get("tissue", "").split()]
