# Tracks of models, and the sets of them that benchmarks score with.


def get_tracks(model=PRIMARY_MODEL):
    """Return the table of a model's tracks, or nothing for a table of scores."""
    is_table = CONFIGS[model]["service"] == "table"
    return [] if is_table else f"results/tracks/{by_model('model', model)}.parquet"


def get_tracks_of(wildcards):
    """Return the tracks of a benchmark's model, or nothing for a table of scores."""
    return get_tracks(get_protocol(wildcards).model)


def get_found(scoring):
    """Return the mark that all track sets of the model of a scoring were found."""
    return f"results/tracks/{by_model('found', model_in(scoring))}"


def get_tracks_in(name):
    """Return the tracks of the model in the name of a scoring or of a track set."""
    return get_tracks(model_in(name))


def get_track_set(dataset, track_set):
    """Return the name of a track set; the set of a tissue differs between datasets."""
    return f"{TISSUE}.{dataset}" if track_set == TISSUE else track_set


def get_selected_tracks(wildcards):
    """Return the tracks that a protocol scores with, or nothing for a table."""
    track_set = get_protocol(wildcards).track_set
    return get_track_file(wildcards, track_set) if get_tracks_of(wildcards) else []


def get_track_file(wildcards, track_set):
    """Return the tracks of a set, of a benchmark's model and in its dataset."""
    name = get_track_set(wildcards.dataset, track_set)
    return f"results/tracks/{by_model(name, get_protocol(wildcards).model)}.tsv"


def get_track_sets(model=PRIMARY_MODEL):
    """Return the tracks of every set that this config scores with, of a model."""
    found = {
        each.track_set
        for all_of in PROTOCOLS.values()
        for each in all_of.values()
        if each.model == model
    }
    found |= {*config["track_sets"], config["mismatched_track_set"]} - {NONE}
    found = {get_track_set(dataset, each) for dataset in DATASETS for each in found}
    return [f"results/tracks/{by_model(name, model)}.tsv" for name in sorted(found)]


def get_mismatched_tracks(wildcards):
    """Return the tracks of a mismatched tissue, or nothing if none is configured."""
    track_set = config["mismatched_track_set"]
    is_asked = get_tracks_of(wildcards) and track_set != NONE
    return get_track_file(wildcards, track_set) if is_asked else []


def get_members(track_set):
    """Return the members of a track set, or "all"."""
    track_set = without_model(track_set)
    if track_set == ALL:
        return ALL
    kind, _, dataset = track_set.partition(".")
    if kind == TISSUE:
        return SHEET[DATASETS[dataset]["effects"]]["tissue"].split()
    return config["track_sets"][track_set]["tracks"]


def get_controlled_sets(track_set):
    """Return the members of the sets that a set is the other tissue of, by name.

    The mean of all tracks is of no tissue, and has those of any other in it.
    """
    kind, _, dataset = without_model(track_set).partition(".")
    if kind != config["mismatched_track_set"]:
        return {}
    names = {
        get_track_set(each, chosen)
        for each in ([dataset] if dataset else DATASETS)
        for chosen in config["track_set"]
    }
    members = {name: get_members(name) for name in sorted(names)}
    return {name: each for name, each in members.items() if each != ALL}


def get_reduction(wildcards):
    """Return how the tracks of a benchmark's set are reduced to one score."""
    chosen = config["track_sets"].get(get_protocol(wildcards).track_set)
    return chosen["reduction"] if chosen else "mean"


def get_ranked_datasets():
    """Return the datasets for which each track is evaluated separately."""
    is_asked = config["rank_tracks"] and get_tracks()
    return [name for name in DATASETS if is_asked and CORRECTED in PROTOCOLS[name]]
