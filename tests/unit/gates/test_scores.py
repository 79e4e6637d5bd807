import numpy as np
import pandas as pd
import pytest
from alarms import alarms_of
from endobench.core.columns import PAIRS, TRACKS, WINDOWS
from endobench.design.gates import GATES, gates_of
from endobench.gates import scores as gates_scores
from endobench.gates.scores import Expected, window_dilution
from endobench.predict.look_up import compare_tables
from endobench.sources.formats import Source
from endobench.sources.read import read_effects
from endobench.sources.score_table import score_table

N = 600
K562 = "EFO:0002067"
SCORER = "DNASE-501-DIFF_LOG2_SUM"
MODEL = "alphagenome/default/0123456789ab"
ASKED = Expected("alphagenome", [K562], SCORER)


@pytest.fixture
def tracks():
    curies = [K562, *(f"CL:{number:07}" for number in range(304))]
    frame = pd.DataFrame({"ontology_curie": curies, "output": "DNASE"})
    frame = pd.concat([frame, frame.assign(output="ATAC")], ignore_index=True)
    return frame.assign(biosample=frame["ontology_curie"]).reindex(columns=TRACKS.names)


@pytest.fixture
def pairs():
    """Two pairs for each second variant, one variant in five an indel."""
    rng = np.random.default_rng(7)
    ids = [f"chr1_{i}_{'AC' if i % 5 == 0 else 'A'}_G_b38" for i in range(1, N + 1)]
    score = rng.normal(0, 0.3, N)
    frame = pd.DataFrame({"variant_id": ids, "raw": score})
    frame = pd.concat([frame, frame.iloc[::2]], ignore_index=True)
    n = len(frame)
    return frame.assign(
        feature_id=[f"gene{i}" for i in range(n)],
        effect=0.4 * frame["raw"] / 0.3 + rng.normal(0, 1, n),
        effect_se=0.1,
        p_value=rng.uniform(0, 1e-4, n),
        n_tracks=1,
        model=MODEL,
        route="model",
    ).reindex(columns=PAIRS.names)


def windows_of(pairs, exponent):
    rng = np.random.default_rng(8)
    rows = pairs.drop_duplicates("variant_id").iloc[:50]
    other = rows["raw"] * 8**exponent * rng.normal(1, 0.1, len(rows))
    return (
        rows[["variant_id", "raw"]]
        .assign(
            scorer=SCORER, window_bp=16_384, other_window_bp=131_072, other_raw=other
        )
        .reindex(columns=[name for name in WINDOWS.names if name != "model"])
    )


def alarms(pairs, tracks, asked=ASKED, windows=None):
    return alarms_of(gates_scores.measure(pairs, tracks, asked, windows))


def quantiles(raw):
    return np.clip(np.tanh(raw * 20), -0.99999, 0.99999)


def noise(n, size):
    return np.random.default_rng(9).normal(0, size, n)


def indels_times(pairs, factor):
    is_indel = pairs["variant_id"].str.contains("_AC_")
    return pairs.assign(raw=pairs["raw"].where(~is_indel, pairs["raw"] * factor))


def by_row(pairs):
    """Join the scores in the order of p values."""
    return pairs.assign(raw=pairs.sort_values("p_value")["raw"].to_numpy())


def of_variants(pairs, effect):
    """Give each variant the first of its effects as its score."""
    return effect.groupby(pairs["variant_id"]).transform("first")


DEFECTS = {
    "mock": (
        lambda p: p.assign(raw=p["effect"] * 0.5 + noise(len(p), 0.1)),
        {"scores_per_variant": "fail", "above_ceiling": "fail"},
    ),
    "mock, noisy": (
        lambda p: p.assign(raw=p["effect"] * 0.5 + noise(len(p), 1)),
        {"scores_per_variant": "fail"},
    ),
    "joined by row": (by_row, {"scores_per_variant": "fail"}),
    "constant": (
        lambda p: p.assign(raw=0.1),
        {"score_ties": "fail", "score_signs": "fail", "score_saturation": "fail"},
    ),
    "zeros": (
        lambda p: p.assign(raw=0.0),
        {"score_ties": "fail", "score_saturation": "fail"},
    ),
    "mostly one": (
        lambda p: p.assign(raw=p["raw"].where(p["raw"].abs() > 0.3, 0)),
        {"score_ties": "fail"},
    ),
    "saturated": (
        lambda p: p.assign(raw=quantiles(p["raw"])),
        {"score_saturation": "fail"},
    ),
    "no model": (
        lambda p: p.assign(model=p["model"].where(p.index > 0)),
        {"score_provenance": "fail"},
    ),
    "no route": (lambda p: p.assign(route=None), {"score_provenance": "fail"}),
    "all tracks": (lambda p: p.assign(n_tracks=305), {"track_count": "fail"}),
    "stand-in": (
        lambda p: p.assign(model="standin/default/0123456789ab"),
        {"score_model": "fail", "standin_scores": "fail"},
    ),
    "a few by a stand-in": (
        lambda p: p.assign(model=p["model"].where(p.index > 3, "standin/default/01")),
        {"score_model": "fail", "standin_scores": "fail"},
    ),
    "another model": (
        lambda p: p.assign(model="weights/default/0123456789ab"),
        {"score_model": "fail"},
    ),
    "exchanged alleles": (lambda p: p.assign(raw=-p["raw"]), {"orientation": "fail"}),
    "indels, 16 kb": (lambda p: indels_times(p, 7.9), {"indel_scale": "fail"}),
    "indels, 131 kb": (lambda p: indels_times(p, 18.2), {"indel_scale": "fail"}),
    "indels, 2 kb": (lambda p: indels_times(p, 2.5), {"indel_scale": "warn"}),
}


def test_every_gate_of_the_stage_is_measured(pairs, tracks):
    measured = gates_scores.measure(pairs, tracks, ASKED, None)
    waterfall = pd.DataFrame({"stage": ["kept"], "reason": ["scored pairs"]})
    waterfall = waterfall.assign(n_pairs=len(pairs))
    measured |= gates_scores.measure_parts(pairs, gates_scores.Beside(waterfall))[0]
    expected = [gate.name for gate in gates_of("scores")]
    assert sorted(measured) == sorted(expected)


def test_clean_scores_raise_no_alarm(pairs, tracks):
    assert alarms(pairs, tracks, windows=windows_of(pairs, 0)) == {}


@pytest.mark.parametrize(("break_", "expected"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_caught_by_its_gates(pairs, tracks, break_, expected):
    found = alarms(break_(pairs), tracks)
    assert expected.items() <= found.items()
    assert set(found) - set(expected) <= {"indel_scale", "score_ties"}


def test_without_standard_errors_there_is_no_ceiling_to_be_above(pairs, tracks):
    pairs = pairs.drop_duplicates("variant_id")
    known = pairs.assign(raw=pairs["effect"] + noise(len(pairs), 0.1))
    assert alarms(known, tracks) == {"above_ceiling": "fail"}
    # Two assays may agree as well, and such tables often have no standard errors.
    known = known.assign(effect_se=np.nan)
    assert alarms(known, tracks) == {}


def test_unsigned_scores_are_caught(pairs, tracks):
    assert alarms(pairs.assign(raw=pairs["raw"].abs()), tracks)["score_signs"] == "fail"


def test_agreement_of_nothing_is_no_alarm(pairs, tracks):
    effect = np.random.default_rng(3).permutation(pairs["effect"])
    assert alarms(pairs.assign(effect=effect), tracks) == {}


def test_variants_of_several_windows_count_once(pairs):
    windows = windows_of(pairs, -1)
    both = pd.concat([windows, windows.assign(other_window_bp=524_288)])
    measured = window_dilution(both, windows["scorer"].iloc[0])
    assert measured.n == windows["variant_id"].nunique()


def test_the_studys_own_scores_are_diluted_by_the_window(shared_data):
    tables = {}
    for name, window_bp in (("2kb", 2048), ("16kb", 16_384), ("131kb", 131_072)):
        source = Source("scores", columns=[["score", "delta_pred"]])
        path = shared_data(f"study_predictions/{name}.csv")
        tables[window_bp], _ = score_table(read_effects(path, source))
    table = tables.pop(2048)
    windows = compare_tables(table, 2048, tables, "table/study")
    measured = window_dilution(windows, "table")
    assert measured.n == 985
    # Means over whole windows fall almost as fast as these grow.
    assert -0.9 < measured.value < GATES["window_dilution"].fail


@pytest.mark.parametrize(
    ("exponent", "expected"), [(0, None), (0.2, None), (-0.45, "warn"), (-1, "fail")]
)
def test_scores_diluted_by_the_window_are_caught(pairs, tracks, exponent, expected):
    windows = windows_of(pairs, exponent)
    assert alarms(pairs, tracks, windows=windows).get("window_dilution") == expected
    # The other way round it is the same exponent.
    names = {"raw": "other_raw", "window_bp": "other_window_bp"}
    turned = windows.rename(columns=names | {new: old for old, new in names.items()})
    assert alarms(pairs, tracks, windows=turned).get("window_dilution") == expected


def test_the_order_of_rows_changes_nothing(pairs, tracks):
    first, second = (
        gates_scores.measure(each, tracks, ASKED, windows_of(pairs, 0))
        for each in (pairs, pairs.sample(frac=1, random_state=1))
    )
    for name in first:
        expected = pytest.approx(first[name].value, nan_ok=True)
        assert second[name].value == expected


@pytest.mark.parametrize("n", [0, 1, 5])
def test_few_scores_and_none_are_not_judged(pairs, tracks, n):
    assert alarms(pairs.iloc[:n], tracks) == {}


def test_a_table_of_scores_names_no_tracks(pairs):
    asked = Expected("table", "all", "table")
    table = pairs.assign(model="table/mine", n_tracks=np.nan)
    assert alarms(table, None, asked) == {}


def test_without_a_known_allele_orientation_is_not_checked(pairs, tracks):
    turned = pairs.assign(raw=-pairs["raw"])
    options = turned, tracks, ASKED, None
    found = gates_scores.measure(*options, is_signed=False)
    orientation = found.pop("orientation")
    assert np.isnan(orientation.value) and orientation.n == len(pairs)
    assert orientation.evidence == "the source does not state the effect allele"
    expected = gates_scores.measure(*options)
    assert expected.pop("orientation").value < 0
    assert found["score_signs"] == expected["score_signs"]
    sizes = gates_scores.measure(*options, has_signed_scores=False)
    assert np.isnan(sizes["score_signs"].value)
    assert sizes["score_signs"].evidence == "the scores have no sign"
    assert np.isnan(sizes["orientation"].value)
    assert sizes["orientation"].evidence == "the scores have no sign"


def test_a_variant_has_one_score_for_each_of_its_genes(pairs, tracks):
    pairs = pairs.drop_duplicates("variant_id")
    genes = pd.concat([pairs.assign(scored_gene=f"g{n}") for n in (1, 2)])
    genes = genes.assign(raw=np.arange(len(genes)) / 100)
    found = gates_scores.measure(genes, tracks, ASKED, None)
    assert found["scores_per_variant"].evidence == "no score is in more than one pair"
    # Without their genes, they look joined by row.
    unnamed = genes.assign(scored_gene=None)
    of_variants = gates_scores.measure(unnamed, tracks, ASKED, None)
    assert of_variants["scores_per_variant"].value == 2
    # Two introns of a gene share its score.
    introns = pd.concat([genes, genes])
    found = gates_scores.measure(introns, tracks, ASKED, None)
    assert found["scores_per_variant"].value == 1
