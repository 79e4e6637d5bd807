"""Choices of a config that do not go together, which a schema cannot tell."""

import pathlib

from endobench.config.local_files import why_not_literal
from endobench.config.schema import NONE, near
from endobench.core.certificates import read_certificates
from endobench.core.errors import InputError
from endobench.design.gates import GATES
from endobench.design.models import HUBS
from endobench.design.ontologies import why_no_term
from endobench.design.protocol import (
    ALL,
    CORRECTED,
    PUBLISHED,
    TISSUE,
    choice_of,
    protocols_of,
    scorers_of,
    windows_of,
)
from endobench.design.routes import ATLAS, why_not_atlas
from endobench.design.scorers import (
    GENE_SCORERS,
    WINDOWS_BP,
    is_answerable,
    output_of,
    why_no_mask,
    why_not_answerable,
)


def check_choices(config, name):
    """Raise an error if the choices of a config do not go together.

    Parameters
    ----------
    config : dict
        Valid by its schema, with defaults filled in.
    name : str
        Name of the config in error messages.

    Raises
    ------
    InputError
        With the key, the value found, and what would be right.
    """
    _check_service(config, name)
    _check_paths(config, name)
    _check_weights(config, name)
    _check_track_sets(config, name)
    _check_other_tissue(config, name)
    _check_scorers(config, name)
    _check_protocols(config, name)
    _check_windows(config, name)
    _check_route(config, name)
    _check_gates(config, name)
    if config["pilot"] and config["ld_blocks"] == NONE:
        raise InputError(
            f"{name}: key 'pilot': a pilot is drawn from LD blocks; name their row in"
            " 'ld_blocks'"
        )


def _check_service(config, name):
    """Raise an error if a service lacks what it needs, or has what it cannot use."""
    service = config["service"]
    if config["tls_ca"]:
        if why := why_not_literal(config["tls_ca"]):
            raise InputError(f"{name}: key 'tls_ca': {config['tls_ca']!r}: {why}")
        read_certificates(config["tls_ca"], f"{name}: key 'tls_ca'")
    if service == "address" and not config["address"]:
        raise InputError(
            f"{name}: key 'address' is missing; service address needs host:port"
        )
    if service != "table":
        if config["genome"] == NONE:
            raise InputError(
                f"{name}: key 'genome': none is allowed with service table only; a model"
                " needs the genome to check REF"
            )
        return
    for dataset in config["datasets"]:
        if not (dataset["scores"] or config["scores"]):
            raise InputError(
                f"{name}: key 'scores' is missing; service table needs a row of the"
                f" sheet, here or in dataset {dataset['name']!r}"
            )
    if config["loci"]["variants"]:
        raise InputError(
            f"{name}: key 'loci.variants': service table has no tracks to draw; leave it"
            " empty"
        )


def _check_paths(config, name):
    """Raise an error if a path is not meant literally."""
    for key, path in _paths_of(config):
        if why := why_not_literal(path):
            raise InputError(f"{name}: key '{key}': {path!r}: {why}")


def _check_weights(config, name):
    """Raise an error if the weights are a word that is neither a hub nor a folder.

    A path with a slash may be one of the machine that will run the job, which looks.
    """
    weights = config["weights"]
    if config["service"] != "weights" or weights in HUBS or "/" in weights:
        return
    if not weights.strip() or not pathlib.Path(weights).is_dir():
        hint = near(weights, HUBS) or f"; expected {', '.join(HUBS)}, or a folder"
        raise InputError(
            f"{name}: key 'weights': {weights!r} is neither a hub nor a folder{hint}"
        )


def _paths_of(config):
    """Yield the key and the value of each path of a config."""
    for key in ("sheet", "data_dir"):
        yield from ((key, each) for each in config[key])
    for key in ("local", "compare"):
        yield from ((f"{key}.{name}", each) for name, each in config[key].items())
    yield "weights", config["weights"]
    yield "prediction.journal", config["prediction"]["journal"]


def _check_track_sets(config, name):
    """Raise an error if a set will match no track, or one that is chosen is unknown."""
    for track_set, chosen in config["track_sets"].items():
        terms = [] if chosen["tracks"] == ALL else chosen["tracks"]
        if why := why_no_term(terms):
            raise InputError(f"{name}: key 'track_sets.{track_set}': {why}")
    track_sets = [("track_set", each) for each in config["track_set"]]
    if config["mismatched_track_set"] != NONE:
        track_sets.append(("mismatched_track_set", config["mismatched_track_set"]))
    known = [*config["track_sets"], ALL, TISSUE]
    for key, track_set in track_sets:
        if track_set not in known:
            raise InputError(
                f"{name}: key '{key}': {track_set!r} is not in 'track_sets'"
                + (near(track_set, known) or f"; known: {', '.join(known)}")
            )


def _check_other_tissue(config, name):
    """Raise an error if the set of another tissue is a track set, or shares members."""
    members = {
        each: sets["tracks"]
        for each, sets in config["track_sets"].items()
        if sets["tracks"] != ALL
    }
    other = config["mismatched_track_set"]
    if other in config["track_set"]:
        raise InputError(
            f"{name}: key 'mismatched_track_set': {other!r} is also in 'track_set';"
            " choose a set of another tissue"
        )
    for track_set in config["track_set"]:
        shared = [
            each
            for each in members.get(other, ())
            if each in members.get(track_set, ())
        ]
        if shared:
            raise InputError(
                f"{name}: key 'mismatched_track_set': {other!r} shares"
                f" {len(shared)} of its {len(members[other])} members with"
                f" {track_set!r} in 'track_set', such as {shared[0]!r}; choose a set of"
                " another tissue"
            )


def _check_scorers(config, name):
    """Raise an error for an unknown scorer by gene, or a scorer without a window."""
    for each in (None, *config["datasets"]):
        for scorer in choice_of("scorer", config, each):
            if scorer.count("-") != 2 and scorer not in GENE_SCORERS:
                plain = scorer.upper().replace("-", "_")
                raise InputError(
                    f"{name}: {_key('scorer', each)}: {scorer!r} is neither a scorer by"
                    f" gene ({', '.join(GENE_SCORERS)}) nor a centre mask, such as"
                    " DNASE-501-DIFF_LOG2_SUM" + near(plain, GENE_SCORERS)
                )
            if why := why_no_mask(scorer):
                raise InputError(f"{name}: {_key('scorer', each)}: {scorer!r}: {why}")
    by_gene = [each for each in scorers_of(config) if each in GENE_SCORERS]
    if by_gene and config["service"] == "standin" and config["genes"] == NONE:
        raise InputError(
            f"{name}: key 'genes': none, but service standin scores {by_gene[0]} of the"
            " genes of an annotation; name its row"
        )
    _check_named_windows(None, config, name)
    for dataset in config["datasets"]:
        _check_named_windows(dataset, config, name)


def _check_named_windows(dataset, config, name):
    """Raise an error if windows that are given by scorer are not those of the scorers.

    Windows of the whole config may also name scorers of single datasets.
    """
    windows = choice_of("window_bp", config, dataset)
    if not isinstance(windows, dict):
        return
    scorers = choice_of("scorer", config, dataset)
    known = scorers
    if not _owns("window_bp", dataset):
        known = list(dict.fromkeys([*config["scorer"], *scorers_of(config)]))
    for scorer in windows:
        if scorer not in known:
            raise InputError(
                f"{name}: {_key('window_bp', dataset, '.' + scorer)}: not in 'scorer'"
                + (near(scorer, known) or f"; known: {', '.join(known)}")
            )
    for scorer in scorers:
        if scorer not in windows:
            whose = f" for dataset {dataset['name']!r}" if dataset else ""
            raise InputError(
                f"{name}: {_key('window_bp', dataset, '.' + scorer)} is missing{whose};"
                " give each scorer a window, or a single window to all"
            )


def _check_protocols(config, name):
    """Raise an error if a protocol or the ladder is asked for without what it needs."""
    for dataset in config["datasets"]:
        protocols = choice_of("protocol", config, dataset)
        if config["service"] != "table" and PUBLISHED in protocols:
            _check_study(dataset, config, name)
        if dataset["ladder"] and {*protocols} != {CORRECTED, PUBLISHED}:
            raise InputError(
                f"{name}: key 'datasets.ladder' of {dataset['name']!r}: the ladder leads"
                " from protocol published to corrected; list both under 'protocol'"
            )


def _check_study(dataset, config, name):
    """Raise an error if a dataset of the published protocol has no scorer of DNase."""
    scorers = choice_of("scorer", config, dataset)
    if "DNASE" not in map(output_of, scorers):
        raise InputError(
            f"{name}: {_key('protocol', dataset)}: published needs a DNASE scorer, as in"
            f" the study, but found {', '.join(scorers)}; add one to"
            f" {_key('scorer', dataset).removeprefix('key ')} or run corrected only"
        )


def _check_windows(config, name):
    """Raise an error if the model cannot answer a scorer in a window."""
    for dataset in config["datasets"]:
        for protocol in protocols_of(config, dataset).values():
            if not is_answerable(protocol.scorer, protocol.window_bp):
                why = why_not_answerable(protocol.scorer, protocol.window_bp)
                if _owns("window_bp", dataset):
                    own = _key("window_bp", dataset)
                    why = why.replace("key 'window_bp'", own, 1)
                raise InputError(f"{name}: {why}")


def _check_route(config, name):
    """Raise an error if all scores shall come from the Atlas, which lacks some."""
    if config["route"] != ATLAS:
        return
    if config["service"] not in ("alphagenome", "address", "standin"):
        raise InputError(
            f"{name}: key 'route': service {config['service']} has no Atlas"
        )
    windows = {bp: [] for bp in WINDOWS_BP}
    for dataset in config["datasets"]:
        for scorer in choice_of("scorer", config, dataset):
            for window_bp in windows_of(config, scorer, dataset):
                windows[window_bp].append(scorer)
    for window_bp, scorers in windows.items():
        if scorers and (
            why := why_not_atlas(scorers, window_bp, config["model_version"])
        ):
            raise InputError(f"{name}: key 'route': {why}")


def _check_gates(config, name):
    """Raise an error if a gate would fail before it warns."""
    for gate, limits in config["gates"].items():
        warn, fail = limits["warn"], limits["fail"]
        is_low_bad = GATES[gate].is_low_bad
        if (fail > warn) if is_low_bad else (fail < warn):
            raise InputError(
                f"{name}: key 'gates.{gate}': fail {fail} must not be"
                f" {'above' if is_low_bad else 'below'} warn {warn}, since"
                f" {'low' if is_low_bad else 'high'} values are bad"
            )


def _owns(key, dataset):
    """Return whether a dataset gives a key of its own, in place of that of the config."""
    return bool(dataset) and dataset.get(key) is not None


def _key(key, dataset, part=""):
    """Return the place of a key in words: that of a dataset, or that of the config."""
    if _owns(key, dataset):
        return f"key 'datasets.{key}{part}' of {dataset['name']!r}"
    return f"key '{key}{part}'"
