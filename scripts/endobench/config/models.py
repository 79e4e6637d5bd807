"""Several models of one config: the primary one, and each other one by itself."""

from endobench.config.control import identity_of
from endobench.config.schema import near
from endobench.core.errors import InputError
from endobench.design.protocol import CORRECTED, choice_of

# Keys that belong to a model, in the order of the schema.
KEYS = (
    "service",
    "address",
    "tls",
    "model_name",
    "weights",
    "weights_device",
    "weights_annotation",
    "route",
    "scores",
    "model_version",
)
# Marks the config of a further model.
FURTHER = "is_further_model"


def choose_primary(config, name):
    """Write the keys of the first of `models` at the top of a config, in place.

    The rest of the workflow thus reads the primary model as that of a config without
    `models`. A config that was read before is left as it is.

    Parameters
    ----------
    config : dict
        Not checked yet; a part that is malformed is left to the schema.
    name : str
        Name of the config in error messages.

    Raises
    ------
    InputError
        If the first model has no service, or the config gives a key beside `models`
        that belongs to a model.
    """
    models = config.get("models")
    if not (isinstance(models, list) and models and isinstance(models[0], dict)):
        return
    first, datasets = models[0], config.get("datasets")
    if "service" not in first:
        raise InputError(
            f"{name}: key 'models.0.service' is missing; the primary model needs one"
        )
    tables = first.get("scores")
    by_dataset = tables if isinstance(tables, dict) else {}
    chosen = {key: first[key] for key in KEYS if key in first}
    if by_dataset:
        chosen["scores"] = None
    for key in KEYS:
        if key in config and (key not in chosen or config[key] != chosen[key]):
            raise InputError(
                f"{name}: key '{key}': {config[key]!r} is given beside 'models', whose"
                f" first entry is the primary model; give it as 'models.0.{key}'"
            )
    config.update(chosen)
    for dataset in datasets if isinstance(datasets, list) else ():
        if isinstance(dataset, dict) and (row := by_dataset.get(dataset.get("name"))):
            dataset.setdefault("scores", row)


def configs_of(config):
    """Return the config of each further model, as though it were the only one.

    A further model has the benchmarks of the corrected protocol, and one that is a table
    those of the datasets that have a table. It has no ladder, and no loci are drawn.

    Parameters
    ----------
    config : dict
        Checked, with defaults filled in; see `settings.check_config`.

    Returns
    -------
    dict of str to dict
        By the name of the model.
    """
    return {
        each["name"]: _config_of(config, each) for each in config.get("models", ())[1:]
    }


def _config_of(config, model):
    """Return a config with another model, and the datasets that it scores."""
    tables = model["scores"]
    datasets = []
    for dataset in config["datasets"]:
        row = tables.get(dataset["name"]) if isinstance(tables, dict) else tables
        is_scored = model["service"] != "table" or row is not None
        if is_scored and CORRECTED in choice_of("protocol", config, dataset):
            changes = {"protocol": [CORRECTED], "ladder": False, "score_windows": None}
            datasets.append(dataset | changes | {"scores": row})
    whole = {
        "models": [],
        "datasets": datasets,
        "protocol": [CORRECTED],
        "scores": None,
        "score_windows": None,
        "loci": config["loci"] | {"top": 0, "variants": []},
        "rank_tracks": False,
        FURTHER: True,
    }
    return config | {key: model[key] for key in KEYS} | whole


def check_models(config, name):
    """Raise an error if the models of a config cannot be told apart, or have no scores.

    Parameters
    ----------
    config : dict
        Checked against its schema, with defaults filled in.
    name : str
        Name of the config in error messages.

    Raises
    ------
    InputError
        With the entry, the value found, and what would be right.
    """
    seen = {}
    datasets = [dataset["name"] for dataset in config["datasets"]]
    for place, model in enumerate(config["models"]):
        key = f"{name}: key 'models.{place}"
        if model["name"] in seen:
            raise InputError(f"{key}.name': {model['name']!r} appears twice")
        chosen = {each: model[each] for each in KEYS}
        for other, known in seen.items():
            if known == chosen:
                raise InputError(
                    f"{key}': {model['name']!r} gives the same scores as {other!r};"
                    " change a key, such as 'model_version', or remove one of the two"
                )
        seen[model["name"]] = chosen
        _check_tables(model, datasets, key)
        if place and not _config_of(config, model)["datasets"]:
            raise InputError(
                f"{key}': {model['name']!r} has no benchmark; it needs a dataset of"
                " protocol corrected"
            )


def _check_tables(model, datasets, key):
    """Raise an error if a model's tables of scores do not fit its service."""
    tables = model["scores"]
    if (model["service"] == "table") != bool(tables):
        raise InputError(
            f"{key}.scores': {tables!r} for service {model['service']}; service table"
            " needs a row of the sheet, or a row for each dataset, and others have none"
        )
    for dataset in tables if isinstance(tables, dict) else ():
        if dataset not in datasets:
            raise InputError(
                f"{key}.scores.{dataset}': not a dataset of this config"
                + (near(dataset, datasets) or f"; known: {', '.join(datasets)}")
            )


def check_different_tables(config, sheet, name):
    """Raise an error if two models are the same column of the same file.

    Parameters
    ----------
    config : dict
        Checked; see `check_models`.
    sheet : dict of str to dict
        See `sheet.read_sheet`; it has the row of each table.
    name : str
        Name of the config in error messages.

    Raises
    ------
    InputError
        With the entry and both rows of the sheet.
    """
    seen = {}
    for place, model in enumerate(config["models"]):
        tables = model["scores"] if model["service"] == "table" else {}
        if isinstance(tables, str):
            tables = {dataset["name"]: tables for dataset in config["datasets"]}
        for dataset, row in tables.items():
            values = dataset, str(identity_of(sheet[row]))
            other, known = seen.setdefault(values, (model["name"], row))
            if other != model["name"]:
                raise InputError(
                    f"{name}: key 'models.{place}.scores': {row!r} is the same column of"
                    f" the same file as {known!r} of model {other!r}; name another file or"
                    " column, or remove one of the two"
                )
