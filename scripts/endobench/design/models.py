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
    *models : str
        As in the column ``model`` of every table.
    """
    return any(str(model).startswith(STANDIN) for model in models)
