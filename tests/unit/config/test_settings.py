import json

import pytest
from endobench.config.schema import read_yaml
from endobench.config.settings import check_config
from endobench.config.sheet import check_names
from endobench.core.errors import InputError
from endobench.design.protocol import protocols_of, windows_of
from sheets import shipped_sheet
from workflow import ROOT

SCHEMAS = ROOT / "config" / "schemas"
CONFIGS = sorted((ROOT / "config").glob("*.yaml"))
ATAC = "ATAC-501-DIFF_LOG2_SUM"
CHIP, HISTONE = "CHIP_TF-501-DIFF_LOG2_SUM", "CHIP_HISTONE-2001-DIFF_LOG2_SUM"
WIDE = {"window_bp": 1_048_576}
BOTH = ["published", "corrected"]
CLASSES = {"by": "pip", "positive": 0.9, "negative": 0.01}


def config_of(**changes):
    """Return the smallest config of a model, with changes; None removes a key."""
    config = {
        "datasets": [{"name": "demo", "effects": "demo_pairs", "peaks": "demo_peaks"}],
        "genome": "demo_genome",
        "chains": {"hg19": "demo_chain"},
        "chromosomes": ["chr1"],
        "service": "standin",
        "genes": "demo_genes",
    }
    config |= changes
    return {key: value for key, value in config.items() if value is not None}


def checked(config):
    check_config(config, SCHEMAS / "config.schema.yaml", "my.yaml")
    return config


def complaint(**changes):
    with pytest.raises(InputError) as caught:
        checked(config_of(**changes))
    message = str(caught.value)
    assert "\n" not in message
    return message


def dataset(**changes):
    return [{**config_of()["datasets"][0], **changes}]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_that_comes_with_the_workflow_is_valid(path):
    config = read_yaml(path)
    check_config(config, SCHEMAS / "config.schema.yaml", path.name)
    check_names(config, shipped_sheet(), path.name)


def test_defaults_are_filled_in_at_every_depth():
    config = checked(config_of(limits={"max_n_fraction": 0.25}))
    assert config["protocol"] == ["corrected"]
    assert (config["window_bp"], config["scorer"]) == (
        [16_384],
        ["DNASE-501-DIFF_LOG2_SUM"],
    )
    assert (config["route"], config["track_set"]) == ("auto", ["K562"])
    assert config["study_window_bp"] == [2_048]
    k562 = {"tracks": ["EFO:0002067"], "reduction": "mean"}
    assert config["track_sets"] == {"K562": k562}
    assert config["limits"]["max_n_fraction"] == 0.25
    assert config["limits"]["max_failed_fraction"] == 0.01
    assert config["prediction"]["concurrency"] == 8
    assert config["prediction"]["max_requests"] is None
    assert config["datasets"][0]["blacklist"] == "none"
    assert config["datasets"][0]["max_q_value"] is None
    assert config["datasets"][0]["outside_peaks"] == "drop"
    assert config["datasets"][0]["control"] == config["ld_blocks"] == "none"
    assert config["datasets"][0]["ladder"] is False
    assert config["datasets"][0]["classes"] is None
    assert (config["accept"], config["mismatched_track_set"]) == ([], "none")
    assert config["statistics"]["n_resamples"] == 10_000
    assert config["gates"]["ref_match"] == {"warn": 0.99, "fail": 0.98}


def test_a_checked_config_is_valid_and_stays_as_it_is():
    config = checked(config_of(protocol="published"))
    assert checked({**config}) == config


def test_a_default_is_not_shared_between_configs():
    first, second = checked(config_of()), checked(config_of())
    first["track_sets"]["more"] = ["CL:1"]
    first["prediction"]["attempts"] = 1
    first["scorer"].append("more")
    assert second == checked(config_of())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("protocol", "published"),
        ("scorer", ATAC),
        ("track_set", "all"),
        ("accept", "ref_match"),
    ],
)
def test_a_single_name_needs_no_brackets(key, value):
    assert checked(config_of(**{key: value})) == checked(config_of(**{key: [value]}))


def test_lists_keep_their_order():
    scorers = [ATAC, "DNASE-501-DIFF_MEAN", "DNASE-501-DIFF_LOG2_SUM"]
    config = checked(config_of(scorer=scorers, track_set=["all", "K562"]))
    assert config["scorer"] == scorers
    assert config["track_set"] == ["all", "K562"]


def test_values_of_a_command_line_have_their_types():
    """Snakemake passes values within braces as strings."""
    config = checked(
        config_of(
            limits={"max_n_fraction": "0.25"},
            gates={"ref_match": {"warn": "0.985"}},
            prediction={"max_requests": "700", "canary_fraction": "0"},
            track_sets={"a": "[CL:1, CL:2]"},
            track_set="a",
            datasets=dataset(max_q_value="0.05", ladder="false"),
            statistics={"effect_cutoffs": "[0.5, 1]"},
            tls="false",
        )
    )
    assert config["limits"]["max_n_fraction"] == 0.25
    assert config["gates"]["ref_match"]["warn"] == 0.985
    assert config["datasets"][0]["ladder"] is False
    assert config["statistics"]["effect_cutoffs"] == [0.5, 1]
    assert config["prediction"]["max_requests"] == 700
    assert config["prediction"]["canary_fraction"] == 0
    assert config["track_sets"]["a"]["tracks"] == ["CL:1", "CL:2"]
    assert config["datasets"][0]["max_q_value"] == 0.05
    assert config["tls"] is False
    assert checked(config_of(prediction={"max_requests": "null"})) == (
        checked(config_of())
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"model_name": "1e5", "service": "address", "address": "host:1"},
        {"model_name": "null"},
        {"datasets": [{"name": "2024", "effects": "007", "peaks": "no"}]},
        {"track_sets": {"1": {"tracks": ["CL:1"], "reduction": "mean"}}}
        | {"track_set": "1"},
    ],
)
def test_a_string_that_looks_like_something_else_stays_a_string(changes):
    config = checked(config_of(**changes))
    for key, value in changes.items():
        found = config[key]
        if key == "datasets":
            found = [{name: found[0][name] for name in value[0]}]
        assert found == ([value] if key == "track_set" else value)


def test_a_string_that_cannot_be_parsed_is_refused_as_it_is():
    with pytest.raises(InputError, match="key 'window_bp.0': '2024-13-45', but"):
        checked(config_of(window_bp="2024-13-45"))


def schema_defaults(schema):
    for key, part in schema["properties"].items():
        if "default" in part:
            yield key, part
        for inner in (part, part.get("items", {})):
            if "properties" in inner:
                yield from schema_defaults(inner)


def test_every_optional_key_has_a_default_and_every_key_a_description():
    schema = read_yaml(SCHEMAS / "config.schema.yaml")
    defaults = dict(schema_defaults(schema))
    for parent in (schema, schema["properties"]["datasets"]["items"]):
        assert {*defaults, *parent["required"]} >= set(parent["properties"])
    for part in schema["properties"].values():
        for each in (part, *part.get("properties", {}).values()):
            assert each.get("description") or each.get("properties")


@pytest.mark.parametrize(
    ("changes", "key", "near"),
    [
        ({"windows_bp": 16_384}, "windows_bp", "window_bp"),
        ({"chromosome": ["chr1"]}, "chromosome", "chromosomes"),
        ({"limits": {"max_n_fractoin": 1}}, "limits.max_n_fractoin", "max_n_fraction"),
        ({"gates": {"ref_mach": {}}}, "gates.ref_mach", "ref_match"),
        ({"gates": {"ref_match": {"fial": 1}}}, "gates.ref_match.fial", "fail"),
        ({"statistics": {"n_resample": 1}}, "statistics.n_resample", "n_resamples"),
        ({"datasets": dataset(lader=True)}, "datasets.0.lader", "ladder"),
        ({"prediction": {"concurency": 1}}, "prediction.concurency", "concurrency"),
        ({"datasets": dataset(peak="none")}, "datasets.0.peak", "peaks"),
    ],
)
def test_an_unknown_key_is_answered_with_a_similar_one(changes, key, near):
    expected = f"my.yaml: key '{key}' is unknown; did you mean {near!r}?"
    assert complaint(**changes) == expected


def test_a_limit_that_became_a_gate_says_its_present_name():
    expected = (
        "my.yaml: key 'limits.min_ref_match' was renamed to 'gates.ref_match.fail'"
    )
    assert complaint(limits={"min_ref_match": 0.98}) == expected


@pytest.mark.parametrize("key", ["zzz", 7])
def test_an_unknown_key_without_a_similar_one_is_answered_with_all(key):
    with pytest.raises(InputError) as caught:
        checked({**config_of(), key: 1})
    message = str(caught.value)
    assert message.startswith(
        f"my.yaml: key '{key}' is unknown; known: sheet, data_dir,"
    )


@pytest.mark.parametrize(
    ("given", "folders"),
    [(None, ["."]), ("data", ["data"]), (["b", "a"], ["b", "a"])],
)
def test_one_folder_of_data_or_several(given, folders):
    assert checked(config_of(data_dir=given))["data_dir"] == folders


def test_lengths_of_windows_may_be_numbers():
    windows = {2048: "a", "16384": "b"}
    datasets = dataset(scores="a", score_windows=windows)
    config = checked(config_of(datasets=datasets, score_windows=windows))
    for each in (config, config["datasets"][0]):
        assert each["score_windows"] == {"2048": "a", "16384": "b"}


@pytest.mark.parametrize("windows", [{2048: "a"}, {"2kb": "a", 1: "b"}, {1: 2, 2: "b"}])
def test_windows_of_scores_are_two_or_more_lengths_with_their_rows(windows):
    assert complaint(score_windows=windows).startswith("my.yaml: key 'score_windows")


@pytest.mark.parametrize("given", [[], [""], ["a", "a"], {"a": "b"}])
def test_folders_of_data_are_a_list(given):
    assert complaint(data_dir=given).startswith("my.yaml: key 'data_dir")


@pytest.mark.parametrize("key", ["datasets", "genome", "chromosomes", "service"])
def test_a_missing_key_is_named(key):
    assert complaint(**{key: None}).startswith(f"my.yaml: key '{key}' is missing. ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"window_bp": 4096}, "key 'window_bp.0': 4096 is not one of 2048, 16384"),
        (
            {"window_bp": "wide"},
            "key 'window_bp.0': 'wide', but expected a whole number",
        ),
        (
            {"window_bp": "a: ["},
            "key 'window_bp.0': 'a: [', but expected a whole number",
        ),
        (
            {"window_bp": True},
            "key 'window_bp.0': true (yes, on), but expected a whole number",
        ),
        ({"service": "hosted"}, "key 'service': 'hosted' is not one of alphagenome, "),
        (
            {"protocol": "corect"},
            "key 'protocol.0': 'corect' is not one of corrected, ",
        ),
        (
            {"protocol": ["corrected"] * 2},
            "key 'protocol': 'corrected' appears twice",
        ),
        ({"chromosomes": []}, "key 'chromosomes': [] is empty; "),
        ({"chromosomes": ["chr1"] * 2}, "key 'chromosomes': 'chr1' appears twice"),
        (
            {"chromosomes": ["1"]},
            "key 'chromosomes.0': '1' is malformed; did you mean 'chr1'? Chrom",
        ),
        ({"chromosomes": [1]}, "key 'chromosomes.0': 1, but expected text"),
        ({"datasets": []}, "key 'datasets': [] is empty; "),
        ({"datasets": "demo"}, "key 'datasets': 'demo', but expected a list"),
        ({"datasets": [{"name": "a"}]}, "key 'datasets.0.effects' is missing. Row"),
        ({"datasets": dataset(name="a/b")}, "key 'datasets.0.name': 'a/b' is malfor"),
        ({"datasets": dataset(name="a.tsv")}, "key 'datasets.0.name': 'a.tsv' is mal"),
        (
            {"datasets": dataset(name="logs")},
            "key 'datasets.0.name': 'logs' is reserved",
        ),
        (
            {"datasets": dataset(max_q_value=5)},
            "key 'datasets.0.max_q_value': 5, but exp",
        ),
        (
            {"limits": {"max_n_fraction": -1}},
            "key 'limits.max_n_fraction': -1, but expected at least 0",
        ),
        ({"limits": []}, "key 'limits': [], but expected keys with values"),
        ({"scorer": "DNASE"}, "key 'scorer': 'DNASE' is neither a scorer by gene"),
        ({"scorer": [ATAC, "D"]}, "key 'scorer': 'D' is neither a scorer by gene"),
        ({"scorer": [ATAC, ATAC]}, f"key 'scorer': '{ATAC}' appears twice"),
        ({"scorer": []}, "key 'scorer': [] is empty; "),
        (
            {"scorer": [f"ATAC-{width}-DIFF_MEAN" for width in range(21)]},
            "key 'scorer': has 21 entries, but at most 20",
        ),
        ({"track_set": []}, "key 'track_set': [] is empty; "),
        ({"track_set": ["all"] * 2}, "key 'track_set': 'all' appears twice"),
        (
            {"route": "both"},
            "key 'route': 'both' is not one of auto, atlas, model. Whether",
        ),
        (
            {"prediction": {"max_requests": 0}},
            "key 'prediction.max_requests': 0, but expected at least",
        ),
        (
            {"prediction": {"canary_fraction": 2}},
            "key 'prediction.canary_fraction': 2, but expected at most 1",
        ),
        (
            {"prediction": {"route_sample": -1}},
            "key 'prediction.route_sample': -1, but expected at least 0",
        ),
        ({"address": "localhost"}, "key 'address': 'localhost' is malformed. Server"),
        (
            {"track_sets": {"a": ["K562"]}},
            "key 'track_sets.a.tracks.0': 'K562' is malformed. Ontology",
        ),
        ({"track_sets": {"a": "K562"}}, "key 'track_sets.a.tracks': 'K562' is malform"),
        ({"track_sets": {"all": ["CL:1"]}}, "key 'track_sets': 'all' is reserved"),
        ({"accept": "ref_mach"}, "key 'accept.0': 'ref_mach' is not one of ref_match,"),
        ({"accept": ["tissue"] * 2}, "key 'accept': 'tissue' appears twice"),
        (
            {"gates": {"ref_match": {"fail": 2}}},
            "key 'gates.ref_match.fail': 2, but expected at most 1",
        ),
        ({"gates": {"ref_match": 1}}, "key 'gates.ref_match': 1, but expected keys"),
        (
            {"statistics": {"n_resamples": 10}},
            "key 'statistics.n_resamples': 10, but expected at least",
        ),
        (
            {"statistics": {"spike_in": 1}},
            "key 'statistics.spike_in': 1, but expected less than 1",
        ),
        (
            {"datasets": dataset(outside_peaks="both")},
            "key 'datasets.0.outside_peaks': 'both' is not one of drop, keep. What",
        ),
        (
            {"datasets": dataset(ladder="maybe")},
            "key 'datasets.0.ladder': 'maybe', but expected true or false",
        ),
        (
            {"datasets": dataset(classes={"by": "pip", "positive": 0.9})},
            "key 'datasets.0.classes.negative' is missing. Inclusive bound",
        ),
        (
            {"datasets": dataset(classes=CLASSES | {"by": "size"})},
            "key 'datasets.0.classes.by': 'size' is not one of pip, label, p_value,",
        ),
        (
            {"prediction": {"window_sample": -1}},
            "key 'prediction.window_sample': -1, but expected at least 0",
        ),
    ],
)
def test_a_malformed_value_is_named_with_its_key(changes, message):
    assert complaint(**changes).startswith(f"my.yaml: {message}")


def test_as_many_scorers_as_a_call_takes_are_valid():
    scorers = [f"ATAC-{width}-DIFF_MEAN" for width in range(20)]
    checked(config_of(scorer=scorers))
    message = complaint(scorer=[*scorers, ATAC])
    assert "has 21 entries, but at most 20" in message


@pytest.mark.parametrize("content", [None, [], "text", 5])
def test_a_config_that_is_not_a_mapping_is_an_error(content):
    with pytest.raises(
        InputError, match=r"^my.yaml: expected keys and values, such as"
    ):
        checked(content)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"service": "address"}, "key 'address' is missing"),
        ({"service": "table"}, "key 'scores' is missing"),
        ({"genome": "none"}, "key 'genome': none is allowed with service table only"),
        (
            {"track_set": "K56"},
            "key 'track_set': 'K56' is not in 'track_sets'; did you",
        ),
        ({"track_sets": {"a": ["CL:1"]}}, "key 'track_set': 'K562' is not in 'track_s"),
        (
            {"track_set": ["K562", "K56"]},
            "key 'track_set': 'K56' is not in 'track_sets'; did you",
        ),
        (
            {"protocol": "published", "scorer": ATAC},
            "key 'protocol': published needs a DNASE scorer, as in the study,"
            f" but found {ATAC}; add one",
        ),
        (
            {**WIDE, "route": "atlas", "window_bp": 524_288},
            "key 'route': the Atlas holds only scores for windows of 1048576 bp, not of"
            " 524288 bp",
        ),
        (
            {**WIDE, "route": "atlas", "scorer": [ATAC, "DNASE-501-DIFF_MEAN"]},
            "key 'route': the Atlas holds only scores of the recommended scorers (ATAC-",
        ),
        (
            {**WIDE, "route": "atlas", "service": "weights"},
            "key 'route': service weights has no Atlas",
        ),
        (
            {**WIDE, "route": "atlas", "service": "table", "scores": "dsqtl_yoruba"},
            "key 'route': service table has no Atlas",
        ),
        *(
            (
                {"protocol": protocol, "datasets": dataset(ladder=True)},
                "key 'datasets.ladder' of 'demo': the ladder leads from protocol"
                " published to corrected; list both under 'protocol'",
            )
            for protocol in BOTH
        ),
        *(
            (
                {"scorer": scorer, "window_bp": [16_384, 2_048]},
                "key 'window_bp': windows of 2048 bp are sent as sequences, whose"
                f" {output} tracks come in bins of 128 bp; use 16384 or more",
            )
            for scorer, output in (
                (CHIP, "CHIP_TF"),
                ([ATAC, HISTONE], "CHIP_HISTONE"),
            )
        ),
        *(
            (
                {"protocol": BOTH, "datasets": dataset(ladder=True)}
                | {
                    "scorer": [CHIP, "DNASE-501-DIFF_MEAN"],
                    "study_window_bp": window_bp,
                },
                f"key 'datasets.ladder': windows of {window_bp} bp are sent as sequences,"
                " whose CHIP_TF tracks come in bins of 128 bp; its step 'mask' uses",
            )
            for window_bp in (2_048, 16_384)
        ),
        (
            {"mismatched_track_set": "K652"},
            "key 'mismatched_track_set': 'K652' is not in 'track_sets'; did you mean"
            " 'K562'?",
        ),
        (
            {"mismatched_track_set": "K562"},
            "key 'mismatched_track_set': 'K562' is also in 'track_set'",
        ),
        *(
            (
                {
                    "track_sets": {"K562": ["CL:1", "CL:2"], "a": members},
                    "mismatched_track_set": "a",
                },
                f"key 'mismatched_track_set': 'a' shares {shared} members with 'K562' in"
                f" 'track_set', such as {first!r}; choose a set of another tissue",
            )
            for members, shared, first in (
                (["CL:2", "CL:1"], "2 of its 2", "CL:2"),
                (["CL:4", "CL:3", "CL:1"], "1 of its 3", "CL:1"),
            )
        ),
        *(
            (
                {"gates": {"indel_scale": {"warn": 2, "fail": number}}},
                f"key 'gates.indel_scale.fail': {number} is not a finite number",
            )
            for number in (float("nan"), float("inf"))
        ),
        (
            {"gates": {"effect_signs": {"warn": 0.05, "fail": 0.2}}},
            "key 'gates.effect_signs': fail 0.2 must not be above warn 0.05, since low",
        ),
        (
            {"gates": {"score_ties": {"warn": 0.5, "fail": 0.1}}},
            "key 'gates.score_ties': fail 0.1 must not be below warn 0.5, since high",
        ),
    ],
)
def test_choices_that_do_not_go_together_are_an_error(changes, message):
    assert complaint(**changes).startswith(f"my.yaml: {message}")


@pytest.mark.services
def test_the_file_of_an_authority_is_read_before_anything_runs(authority, tmp_path):
    checked(config_of(tls_ca=str(authority.certificate)))
    for path, message in (
        (tmp_path / "none.pem", "No such file or directory; expected a file in PEM"),
        (authority.key, "holds a private key"),
        (tmp_path, "is a folder"),
    ):
        assert complaint(tls_ca=str(path)).startswith(
            f"my.yaml: key 'tls_ca': {path}: {message}"
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"service": "address", "address": "localhost:50051", "tls": False},
        {"service": "table", "scores": "dsqtl_yoruba", "genome": "none"},
        {"track_sets": {"a": ["EFO:1", "CL:2"], "b": ["EFO:1"]}, "track_set": "b"},
        {"track_set": "all"},
        {"track_set": ["tissue", "all"]},
        {"track_sets": {"a": {"tracks": ["EFO:1/SPI1"], "reduction": "max_abs"}}}
        | {"track_set": "a"},
        {"track_sets": {"a": {"tracks": "all", "reduction": "pc1"}}, "track_set": "a"},
        {"window_bp": [16_384, 2_048, 131_072], "study_window_bp": [2_048, 16_384]},
        {"sheet": "mine.tsv"},
        {"protocol": ["published", "corrected"]},
        {"protocol": "published", "scorer": [ATAC, "DNASE-501-DIFF_MEAN"]},
        {"service": "weights", "weights": "/models/fold_0", "model_name": "mine"},
        {**WIDE, "route": "atlas", "scorer": [ATAC, "DNASE-501-DIFF_LOG2_SUM"]},
        {**WIDE, "route": "atlas", "service": "alphagenome"},
        {**WIDE, "route": "atlas", "service": "address", "address": "host:443"},
        {**WIDE, "route": "atlas", "protocol": ["corrected", "published"]},
        {"route": "auto", "scorer": "DNASE-501-DIFF_MEAN"},
        {"route": "model", "service": "weights"},
        {"scorer": [CHIP, ATAC, HISTONE]},
        {"protocol": BOTH, "scorer": ["DNASE-501-DIFF_MEAN", CHIP]}
        | {"datasets": dataset(ladder=True)},
        {"service": "table", "scores": "x", "scorer": CHIP, "window_bp": 2_048},
        {"protocol": BOTH, "datasets": dataset(ladder=True)},
        {"protocol": BOTH[::-1], "datasets": dataset(ladder=True, control="x")},
        {"datasets": dataset(classes=CLASSES)},
        {"datasets": dataset(classes=CLASSES | {"by": "p_value", "positive": 1e-3})},
        {"track_sets": {"a": ["CL:1"], "K562": ["CL:2"]}, "mismatched_track_set": "a"},
        {"accept": ["ref_match", "standin_scores"]},
        {"gates": {"ref_match": {"warn": 0.5, "fail": 0}}},
    ],
)
def test_choices_that_go_together_are_valid(changes):
    checked(config_of(**changes))


def test_loci_have_defaults():
    assert checked(config_of())["loci"] == {"top": 3, "variants": [], "width_bp": 2_048}
    assert checked(config_of(loci={"top": 0}))["loci"]["width_bp"] == 2_048
    assert checked(config_of(genes=None))["genes"] == "none"


@pytest.mark.parametrize(
    "given",
    ["chr1_5_A_G", "chr1:5:A:G", "X:5:a:gTT", "chr1_5_A_G_b38", "chr1:5:A:G:hg38"],
)
def test_variants_are_asked_for_in_any_spelling(given):
    checked(config_of(loci={"variants": [given]}))


@pytest.mark.parametrize(
    "given",
    ["chr1_0_A_G", "rs12345", "chr1_5_A", "chr1_5_A_-", "chr1_5_A_G_b37", "<b>"],
)
def test_a_malformed_variant_is_refused_with_the_right_form(given):
    message = complaint(loci={"variants": [given]})
    assert f"key 'loci.variants.0': {given!r} is malformed" in message
    assert "such as chr1_12345_A_G" in message


@pytest.mark.parametrize("changes", [{"top": 51}, {"top": -1}, {"width_bp": 100}])
def test_loci_keep_their_ranges(changes):
    [key] = changes
    assert f"key 'loci.{key}'" in complaint(loci=changes)


def test_a_table_of_scores_has_no_tracks_to_draw():
    table = {"service": "table", "scores": "x"}
    checked(config_of(**table))
    message = complaint(**table, loci={"variants": ["chr1_5_A_G"]})
    assert message.startswith(
        "my.yaml: key 'loci.variants': service table has no tracks"
    )


@pytest.mark.parametrize("name", ["loci", "figures", "logs"])
def test_a_dataset_cannot_have_the_name_of_a_results_folder(name):
    assert "datasets.0.name" in complaint(datasets=dataset(name=name))


@pytest.mark.parametrize("name", ["here", "a b"])
def test_other_runs_need_valid_names(name):
    assert f"key 'compare': {name!r}" in complaint(compare={name: "../x/results"})


def test_the_order_of_keys_means_nothing():
    one = checked(config_of(statistics={"seed": 1, "n_resamples": 200}))
    other = config_of(statistics={"n_resamples": 200, "seed": 1})
    other = checked(dict(reversed(other.items())))
    assert json.dumps(one) == json.dumps(other)


def test_the_order_of_names_stays():
    sets = {"b": ["EFO:0002067"], "a": ["EFO:0001187"]}
    found = checked(config_of(track_sets=sets, track_set="b"))
    assert list(found["track_sets"]) == ["b", "a"]


RNA = "RNA_SEQ"
DNASE = "DNASE-501-DIFF_LOG2_SUM"


@pytest.mark.parametrize("name", ["RNA_SEK", "rna_seq", "RNASEQ", "RNA-SEQ", "rna-seq"])
def test_an_unknown_scorer_by_gene_names_the_nearest(name):
    message = complaint(scorer=name, window_bp=131_072)
    assert "key 'scorer'" in message
    assert "did you mean 'RNA_SEQ'?" in message


def test_scorers_by_gene_need_long_windows():
    message = complaint(scorer=[DNASE, RNA], window_bp=16_384)
    assert "key 'window_bp': 16384 bp for RNA_SEQ" in message
    assert "use 131072 or more" in message
    assert "2048 bp for RNA_SEQ" in complaint(scorer=RNA, window_bp=2048)
    for bp in (131_072, 524_288, 1_048_576):
        assert checked(config_of(scorer=[RNA], window_bp=bp))["window_bp"] == [bp]


def test_each_scorer_may_have_windows_of_its_own():
    windows = {RNA: 131_072, DNASE: [16_384, 131_072]}
    config = checked(config_of(scorer=[DNASE, RNA], window_bp=windows))
    assert list(protocols_of(config)) == [
        "corrected",
        f"corrected.{DNASE}.131072bp.K562",
        "corrected.RNA_SEQ.131072bp.K562",
    ]
    # As on the command line.
    config = config_of(scorer=[DNASE, RNA], window_bp=str(windows))
    assert windows_of(checked(config), RNA) == [131_072]


@pytest.mark.parametrize(
    ("windows", "what"),
    [
        ({RNA: 131_072}, f"'window_bp.{DNASE}' is missing"),
        ({RNA: 131_072, DNASE: 16_384, "RNASEQ": 131_072}, "did you mean 'RNA_SEQ'?"),
        ({RNA: 131_072, DNASE: 5}, "5 is not one of 2048"),
        ({RNA: 16_384, DNASE: 16_384}, "16384 bp for RNA_SEQ"),
    ],
)
def test_windows_by_scorer_are_checked(windows, what):
    assert what in complaint(scorer=[DNASE, RNA], window_bp=windows)


def test_the_ladder_ends_at_a_centre_mask():
    ladder = {"datasets": dataset(ladder=True), "protocol": BOTH}
    long = {"window_bp": 131_072}
    assert checked(config_of(scorer=[DNASE, RNA], **ladder, **long))
    message = complaint(scorer=[RNA, DNASE], **ladder, **long)
    assert "key 'datasets.ladder': RNA_SEQ scores genes" in message
    assert "list a DNASE scorer first" in message
    assert "published needs a DNASE scorer" in complaint(
        scorer=RNA, protocol=BOTH, **long
    )


def test_a_scorer_by_gene_comes_first_only_where_features_are_genes():
    sheet = shipped_sheet()
    peaks = {"datasets": dataset(effects="demo_dsqtls"), "window_bp": 131_072}
    config = checked(config_of(scorer=[RNA, DNASE], **peaks))
    with pytest.raises(InputError, match="list a centre mask first"):
        check_names(config, sheet, "my.yaml")
    check_names(checked(config_of(scorer=[DNASE, RNA], **peaks)), sheet, "my.yaml")


def test_a_tissue_of_gtex_is_a_member_of_a_track_set():
    tracks = ["gtex:Whole_Blood", "gtex:Brain_Spinal_cord_cervical_c-1", "EFO:0002067"]
    config = checked(config_of(track_sets={"K562": tracks}))
    assert config["track_sets"]["K562"]["tracks"] == tracks
    assert "malformed" in complaint(track_sets={"K562": ["gtex: Liver"]})


def test_the_atlas_is_asked_for_the_windows_of_each_scorer():
    message = complaint(
        scorer=[DNASE, RNA],
        window_bp={DNASE: 1_048_576, RNA: 131_072},
        route="atlas",
        service="alphagenome",
    )
    assert "not of 131072 bp" in message


def test_the_stand_in_scores_the_genes_of_an_annotation():
    message = complaint(genes=None, scorer=[DNASE, RNA], window_bp=131_072)
    assert "key 'genes': none, but service standin scores RNA_SEQ" in message


def test_a_pilot_needs_ld_blocks():
    assert complaint(pilot=300, ld_blocks="none") == (
        "my.yaml: key 'pilot': a pilot is drawn from LD blocks; name their row in"
        " 'ld_blocks'"
    )
    assert complaint(pilot=0).startswith(
        "my.yaml: key 'pilot': 0, but expected at least"
    )


SPLICING = "SPLICE_JUNCTIONS"


def with_own(first=(), **own):
    """Return two datasets, of which the second one has keys of its own."""
    (one,) = dataset(**dict(first))
    return {
        "datasets": [one, one | {"name": "other", "ladder": False} | own],
        "protocol": BOTH,
    }


def test_a_dataset_may_have_protocols_scorers_and_windows_of_its_own():
    own = {"protocol": "corrected", "scorer": [DNASE, RNA], "window_bp": 131_072}
    config = checked(config_of(**with_own({"ladder": True}, **own)))
    one, other = (list(protocols_of(config, each)) for each in config["datasets"])
    assert one[:2] == ["published", "corrected"]
    assert all(name.startswith("ladder.") for name in one[2:])
    # Each dataset's first scorer and window are its benchmark `corrected`.
    assert other == ["corrected", "corrected.RNA_SEQ.131072bp.K562"]
    windows = [
        protocols_of(config, d)["corrected"].window_bp for d in config["datasets"]
    ]
    assert windows == [16_384, 131_072]
    # A dataset of other features leaves scorers by gene out.
    found = protocols_of(config, config["datasets"][1], has_genes=False)
    assert list(found) == ["corrected"]
    # Checking again, as each process of a run does, changes nothing.
    assert checked(json.loads(json.dumps(config))) == config


@pytest.mark.parametrize(
    ("own", "what"),
    [
        (
            {"scorer": "RNA_SEK"},
            "key 'datasets.scorer' of 'other': 'RNA_SEK' is neither",
        ),
        ({"scorer": "RNA_SEK"}, "did you mean 'RNA_SEQ'?"),
        ({"scorer": [DNASE, RNA]}, "key 'window_bp': 16384 bp for RNA_SEQ"),
        (
            {"window_bp": 2048, "scorer": [DNASE, RNA]},
            "'datasets.window_bp' of 'other': 2048 bp",
        ),
        (
            {"window_bp": {DNASE: 16_384, f"{DNASE}S": 16_384}},
            "did you mean 'DNASE-501",
        ),
        ({"window_bp": {}}, "datasets.1.window_bp"),
        (
            {"window_bp": {DNASE: 131_072}, "scorer": [DNASE, RNA]},
            "key 'datasets.window_bp.RNA_SEQ' of 'other' is missing",
        ),
        ({"window_bp": 5}, "key 'datasets.1.window_bp"),
        ({"scorer": []}, "key 'datasets.1.scorer'"),
        ({"protocol": "correct"}, "'correct' is not one of corrected, published"),
        ({"protocol": "corrected", "ladder": True}, "'datasets.ladder' of 'other'"),
        (
            {"scorer": RNA, "window_bp": 131_072},
            "found RNA_SEQ; add one to 'datasets.scorer' of 'other'",
        ),
    ],
)
def test_the_own_keys_of_a_dataset_are_checked(own, what):
    assert what in complaint(**with_own(**own))


def test_windows_by_scorer_name_the_scorers_of_every_dataset():
    windows = {DNASE: 16_384, RNA: 131_072}
    own = {"scorer": RNA, "protocol": "corrected"}
    config = checked(config_of(**with_own(**own), window_bp=windows))
    assert windows_of(config, RNA, config["datasets"][1]) == [131_072]
    message = complaint(**with_own(**own), window_bp={DNASE: 16_384})
    assert "'window_bp.RNA_SEQ' is missing for dataset 'other'" in message
    message = complaint(**with_own(**own), window_bp=windows | {SPLICING: 131_072})
    assert f"'window_bp.{SPLICING}': not in 'scorer'" in message


def test_the_atlas_is_asked_for_what_each_dataset_chooses():
    own = {"scorer": RNA, "window_bp": 131_072, "protocol": "corrected"}
    message = complaint(
        **with_own(**own) | {"protocol": "corrected"},
        window_bp=1_048_576,
        route="atlas",
        service="alphagenome",
    )
    assert "not of 131072 bp" in message


def test_a_dataset_of_other_features_needs_a_centre_mask_of_its_own():
    sheet = shipped_sheet()
    peaks = dataset(effects="demo_dsqtls")[0]
    long = {"scorer": [RNA, DNASE], "window_bp": 131_072}
    config = checked(config_of(datasets=[peaks | {"scorer": DNASE}], **long))
    check_names(config, sheet, "my.yaml")
    config = checked(config_of(datasets=[peaks], **long))
    with pytest.raises(InputError, match="give the dataset a 'scorer' of its own"):
        check_names(config, sheet, "my.yaml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data_dir": "~/data"}, "key 'data_dir': '~/data': '~' and '$' are not"),
        ({"local": {"a": "$HOME/a"}}, "key 'local.a': '$HOME/a': '~' and '$' are not"),
        ({"sheet": "https://"}, "key 'sheet': 'https://': an address without"),
        ({"tls_ca": "~/ca.pem"}, "key 'tls_ca': '~/ca.pem': '~' and '$' are not"),
        (
            {"track_sets": {"K562": ["efo:0002067"]}},
            "key 'track_sets.K562': 'efo:0002067' will match no track; did you mean",
        ),
        (
            {"scorer": "DNAS-501-DIFF_LOG2_SUM"},
            "key 'scorer': 'DNAS-501-DIFF_LOG2_SUM': 'DNAS' is no output of a centre",
        ),
        (
            {"scorer": "DNASE-501-DIFF_LOG2_SUMS"},
            "'DIFF_LOG2_SUMS' is no aggregation of a centre mask; expected DIFF_LOG2_SUM",
        ),
    ],
)
def test_what_only_looks_valid_is_said_before_a_job_starts(changes, message):
    assert message in complaint(**changes)


@pytest.mark.parametrize("chrom", ["chr0", "chr23", "chrZ", "chromosome1"])
def test_a_chromosome_that_the_genome_has_not_is_refused(chrom):
    config = checked(config_of(chromosomes=["chr1", chrom]))
    with pytest.raises(InputError, match=f"key 'chromosomes': '{chrom}': GRCh38 has"):
        check_names(config, shipped_sheet(), "my.yaml")


def test_datasets_that_differ_in_case_only_are_refused():
    datasets = [*dataset(), *dataset(name="DEMO")]
    config = checked(config_of(datasets=datasets))
    with pytest.raises(InputError, match="names 'demo' and 'DEMO' differ in case only"):
        check_names(config, shipped_sheet(), "my.yaml")
