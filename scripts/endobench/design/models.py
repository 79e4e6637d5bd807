"""Names of models, and the mark of the stand-in."""

# The model's name among the predictors of a benchmark; all others are baselines.
MODEL = "model"
STANDIN = "standin"
STANDIN_MARK = "STAND-IN MODEL: not AlphaGenome"
# Prefixes of model names, by service. A model at an address may have any name.
PREFIXES = {
    "alphagenome": "alphagenome/",
    "standin": STANDIN,
    "table": "table/",
    "weights": "weights",
}
# Where the weights of the open model can be downloaded.
HUBS = ("huggingface", "kaggle")
# Prefix of scores that another assay measured, which service table reads like those of a
# model.
ASSAY = "assay/"
OF_MODEL, OF_ASSAY = "model", "assay"


def table_name(row, unit, scores_from=None):
    """Return the name of the scores of a table, by its row of the sheet.

    Parameters
    ----------
    row, unit : str
        Its name, and a key of `units.UNITS`.
    scores_from : {"model", "assay"}, optional
        By default, an assay has measured what is not in the unit of a score.
    """
    if scores_from is None:
        scores_from = OF_MODEL if unit == "score" else OF_ASSAY
    return f"{PREFIXES['table'] if scores_from == OF_MODEL else ASSAY}{row}"


def name_of_scores(row, unit):
    """Return the name of the scores of a table, by its row of the sheet.

    A table of kind scores is a model's unless the row declares otherwise; one of kind
    effects was measured.

    Parameters
    ----------
    row : dict
        With ``name`` and ``kind``, and optionally ``scores_from``.
    unit : str
    """
    default = OF_MODEL if row["kind"] == "scores" else None
    return table_name(row["name"], unit, row.get("scores_from", default))


def is_table(model):
    """Return whether scores come from a table, of a model or of an assay."""
    return str(model).startswith((PREFIXES["table"], ASSAY))


def is_assay(model):
    """Return whether scores were measured by an assay, not predicted by a model."""
    return str(model).startswith(ASSAY)


def is_standin(*models):
    """Return whether any of these models is a stand-in.

    Parameters
    ----------
    *models : str or missing
        Names as in the column ``model`` of every table.

    Raises
    ------
    TypeError
        If one is a collection, which would never match.
    """
    for model in models:
        if not isinstance(model, str) and hasattr(model, "__iter__"):
            raise TypeError(
                f"expected the name of a model, not a {type(model).__name__}"
            )
    return any(isinstance(each, str) and each.startswith(STANDIN) for each in models)
