import sys

import numpy as np
import pandas as pd
import pytest
from alphagenome.models.v1.dna_model import DnaModel
from endobench.core.errors import InputError, NotAnswered
from endobench.design.protocol import STUDY_SCORER, STUDY_WINDOW_BP
from endobench.model.answer import ARRAYS
from endobench.model.checkpoint import locate
from endobench.model.scorers import HUMAN, model_asker
from endobench.model.service import ORGANISMS, Service, list_tracks
from endobench.model.weights import Metadata, isolating, load
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, predict
from endobench.predict.shard import Request, Shard
from open_model.checkpoints import forget_packages, tracks_of, write_checkpoint
from servers import service_at, serving, substitutions, tracks_at, write_genome

SCORER = "DNASE-501-DIFF_LOG2_SUM"
OTHER = "DNASE-501-DIFF_MEAN"


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"))


def rows_of(sequence, window_bp=16_384):
    """Return substitutions, an insertion and a deletion."""
    rows = substitutions(sequence, range(12_000, 12_010))
    start = rows["pos"] - window_bp // 2
    rows = rows.assign(window_start=start, window_end=start + window_bp)
    rows.loc[3, "alt"] = rows["ref"][3] + "GATAAGC"
    rows.loc[7, "ref"] = sequence[rows["pos"][7] - 1 :][:5]
    rows.loc[7, "alt"] = rows["ref"][7][0]
    return rows


def refused(*arguments):
    """Return the one line that refuses to load a model."""
    with pytest.raises(InputError) as raised:
        load(*arguments)
    message = str(raised.value)
    assert "\n" not in message
    assert len(message) < 600
    return message


def ask(service, genome_path, rows, tracks, folder, scorers, window_bp=16_384):
    """Predict with a service; return failures, and answers by scorer and variant."""
    shard = Shard(
        rows,
        tracks,
        Request(scorers, window_bp, "model"),
        journal=folder,
        name="chr1",
        genome_digest="0" * 64,
    )
    with shard:
        calls = Calls(4, 3, 30, 10, journal=str(folder))
        access = Access(service, genome_path, calls, CallBudget(folder, None))
        failures = predict(shard, access, max_failed_fraction=1, label="chr1")
        return failures, {
            (scorer, answer.variant_id): answer
            for scorer, _, answers in shard.answers()
            for answer in answers
        }


def test_without_the_package_the_error_says_how_to_install_it(genome, monkeypatch):
    # Hide the package, if it is installed.
    monkeypatch.setitem(sys.modules, "alphagenome_research", None)
    message = refused("huggingface", None, genome[0], HUMAN)
    assert "needs the package alphagenome_research" in message
    assert "run pip install -c envs/requirements.txt 'jax[cuda12]'" in message
    assert (
        "git+https://github.com/google-deepmind/alphagenome_research@v0.2.0" in message
    )
    with pytest.raises(InputError, match="needs the package alphagenome_research"):
        Metadata().output_metadata()


def test_an_earlier_release_is_refused(genome, checkpoint, monkeypatch):
    import alphagenome_research

    monkeypatch.setattr(alphagenome_research, "__version__", "0.1.10")
    message = refused(str(checkpoint), None, genome[0], HUMAN)
    assert "release 0.2.0 or later, not 0.1.10" in message
    monkeypatch.setattr(alphagenome_research, "__version__", "0.10.0")
    assert load(str(checkpoint), None, genome[0], HUMAN)


def test_a_package_that_does_not_fit_the_others_is_refused(
    genome, checkpoint, monkeypatch
):
    import jax

    # One of its packages is of another release, without what is imported from it.
    monkeypatch.setitem(sys.modules, "kagglehub", jax)
    message = refused(str(checkpoint), None, genome[0], HUMAN)
    assert "needs the package alphagenome_research (ImportError: cannot" in message


def test_an_unknown_version_is_refused(genome, package):
    message = refused("huggingface", "FOLD_9", genome[0], HUMAN)
    assert message.startswith("key 'model_version': 'FOLD_9' is not one of ALL_FOLDS,")


@pytest.mark.parametrize("kind", ["gpu", "tpu"])
def test_a_missing_device_is_told_before_anything_is_looked_for(
    genome, package, monkeypatch, kind
):
    monkeypatch.setenv("TOY_DEVICES", "cpu")
    message = refused("/no/such/folder", None, genome[0], HUMAN, kind)
    assert message.startswith(
        f"key 'weights_device': jax finds no {kind} on this machine"
    )
    assert "weights_device: cpu" in message


def test_a_cpu_can_be_chosen(genome, checkpoint, monkeypatch):
    monkeypatch.setenv("TOY_DEVICES", "cpu")
    model = load(str(checkpoint), None, genome[0], HUMAN, "cpu")
    assert model.device.platform == "cpu"
    monkeypatch.setenv("TOY_DEVICES", "gpu,cpu")
    assert load(str(checkpoint), None, genome[0], HUMAN).device.platform == "gpu"


def test_a_folder_of_something_else_is_named(genome, package, tmp_path):
    (tmp_path / "notes").touch()
    message = refused(str(tmp_path), None, genome[0], HUMAN)
    assert f"weights of {tmp_path} cannot be loaded: FileNotFoundError" in message


@pytest.mark.parametrize(
    ("source", "version", "place"),
    [
        ("huggingface", None, "google/alphagenome-all-folds"),
        ("huggingface", "FOLD_1", "google/alphagenome-fold-1"),
        ("kaggle", None, "google/alphagenome/jax/all_folds"),
        ("kaggle", "FOLD_1", "google/alphagenome/jax/fold_1"),
    ],
)
def test_each_hub_loads_its_version_with_the_benchmarks_genome(
    genome, package, monkeypatch, source, version, place
):
    for name in ("HF_TOKEN", "KAGGLE_API_TOKEN"):
        monkeypatch.setenv(name, "hidden-words")
    write_checkpoint(package / place, scale=2.0)
    assert locate(source, version) == package / place
    model = load(source, version, genome[0], HUMAN)
    assert isinstance(model, DnaModel)
    row = next(rows_of(genome[1]).itertuples(index=False))
    asker = model_asker(model, {SCORER: names_of(model)})
    assert np.abs(asker(row, [SCORER])[0].raw).max() > 0


@pytest.mark.parametrize(
    ("organism", "output"),
    [("human", "DNASE"), ("human", "CHIP_TF"), ("mouse", "DNASE")],
)
def test_tracks_are_listed_without_loading_anything(
    genome, checkpoint, monkeypatch, organism, output
):
    service = Service("weights", str(checkpoint), organism=organism)
    model = load(str(checkpoint), None, genome[0], ORGANISMS[organism])
    loaded = list_tracks(model, output, service)
    # Neither a device nor the model's code is needed.
    forget_packages()
    monkeypatch.setenv("TOY_DEVICES", "")
    monkeypatch.setitem(sys.modules, "alphagenome_research.model.dna_model", None)
    pd.testing.assert_frame_equal(tracks_of(service, output), loaded)
    assert not loaded["track"].str.lower().eq("padding").any()
    assert loaded["position"].tolist() == list(range(len(loaded)))


def names_of(model):
    return model.output_metadata().dnase["name"].tolist()


def asking(model, names=None):
    return isolating(model_asker(model, {SCORER: names or names_of(model)}))


def test_an_error_concerns_its_variant_alone(genome, checkpoint):
    model = load(str(checkpoint), None, genome[0], HUMAN)
    asker = asking(model)
    row = next(rows_of(genome[1]).itertuples(index=False))
    with pytest.raises(NotAnswered, match='Chromosome "chrUn" not found'):
        asker(row._replace(chrom="chrUn"), [SCORER])
    [answer] = asker(row, [SCORER])
    assert answer.raw.shape == (8,)
    # Release 0.2.0 knows no quantiles.
    assert answer.quantile is None
    with pytest.raises(ValueError, match="in order"):
        asking(model, names_of(model)[::-1])(row, [SCORER])


def raising(error):
    def ask(row, names):
        raise error

    return isolating(ask)


def test_out_of_memory_ends_the_job(genome, checkpoint, monkeypatch):
    import jax

    words = (
        "RESOURCE_EXHAUSTED: Out of memory while trying to allocate",
        "CUDA_ERROR_OUT_OF_MEMORY: out of memory",
    )
    for error in (*map(jax.JaxRuntimeError, words), MemoryError()):
        with pytest.raises(InputError) as raised:
            raising(error)(None, [])
        assert "ran out of memory" in str(raised.value)
        assert "window_bp" in str(raised.value)
        assert ":)" not in str(raised.value)


def test_a_device_that_fails_ends_the_job(package):
    import jax

    with pytest.raises(InputError, match="device of the open model failed: Jax"):
        raising(jax.JaxRuntimeError("INTERNAL: illegal address"))(None, [])


def test_code_that_does_not_fit_ends_the_job():
    # A package of another release would fail for every variant.
    with pytest.raises(TypeError):
        raising(TypeError("unexpected keyword"))(None, [])


def test_a_job_ends_with_the_first_variant_that_does_not_fit_into_memory(
    genome, checkpoint, tmp_path, monkeypatch
):
    path, sequence = genome
    service = Service("weights", str(checkpoint))
    rows, tracks = rows_of(sequence), tracks_of(service)
    monkeypatch.setenv("TOY_MEMORY_BP", "10000")
    with pytest.raises(InputError) as raised:
        ask(service, path, rows, tracks, tmp_path / "one", [SCORER])
    message = str(raised.value)
    assert message.startswith("the open model ran out of memory (JaxRuntimeError: RES")
    assert len(message) < 400 and "\n" not in message


def test_two_checkpoints_do_not_share_answers(genome, package, tmp_path):
    path, sequence = genome
    rows, found = rows_of(sequence), []
    for scale in (1.0, 3.0):
        folder = write_checkpoint(tmp_path / f"{scale}" / "checkpoint", scale)
        service = Service("weights", str(folder))
        tracks = tracks_of(service)
        _, answers = ask(service, path, rows, tracks, tmp_path / "journal", [SCORER])
        found.append(np.stack([answers[key].raw for key in sorted(answers)]))
    assert np.abs(found[0]).max() > 1e-4
    # Single precision.
    np.testing.assert_allclose(found[1], 3 * found[0], rtol=1e-6)


def test_a_checkpoint_that_changes_after_its_tracks_were_listed_is_refused(
    genome, checkpoint, tmp_path
):
    path, sequence = genome
    service = Service("weights", str(checkpoint))
    tracks = tracks_of(service)
    (checkpoint / "d/scale.json").write_text('{"scale": 9.0}')
    with pytest.raises(InputError, match="its tracks were listed for weights/default/"):
        ask(service, path, rows_of(sequence), tracks, tmp_path / "journal", [SCORER])


@pytest.mark.parametrize(
    "scorers, window_bp",
    [([SCORER], 16_384), ([SCORER, OTHER], 16_384), ([STUDY_SCORER], STUDY_WINDOW_BP)],
    ids=["one", "two", "study"],
)
def test_the_open_model_scores_like_a_server_with_its_weights(
    genome, checkpoint, tmp_path, scorers, window_bp
):
    path, sequence = genome
    service = Service("weights", str(checkpoint))
    rows, tracks = rows_of(sequence, window_bp), tracks_of(service)
    question = scorers, window_bp
    failures, local = ask(service, path, rows, tracks, tmp_path / "one", *question)
    assert failures.empty
    with serving(path) as (_, address):
        theirs = tracks_at(address)
        # The server names itself as their source.
        same = tracks.columns.drop(["model", "data_source"])
        pd.testing.assert_frame_equal(tracks[same], theirs[same])
        service = service_at(address)
        _, served = ask(service, path, rows, theirs, tmp_path / "two", *question)
    assert local.keys() == served.keys()
    assert len(local) == len(rows) * len(scorers)
    for key, answer in local.items():
        assert answer.window_start == served[key].window_start
        for name in ARRAYS:
            mine, its = getattr(answer, name), getattr(served[key], name)
            if name == "quantile":
                assert mine is None
                continue
            assert (mine is None) == (its is None)
            assert mine is None or mine.tobytes() == its.tobytes()
    assert max(np.abs(answer.raw).max() for answer in local.values()) > 1e-4


def test_a_variant_that_fails_is_named_and_the_others_are_answered(
    genome, checkpoint, tmp_path
):
    path, sequence = genome
    service = Service("weights", str(checkpoint))
    rows, tracks = rows_of(sequence), tracks_of(service)
    rows.loc[4, "chrom"] = "chrUn"
    failures, answers = ask(service, path, rows, tracks, tmp_path / "one", [SCORER])
    [failure] = failures.itertuples()
    assert failure.variant_id == rows["variant_id"][4]
    assert (failure.grpc_status, failure.attempts) == ("NotAnswered", 1)
    assert failure.message == 'ValueError: Chromosome "chrUn" not found.'
    assert len(answers) == len(rows) - 1
