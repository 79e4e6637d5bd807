"""Whose score it is: the model's, as opposed to a baseline's, and the stand-in's mark."""

# The model among the predictors of a benchmark.
MODEL = "model"
STANDIN = "standin"
STANDIN_MARK = "STAND-IN MODEL: not AlphaGenome"
# What the names of each service's models begin with; one at an address has any name.
PREFIXES = {
    "alphagenome": "alphagenome/",
    "standin": STANDIN,
    "table": "table/",
    "weights": "weights",
}


def is_standin(*models):
    """Tell whether any of these names of models is a stand-in's.

    Parameters
    ----------
    *models : str or missing
        As in the column ``model`` of every table.

    Raises
    ------
    TypeError
        If one is a collection: it would never be a stand-in's.
    """
    for model in models:
        if not isinstance(model, str) and hasattr(model, "__iter__"):
            raise TypeError(f"{type(model).__name__} is no name of a model")
    return any(isinstance(each, str) and each.startswith(STANDIN) for each in models)
