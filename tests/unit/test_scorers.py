import numpy as np
import pysam
import pytest
from endobench.alleles import padded_fetch
from endobench.errors import InputError
from endobench.motif_model import WEIGHTS
from endobench.motifs import accessibility
from endobench.scorers import parse_scorer, score_variant_asker, study_asker
from endobench.study import study_sequences
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
    with pytest.raises(
        InputError, match=f"key 'scorer': '{name}': .*(not one of|Supported)"
    ):
        parse_scorer(name)


@pytest.mark.parametrize("name", ["L2_DIFF", "L2_DIFF_LOG1P", "ACTIVE_SUM"])
def test_a_score_without_a_sign_is_refused(name):
    with pytest.raises(InputError, match="has no sign"):
        parse_scorer(f"DNASE-501-{name}")


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


def test_the_studys_answer_is_the_mean_of_its_2048_bases_within_n(service):
    path, sequence, client = service
    pad = "N" * ((16_384 - 2_048) // 2)
    names = client.output_metadata().dnase["name"].tolist()
    with pysam.FastaFile(str(path)) as fasta:
        fetch = padded_fetch(fasta)
        ask = study_asker(client, fetch, names)
        for row in rows_of(sequence)[:3]:
            answer = ask(row)
            pair = study_sequences(fetch, row.chrom, row.pos, row.ref, row.alt)
            signals = [accessibility(pad + each + pad, WEIGHTS) for each in pair]
            inside = slice(len(pad), -len(pad))
            means = [each[inside].mean(axis=0, dtype=float) for each in signals]
            assert np.allclose(answer.ref_value, means[0], rtol=1e-5)
            assert np.allclose(answer.alt_value, means[1], rtol=1e-5)
            assert np.allclose(answer.raw, means[1] - means[0], atol=1e-7)


def test_the_study_refuses_tracks_in_another_order(service):
    path, sequence, client = service
    names = client.output_metadata().dnase["name"].tolist()[::-1]
    with pysam.FastaFile(str(path)) as fasta:
        ask = study_asker(client, padded_fetch(fasta), names)
        with pytest.raises(InputError, match="in order"):
            ask(rows_of(sequence)[0])
