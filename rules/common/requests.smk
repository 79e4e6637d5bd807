# Requests to models: the variants, and the model or table that answers.
from endobench.design.models import name_of_scores


def get_config_of(name):
    """Return the config of the model in the name of a benchmark, scoring or track set."""
    return CONFIGS[model_in(name)]


def get_table(wildcards):
    """Return the table that gives a benchmark's scores, or None if a service does."""
    return SCORES.get((wildcards.dataset, get_protocol(wildcards).model))


def get_shards(scoring, chrom):
    """Return all datasets' shards of a chromosome that share a scoring."""
    return [
        f"results/{dataset}/{name}/shards/{window_of(scoring)}bp/{chrom}.parquet"
        for dataset in DATASETS
        for name in sorted(get_prepared_for(scoring, dataset))
    ]


def get_prepared_for(scoring, dataset):
    """Return the protocols of a dataset whose prepared variants belong to a scoring.

    A scoring that no dataset lists is made on request, for all datasets that it fits.
    """
    if scoring in SCORINGS:
        found = PROTOCOLS[dataset].values()
        return {each.prepared for each in found if each.scoring == scoring}
    prepared = PUBLISHED if is_study(scoring) else CORRECTED
    # A call that scores genes only has nothing to say about other features.
    is_for_all = not all(map(is_by_gene, get_scorers(scoring)))
    is_asked = prepared in PROTOCOLS[dataset] and (is_for_all or has_genes(dataset))
    return {prepared} if is_asked else set()


def get_name_of_scores(table):
    """Return the name of the scores of a table, which says whose they are."""
    return name_of_scores(SHEET[table], get_unit(table))


def get_shards_of_table(table, chrom):
    """Return the shards of a chromosome that a table of scores answers."""
    return [
        f"results/{dataset}/{name}/shards/0bp/{chrom}.parquet"
        for dataset in DATASETS
        for name in sorted(get_prepared_for_table(table, dataset))
    ]


def get_prepared_for_table(table, dataset):
    """Return the protocols of a dataset whose prepared variants a table answers."""
    models = {model for model in CONFIGS if SCORES.get((dataset, model)) == table}
    found = PROTOCOLS[dataset].values()
    return {each.prepared for each in found if each.model in models}


def get_asked_effects(scoring):
    """Return the effects whose genes are kept from answers, or nothing if all are kept."""
    if config["prediction"]["kept_genes"] == "all":
        return []
    if not any(map(is_by_gene, get_scorers(scoring))):
        return []
    shards = get_all_shards(scoring)
    folders = dict.fromkeys(path.split("/shards/")[0] for path in shards)
    return [f"{folder}/effects.parquet" for folder in folders]


def get_all_shards(scoring):
    """Return all datasets' shards of all chromosomes that share a scoring."""
    return [path for chrom in CHROMOSOMES for path in get_shards(scoring, chrom)]


def get_scorers(scoring):
    """Return the scorers that one call requests, each once."""
    found = [
        each.scorer
        for all_of in PROTOCOLS.values()
        for each in all_of.values()
        if each.scoring == scoring
    ]
    chosen = get_config_of(scoring)
    unlisted = [STUDY_SCORER] if is_study(scoring) else scorers_of(chosen)
    unlisted = [each for each in unlisted if is_answerable(each, window_of(scoring))]
    return list(dict.fromkeys(found)) or unlisted


def get_all_scorers(model=PRIMARY_MODEL):
    """Return the scorers of all protocols of a model; the study's scorers read DNASE."""
    chosen = CONFIGS[model]
    protocols = [choice_of("protocol", chosen, each) for each in chosen["datasets"]]
    is_study_run = any(PUBLISHED in each for each in protocols)
    of_study = ["DNASE-501-DIFF_LOG2_SUM"] if is_study_run else []
    return list(dict.fromkeys([*scorers_of(chosen), *of_study]))


def get_route(scoring):
    """Return the route of a scoring, which is "model" if the Atlas cannot answer it."""
    scorers, window_bp = get_scorers(scoring), window_of(scoring)
    chosen = get_config_of(scoring)
    # The Atlas covers only the human genome, and there is none for the open model.
    is_models = chosen["service"] == "weights" or ORGANISM != "human"
    if is_models or why_not_atlas(scorers, window_bp, chosen["model_version"]):
        return "model"
    return chosen["route"]


def get_request(scoring):
    """Return a scoring's request, as plain values in the order of `shard.Request`."""
    return [get_scorers(scoring), window_of(scoring), get_route(scoring)]


def get_route_differences():
    """Return the comparisons of the Atlas and the model, where both can answer."""
    return [
        f"results/scores/{scoring}.routes.tsv"
        for scoring in sorted(SCORINGS)
        if get_route(scoring) != "model" and config["prediction"]["route_sample"]
    ]


def get_window_pairs(wildcards):
    """Return a sample's scores at two windows, or those of tables of one model."""
    if table := get_table(wildcards):
        return get_windows_of_table(table)
    scoring = get_protocol(wildcards).scoring
    is_asked = config["prediction"]["window_sample"]
    return f"results/scores/{scoring}.windows.tsv" if is_asked else []


def get_windows_of_table(table):
    """Return the scores of the tables of one model at several windows, if declared."""
    return f"results/tables/{table}.windows.tsv" if table in SCORE_WINDOWS else []


def get_exchanged(wildcards, file="exchanged.tsv"):
    """Return a sample's scores with REF and ALT exchanged, where a model can be asked."""
    scoring = get_protocol(wildcards).scoring
    is_asked = get_tracks_of(wildcards) and config["prediction"]["window_sample"]
    return f"results/scores/{scoring}.{file}" if is_asked else []


def get_table_window(table):
    """Return the window of a table of scores, and the tables of the other windows.

    Returns
    -------
    window_bp : int
    others : dict of int to str
        Paths, by window length in bp.
    """
    windows = SCORE_WINDOWS[table]
    window_bp = next(bp for bp, name in windows.items() if name == table)
    others = {bp: name for bp, name in windows.items() if name != table}
    return window_bp, {
        bp: f"results/tables/{name}.parquet" for bp, name in others.items()
    }


def get_other_window(scoring):
    """Return another window for a sample: the next larger one, or the next smaller."""
    larger = [each for each in WINDOWS_BP if each > window_of(scoring)]
    return larger[0] if larger else WINDOWS_BP[-2]


def get_service(model=PRIMARY_MODEL):
    """Return a model's service, as plain values in the order of `service.Service`."""
    chosen = CONFIGS[model]
    service, version = chosen["service"], chosen["model_version"]
    # Keys that a service ignores must not rerun its predictions.
    address, tls, name, device = None, True, None, get_device(model)
    if service == "address":
        address, tls, name = (chosen[key] for key in ("address", "tls", "model_name"))
    elif service == "weights":
        address, name = chosen["weights"], chosen["model_name"]
    genes = next(iter(get_standin_genes(model)), None)
    if service == "weights" and any(map(is_by_gene, get_all_scorers(model))):
        genes = chosen["weights_annotation"]
    return [service, address, tls, version, name, ORGANISM, device, genes]


def get_device(model=PRIMARY_MODEL):
    """Return the device of the open model; other services ignore the key."""
    chosen = CONFIGS[model]
    return chosen["weights_device"] if chosen["service"] == "weights" else "gpu"


def get_service_in(name):
    """Return the service of the model in the name of a scoring."""
    return get_service(model_in(name))


def get_standin_genes(model=PRIMARY_MODEL):
    """Return the annotation that the stand-in scores genes with, in a list, or nothing."""
    is_standin = CONFIGS[model]["service"] == "standin"
    is_read = is_standin and any(map(is_by_gene, get_all_scorers(model)))
    return [get_genes()] if is_read else []


def get_answers(wildcards, kind):
    """Return the predictions (or failures) of all chromosomes for a dataset."""
    protocol = get_protocol(wildcards)
    folder = protocol.scoring
    if table := get_table(wildcards):
        folder = f"table.{table}"
    else:
        check_is_asked(wildcards, protocol)
    return [f"results/scores/{folder}/{chrom}.{kind}" for chrom in CHROMOSOMES]


def check_is_asked(wildcards, protocol):
    """Exit if a benchmark made on request is not in the calls of its window."""
    asked = get_prepared_for(protocol.scoring, wildcards.dataset)
    is_scored = is_step(wildcards.protocol) or is_study(protocol.scorer)
    is_scored = is_scored or protocol.scorer in get_scorers(protocol.scoring)
    if not (is_scored and protocol.prepared in asked):
        sys.exit(
            f"ERROR: {CONFIG_NAME}: the calls at {protocol.window_bp} bp do not answer"
            f" {wildcards.dataset}/{wildcards.protocol}; add its scorer and window to"
            f" those of dataset {wildcards.dataset!r}"
        )


def get_checkpoint(model=PRIMARY_MODEL):
    """Return the folder of a checkpoint, whose change is another model, or nothing."""
    chosen = CONFIGS[model]
    is_folder = chosen["service"] == "weights" and os.path.isdir(chosen["weights"])
    return local(chosen["weights"]) if is_folder else []
