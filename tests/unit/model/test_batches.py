import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from alphagenome.data import genome as ag_genome
from endobench.core.errors import NotAnswered
from endobench.design.scorers import STUDY_SCORER, STUDY_WINDOW_BP
from endobench.genome.alleles import padded_fetch
from endobench.genome.fasta import open_genome
from endobench.model.batches import InBatches, fits
from endobench.model.scorer_names import HUMAN, parse_scorer
from endobench.model.scorers import model_asker, sequence_asker
from endobench.model.weights import batch_size, in_batches, is_out_of_memory, load
from servers import substitutions, write_genome

SCORER = "DNASE-501-DIFF_LOG2_SUM"
SCORERS = [SCORER, "CHIP_TF-501-DIFF_LOG2_SUM"]
WINDOW_BP, LONG_BP = 2_048, 4_096
N_ROWS = 12
WAIT_S = 60


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"), length=200_000)


@pytest.fixture
def rows(genome):
    """Return substitutions, an insertion and a deletion."""
    sequence = genome[1]
    rows = substitutions(sequence, range(100_000, 100_000 + N_ROWS))
    rows.loc[3, "alt"] = rows["ref"][3] + "GATAAGC"
    rows.loc[7, "ref"] = sequence[rows["pos"][7] - 1 :][:5]
    rows.loc[7, "alt"] = rows["ref"][7][0]
    return at_window(rows, WINDOW_BP)


def at_window(rows, window_bp):
    start = rows["pos"] - 1 - window_bp // 2
    rows = rows.assign(window_start=start, window_end=start + window_bp)
    return list(rows.itertuples(index=False))


@pytest.fixture
def made(genome, checkpoint):
    """Return a function that loads the model anew."""
    return lambda: load(str(checkpoint), None, genome[0], HUMAN)


@pytest.fixture
def computed(package):
    """Return the numbers and lengths of the sequences that are predicted together."""
    import jax

    jax.computed.clear()
    return jax.computed


def joined(model, size=4):
    return in_batches(model, "gpu", size)[0]


def names_of(model):
    return model.output_metadata().dnase["name"].tolist()


def question(row, scorers=(SCORER,)):
    return (
        ag_genome.Interval(row.chrom, row.window_start, row.window_end),
        ag_genome.Variant(row.chrom, row.pos, row.ref, row.alt),
        [parse_scorer(name) for name in scorers],
    )


def together(model, questions, n_threads=8):
    """Ask on several threads; return the values of each answer, or its error."""

    def ask(each):
        try:
            return [found.X for found in model.score_variant(*each)]
        except Exception as error:
            return error

    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(ask, questions, timeout=WAIT_S))


def same(mine, others):
    return [each.tobytes() for each in mine] == [each.tobytes() for each in others]


@pytest.mark.parametrize("scorers", [[SCORER], SCORERS], ids=["one", "two"])
@pytest.mark.parametrize("size", [2, 4, 5])
def test_answers_in_batches_are_those_of_single_calls(
    made, rows, computed, scorers, size
):
    questions = [question(row, scorers) for row in rows]
    expected = together(made(), questions, n_threads=1)
    # Both alleles of each variant.
    assert computed == [(1, WINDOW_BP)] * 2 * N_ROWS
    assert max(np.abs(each[0]).max() for each in expected) > 1e-4
    computed.clear()
    found = together(joined(made(), size), questions)
    assert all(map(same, found, expected))
    # The last batch is filled up, so that no other size is compiled.
    assert set(computed) == {(size, WINDOW_BP)}
    assert len(computed) == 2 * -(-N_ROWS // size)


def test_each_length_is_compiled_once_whatever_the_order_of_scorers(
    made, rows, package
):
    import jax

    model = joined(made())
    jax.compiled.clear()
    questions = [question(row, SCORERS) for row in rows[:6]]
    questions += [question(row, SCORERS[::-1]) for row in rows[6:]]
    found = together(model, questions)
    assert all(len(each) == 2 for each in found)
    names = [name.rpartition(".")[2] for name, _, _ in jax.compiled]
    assert names.count("together") == 1


def test_questions_of_two_lengths_are_answered_side_by_side(made, rows, computed):
    long = at_window(pd.DataFrame(rows), LONG_BP)
    questions = [
        question(each) for pair in zip(rows, long, strict=True) for each in pair
    ]
    expected = together(made(), questions, n_threads=1)
    computed.clear()
    found = together(joined(made()), questions, n_threads=16)
    assert all(map(same, found, expected))
    assert {length for _, length in computed} == {WINDOW_BP, LONG_BP}
    assert {number for number, _ in computed} == {4}


def test_sequences_of_the_study_share_batches(genome, made, rows, computed):
    names = {STUDY_SCORER: names_of(made())}
    study = at_window(pd.DataFrame(rows), STUDY_WINDOW_BP)
    answers = []
    for model in (made(), joined(made())):
        fetch = padded_fetch(open_genome(genome[0]))
        ask = sequence_asker(model, fetch, names, STUDY_WINDOW_BP)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(ask, study, [[STUDY_SCORER]] * N_ROWS))
        answers.append([answer.raw.tobytes() for [answer] in found])
    assert answers[0] == answers[1]
    assert {number for number, _ in computed} == {1, 4}


def test_out_of_memory_halves_the_batch_and_loses_no_answer(
    made, rows, computed, monkeypatch, caplog
):
    questions = [question(row) for row in rows]
    expected = together(made(), questions, n_threads=1)
    monkeypatch.setenv("TOY_MEMORY_BP", str(2 * WINDOW_BP))
    computed.clear()
    found = together(joined(made(), 8), questions, n_threads=16)
    assert all(map(same, found, expected))
    assert {number for number, _ in computed} == {8, 4, 2}
    told = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert [each.rpartition(" ")[2] for each in told] == ["4", "2"]
    assert f"out of memory with batches of 8 variants of {WINDOW_BP} bp" in told[0]


def test_a_single_variant_that_does_not_fit_is_an_error(made, rows, monkeypatch):
    monkeypatch.setenv("TOY_MEMORY_BP", str(WINDOW_BP - 1))
    found = together(joined(made()), [question(row) for row in rows[:5]])
    assert all(is_out_of_memory(each) for each in found)


def test_an_error_of_one_variant_in_a_batch_is_its_own(made, rows, monkeypatch):
    model = made()
    predict = model._predict_variant

    def failing(parameters, state, reference, alternate, *arrays, **options):
        if any(each.tobytes() == bad.encode() for each in alternate):
            raise ZeroDivisionError("this variant")
        return predict(parameters, state, reference, alternate, *arrays, **options)

    pair = model._alleles(*question(rows[5])[:2], HUMAN)
    bad = pair[1].tobytes().decode()
    monkeypatch.setattr(model, "_predict_variant", failing)
    found = together(joined(model), [question(row) for row in rows])
    assert [isinstance(each, ZeroDivisionError) for each in found] == [
        place == 5 for place in range(N_ROWS)
    ]


def test_an_error_before_the_model_keeps_no_batch_waiting(made, rows):
    unknown = rows[0]._replace(chrom="chrUn")
    questions = [question(each) for each in (unknown, rows[1], unknown, rows[2])]
    found = together(joined(made()), questions)
    assert [isinstance(each, ValueError) for each in found] == [
        True,
        False,
        True,
        False,
    ]


def test_an_error_while_predictions_are_read_lets_the_others_read(
    made, rows, monkeypatch
):
    model = made()
    listed, n_asked = model.output_metadata, []

    def failing(*arguments):
        n_asked.append(1)
        if len(n_asked) == 2:
            raise ZeroDivisionError("this variant")
        return listed(*arguments)

    monkeypatch.setattr(model, "output_metadata", failing)
    found = together(joined(model), [question(row) for row in rows])
    assert sum(isinstance(each, ZeroDivisionError) for each in found) == 1
    # It was not asked again.
    assert len(n_asked) == N_ROWS


def test_one_thread_reads_its_predictions_at_a_time(made, rows, monkeypatch):
    model = made()
    lock, listed = threading.Lock(), model.output_metadata

    def alone(*arguments):
        assert lock.acquire(blocking=False)
        try:
            return listed(*arguments)
        finally:
            lock.release()

    monkeypatch.setattr(model, "output_metadata", alone)
    found = together(joined(model), [question(row) for row in rows])
    assert not any(isinstance(each, Exception) for each in found)


def test_questions_are_prepared_while_a_batch_is_predicted(made, rows, monkeypatch):
    model = made()
    predict, alleles, prepared = model._predict_variant, model._alleles, []
    all_prepared = threading.Event()

    def noting(*arguments):
        prepared.append(1)
        if len(prepared) == 8:
            all_prepared.set()
        return alleles(*arguments)

    def waiting(*arguments, **options):
        assert all_prepared.wait(WAIT_S)
        return predict(*arguments, **options)

    monkeypatch.setattr(model, "_alleles", noting)
    monkeypatch.setattr(model, "_predict_variant", waiting)
    found = together(joined(model), [question(row) for row in rows[:8]], n_threads=8)
    assert not any(isinstance(each, Exception) for each in found)


def test_hanging_up_ends_the_questions_that_wait(made, rows, monkeypatch):
    model = made()
    predict = model._predict_variant
    is_begun, may_end = threading.Event(), threading.Event()

    def waiting(*arguments, **options):
        is_begun.set()
        assert may_end.wait(WAIT_S)
        return predict(*arguments, **options)

    monkeypatch.setattr(model, "_predict_variant", waiting)
    asked = joined(model, 2)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(asked.score_variant, *question(row)) for row in rows[:4]]
        assert is_begun.wait(WAIT_S)
        asked.hang_up()
        may_end.set()
        errors = [each.exception(WAIT_S) for each in calls]
    assert sum(each is None for each in errors) == 2
    assert sum(isinstance(each, NotAnswered) for each in errors) == 2


def test_a_release_without_batches_answers_one_variant_at_a_time(
    made, rows, computed, caplog
):
    questions = [question(row) for row in rows[:3]]
    expected = together(made(), questions, n_threads=1)
    computed.clear()
    model = made()
    # Another release may have another name for it.
    context = vars(model).pop("_device_context")
    assert not fits(model)
    found, hang_up = in_batches(model, "gpu")
    model._device_context = context
    assert found is model
    hang_up()
    [told] = [each.getMessage() for each in caplog.records]
    assert "variants are predicted one at a time" in told
    assert all(map(same, together(found, questions), expected))
    assert {number for number, _ in computed} == {1}


@pytest.mark.parametrize(
    ("length_bp", "device", "most", "expected"),
    [
        (16_384, "gpu", None, 32),
        (131_072, "gpu", None, 8),
        (524_288, "tpu", None, 2),
        (1_048_576, "gpu", None, 1),
        (16_384, "cpu", None, 1),
        (16_384, "cpu", 4, 4),
        (1_048_576, "gpu", 3, 3),
    ],
)
def test_a_batch_has_the_bases_of_the_longest_window(length_bp, device, most, expected):
    assert batch_size(length_bp, device, most) == expected


def test_a_model_that_is_asked_by_one_thread_alone_waits_for_nobody(
    made, rows, computed
):
    model = InBatches(made(), lambda length_bp: 4, is_out_of_memory)
    names = {SCORER: names_of(model)}
    [answer] = model_asker(model, names)(rows[0], [SCORER])
    assert answer.raw.shape == (len(names[SCORER]),)
    assert computed == [(4, WINDOW_BP)] * 2
