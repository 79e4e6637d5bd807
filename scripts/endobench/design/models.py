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
