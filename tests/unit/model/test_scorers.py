import grpc
import numpy as np
import pandas as pd
import pysam
import pytest
from endobench.core.errors import InputError, WrongAnswer
from endobench.design.scorers import STUDY_SCORER
from endobench.genome.alleles import padded_fetch, study_sequences
from endobench.genome.motifs import accessibility
from endobench.model.scorers import model_asker, sequence_asker
from endobench.model.standin.motif_model import WEIGHTS
from servers import client_of, serving, substitutions

pytestmark = pytest.mark.services

LOG2_SUM = "DNASE-501-DIFF_LOG2_SUM"
MEAN = "DNASE-501-DIFF_MEAN"


@pytest.fixture(scope="module")
def client(genome):
    with serving(genome[0]) as (_, address), client_of(address) as made:
        yield made.client


@pytest.fixture(scope="module")
def names(client):
    return client.output_metadata().dnase["name"].tolist()


def within(rows, window_bp):
    """Place the study's windows around variants."""
    start = rows["pos"] - 1 - window_bp // 2
    return rows.assign(window_start=start, window_end=start + window_bp)


def studys_pair(fetch, row):
    window = (row.window_start, row.window_end)
    return study_sequences(fetch, row.chrom, *window, row.pos, row.ref, row.alt)


@pytest.fixture(scope="module")
def rows(genome):
    return list(substitutions(genome[1], range(12_000, 12_030)).itertuples())


@pytest.fixture(scope="module")
def studys(genome):
    found = substitutions(genome[1], range(12_000, 12_030))
    return list(within(found, 2_048).itertuples())


@pytest.fixture(scope="module")
def fetch(genome):
    with pysam.FastaFile(str(genome[0])) as fasta:
        yield padded_fetch(fasta)


def test_swapped_alleles_flip_the_score(client, names, rows):
    ask = model_asker(client, {LOG2_SUM: names})
    changed = 0
    for row in rows:
        there = ask(row, [LOG2_SUM])[0].raw
        back = ask(row._replace(ref=row.alt, alt=row.ref), [LOG2_SUM])[0].raw
        assert np.allclose(there, -back, atol=1e-6)
        changed += np.abs(there).max() > 1e-4
    assert changed > 5


def test_each_scorer_has_its_answer_alone_and_together(client, names, rows):
    ask = model_asker(client, {LOG2_SUM: names, MEAN: names})
    row = rows[3]
    alone = {name: ask(row, [name])[0] for name in (LOG2_SUM, MEAN)}
    assert not np.array_equal(alone[LOG2_SUM].raw, alone[MEAN].raw)
    for asked in ([LOG2_SUM, MEAN], [MEAN, LOG2_SUM]):
        for name, answer in zip(asked, ask(row, asked), strict=True):
            assert (answer.variant_id, answer.window_start) == (
                row.variant_id,
                row.window_start,
            )
            assert np.array_equal(answer.raw, alone[name].raw)
            assert np.array_equal(answer.quantile, alone[name].quantile)
            assert answer.raw.shape == answer.quantile.shape == (len(names),)


def test_a_call_that_fails_is_made_once(genome, names, rows):
    faults = {0: grpc.StatusCode.UNAVAILABLE}
    with (
        serving(genome[0], faults=faults) as (server, address),
        client_of(address) as made,
    ):
        ask = model_asker(made.client, {LOG2_SUM: names})
        with pytest.raises(grpc.RpcError):
            ask(rows[0], [LOG2_SUM])
        assert len(server.calls) == 1


def test_tracks_in_another_order_are_refused(client, names, rows):
    ask = model_asker(client, {LOG2_SUM: names, MEAN: names[::-1]})
    ask(rows[0], [LOG2_SUM])
    with pytest.raises(WrongAnswer, match="in order"):
        ask(rows[0], [LOG2_SUM, MEAN])


def test_the_studys_answer_is_the_mean_of_its_2048_bases_within_n(
    client, names, studys, fetch
):
    pad = "N" * ((16_384 - 2_048) // 2)
    ask = sequence_asker(client, fetch, {STUDY_SCORER: names}, 2_048)
    for row in studys[:3]:
        (answer,) = ask(row, [STUDY_SCORER])
        pair = studys_pair(fetch, row)
        signals = [accessibility(pad + each + pad, WEIGHTS) for each in pair]
        inside = slice(len(pad), -len(pad))
        means = [each[inside].mean(axis=0, dtype=float) for each in signals]
        assert np.allclose(answer.ref_value, means[0], rtol=1e-5)
        assert np.allclose(answer.alt_value, means[1], rtol=1e-5)
        assert np.allclose(answer.raw, means[1] - means[0], atol=1e-7)


def test_the_study_refuses_tracks_in_another_order(client, names, studys, fetch):
    ask = sequence_asker(client, fetch, {STUDY_SCORER: names[::-1]}, 2_048)
    with pytest.raises(WrongAnswer, match="in order"):
        ask(studys[0], [STUDY_SCORER])


@pytest.mark.parametrize(
    ("scorer", "reduced"),
    [
        (LOG2_SUM, lambda ref, alt: np.log2((1 + alt.sum(0)) / (1 + ref.sum(0)))),
        (MEAN, lambda ref, alt: alt.mean(0) - ref.mean(0)),
        ("DNASE-all-DIFF_SUM", lambda ref, alt: alt.sum(0) - ref.sum(0)),
    ],
)
def test_a_centre_mask_reads_the_studys_sequences_within_the_mask(
    client, names, studys, fetch, scorer, reduced
):
    pad = "N" * ((16_384 - 2_048) // 2)
    ask = sequence_asker(client, fetch, {f"study-{scorer}": names}, 2_048)
    width = 2_048 if "all" in scorer else 501
    low = len(pad) + 1_024 - width // 2
    for row in studys[:3]:
        (answer,) = ask(row, [f"study-{scorer}"])
        pair = studys_pair(fetch, row)
        ref, alt = (
            accessibility(pad + each + pad, WEIGHTS)[low : low + width].astype(float)
            for each in pair
        )
        assert np.allclose(answer.ref_value, ref.sum(axis=0), rtol=1e-5)
        assert np.allclose(answer.alt_value, alt.sum(axis=0), rtol=1e-5)
        assert np.allclose(answer.raw, reduced(ref, alt), atol=1e-5)


@pytest.mark.parametrize(
    ("prefix", "window_bp", "key"),
    [("", 2_048, "window_bp"), ("study-", 16_384, "datasets.ladder")],
)
def test_chip_bins_are_refused_for_sequences(
    client, studys, fetch, prefix, window_bp, key
):
    chip = client.output_metadata().chip_tf["name"].tolist()
    name = f"{prefix}CHIP_TF-501-DIFF_LOG2_SUM"
    ask = sequence_asker(client, fetch, {name: chip}, window_bp)
    row = studys[0]._replace(
        window_start=studys[0].pos - 1 - window_bp // 2,
        window_end=studys[0].pos - 1 + window_bp // 2,
    )
    said = (
        f"key '{key}': windows of {window_bp} bp are sent as sequences, whose CHIP_TF"
    )
    with pytest.raises(InputError, match=f"^{said} tracks come in bins") as caught:
        ask(row, [name])
    assert "\n" not in str(caught.value)


def test_chip_is_scored_for_variants(client, rows):
    chip = client.output_metadata().chip_tf["name"].tolist()
    name = "CHIP_TF-501-DIFF_LOG2_SUM"
    ask = model_asker(client, {name: chip})
    found = np.array([ask(row, [name])[0].raw for row in rows])
    assert np.abs(found).max() > 0.01


def test_a_substitution_scores_within_the_studys_flanks_as_in_the_genome(
    client, names, rows, studys, fetch
):
    """Within the mask the motifs read no farther than the study's sequences reach."""
    study = sequence_asker(client, fetch, {f"study-{LOG2_SUM}": names}, 2_048)
    model = model_asker(client, {LOG2_SUM: names})
    for short, long in zip(studys[:10], rows, strict=False):
        (cut,), (whole,) = study(short, [f"study-{LOG2_SUM}"]), model(long, [LOG2_SUM])
        assert np.allclose(cut.raw, whole.raw, atol=1e-5)


@pytest.mark.parametrize("shift", [0, 500, -500])
def test_a_short_window_scores_variants_like_the_client_in_a_long_one(
    client, names, genome, fetch, shift
):
    """Insertions and deletions keep their flanks, wherever in the window they lie."""
    bases = genome[1]
    variants = []
    for number, pos in enumerate(range(14_000, 14_012)):
        long = bases[pos - 1 : pos + number]
        variants.append((pos, long, long[0]) if number % 2 else (pos, long[0], long))
    variants = pd.DataFrame(variants, columns=["pos", "ref", "alt"])
    variants = variants.assign(chrom="chr1", variant_id=variants["pos"].astype(str))
    short, long = within(variants, 2_048), within(variants, 16_384)
    short[["window_start", "window_end"]] += shift
    ask = sequence_asker(client, fetch, {LOG2_SUM: names}, 2_048)
    model = model_asker(client, {LOG2_SUM: names})
    for cut, whole in zip(short.itertuples(), long.itertuples(), strict=True):
        (found,), (expected,) = ask(cut, [LOG2_SUM]), model(whole, [LOG2_SUM])
        assert np.allclose(found.raw, expected.raw, atol=1e-5)
    assert np.abs(expected.raw).max() > 0.01


def test_all_scorers_of_the_studys_sequences_share_two_calls(
    genome, names, studys, fetch
):
    asked = [STUDY_SCORER, f"study-{LOG2_SUM}", f"study-{MEAN}"]
    with serving(genome[0]) as (_, address), client_of(address) as made:
        n_calls = []

        class Counting(type(made.client)):
            def predict_sequence(self, *arguments, **options):
                n_calls.append(1)
                return super().predict_sequence(*arguments, **options)

        made.client.__class__ = Counting
        ask = sequence_asker(made.client, fetch, dict.fromkeys(asked, names), 2_048)
        together = ask(studys[3], asked)
        assert len(n_calls) == 2
        for name, answer in zip(asked, together, strict=True):
            (alone,) = ask(studys[3], [name])
            assert np.array_equal(alone.raw, answer.raw)
    assert len({answer.raw.tobytes() for answer in together}) == len(asked)


def test_sequences_have_no_genes(client, fetch, names):
    with pytest.raises(InputError, match="'window_bp': RNA_SEQ scores genes, .*131072"):
        sequence_asker(client, fetch, {LOG2_SUM: names, "RNA_SEQ": names}, 2_048)
