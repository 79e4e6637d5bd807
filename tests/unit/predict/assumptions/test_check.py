import functools
import json
import pickle

import pytest
import yaml
from alphagenome.models.v1 import track_data_utils
from alphagenome.protos.v1 import dna_model_pb2
from check_service import main
from endobench.model import strands
from endobench.predict.assumptions.check import (
    AS_ASSUMED,
    ASSUMPTIONS,
    DIFFERS,
    NO_ANSWER,
    NOT_ASKED,
    check_all,
)
from endobench.predict.assumptions.probe import MAX_CALLS, Probe
from hosted import KEY, hosted, write_hosted_genome
from servers import client_of

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_hosted_genome(tmp_path_factory.mktemp("hosted"))


@pytest.fixture(scope="module", autouse=True)
def lists_are_read_once():
    """Remember the lists of tracks that were read and merged, which takes long."""
    read = track_data_utils.metadata_from_proto

    @functools.cache
    def known(message):
        return read(dna_model_pb2.TracksMetadata.FromString(message))

    @functools.cache
    def merged(tracks, output):
        return strands.merging_of(pickle.loads(tracks), output)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            track_data_utils,
            "metadata_from_proto",
            lambda tracks: known(tracks.SerializeToString(deterministic=True)).copy(),
        )
        patch.setattr(
            "endobench.predict.assumptions.probe.merging_of",
            lambda tracks, output: merged(pickle.dumps(tracks), output),
        )
        yield


def outcomes(genome, differs="", key=KEY, max_calls=MAX_CALLS):
    """Return the results of a check by name, and the calls that the server counted."""
    with hosted(genome, differs) as (service, address), client_of(address, key) as made:
        probe = Probe(made, max_calls)
        results = list(check_all(probe, "the server"))
        assert probe.n_calls == service.n_calls <= max_calls
    return {each.name: each for each in results}, service.n_calls


def test_a_service_that_does_what_is_assumed_agrees_in_everything(genome):
    results, n_calls = outcomes(genome)
    assert len(results) == len(ASSUMPTIONS)
    assert {e.name: e.found for e in results.values() if e.outcome != AS_ASSUMED} == {}
    assert n_calls < MAX_CALLS


CASES = {
    "fewer tracks": {"track_counts", "dnase_order"},
    "another order": {"dnase_order"},
    "no K562": {"dnase_order", "k562_track", "alt_behind_indel", "padding"},
    "two tracks of one name": {"track_names", "atlas_values"},
    "another scorers' order": {
        "order_of_scorers",
        "other_scorers",
        "descriptions",
        "repeatable",
        "gene_tracks",
        "gene_numbers",
        "atlas_genes",
    },
    "no ChIP scorer": {"other_scorers"},
    "another variant": {"named_variant"},
    "another CURIE": {"descriptions"},
    "no quantiles": {"layers", "quantile_range", "other_scorers"},
    "quantiles for all": {"layers"},
    "two rows": {"layers"},
    "large quantiles": {"quantile_range"},
    "not a number": {"finite"},
    "other values each time": {"repeatable", "atlas_values"},
    "REF checked": {"ref_unchecked"},
    "half N refused": {"n_rich"},
    "end refused": {"chromosome_end"},
    "mask at the centre": {"chromosome_end"},
    "ALT aligned": {"alt_behind_indel"},
    "no N": {"padding"},
    "no Atlas scorer": {"atlas_scorers"},
    "no Atlas track": {"atlas_tracks", "atlas_values"},
    "no Atlas list": {"atlas_list"},
    "Atlas lists less": {"atlas_list"},
    "narrow Atlas": {"atlas_window"},
    "Atlas aside": {"atlas_window"},
    "other Atlas values": {"atlas_values", "atlas_genes"},
    "Atlas holds insertions": {"atlas_insertion"},
    "strands not merged": {"gene_tracks", "gene_numbers", "atlas_genes"},
    "merged in another order": {"gene_tracks"},
    "fewer tissues": {"gtex_tissues"},
    "fewer pairs of strands": {"merged_tracks"},
    "a gene twice": {"gene_ids", "atlas_genes"},
    "ids of another kind": {
        "gene_ids",
        "gene_tss",
        "genes_with_variant",
        "atlas_genes",
    },
    "genes in two orders": {"gene_order"},
    "no strands of genes": {"gene_strands"},
    "few genes": {"gene_tss"},
    "whole genes alone": {"gene_tss"},
    "genes beyond the window": {"gene_tss"},
    "splicing of neighbours": {"genes_with_variant"},
    "no number for a gene": {"gene_numbers"},
    "no quantiles by gene": {"gene_numbers"},
    "activity below 0": {"gene_numbers"},
    "no genes in the Atlas": {"atlas_scorers", "atlas_genes"},
    "Atlas not merged": {"atlas_genes"},
    "another gene in the Atlas": {"atlas_genes"},
    "any key": {"wrong_key"},
    "another status": {"wrong_key"},
}


@pytest.mark.parametrize(("differs", "names"), CASES.items(), ids=CASES)
def test_a_service_that_differs_in_one_thing_differs_in_what_depends_on_it(
    genome, differs, names
):
    results, _ = outcomes(genome, differs)
    found = {e.name for e in results.values() if e.outcome in (DIFFERS, NO_ANSWER)}
    assert found == names, [each for each in results.values() if each.name in found]


def test_every_assumption_but_the_pace_has_a_service_that_differs():
    assert {name for names in CASES.values() for name in names} == {
        each.name for each in ASSUMPTIONS
    } - {"seconds"}


def test_a_busy_service_is_asked_again_within_the_limit(genome):
    results, n_calls = outcomes(genome, "busy")
    assert {each.outcome for each in results.values()} == {AS_ASSUMED}
    assert n_calls == outcomes(genome)[1] + 1


@pytest.mark.parametrize("max_calls", [1, 3, 7])
def test_the_limit_on_calls_holds_and_the_rest_is_said_to_lack(genome, max_calls):
    results, n_calls = outcomes(genome, max_calls=max_calls)
    assert n_calls == max_calls
    spent = f"the {max_calls} calls of this check are spent"
    lacking = [each for each in results.values() if spent in each.found]
    assert lacking
    assert {each.outcome for each in lacking} == {NO_ANSWER}


def test_without_a_key_a_wrong_one_is_not_tried(genome):
    results, _ = outcomes(genome, "any key", key="")
    assert results.pop("wrong_key").outcome == NOT_ASKED
    assert {each.outcome for each in results.values()} == {AS_ASSUMED}


def run(genome, folder, monkeypatch, differs="", key=KEY):
    """Run the program; return its status and its record's path."""
    monkeypatch.setenv("ALPHAGENOME_API_KEY", key)
    monkeypatch.delenv("ALPHAGENOME_API_KEY_FILE", raising=False)
    path = folder / "results/record.json"
    with hosted(genome, differs) as (service, address):
        config = {"service": "address", "address": address, "tls": False}
        config |= {"genome": "g", "chromosomes": ["chr1"]}
        config["datasets"] = [{"name": "a", "effects": "x", "peaks": "y"}]
        (folder / "mine.yaml").write_text(yaml.safe_dump(config))
        with pytest.raises(SystemExit) as caught:
            main([str(folder / "mine.yaml"), "--record", str(path)])
    return caught.value.code, path, service


def test_the_program_prints_a_table_and_writes_a_record_without_the_key(
    genome, tmp_path, monkeypatch, capsys
):
    status, path, service = run(genome, tmp_path, monkeypatch)
    assert not status
    printed = capsys.readouterr().out
    assert f"{service.n_calls} calls; {len(ASSUMPTIONS)} as assumed" in printed
    assert "| k562_track | " in printed
    text = path.read_text()
    assert KEY not in text + printed
    record = json.loads(text)
    assert record["n_calls"] == service.n_calls <= MAX_CALLS
    assert [each["name"] for each in record["assumptions"]] == [
        each.name for each in ASSUMPTIONS
    ]
    assert record["seconds"]


def test_the_program_fails_where_something_differs(
    genome, tmp_path, monkeypatch, capsys
):
    status, path, _ = run(genome, tmp_path, monkeypatch, "another order")
    assert status == 1
    assert "place 3 has" in capsys.readouterr().out
    assert "place 3 has" in path.read_text()


def test_a_refused_key_ends_the_check_after_one_call(
    genome, tmp_path, monkeypatch, capsys
):
    status, path, service = run(genome, tmp_path, monkeypatch, key="another-key")
    assert "refuses the API key: UNAUTHENTICATED" in status
    assert status.startswith("ERROR: ")
    assert "another-key" not in status
    assert service.n_calls == 1
    assert not path.exists()


@pytest.mark.parametrize("service", ["standin", "weights"])
def test_only_a_service_over_a_network_is_checked(tmp_path, service):
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"service: {service}\ngenome: g\nchromosomes: [chr1]\n"
        "datasets: [{name: a, effects: x, peaks: y}]\n"
    )
    with pytest.raises(SystemExit, match="key 'service': .*expected alphagenome or"):
        main([str(path)])


def test_a_record_that_cannot_be_written_costs_no_answer(
    genome, tmp_path, monkeypatch, capsys
):
    (tmp_path / "results").touch()
    status, _, _ = run(genome, tmp_path, monkeypatch)
    assert status.startswith("ERROR: ")
    assert "| k562_track | " in capsys.readouterr().out
