import pytest
from endobench.config.datasets import check_dataset, score_windows
from endobench.core.errors import InputError


def row(**changes):
    return {"format": "gtex_pairs", "build": "GRCh38", "unit": "slope"} | {
        "kind": "effects",
        "effect_allele": "ALT",
        **changes,
    }


SHEET = {
    "mine": row(location="a", tissue="EFO:0002067"),
    "same": row(location="a"),
    "other": row(kind="scores", location="b"),
    "unsigned": row(location="c", effect_allele="unknown", unit="slope"),
    "unsigned_too": row(location="e", effect_allele="unknown"),
    "target": row(location="d", columns="effect=target"),
    "prediction": row(location="d", columns="effect=prediction"),
    "target_again": row(location="d", columns="score=target"),
    "short_effects": row(location="f"),
    "classes": row(location="g", effect_allele="unknown", unit="label"),
    "short": row(kind="scores", location="16kb"),
    "long": row(kind="scores", location="131kb"),
    "long_again": row(kind="scores", location="131kb"),
}
CONFIG = {
    "service": "standin",
    "scores": None,
    "track_set": ["K562"],
    "mismatched_track_set": "none",
    "protocol": ["corrected"],
    "chromosomes": ["chr1", "chr12"],
}
DATASET = {
    "name": "a",
    "effects": "mine",
    "control": "none",
    "scores": None,
    "classes": None,
    "leave_out": [],
}
TABLE = {"service": "table"}
WINDOWS = {"2048": "other", "16384": "short", "131072": "long"}


def checked(dataset=(), config=()):
    check_dataset(DATASET | dict(dataset), CONFIG | dict(config), SHEET, "my.yaml")


@pytest.mark.parametrize(
    ("dataset", "config"),
    [
        ({}, {}),
        ({}, {"track_set": ["K562", "tissue"]}),
        ({"control": "other"}, {}),
        ({"replicate": "short_effects"}, {}),
        ({"replicate": "none"}, {}),
        ({"original": "none"}, {}),
        ({"leave_out": ["chromosome: chr12", "peak: inside"]}, {}),
        ({"original": "short_effects"}, {}),
        # A column that may be the wrong one, against that of its own file.
        ({"effects": "target", "original": "prediction"}, {}),
        # Two columns of one file may be two cohorts.
        ({"effects": "target", "replicate": "prediction"}, {}),
        ({"effects": "unsigned"}, {}),
        ({"effects": "unsigned", "scores": "prediction"}, TABLE),
        ({"effects": "unsigned", "control": "unsigned_too"}, {}),
        ({"effects": "unsigned"}, {**TABLE, "scores": "unsigned_too"}),
        ({}, {"protocol": ["corrected", "published"]}),
        # Two columns of one file are two tables.
        ({"effects": "target", "scores": "prediction"}, TABLE),
        ({}, {**TABLE, "scores": "other"}),
        # Scores are ignored unless the service is a table.
        ({"scores": "same"}, {}),
        ({"score_windows": {"2048": "same", "1": "nothing"}}, {}),
        ({}, {**TABLE, "scores": "other", "score_windows": WINDOWS}),
        ({"scores": "long", "score_windows": WINDOWS}, TABLE),
        # Windows of the whole config are not those of a dataset's own scores.
        (
            {"scores": "prediction"},
            {**TABLE, "scores": "other", "score_windows": WINDOWS},
        ),
    ],
)
def test_compatible_choices_are_valid(dataset, config):
    checked(dataset, config)


@pytest.mark.parametrize(
    ("dataset", "config", "expected"),
    [
        ({}, {"scores": "other"}, [2048, 16384, 131072]),
        ({"scores": "long"}, {}, [2048, 16384, 131072]),
        ({"scores": "prediction"}, {"scores": "other"}, []),
        ({}, {"scores": "other", "service": "standin"}, []),
        (
            {"score_windows": {"65536": "long", "512": "short"}, "scores": "long"},
            {},
            [512, 65536],
        ),
    ],
)
def test_windows_are_those_of_the_datasets_scores(dataset, config, expected):
    config = {**CONFIG, **TABLE, "score_windows": WINDOWS, **config}
    found = score_windows(DATASET | dataset, config)
    assert list(found) == expected


@pytest.mark.parametrize(
    ("dataset", "config", "message"),
    [
        (
            {"control": "same"},
            {},
            "key 'datasets.control': 'same' is also the table of effects of",
        ),
        (
            {"replicate": "same"},
            {},
            "key 'datasets.replicate': 'same' is also the effects of dataset 'a'",
        ),
        (
            {"control": "short_effects", "replicate": "short_effects"},
            {},
            "key 'datasets.replicate': 'short_effects' is also the control of dataset 'a'",
        ),
        (
            {"original": "same"},
            {},
            "key 'datasets.original': 'same' is also the table of effects of dataset 'a'",
        ),
        (
            {"original": "unsigned"},
            {},
            "key 'datasets.original': 'unsigned' has values of unknown sign",
        ),
        (
            {"effects": "unsigned", "original": "classes"},
            {},
            "key 'datasets.original': 'classes' has labels; expected a table with effects",
        ),
        (
            {"replicate": "unsigned"},
            {},
            "key 'datasets.replicate': 'unsigned' has values of unknown sign",
        ),
        (
            {"effects": "classes", "replicate": "unsigned"},
            {},
            "key 'datasets.replicate': 'classes' has labels",
        ),
        (
            {"control": "unsigned"},
            {},
            "key 'datasets.control': 'unsigned' has values of unknown sign",
        ),
        (
            {},
            {**TABLE, "scores": "unsigned"},
            "key 'datasets.scores': 'unsigned' has values of unknown sign",
        ),
        (
            {"scores": "same"},
            TABLE,
            "key 'scores': 'same' is also the table of effects",
        ),
        ({}, {**TABLE, "scores": "same"}, "key 'scores': 'same' is also the table of"),
        (
            {},
            {**TABLE, "scores": "prediction", "score_windows": WINDOWS},
            "key 'score_windows': 'prediction', the scores of dataset 'a', is not among"
            " other, short, long",
        ),
        (
            {"scores": "prediction", "score_windows": WINDOWS},
            TABLE,
            "key 'datasets.score_windows': 'prediction', the scores of dataset 'a', is",
        ),
        (
            {},
            {**TABLE, "scores": "other", "score_windows": {**WINDOWS, "1": "shot"}},
            "key 'score_windows.1': 'shot' is not a row of the sheet; did you mean 'short'",
        ),
        (
            {},
            {
                **TABLE,
                "scores": "other",
                "score_windows": {**WINDOWS, "1": "long_again"},
            },
            "key 'score_windows.1': 'long_again' is also the table of 131072 bp; each",
        ),
        (
            {},
            {**TABLE, "scores": "other", "score_windows": {**WINDOWS, "1": "target"}},
            "key 'score_windows.1': 'target' is of kind 'effects'; expected scores",
        ),
        # score is the effect of a table of scores.
        (
            {"effects": "target", "scores": "target_again"},
            TABLE,
            "key 'scores': 'target_again' is also the table of effects of",
        ),
        (
            {"effects": "other"},
            {"track_set": ["tissue"]},
            "key 'track_set': 'tissue' needs the column 'tissue' of row 'other' of the",
        ),
        (
            {"effects": "other"},
            {"mismatched_track_set": "tissue"},
            "key 'mismatched_track_set': 'tissue' needs the column 'tissue' of row",
        ),
        (
            {"effects": "unsigned"},
            {"protocol": ["published"]},
            "key 'protocol': published needs the sign of effects, which is unknown for row",
        ),
        (
            {"control": "unsigned"},
            {},
            "key 'datasets.control': 'unsigned' has values of",
        ),
        (
            {"scores": "unsigned"},
            TABLE,
            "key 'datasets.scores': 'unsigned' has values of",
        ),
        (
            {"classes": {"by": "pip", "positive": 0.9, "negative": 0.1}},
            {},
            "key 'datasets.classes' of 'a': a table of format gtex_pairs has no pip",
        ),
        (
            {"classes": {"by": "label", "positive": 0, "negative": 0.1}},
            {},
            "key 'datasets.classes' of 'a': positive 0 must be above negative 0.1, since",
        ),
    ],
)
def test_incompatible_choices_are_named_with_their_key(dataset, config, message):
    with pytest.raises(InputError) as caught:
        checked(dataset, config)
    assert str(caught.value).startswith(f"my.yaml: {message}")


def test_a_chromosome_that_is_not_in_the_run_cannot_be_left_out():
    with pytest.raises(InputError, match="'chr2' is not among the 'chromosomes'"):
        checked({"leave_out": ["kind of variant: deletion", "chromosome: chr2"]})
