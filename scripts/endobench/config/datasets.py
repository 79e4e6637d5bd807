"""What a dataset of a config may not ask of its row of the sheet."""

from endobench.core.errors import InputError
from endobench.design.protocol import PUBLISHED, TISSUE
from endobench.sources.formats import Source

_IDENTITY = ("location", "member", "sha256", "columns", "keep")


def check_dataset(dataset, config, sheet, name):
    """Check what a dataset asks for against what its rows of the sheet say.

    Parameters
    ----------
    dataset : dict
        One of the config's, defaults filled in.
    config : dict
    sheet : dict of str to dict
    name : str
        What an error message calls the config.

    Raises
    ------
    InputError
    """
    _check_scores(dataset, config, sheet, name)
    _check_control(dataset, config, sheet, name)
    _check_classes(dataset, sheet, name)
    _check_sign(dataset, config, sheet, name)
    asked = {*config["track_set"], config["mismatched_track_set"]}
    if TISSUE in asked and "tissue" not in sheet[dataset["effects"]]:
        raise InputError(
            f"{name}: key 'track_set': {TISSUE!r}, but row {dataset['effects']!r} of"
            " the sheet names no tissue; fill its column 'tissue' or name another set"
        )


def _check_sign(dataset, config, sheet, name):
    """Refuse what reads a sign where the source does not say which one."""
    is_unknown = sheet[dataset["effects"]]["effect_allele"] == "unknown"
    others = {"control": dataset["control"], "scores": _scores_of(dataset, config)}
    for key, row in others.items():
        is_lost = sheet.get(row, {}).get("effect_allele") == "unknown"
        if is_lost and not is_unknown:
            raise InputError(
                f"{name}: key 'datasets.{key}': which allele {row!r} is of is not known"
                f" (effect_allele unknown), but the effects of dataset"
                f" {dataset['name']!r} have a sign"
            )
    if is_unknown and PUBLISHED in config["protocol"]:
        raise InputError(
            f"{name}: key 'protocol': published reads the sign of effects, which row"
            f" {dataset['effects']!r} of the sheet does not know (effect_allele"
            " unknown); run corrected alone"
        )


def _check_scores(dataset, config, sheet, name):
    """Refuse scores that are the effects themselves."""
    row, effects = _scores_of(dataset, config), dataset["effects"]
    if row in sheet and _identity(sheet[row]) == _identity(sheet[effects]):
        raise InputError(
            f"{name}: key 'scores': {row!r} are the effects of dataset"
            f" {dataset['name']!r}; scores are what a model says of the same variants"
        )


def _scores_of(dataset, config):
    """Return the table of scores of a dataset, or None."""
    if config["service"] != "table":
        return None
    return dataset.get("scores") or config["scores"]


def _check_control(dataset, config, sheet, name):
    """Refuse a control that is what it is to be a control of."""
    if dataset["control"] not in sheet:
        return
    mine = _identity(sheet[dataset["control"]])
    others = {"effects": dataset["effects"], "scores": _scores_of(dataset, config)}
    for key, other in others.items():
        if other in sheet and mine == _identity(sheet[other]):
            raise InputError(
                f"{name}: key 'datasets.control': {dataset['control']!r} is the {key} of"
                f" dataset {dataset['name']!r}; a control is what another assay measured"
            )


def _check_classes(dataset, sheet, name):
    classes = dataset["classes"]
    if classes is None:
        return
    by, sure, unsure = (classes[key] for key in ("by", "positive", "negative"))
    key = f"{name}: key 'datasets.classes' of {dataset['name']!r}"
    is_low = by in ("p_value", "q_value")
    if (sure >= unsure) if is_low else (sure <= unsure):
        raise InputError(
            f"{key}: positive {sure} and negative {unsure} of {by} leave nothing between;"
            f" a {'low' if is_low else 'high'} {by} is positive"
        )
    row = sheet[dataset["effects"]]
    if by not in Source.of_row(row).numbers:
        raise InputError(f"{key}: a table of format {row['format']} has no {by}")


def _identity(row):
    """Return what of a row says which numbers it means."""
    return [row.get(key) for key in _IDENTITY]
