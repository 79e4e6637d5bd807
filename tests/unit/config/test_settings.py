import json

import pytest
from configs import ATAC, CLASSES, DNASE, RNA, checked, complaint, config_of, dataset
from endobench.config.schema import read_yaml
from endobench.core.errors import InputError
from endobench.design.protocol import protocols_of, windows_of
from workflow import ROOT

SCHEMAS = ROOT / "config" / "schemas"


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


def test_a_tissue_of_gtex_is_a_member_of_a_track_set():
    tracks = ["gtex:Whole_Blood", "gtex:Brain_Spinal_cord_cervical_c-1", "EFO:0002067"]
    config = checked(config_of(track_sets={"K562": tracks}))
    assert config["track_sets"]["K562"]["tracks"] == tracks
    assert "malformed" in complaint(track_sets={"K562": ["gtex: Liver"]})
