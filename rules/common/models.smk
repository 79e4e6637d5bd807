# The models that a leaderboard puts side by side.
from endobench.sources.formats import context_of


def get_entries():
    """Return the benchmarks of a leaderboard, in the order of `leaderboard.Entry`.

    Benchmarks with the same effects and classes are a group, the primary model's first.
    Of those that read the same scores, a group has the first one.
    """
    found = {}
    for dataset in DATASETS:
        for name in get_benchmarks_of(dataset):
            for benchmark in get_compared(dataset, name):
                group = get_group(dataset, benchmark)
                entry = get_entry(dataset, name, benchmark, group)
                found.setdefault((group, *get_scores_of(dataset, name)), entry)
    return list(found.values())


def get_compared(dataset, name):
    """Return the benchmarks of the primary model that one is compared with, by name.

    A table has the same scores whatever the scorer. The published protocol is no entry.
    """
    protocols = PROTOCOLS[dataset]
    if protocols[name].prepared != CORRECTED:
        return []
    if protocols[name].scorer != TABLE_SCORER:
        return [without_model(name)]
    others = [
        without_model(each)
        for each in get_benchmarks_of(dataset)
        if protocols[each].prepared == CORRECTED
        if protocols[each].scorer != TABLE_SCORER
    ]
    return list(dict.fromkeys(others)) or [CORRECTED]


def get_group(dataset, benchmark):
    """Return what benchmarks of several datasets share that are compared."""
    classes = ",".join(map(str, get_classes_of(dataset)))
    return f"{DATASETS[dataset]['effects']}/{classes}/{benchmark}"


def get_scores_of(dataset, name):
    """Return what determines the scores of a benchmark."""
    protocol = PROTOCOLS[dataset][name]
    if table := SCORES.get((dataset, protocol.model)):
        return (table,)
    track_set = get_track_set(dataset, protocol.track_set)
    return protocol.scoring, protocol.scorer, track_set


def get_entry(dataset, name, benchmark, group):
    """Return an entry of the leaderboard, as plain values."""
    effects = DATASETS[dataset]["effects"]
    row = SHEET[effects]
    species = row.get("organism", organism_of(row["build"]))
    model = get_name_of_model(dataset, PROTOCOLS[dataset][name].model)
    where = [context_of(row), species, get_unit(effects)]
    return [group, dataset, name, benchmark, model, effects, *where]


def get_name_of_model(dataset, model):
    """Return the name of a model; without `models`, that of its table or service."""
    if model:
        return model
    if config["models"]:
        return config["models"][0]["name"]
    return SCORES.get((dataset, PRIMARY_MODEL), config["service"])


ENTRIES = get_entries()


def get_earlier_models(wildcards):
    """Return the models of a dataset that come before a benchmark's in its groups.

    Returns
    -------
    dict of str to str
        The file of each one's pairs, by the name of the model.
    """
    found, members = {}, {}
    for group, dataset, name, _, model, *_ in ENTRIES:
        if dataset == wildcards.dataset:
            before = members.setdefault(group, {})
            if name == wildcards.protocol:
                found |= before
            before[model] = f"results/{dataset}/{name}/pairs.parquet"
    return found


def get_entry_files(file):
    """Return a file of every benchmark of the leaderboard, each once."""
    paths = [f"results/{dataset}/{name}/{file}" for _, dataset, name, *_ in ENTRIES]
    return list(dict.fromkeys(paths))


def get_places_compared():
    """Return dataset and name of each benchmark that another one is compared with."""
    sizes = collections.Counter(group for group, *_ in ENTRIES)
    places = [(each[1], each[2]) for each in ENTRIES if sizes[each[0]] > 1]
    return [list(place) for place in dict.fromkeys(places)]


def get_all_published():
    """Return the cell of published values of each dataset that has any."""
    cells = {
        dataset: SHEET[DATASETS[dataset]["effects"]].get("published", "")
        for _, dataset, *_ in ENTRIES
    }
    return {dataset: text for dataset, text in cells.items() if text}
