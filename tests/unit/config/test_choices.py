import json

import pytest
from configs import (
    ATAC,
    BOTH,
    CLASSES,
    DNASE,
    RNA,
    checked,
    complaint,
    config_of,
    dataset,
)
from endobench.design.protocol import protocols_of, windows_of

WIDE = {"window_bp": 1_048_576}
CHIP, HISTONE = "CHIP_TF-501-DIFF_LOG2_SUM", "CHIP_HISTONE-2001-DIFF_LOG2_SUM"
SPLICING = "SPLICE_JUNCTIONS"


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
            {"service": "weights", "weights": "kagle"},
            "key 'weights': 'kagle' is neither a hub nor a folder; did you mean"
            " 'kaggle'?",
        ),
        (
            {"service": "weights", "weights": ""},
            "key 'weights': '' is neither a hub nor a folder",
        ),
        (
            {"service": "weights", "weights": "C:\\models"},
            "key 'weights': 'C:\\\\models': a path of Windows",
        ),
        (
            {"service": "weights", "weights": "fold_0"},
            "key 'weights': 'fold_0' is neither a hub nor a folder; expected"
            " huggingface, kaggle, or a folder",
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


def test_a_table_of_scores_has_no_tracks_to_draw():
    table = {"service": "table", "scores": "x"}
    checked(config_of(**table))
    message = complaint(**table, loci={"variants": ["chr1_5_A_G"]})
    assert message.startswith(
        "my.yaml: key 'loci.variants': service table has no tracks"
    )


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
