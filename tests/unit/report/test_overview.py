import base64
import re
from types import SimpleNamespace

import pandas as pd
import pytest
from drawings import ladder_of
from endobench.design.tasks import SIGNED, UNSIGNED
from endobench.report.explorer import PairOptions
from endobench.report.html_tables import Room
from endobench.report.overview import overview
from reported import KEY, inputs_of

PUBLISHED = ("demo", "published")


def finding(dataset="demo"):
    return SimpleNamespace(dataset=dataset, headline=f"the answer of {dataset}")


def both(folder):
    """Return the inputs of two benchmarks of one dataset."""
    inputs = inputs_of(folder)
    other = inputs.conclusions.assign(protocol="published", value=-0.0123)
    conclusions = pd.concat([inputs.conclusions, other], ignore_index=True)
    pairs = inputs.pairs | {PUBLISHED: inputs.pairs[KEY]}
    return inputs._replace(conclusions=conclusions, pairs=pairs)


def made(inputs, keys=(KEY, PUBLISHED), task=SIGNED, room=10**6):
    findings = {key: finding(key[0]) for key in keys}
    options = dict.fromkeys(keys, PairOptions(task))
    return overview(inputs, findings, options, Room(room))


def test_published_and_corrected_pairs_stand_beside_the_ladder(tmp_path):
    found = made(both(tmp_path))
    assert [each.name for each in found.panels] == [
        "demo.published.overview",
        "demo.corrected.overview",
        "demo.ladder",
    ]
    assert "Spearman −0.01 [" in found.contrast
    assert re.search(r" for all [\d,]+ pairs\.$", found.contrast)
    assert found.panels[0].result in found.panels[0].alt
    for each in found.panels:
        kind, data = each.uri.split(",")
        assert kind == "data:image/svg+xml;base64"
        assert base64.b64decode(data).startswith(b"<svg")


def test_numbers_are_those_of_the_conclusions(tmp_path):
    inputs = both(tmp_path)
    is_primary = inputs.conclusions["stratum"] == "lead_per_feature"
    row = inputs.conclusions[is_primary].iloc[0]
    [panel] = [each for each in made(inputs).panels if "corrected" in each.name]
    assert f"{row['n']:,.0f} pairs" in panel.title
    assert f"{row['value']:.3f}"[:4] in panel.result


def test_a_run_of_one_benchmark_has_no_contrast(tmp_path):
    inputs = inputs_of(tmp_path, ladder=ladder_of().iloc[:0])
    found = made(inputs, [KEY])
    assert [each.name for each in found.panels] == ["demo.corrected.overview"]
    assert (found.contrast, found.others) == ("", [])


def test_a_published_benchmark_is_not_called_corrected(tmp_path):
    inputs = inputs_of(tmp_path, ladder=ladder_of().iloc[:0])
    conclusions = inputs.conclusions.assign(protocol="published")
    pairs = {PUBLISHED: inputs.pairs[KEY]}
    found = made(inputs._replace(conclusions=conclusions, pairs=pairs), [PUBLISHED])
    [panel] = found.panels
    assert panel.title.startswith("As published: ")
    assert found.contrast == ""


def test_each_other_dataset_has_one_answer(tmp_path):
    inputs = inputs_of(tmp_path)
    keys = [KEY, ("b", "corrected"), ("b", "published"), ("c", "corrected")]
    found = made(inputs, keys)
    assert found.finding.dataset == "demo"
    assert [each.finding.dataset for each in found.others] == ["b", "c"]
    assert found.others[0].finding.headline == "the answer of b"


def test_a_further_scorer_by_gene_has_a_number_of_its_own(tmp_path):
    inputs = inputs_of(tmp_path)
    scorers = {
        "corrected": "DNASE-501-DIFF_LOG2_SUM",
        "corrected.longer": "DNASE-501-DIFF_LOG2_SUM",
        "corrected.genes": "RNA_SEQ",
        "corrected.genes_again": "RNA_SEQ",
    }
    metrics, conclusions = [inputs.metrics], [inputs.conclusions]
    for protocol, scorer in scorers.items():
        named = {"dataset": "b", "protocol": protocol}
        metrics.append(inputs.metrics.iloc[[0]].assign(**named, scorer=scorer))
        conclusions.append(inputs.conclusions.assign(**named))
    inputs = inputs._replace(
        metrics=pd.concat(metrics),
        conclusions=pd.concat(conclusions),
        pairs=inputs.pairs | {("b", each): inputs.pairs[KEY] for each in scorers},
    )
    [found] = made(inputs, [KEY, *(("b", each) for each in scorers)]).others
    assert list(found.readouts) == ["RNA_SEQ"]
    assert re.fullmatch(r"Spearman \S+ \[.*\], [\d,]+ pairs", found.readouts["RNA_SEQ"])


def test_labels_have_no_scatter(tmp_path):
    inputs = inputs_of(tmp_path)
    conclusions = inputs.conclusions.assign(stratum="matched_negatives", metric="auroc")
    conclusions = conclusions.assign(task=UNSIGNED).head(1)
    inputs = inputs._replace(conclusions=conclusions, ladder=ladder_of().iloc[:0])
    assert made(inputs, [KEY], UNSIGNED).panels == []


@pytest.mark.parametrize(("room", "n"), [(100, 0), (10**6, 3)])
def test_panels_need_room(tmp_path, room, n):
    assert len(made(both(tmp_path), room=room).panels) == n
