import numpy as np
import pysam
import pytest
from endobench.alleles import padded_fetch
from endobench.errors import InputError
from endobench.scorers import parse_scorer, score_variant_asker, study_asker
from servers import client_of, serving, substitutions, write_genome


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    path, sequence = write_genome(tmp_path_factory.mktemp("genome"))
    with serving(path) as (_, address), client_of(address) as (client, _):
        yield path, sequence, client


def rows_of(sequence):
    return list(substitutions(sequence, range(12_000, 12_030)).itertuples())


def test_default_scorer_is_the_clients_recommended_one():
    from alphagenome.models import variant_scorers

    recommended = variant_scorers.RECOMMENDED_VARIANT_SCORERS["DNASE"]
    assert parse_scorer("DNASE-501-DIFF_LOG2_SUM") == recommended


@pytest.mark.parametrize(
    "name", ["DNASE-502-DIFF_MEAN", "NOISE-501-DIFF_MEAN", "DNASE-501-MEAN"]
)
def test_unknown_scorer_is_named(name):
    with pytest.raises(InputError, match=f"key 'scorer': '{name}'"):
        parse_scorer(name)


def test_swapped_alleles_flip_the_score(service):
    _, sequence, client = service
    names = client.output_metadata().dnase["name"].tolist()
    ask = score_variant_asker(client, "DNASE-501-DIFF_LOG2_SUM", names)
    changed = 0
    for row in rows_of(sequence):
        there = ask(row).raw
        back = ask(row._replace(ref=row.alt, alt=row.ref)).raw
        assert np.allclose(there, -back, atol=1e-6)
        changed += np.abs(there).max() > 1e-4
    assert changed > 5


def test_tracks_in_another_order_are_refused(service):
    _, sequence, client = service
    names = client.output_metadata().dnase["name"].tolist()[::-1]
    ask = score_variant_asker(client, "DNASE-501-DIFF_LOG2_SUM", names)
    with pytest.raises(InputError, match="in order"):
        ask(rows_of(sequence)[0])


def test_the_studys_question_is_a_difference_of_means(service):
    path, sequence, client = service
    with pysam.FastaFile(str(path)) as fasta:
        ask = study_asker(client, padded_fetch(fasta))
        for row in rows_of(sequence)[:3]:
            answer = ask(row)
            assert np.allclose(answer.raw, answer.alt_value - answer.ref_value)
            assert (answer.ref_value > 0).all()
