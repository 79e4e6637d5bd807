"""The config: defaults, and checks that a schema cannot express."""

import contextlib

import yaml

from endobench.config.local_files import why_not_literal
from endobench.config.models import (
    check_models,
    choose_primary,
    configs_of,
)
from endobench.config.schema import NONE, check, near, read_config_schema
from endobench.core.certificates import read_certificates
from endobench.core.errors import InputError
from endobench.design.gates import GATES
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

# Keys of lists, which may be given as a single value without brackets.
_LISTS = (
    "sheet",
    "data_dir",
    "protocol",
    "scorer",
    "track_set",
    "accept",
    "window_bp",
    "study_window_bp",
)
_LISTS_OF_DATASETS = ("protocol", "scorer", "window_bp")


def check_config(config, schema_path, name):
    """Check a config against its schema and fill in defaults, in place.

    Parameters
    ----------
    config : dict
    schema_path : path-like
        JSON schema in YAML.
    name : str
        Name of the config in error messages.

    Raises
    ------
    InputError
        With the key, the value found, and what would be right.
    """
    schema = read_config_schema(schema_path)
    if isinstance(config, dict):
        for each in (config, *_datasets_of(config)):
            if "window_bp" in each:
                each["window_bp"] = _read(each["window_bp"])
        for dataset in _datasets_of(config):
            dataset.update(_as_lists(dataset, _LISTS_OF_DATASETS))
        short = _as_lists(config, _LISTS)
        if isinstance(sets := config.get("track_sets"), dict):
            short["track_sets"] = {
                name: chosen if isinstance(chosen, dict) else {"tracks": chosen}
                for name, chosen in zip(sets, map(_read, sets.values()), strict=True)
            }
        config.update(_with_types(config | short, schema))
        _name_windows(config)
        _list_windows(config)
        choose_primary(config, name)
    check(config, schema, name)
    _fill_defaults(config, schema)
    whole = _ordered(config, schema)
    config.clear()
    config.update(whole)
    check_models(config, name)
    _check_choices(config, name)
    for model, other in configs_of(config).items():
        _check_choices(other, f"{name}: model {model!r}")


def _datasets_of(config):
    """Return the datasets of a config that has not been checked yet."""
    datasets = config.get("datasets")
    found = datasets if isinstance(datasets, list) else ()
    return [each for each in found if isinstance(each, dict)]


def _as_lists(instance, keys):
    """Return single values of some keys as lists, by key."""
    return {
        key: [instance[key]] for key in keys if isinstance(instance.get(key), str | int)
    }


def _name_windows(config):
    """Write lengths of windows, which YAML reads as numbers, as keys of text."""
    for each in (config, *_datasets_of(config)):
        if isinstance(each.get("score_windows"), dict):
            windows = each["score_windows"].items()
            each["score_windows"] = {str(bp): row for bp, row in windows}


def _list_windows(config):
    """Write the single window of a scorer as a list."""
    for each in (config, *_datasets_of(config)):
        if isinstance(windows := each.get("window_bp"), dict):
            each["window_bp"] = {
                scorer: [bp] if isinstance(bp, int) else bp
                for scorer, bp in windows.items()
            }


def _ordered(instance, schema):
    """Order keys as in the schema, so that reordering a config causes no reruns."""
    if isinstance(instance, list):
        return [_ordered(each, schema.get("items", {})) for each in instance]
    if not isinstance(instance, dict):
        return instance
    parts = schema.get("properties", {})
    other = schema.get("additionalProperties") or {}
    names = [name for name in parts if name in instance]
    names += [name for name in instance if name not in parts]
    return {name: _ordered(instance[name], parts.get(name, other)) for name in names}


def _with_types(instance, schema):
    """Parse strings where none is expected: ``--config 'a={b: 1}'`` gives ``b: "1"``."""
    if isinstance(instance, dict):
        parts = schema.get("properties", {})
        other = schema.get("additionalProperties") or {}
        return {
            key: _with_types(value, parts.get(key, other))
            for key, value in instance.items()
        }
    if isinstance(instance, list):
        return [_with_types(value, schema.get("items", {})) for value in instance]
    if (
        isinstance(instance, str)
        and "type" in schema
        and "string" not in schema["type"]
    ):
        return _read(instance)
    return instance


def _read(text):
    """Parse a string as YAML if possible; return anything else unchanged."""
    if isinstance(text, str):
        with contextlib.suppress(yaml.YAMLError, ValueError):
            return yaml.safe_load(text)
    return text


def _fill_defaults(instance, schema):
    for key, part in schema.get("properties", {}).items():
        if "default" in part:
            default = part["default"]
            is_container = isinstance(default, dict | list)
            instance.setdefault(key, default.copy() if is_container else default)
        if part.get("type") == "object" and isinstance(instance.get(key), dict):
            _fill_defaults(instance[key], part)
            for item in instance[key].values():
                if isinstance(item, dict):
                    _fill_defaults(item, part.get("additionalProperties") or {})
        if part.get("type") == "array" and part.get("items", {}).get("properties"):
            for item in instance.get(key, []):
                _fill_defaults(item, part["items"])


def _check_choices(config, name):
    service = config["service"]
    if config["tls_ca"]:
        if why := why_not_literal(config["tls_ca"]):
            raise InputError(f"{name}: key 'tls_ca': {config['tls_ca']!r}: {why}")
        read_certificates(config["tls_ca"], f"{name}: key 'tls_ca'")
    if service == "address" and not config["address"]:
        raise InputError(
            f"{name}: key 'address' is missing; service address needs host:port"
        )
    if service == "table":
        for dataset in config["datasets"]:
            if not (dataset["scores"] or config["scores"]):
                raise InputError(
                    f"{name}: key 'scores' is missing; service table needs a row of the"
                    f" sheet, here or in dataset {dataset['name']!r}"
                )
    for key, path in _paths_of(config):
        if why := why_not_literal(path):
            raise InputError(f"{name}: key '{key}': {path!r}: {why}")
    for track_set, chosen in config["track_sets"].items():
        terms = [] if chosen["tracks"] == ALL else chosen["tracks"]
        if why := why_no_term(terms):
            raise InputError(f"{name}: key 'track_sets.{track_set}': {why}")
    if service == "table" and config["loci"]["variants"]:
        raise InputError(
            f"{name}: key 'loci.variants': service table has no tracks to draw; leave it"
            " empty"
        )
    _check_scorers(config, name)
    if service != "table" and config["genome"] == NONE:
        raise InputError(
            f"{name}: key 'genome': none is allowed with service table only; a model"
            " needs the genome to check REF"
        )
    if service != "table":
        for dataset in config["datasets"]:
            _check_study(dataset, config, name)
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
    if config["mismatched_track_set"] in config["track_set"]:
        raise InputError(
            f"{name}: key 'mismatched_track_set': {config['mismatched_track_set']!r} is"
            " also in 'track_set'; choose a set of another tissue"
        )
    _check_other_tissue(config, name)
    _check_gates(config, name)
    if config["pilot"] and config["ld_blocks"] == NONE:
        raise InputError(
            f"{name}: key 'pilot': a pilot is drawn from LD blocks; name their row in"
            " 'ld_blocks'"
        )
    for dataset in config["datasets"]:
        protocols = set(choice_of("protocol", config, dataset))
        if dataset["ladder"] and protocols != {CORRECTED, PUBLISHED}:
            raise InputError(
                f"{name}: key 'datasets.ladder' of {dataset['name']!r}: the ladder leads"
                " from protocol published to corrected; list both under 'protocol'"
            )
    for dataset in config["datasets"]:
        for protocol in protocols_of(config, dataset).values():
            if not is_answerable(protocol.scorer, protocol.window_bp):
                why = why_not_answerable(protocol.scorer, protocol.window_bp)
                if _owns("window_bp", dataset):
                    own = _key("window_bp", dataset)
                    why = why.replace("key 'window_bp'", own, 1)
                raise InputError(f"{name}: {why}")
    if config["route"] == ATLAS:
        windows = {bp: [] for bp in WINDOWS_BP}
        for dataset in config["datasets"]:
            for scorer in choice_of("scorer", config, dataset):
                for window_bp in windows_of(config, scorer, dataset):
                    windows[window_bp].append(scorer)
        reasons = (
            why_not_atlas(scorers, window_bp, config["model_version"])
            for window_bp, scorers in windows.items()
            if scorers
        )
        reason = next(filter(None, reasons), None)
        if service not in ("alphagenome", "address", "standin"):
            reason = f"service {service} has no Atlas"
        if reason:
            raise InputError(f"{name}: key 'route': {reason}")


def _paths_of(config):
    """Yield the key and the value of each path of a config."""
    for key in ("sheet", "data_dir"):
        yield from ((key, each) for each in config[key])
    for key in ("local", "compare"):
        yield from ((f"{key}.{name}", each) for name, each in config[key].items())
    yield "weights", config["weights"]
    yield "prediction.journal", config["prediction"]["journal"]


def _owns(key, dataset):
    """Return whether a dataset gives a key of its own, in place of that of the config."""
    return bool(dataset) and dataset.get(key) is not None


def _key(key, dataset, part=""):
    """Return the place of a key in words: that of a dataset, or that of the config."""
    if _owns(key, dataset):
        return f"key 'datasets.{key}{part}' of {dataset['name']!r}"
    return f"key '{key}{part}'"


def _check_study(dataset, config, name):
    """Raise an error if a dataset asks for the published protocol without its output."""
    scorers = choice_of("scorer", config, dataset)
    if PUBLISHED not in choice_of("protocol", config, dataset):
        return
    if "DNASE" not in map(output_of, scorers):
        raise InputError(
            f"{name}: {_key('protocol', dataset)}: published needs a DNASE scorer, as in"
            f" the study, but found {', '.join(scorers)}; add one to"
            f" {_key('scorer', dataset).removeprefix('key ')} or run corrected only"
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


def _check_other_tissue(config, name):
    """Raise an error if a set of another tissue shares members with a track set."""
    members = {
        each: sets["tracks"]
        for each, sets in config["track_sets"].items()
        if sets["tracks"] != ALL
    }
    other = config["mismatched_track_set"]
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
