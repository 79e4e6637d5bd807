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
# Prefix of scores that another assay measured, which service table reads like those of a
# model. Their unit is not that of a score.
ASSAY = "assay/"


def table_name(row, unit):
    """Return the name of the scores of a table, by the unit of its row of the sheet.

    Parameters
    ----------
    row, unit : str
        Its name, and a key of `units.UNITS`.
    """
    return f"{PREFIXES['table'] if unit == 'score' else ASSAY}{row}"


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
