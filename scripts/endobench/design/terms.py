"""The notice that AlphaGenome's output must carry wherever it is passed on."""

import datetime

from endobench.design.models import ASSAY, PREFIXES, STANDIN

OUTPUT_TERMS = "https://deepmind.google.com/science/alphagenome/output-terms"
_NOTICE = (
    "Contains output of AlphaGenome, which is for non-commercial use and must not be used"
    f" to train other models; by using it you agree to its terms of use ({OUTPUT_TERMS})."
    " Changed: scores were combined over tracks and joined with measured effects"
)
_NAME = "alphagenome"


def holds_output(model):
    """Return whether a model's scores are output of AlphaGenome.

    A server at an address and local weights are taken for AlphaGenome. A table is if
    its name says so.

    Parameters
    ----------
    model : str
        As in the column ``model`` of every table.
    """
    name = str(model)
    if name.startswith((STANDIN, ASSAY)):
        return False
    return not name.startswith(PREFIXES["table"]) or _NAME in name.lower()


def notice(models, date=None):
    """Return the notice for some models, in one line; empty if none is AlphaGenome.

    Parameters
    ----------
    models : iterable of str
    date : datetime.date, optional
        When the output was changed; by default today.
    """
    if not any(map(holds_output, models)):
        return ""
    day = date or datetime.datetime.now(datetime.UTC).date()
    return f"{_NOTICE}, {day:%Y-%m-%d}."
