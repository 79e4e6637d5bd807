import sys

import anndata
import numpy as np
import pandas as pd
import pytest
from alphagenome.data import genome as genome_lib
from alphagenome.models.v1.dna_model import DnaModel
from endobench.core.errors import InputError, NotAnswered
from endobench.design.scorers import GENE_SCORERS, STUDY_SCORER, STUDY_WINDOW_BP
from endobench.design.scorers import tracks_of as tracks_listed
from endobench.model import service as services
from endobench.model.answer import ARRAYS
from endobench.model.checkpoint import locate
from endobench.model.scorer_names import HUMAN, parse_scorer
from endobench.model.scorers import model_asker
from endobench.model.service import ORGANISMS, Service, list_tracks
from endobench.model.weights import Metadata, isolating, load
from endobench.model.wire import wire_asker
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, predict
from endobench.predict.shard import Request, Shard
from gene_answers import GeneService
from open_model.checkpoints import forget_packages, tracks_of, write_checkpoint
from servers import (
    FaultyService,
    client_of,
    service_at,
    serving,
    substitutions,
    tracks_at,
    write_genome,
)

SCORER = "DNASE-501-DIFF_LOG2_SUM"
OTHER = "DNASE-501-DIFF_MEAN"


class GeneServing(FaultyService, GeneService):
    """A server that answers by gene."""


def rows_of(sequence, window_bp=16_384):
    """Return substitutions, an insertion and a deletion."""
    rows = substitutions(sequence, range(12_000, 12_010))
    start = rows["pos"] - window_bp // 2
    rows = rows.assign(window_start=start, window_end=start + window_bp)
    rows.loc[3, "alt"] = rows["ref"][3] + "GATAAGC"
    rows.loc[7, "ref"] = sequence[rows["pos"][7] - 1 :][:5]
    rows.loc[7, "alt"] = rows["ref"][7][0]
    return rows


def refused(*arguments, **options):
    """Return the one line that refuses to load a model."""
    with pytest.raises(InputError) as raised:
        load(*arguments, **options)
    message = str(raised.value)
    assert "\n" not in message
    assert len(message) < 600
    return message


def ask(
    service, genome_path, rows, tracks, folder, scorers, window_bp=16_384, batch=None
):
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
        calls = Calls(4, 3, 30, 10, journal=str(folder), batch=batch)
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


def test_a_job_whose_batch_does_not_fit_into_memory_takes_smaller_ones(
    genome, checkpoint, tmp_path, monkeypatch, caplog
):
    path, sequence = genome
    service = Service("weights", str(checkpoint))
    rows, tracks = rows_of(sequence), tracks_of(service)
    monkeypatch.setenv("TOY_MEMORY_BP", str(2 * 16_384))
    failures, answers = ask(
        service, path, rows, tracks, tmp_path / "one", [SCORER], batch=5
    )
    assert failures.empty and len(answers) == len(rows)
    assert "5 variants of 16384 bp; continuing with 2" in caplog.text


def test_threads_of_a_job_prepare_a_batch_while_one_is_predicted(tmp_path):
    calls = Calls(4, 3, 30, 10, journal=str(tmp_path))
    found = [
        Access(Service(kind, "x"), None, calls._replace(batch=batch), None)
        .limits(100, 0.1, window_bp)
        .concurrency
        for kind, batch, window_bp in (
            ("weights", None, 16_384),
            ("weights", None, 1_048_576),
            ("weights", 3, 1_048_576),
            ("alphagenome", 3, 16_384),
        )
    ]
    assert found == [64, 2, 6, 4]


def test_compiled_functions_are_kept_unless_the_environment_has_a_folder(
    genome, checkpoint, tmp_path, monkeypatch
):
    import jax

    def kept():
        jax.config.settings.clear()
        load(str(checkpoint), None, genome[0], HUMAN, compiled="some/compiled")
        return jax.config.settings

    monkeypatch.chdir(tmp_path)
    expected = {"jax_compilation_cache_dir": str(tmp_path / "some/compiled")}
    assert kept() == expected
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "elsewhere")
    assert kept() == {}


def test_a_job_reads_the_checkpoint_once_for_its_digest(
    genome, checkpoint, tmp_path, monkeypatch
):
    path, sequence = genome
    model = Service("weights", str(checkpoint))
    tracks = pd.concat([tracks_of(model, each) for each in ("DNASE", "CHIP_TF")])
    digest_of, n_read = services.digest_of, []

    def noting(folder):
        n_read.append(folder)
        return digest_of(folder)

    monkeypatch.setattr(services, "digest_of", noting)
    scorers = [SCORER, "CHIP_TF-501-DIFF_LOG2_SUM"]
    _, answers = ask(model, path, rows_of(sequence), tracks, tmp_path / "one", scorers)
    assert len(answers) == 20
    assert n_read == [checkpoint]


def test_two_checkpoints_do_not_share_answers(genome, package, tmp_path):
    path, sequence = genome
    rows, found = rows_of(sequence), []
    for scale in (1.0, 4.0):
        folder = write_checkpoint(tmp_path / f"{scale}" / "checkpoint", scale)
        service = Service("weights", str(folder))
        tracks = tracks_of(service)
        _, answers = ask(service, path, rows, tracks, tmp_path / "journal", [OTHER])
        found.append(np.stack([answers[key].raw for key in sorted(answers)]))
    assert np.abs(found[0]).max() > 1e-4
    # A difference of means; a power of two rounds nothing.
    np.testing.assert_array_equal(found[1], 4 * found[0])


def test_a_checkpoint_that_changes_after_its_tracks_were_listed_is_refused(
    genome, checkpoint, tmp_path
):
    path, sequence = genome
    service = Service("weights", str(checkpoint))
    tracks = tracks_of(service)
    (checkpoint / "d/scale.json").write_text('{"scale": 9.0}')
    with pytest.raises(InputError, match="its tracks were listed for weights/default/"):
        ask(service, path, rows_of(sequence), tracks, tmp_path / "journal", [SCORER])


@pytest.mark.services
@pytest.mark.parametrize(
    "scorers, window_bp",
    [([SCORER], 16_384), ([SCORER, OTHER], 16_384), ([STUDY_SCORER], STUDY_WINDOW_BP)],
    ids=["one", "two", "study"],
)
@pytest.mark.parametrize("batch", [1, 3, None])
def test_the_open_model_scores_like_a_server_with_its_weights(
    genome, checkpoint, tmp_path, scorers, window_bp, batch
):
    path, sequence = genome
    service = Service("weights", str(checkpoint))
    rows, tracks = rows_of(sequence, window_bp), tracks_of(service)
    question = scorers, window_bp
    failures, local = ask(
        service, path, rows, tracks, tmp_path / "one", *question, batch
    )
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


ANNOTATION = {
    "RNA_SEQ": ["gtf_feather_path"],
    "SPLICE_JUNCTIONS": [
        "gtf_feather_path",
        "splice_site_starts_feather_path",
        "splice_site_ends_feather_path",
    ],
    "POLYADENYLATION": ["gtf_feather_path", "pas_feather_path"],
}
N_BP = 131_072


@pytest.fixture(scope="module")
def long_genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("long genome"), length=1_000_000)


def gene_rows_of(sequence):
    """Return variants whose windows have 0, 1, 3 and 55 genes (`gene_answers`)."""
    rows = substitutions(sequence, [100_000, 310_000, 470_000, 810_000])
    start = rows["pos"] - N_BP // 2
    rows = rows.assign(window_start=start, window_end=start + N_BP)
    return list(rows.itertuples(index=False))


@pytest.mark.parametrize("scorer", ANNOTATION)
def test_the_packages_annotation_is_read_for_the_scorers_that_need_it(
    long_genome, checkpoint, monkeypatch, scorer
):
    path, sequence = long_genome
    monkeypatch.setenv("TOY_ANNOTATION", ",".join(ANNOTATION[scorer]))
    model = load(str(checkpoint), None, path, HUMAN, scorers=[SCORER, scorer])
    names = tracks_of(Service("weights", str(checkpoint)), tracks_listed(scorer))
    ask = isolating(model_asker(model, {scorer: names["track"].tolist()}))
    for row in gene_rows_of(sequence):
        [answer] = ask(row, [scorer])
        assert answer.is_complete() and answer.quantile is None
    # Without it, the package has no such scorer.
    lacking = load(str(checkpoint), None, path, HUMAN, scorers=[SCORER])
    ask = isolating(model_asker(lacking, {scorer: names["track"].tolist()}))
    with pytest.raises(NotAnswered, match="is missing"):
        ask(row, [scorer])


def test_annotation_that_cannot_be_had_is_told_in_one_line(long_genome, checkpoint):
    message = refused(
        str(checkpoint), None, long_genome[0], HUMAN, "gpu", [SCORER, "RNA_SEQ"]
    )
    assert "and the annotation that scorers by gene need cannot be loaded" in message
    assert "no network: https://elsewhere/gtf_feather_path" in message


def test_copies_of_the_annotation_need_no_network(long_genome, checkpoint, tmp_path):
    options = {"scorers": [SCORER, "POLYADENYLATION"], "annotation": tmp_path}
    (tmp_path / "gtf_feather_path").touch()
    message = refused(str(checkpoint), None, long_genome[0], HUMAN, **options)
    missing = tmp_path / "pas_feather_path"
    assert message == (
        f"key 'weights_annotation': {missing} does not exist; expected a copy of"
        " https://elsewhere/pas_feather_path"
    )
    missing.touch()
    # Without the copies, the package would ask for its own files.
    assert load(str(checkpoint), None, long_genome[0], HUMAN, **options)


@pytest.mark.services
def test_scores_by_gene_of_local_weights_are_those_of_a_server_that_merges(
    long_genome, checkpoint, monkeypatch
):
    path, sequence = long_genome
    every = sorted({name for names in ANNOTATION.values() for name in names})
    monkeypatch.setenv("TOY_ANNOTATION", ",".join(every))
    scorers = [*GENE_SCORERS, SCORER]
    model = load(str(checkpoint), None, path, HUMAN, scorers=scorers)
    service = Service("weights", str(checkpoint))
    names = {
        scorer: tracks_of(service, tracks_listed(scorer))["track"].tolist()
        for scorer in scorers
    }
    ask = isolating(model_asker(model, names))
    n_genes = []
    with (
        serving(path, GeneServing) as (_, address),
        client_of(address) as made,
    ):
        served = wire_asker(made, names)
        for row in gene_rows_of(sequence):
            pairs = zip(scorers, ask(row, scorers), served(row, scorers), strict=True)
            for scorer, mine, its in pairs:
                assert mine.raw.tobytes() == its.raw.tobytes()
                assert mine.raw.shape == its.raw.shape
                assert mine.raw.shape[-1] == len(names[scorer])
                if scorer != SCORER:
                    assert mine.feature_ids.tolist() == its.feature_ids.tolist()
                if scorer == "RNA_SEQ":
                    n_genes.append(len(mine.feature_ids))
    assert n_genes == [0, 1, 3, 55]
    # The package's own answer has a row for each strand, and no number for the other.
    row = gene_rows_of(sequence)[2]
    [raw] = model.score_variant(
        genome_lib.Interval(row.chrom, row.window_start, row.window_end),
        genome_lib.Variant(row.chrom, row.pos, row.ref, row.alt),
        [parse_scorer("RNA_SEQ")],
    )
    assert raw.X.shape[1] > len(names["RNA_SEQ"])
    assert np.isnan(raw.X).any()


def test_padding_between_the_tracks_of_an_answer_is_dropped(
    long_genome, checkpoint, monkeypatch
):
    path, sequence = long_genome
    monkeypatch.setenv("TOY_ANNOTATION", "gtf_feather_path")
    model = load(str(checkpoint), None, path, HUMAN, scorers=["RNA_SEQ"])
    names = tracks_of(Service("weights", str(checkpoint)), "RNA_SEQ.genes")
    ask = model_asker(model, {"RNA_SEQ": names["track"].tolist()})
    row = gene_rows_of(sequence)[2]
    [expected] = ask(row, ["RNA_SEQ"])
    score = type(model).score_variant

    def padded(*arguments, **options):
        [found] = score(*arguments, **options)
        order = [0, 0, *range(1, found.n_vars), 0]
        var = found.var.iloc[order].set_index(pd.Index(map(str, range(len(order)))))
        var.iloc[[0, -1], var.columns.get_loc("name")] = "Padding"
        scores = anndata.AnnData(found.X[:, order], obs=found.obs, var=var)
        return [scores]

    monkeypatch.setattr(type(model), "score_variant", padded)
    ask = model_asker(model, {"RNA_SEQ": names["track"].tolist()})
    [answer] = ask(row, ["RNA_SEQ"])
    assert answer.raw.tobytes() == expected.raw.tobytes()


def test_a_gene_without_junctions_costs_no_other_score(
    long_genome, checkpoint, monkeypatch
):
    path, sequence = long_genome
    every = sorted({name for names in ANNOTATION.values() for name in names})
    monkeypatch.setenv("TOY_ANNOTATION", ",".join(every))
    scorers = ["RNA_SEQ", "SPLICE_JUNCTIONS", SCORER]
    model = load(str(checkpoint), None, path, HUMAN, scorers=scorers)
    service = Service("weights", str(checkpoint))
    names = {
        scorer: tracks_of(service, tracks_listed(scorer))["track"].tolist()
        for scorer in scorers
    }
    row = gene_rows_of(sequence)[2]
    expected = model_asker(model, names)(row, scorers)
    score = type(model).score_variant

    def failing(self, interval, variant, variant_scorers, **options):
        if parse_scorer("SPLICE_JUNCTIONS") in variant_scorers:
            raise ValueError("Both junction_scores and mask_metadata must be non-empty")
        return score(self, interval, variant, variant_scorers, **options)

    monkeypatch.setattr(type(model), "score_variant", failing)
    ask = isolating(model_asker(model, names))
    found = ask(row, scorers)
    for place in (0, 2):
        assert found[place].raw.tobytes() == expected[place].raw.tobytes()
    assert found[1].raw.shape == (0, len(names["SPLICE_JUNCTIONS"]))
    assert found[1].feature_ids.shape == (0,)
    assert ask(row, ["SPLICE_JUNCTIONS"])[0].raw.shape == found[1].raw.shape
