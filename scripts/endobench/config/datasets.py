"""Checking a dataset of the config against its rows of the sheet."""

from endobench.config.control import check_control, identity_of
from endobench.config.models import FURTHER
from endobench.config.schema import near
from endobench.core.errors import InputError
from endobench.design.protocol import PUBLISHED, TISSUE, choice_of
from endobench.design.scorers import is_by_gene
from endobench.design.tasks import LABEL
from endobench.sources.formats import Source, unit_of


def check_dataset(dataset, config, sheet, name):
    """Raise an error if the rows of the sheet cannot provide what a dataset needs.

    Parameters
    ----------
    dataset : dict
        A dataset of the config, with defaults filled in.
    config : dict
    sheet : dict of str to dict
    name : str
        Name of the config in error messages.

    Raises
    ------
    InputError
        With the key, the value found, and what would be right.
    """
    _check_scores(dataset, config, sheet, name)
    _check_windows(dataset, config, sheet, name)
    check_control(dataset, config, sheet, name)
    _check_replicate(dataset, config, sheet, name)
    _check_original(dataset, sheet, name)
    _check_classes(dataset, sheet, name)
    _check_parts(dataset, config, name)
    _check_sign(dataset, config, sheet, name)
    _check_genes(dataset, config, sheet, name)
    sets = {
        "track_set": config["track_set"],
        "mismatched_track_set": [config["mismatched_track_set"]],
    }
    for key, chosen in sets.items():
        if TISSUE in chosen and "tissue" not in sheet[dataset["effects"]]:
            raise InputError(
                f"{name}: key '{key}': {TISSUE!r} needs the column 'tissue' of row"
                f" {dataset['effects']!r} of the sheet; fill it or choose another set"
            )


def _check_sign(dataset, config, sheet, name):
    """Raise an error if a sign is needed that the source does not document."""
    is_unknown = sheet[dataset["effects"]]["effect_allele"] == "unknown"
    others = {key: dataset.get(key) for key in ("control", "original", "replicate")}
    # A further model without signs is compared by size only.
    if FURTHER not in config:
        others["scores"] = _scores_of(dataset, config)
    for key, row in others.items():
        is_lost = sheet.get(row, {}).get("effect_allele") == "unknown"
        if is_lost and not is_unknown:
            raise InputError(
                f"{name}: key 'datasets.{key}': {row!r} has values of unknown sign"
                f" (effect_allele unknown), but the effects of dataset"
                f" {dataset['name']!r} are signed; choose a signed table"
            )
    if is_unknown and PUBLISHED in choice_of("protocol", config, dataset):
        raise InputError(
            f"{name}: key 'protocol': published needs the sign of effects, which is"
            f" unknown for row {dataset['effects']!r} of the sheet (effect_allele"
            " unknown); run corrected only"
        )


def _check_genes(dataset, config, sheet, name):
    """Raise an error if the first scorer scores genes, but the features are not genes.

    Further scorers by gene leave such a dataset out.
    """
    if config["service"] == "table":
        return
    first = next(iter(dataset.get("scorer") or config.get("scorer", [])), "")
    if not is_by_gene(first):
        return
    row = sheet[dataset["effects"]]
    if not Source.of_row(row).has_genes:
        raise InputError(
            f"{name}: key 'scorer': {first} gives scores of genes, but row"
            f" {dataset['effects']!r} of the sheet, of format {row['format']}, has effects"
            f" on other features (dataset {dataset['name']!r}); list a centre mask first,"
            " or give the dataset a 'scorer' of its own"
        )


def _check_scores(dataset, config, sheet, name):
    """Raise an error if the scores are the effects themselves."""
    row, effects = _scores_of(dataset, config), dataset["effects"]
    if row in sheet and identity_of(sheet[row]) == identity_of(sheet[effects]):
        raise InputError(
            f"{name}: key 'scores': {row!r} is also the table of effects of dataset"
            f" {dataset['name']!r}; expected predictions for the same variants"
        )


def _scores_of(dataset, config):
    """Return the row with the scores of a dataset, or None."""
    if config["service"] != "table":
        return None
    return dataset.get("scores") or config["scores"]


def score_windows(dataset, config):
    """Return the tables of scores of a dataset's model, by window length in bp.

    Parameters
    ----------
    dataset, config : dict
        Checked, with defaults filled in.

    Returns
    -------
    dict of int to str
        In ascending order; empty if no windows are declared for the dataset's scores.
    """
    row = _scores_of(dataset, config)
    windows = dataset.get("score_windows") or config.get("score_windows") or {}
    if row not in windows.values():
        return {}
    return {int(bp): windows[bp] for bp in sorted(windows, key=int)}


def _check_windows(dataset, config, sheet, name):
    """Raise an error if windows are not tables of one model, of this dataset's scores."""
    row = _scores_of(dataset, config)
    if row is None:
        return
    key, windows = "score_windows", config.get("score_windows") or {}
    if dataset.get("score_windows"):
        key, windows = "datasets.score_windows", dataset["score_windows"]
    elif dataset["scores"]:
        # Windows of the whole config are those of its own scores.
        windows = score_windows(dataset, config)
    if windows and row not in windows.values():
        raise InputError(
            f"{name}: key '{key}': {row!r}, the scores of dataset {dataset['name']!r}, is"
            f" not among {', '.join(windows.values())}"
        )
    seen = {}
    for bp, each in windows.items():
        if each not in sheet:
            raise InputError(
                f"{name}: key '{key}.{bp}': {each!r} is not a row of the sheet"
                + near(each, sheet)
            )
        if sheet[each]["kind"] != "scores":
            raise InputError(
                f"{name}: key '{key}.{bp}': {each!r} is of kind {sheet[each]['kind']!r};"
                " expected scores"
            )
        identity = identity_of(sheet[each])
        if identity in seen.values():
            other = next(at for at, known in seen.items() if known == identity)
            raise InputError(
                f"{name}: key '{key}.{bp}': {each!r} is also the table of {other} bp;"
                " each window has scores of its own"
            )
        seen[bp] = identity


def _check_original(dataset, sheet, name):
    """Raise an error if the effects' original is their own table, or has no effects."""
    original, effects = dataset.get("original"), dataset["effects"]
    if original not in sheet:
        return
    start = f"{name}: key 'datasets.original': {original!r}"
    if identity_of(sheet[original]) == identity_of(sheet[effects]):
        raise InputError(
            f"{start} is also the table of effects of dataset {dataset['name']!r};"
            " expected the table that they were taken from"
        )
    if unit_of(sheet[original]) == LABEL:
        raise InputError(f"{start} has labels; expected a table with effects")


def _check_replicate(dataset, config, sheet, name):
    """Raise an error if the replicate is no other cohort's table of effects."""
    replicate = dataset.get("replicate")
    if replicate not in sheet:
        return
    key, row = f"{name}: key 'datasets.replicate'", sheet[replicate]
    others = {name: dataset[name] for name in ("effects", "control")}
    others["scores"] = _scores_of(dataset, config)
    for what, other in others.items():
        if other in sheet and identity_of(row) == identity_of(sheet[other]):
            raise InputError(
                f"{key}: {replicate!r} is also the {what} of dataset"
                f" {dataset['name']!r}; expected the same effects in another cohort"
            )
    for each in (dataset["effects"], replicate):
        if unit_of(sheet[each]) == LABEL:
            raise InputError(
                f"{key}: {each!r} has labels, and a replicate needs effect sizes; remove"
                " the key"
            )


def _check_parts(dataset, config, name):
    """Raise an error if a chromosome is left out that is not in the run."""
    for part in dataset["leave_out"]:
        division, _, label = part.partition(": ")
        if division == "chromosome" and label not in config["chromosomes"]:
            raise InputError(
                f"{name}: key 'datasets.leave_out' of {dataset['name']!r}: {label!r} is"
                f" not among the 'chromosomes'{near(label, config['chromosomes'])}"
            )


def _check_classes(dataset, sheet, name):
    classes = dataset["classes"]
    if classes is None:
        return
    by, positive, negative = (classes[key] for key in ("by", "positive", "negative"))
    key = f"{name}: key 'datasets.classes' of {dataset['name']!r}"
    is_low = by in ("p_value", "q_value")
    if (positive >= negative) if is_low else (positive <= negative):
        raise InputError(
            f"{key}: positive {positive} must be {'below' if is_low else 'above'} negative"
            f" {negative}, since a {'low' if is_low else 'high'} {by} marks a positive"
        )
    row = sheet[dataset["effects"]]
    if by not in Source.of_row(row).numbers:
        raise InputError(f"{key}: a table of format {row['format']} has no {by}")
