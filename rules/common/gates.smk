# Parameters of the gates, and the files of their verdicts.
from endobench.design.gates import STAGES, gates_of


def get_gates(wildcards, *stages):
    """Return the verdicts that can stop a benchmark; the published protocol has none."""
    if not get_protocol(wildcards).correct:
        return []
    return get_verdicts(wildcards.dataset, [wildcards.protocol], stages)


def get_verdicts(dataset, protocols, stages=STAGES):
    """Return the files of verdicts of some stages of benchmarks, each file once.

    A dataset without a positive control has no stage "control", and one whose effects
    name no original has no stage "original". Only scores of genes have the stage "genes".
    """
    paths = []
    for stage in ("control", "original"):
        if DATASETS[dataset][stage] == NONE:
            stages = [each for each in stages if each != stage]
    for protocol in protocols:
        of_stage = {"scores": protocol, "genes": protocol}
        for stage in stages:
            if stage == "genes" and not is_of_genes(dataset, protocol):
                continue
            name = of_stage.get(stage, PROTOCOLS[dataset][protocol].prepared)
            paths.append(f"results/{dataset}/{name}/gates/{stage}.tsv")
    return list(dict.fromkeys(paths))


def is_of_genes(dataset, protocol):
    """Return whether the scores of a benchmark are of genes."""
    chosen = PROTOCOLS[dataset][protocol]
    if table := SCORES.get((dataset, chosen.model)):
        declared = dict(Source.of_row(SHEET[table]).columns)
        return has_genes(dataset) and "feature_id" in declared
    return is_by_gene(chosen.scorer)


def get_own_tissue(dataset):
    """Return the tracks that the sheet names for a dataset's tissue."""
    return SHEET[DATASETS[dataset]["effects"]].get("tissue", "").split()


def get_thresholds(*stages):
    """Return the thresholds of the gates of stages, each as [gate, warn, fail]."""
    limits = config["gates"]
    return [
        [gate.name, limits[gate.name]["warn"], limits[gate.name]["fail"]]
        for stage in stages
        for gate in gates_of(stage)
    ]


def get_accepted(*stages):
    """Return the gates of stages whose failure the config accepts."""
    names = {gate.name for stage in stages for gate in gates_of(stage)}
    return sorted(names & set(config["accept"]))


def get_expected(wildcards):
    """Return what was requested, as plain values in the order of `gates.scores.Expected`.

    The study used the mean of all tracks but called it K562. The published protocol is
    therefore compared with the track set of the config.
    """
    protocol = get_protocol(wildcards)
    track_set = protocol.track_set if protocol.correct else config["track_set"][0]
    track_set = get_track_set(wildcards.dataset, track_set)
    curies = get_members(track_set) if get_tracks_of(wildcards) else ALL
    return [CONFIGS[protocol.model]["service"], curies, protocol.scorer]


def get_tissue(wildcards):
    """Return the CURIEs of the first track set, and those of the dataset's tissue.

    Further track sets are for comparison. Both are empty for a table of scores, which has
    no tracks, and for the published protocol, which uses all tracks.
    """
    if not get_tracks() or not get_protocol(wildcards).correct:
        return [[], []]
    asked = get_members(get_track_set(wildcards.dataset, config["track_set"][0]))
    asked = [] if asked == ALL else asked
    if not has_tissues_of_gtex(wildcards.dataset):
        asked = [each for each in asked if not each.startswith("gtex:")]
    return [asked, get_own_tissue(wildcards.dataset)]


def has_tissues_of_gtex(dataset):
    """Return whether any scorer of a dataset reads tracks of GTEx, which is no DNase-seq."""
    scorers = {each.scorer for each in PROTOCOLS[dataset].values()}
    return any(is_by_gene(each) or output_of(each) == "RNA_SEQ" for each in scorers)
