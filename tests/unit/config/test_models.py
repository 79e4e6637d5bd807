import pytest
from endobench.config.models import configs_of
from endobench.config.named_rows import check_names
from endobench.config.settings import check_config
from endobench.core.errors import InputError
from endobench.design.protocol import protocols_by, protocols_of
from sheets import shipped_sheet
from workflow import ROOT

SCHEMAS = ROOT / "config" / "schemas"
FIRST = {"name": "first", "service": "standin"}
FOLD = {"name": "FOLD_0", "service": "standin", "model_version": "FOLD_0"}
TABLE = {"name": "mine", "service": "table", "scores": {"b": "demo_dsqtls"}}


def config_of(*models, **changes):
    """Return a config of two datasets with some models; None removes a key."""
    config = {
        "datasets": [
            {"name": "a", "effects": "demo_pairs", "peaks": "none"},
            {"name": "b", "effects": "demo_pairs", "peaks": "none"},
        ],
        "genome": "demo_genome",
        "genes": "demo_genes",
        "chromosomes": ["chr1"],
        "models": list(models),
    }
    config |= changes
    return {key: value for key, value in config.items() if value is not None}


def checked(config):
    check_config(config, SCHEMAS / "config.schema.yaml", "my.yaml")
    check_names(config, shipped_sheet("datasets.tsv"), "my.yaml")
    return config


def complaint(*models, **changes):
    with pytest.raises(InputError) as caught:
        checked(config_of(*models, **changes))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_first_model_is_that_of_the_config():
    config = checked(config_of(FOLD, FIRST))
    alone = config_of(service="standin", model_version="FOLD_0")
    del alone["models"]
    assert {**config, "models": []} == checked(alone)
    assert list(configs_of(config)) == ["first"]
    # Snakemake reads its own config again.
    again = checked(dict(config))
    assert again == config


def test_a_config_without_models_has_no_further_one():
    config = checked(config_of(service="standin", models=None))
    assert configs_of(config) == {}


def test_a_further_model_has_the_corrected_benchmarks_of_what_it_scores():
    scorers = ["DNASE-501-DIFF_LOG2_SUM", "DNASE-501-DIFF_MEAN"]
    config = checked(
        config_of(
            FIRST, FOLD, TABLE, protocol=["corrected", "published"], scorer=scorers
        )
    )
    fold, table = configs_of(config).values()
    assert (fold["service"], fold["model_version"]) == ("standin", "FOLD_0")
    assert [each["name"] for each in fold["datasets"]] == ["a", "b"]
    assert [each["name"] for each in table["datasets"]] == ["b"]
    assert table["datasets"][0]["scores"] == "demo_dsqtls"
    found = protocols_by("FOLD_0", protocols_of(fold, fold["datasets"][0]))
    other = "corrected.DNASE-501-DIFF_MEAN.16384bp.K562@FOLD_0"
    assert list(found) == ["corrected@FOLD_0", other]
    assert {each.scoring for each in found.values()} == {"16384bp@FOLD_0"}
    found = protocols_by("mine", protocols_of(table, table["datasets"][0]))
    assert list(found) == ["corrected@mine"]
    assert found["corrected@mine"].window_bp == 0


def test_tables_by_dataset_are_those_of_the_primary_model_too():
    tables = {"a": "demo_dsqtls", "b": "demo_dsqtls"}
    config = checked(config_of(TABLE | {"scores": tables}, FIRST))
    assert config["service"] == "table"
    assert [each["scores"] for each in config["datasets"]] == ["demo_dsqtls"] * 2


@pytest.mark.parametrize(
    ("models", "changes", "words"),
    [
        (
            [FIRST],
            {"service": "standin", "model_version": "FOLD_1"},
            "key 'model_version': 'FOLD_1' is given beside 'models', whose first entry"
            " is the primary model; give it as 'models.0.model_version'",
        ),
        ([], {"models": None}, "key 'service' is missing"),
        ([{"name": "x"}], {}, "key 'models.0.service' is missing"),
        ([FIRST, {**FOLD, "version": 1}], {}, "key 'models.1.version' is unknown"),
        (
            [FIRST, {**FOLD, "name": "a.b"}],
            {},
            "key 'models.1.name': 'a.b' is malformed",
        ),
        ([FIRST, FOLD, FOLD], {}, "key 'models.2.name': 'FOLD_0' appears twice"),
        (
            [FIRST, {**FIRST, "name": "second"}],
            {},
            "key 'models.1': 'second' gives the same scores as 'first'",
        ),
        (
            [FIRST, {"name": "x", "service": "table"}],
            {},
            "key 'models.1.scores': None for service table",
        ),
        (
            [FIRST, {**FOLD, "scores": "demo_dsqtls"}],
            {},
            "key 'models.1.scores': 'demo_dsqtls' for service standin",
        ),
        (
            [FIRST, {**TABLE, "scores": {"c": "demo_dsqtls"}}],
            {},
            "key 'models.1.scores.c': not a dataset of this config; known: a, b",
        ),
        (
            [FIRST, {**TABLE, "scores": "demo_dsqtl"}],
            {},
            "model 'mine': key 'datasets.scores': 'demo_dsqtl' is not a row of"
            " config/datasets.tsv, config/gtex.tsv; did you mean 'demo_dsqtls'?",
        ),
        (
            [FIRST, {"name": "x", "service": "address"}],
            {},
            "model 'x': key 'address' is missing; service address needs host:port",
        ),
        (
            [FIRST, FOLD],
            {"protocol": ["published"]},
            "key 'models.1': 'FOLD_0' has no benchmark; it needs a dataset of protocol"
            " corrected",
        ),
        (
            [{**TABLE, "scores": "demo_dsqtls"}, FIRST],
            {"genome": "none"},
            "model 'first': key 'genome': none is allowed with service table only",
        ),
    ],
)
def test_a_model_that_cannot_be_used_is_named(models, changes, words):
    assert f"my.yaml: {words}" in complaint(*models, **changes)


def test_two_models_are_not_one_column_of_one_file():
    sheet = shipped_sheet("datasets.tsv")
    twin = {**TABLE, "name": "twin", "scores": {"b": "again"}}
    config = config_of(FIRST, TABLE, twin)
    check_config(config, SCHEMAS / "config.schema.yaml", "my.yaml")
    again = sheet["demo_dsqtls"]
    with pytest.raises(InputError) as caught:
        check_names(config, {**sheet, "again": again}, "my.yaml")
    assert str(caught.value).startswith(
        "my.yaml: key 'models.2.scores': 'again' is the same column of the same file as"
        " 'demo_dsqtls' of model 'mine'"
    )
    other = {**again, "columns": "effect=Std. Error"}
    check_names(config, {**sheet, "again": other}, "my.yaml")
