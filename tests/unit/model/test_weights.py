import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
from alphagenome.models.v1.dna_model import DnaModel
from endobench.core.errors import InputError, NotAnswered
from endobench.design.protocol import STUDY_SCORER, STUDY_WINDOW_BP
from endobench.model.answer import ARRAYS
from endobench.model.scorers import HUMAN, model_asker
from endobench.model.service import Service, connection, list_tracks
from endobench.model.standin.motif_model import MotifModel
from endobench.model.weights import isolating, load
from endobench.predict.call_budget import CallBudget
from endobench.predict.chromosome import Access, Calls, predict
from endobench.predict.shard import Request, Shard
from servers import service_at, serving, substitutions, tracks_at, write_genome

SCORER = "DNASE-501-DIFF_LOG2_SUM"
OTHER = "DNASE-501-DIFF_MEAN"

# A package with the names of `alphagenome_research`, around the stand-in's model.
PACKAGE = textwrap.dedent(
    """
    import dataclasses
    import pathlib
    import threading

    import anndata
    from alphagenome.data import track_data
    from alphagenome.models.v1 import dna_model, dna_output
    from endobench.model.standin.motif_model import WEIGHTS, MotifModel, quantiles
    from endobench.genome.motifs import accessibility


    @dataclasses.dataclass(frozen=True, kw_only=True)
    class OrganismSettings:
        metadata: object = None
        fasta_path: str | None = None
        gtf_feather_path: str | None = None


    def default_organism_settings():
        return {
            organism: OrganismSettings(fasta_path="https://elsewhere/genome.fa")
            for organism in dna_model.Organism
        }


    class ToyModel(dna_model.DnaModel):
        def __init__(self, checkpoint, fasta_path):
            self.checkpoint = checkpoint
            self.motif_model = MotifModel(fasta_path)
            self.device = threading.Lock()

        def output_metadata(self, organism=dna_model.Organism.HOMO_SAPIENS):
            return dna_output.OutputMetadata(dnase=self.motif_model.metadata)

        def score_variant(
            self,
            interval,
            variant,
            variant_scorers=(),
            *,
            organism=dna_model.Organism.HOMO_SAPIENS,
        ):
            # One question fills the device.
            if not self.device.acquire(blocking=False):
                raise MemoryError
            try:
                return [
                    self.score(interval.to_proto(), variant.to_proto(), scorer)
                    for scorer in variant_scorers
                ]
            finally:
                self.device.release()

        def score(self, interval, variant, scorer):
            mask = scorer.to_proto().center_mask
            raw = self.motif_model.score(interval, variant, mask)
            return anndata.AnnData(
                X=raw[None],
                var=self.motif_model.metadata.rename(index=str),
                layers={"quantiles": quantiles(raw)[None]},
            )

        def predict_sequence(
            self,
            sequence,
            *,
            organism=dna_model.Organism.HOMO_SAPIENS,
            requested_outputs,
            ontology_terms,
            interval=None,
        ):
            values = accessibility(sequence, WEIGHTS)
            tracks = track_data.TrackData(values, self.motif_model.metadata)
            return dna_output.Output(dnase=tracks)

        def predict_interval(self, *args, **kwargs):
            raise NotImplementedError

        predict_variant = score_interval = score_ism_variants = predict_interval


    def create(checkpoint_path, *, organism_settings=None, device=None):
        if not pathlib.Path(checkpoint_path).exists():
            raise FileNotFoundError(f"no checkpoint at {checkpoint_path}")
        settings = organism_settings or default_organism_settings()
        fasta_path = settings[dna_model.Organism.HOMO_SAPIENS].fasta_path
        return ToyModel(str(checkpoint_path), fasta_path)


    def create_from(hub, model_version, organism_settings):
        folder = pathlib.Path(__file__).parent / hub / model_version
        return create(folder, organism_settings=organism_settings)


    def create_from_huggingface(model_version, *, organism_settings=None, device=None):
        return create_from("huggingface", model_version, organism_settings)


    def create_from_kaggle(model_version, *, organism_settings=None, device=None):
        return create_from("kaggle", model_version, organism_settings)
    """
)


def forget_package():
    """Make the next import read the package again."""
    for name in list(sys.modules):
        if name.partition(".")[0] == "alphagenome_research":
            del sys.modules[name]


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install the package with two checkpoints; yield its folder."""
    folder = tmp_path / "packages" / "alphagenome_research" / "model"
    for checkpoint in ("huggingface/all_folds", "kaggle/fold_1"):
        (folder / checkpoint).mkdir(parents=True)
    for each in (folder.parent, folder):
        (each / "__init__.py").touch()
    (folder / "dna_model.py").write_text(PACKAGE)
    forget_package()
    monkeypatch.syspath_prepend(tmp_path / "packages")
    yield folder
    forget_package()


def rows_of(sequence, window_bp=16_384):
    """Return substitutions, an insertion and a deletion."""
    rows = substitutions(sequence, range(12_000, 12_010))
    start = rows["pos"] - window_bp // 2
    rows = rows.assign(window_start=start, window_end=start + window_bp)
    rows.loc[3, "alt"] = rows["ref"][3] + "GATAAGC"
    rows.loc[7, "ref"] = sequence[rows["pos"][7] - 1 :][:5]
    rows.loc[7, "alt"] = rows["ref"][7][0]
    return rows


def tracks_of(genome_path):
    service = Service("weights", "huggingface")
    with connection(service, genome_path, deadline_s=1, connect_timeout_s=1) as made:
        return list_tracks(made.client, "DNASE", service)


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
    with pytest.raises(InputError) as raised:
        load("huggingface", None, genome[0], HUMAN)
    message = str(raised.value)
    assert "needs the package alphagenome_research" in message
    assert "pip install git+https://github.com/google-deepmind/" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "source, version, checkpoint",
    [
        ("huggingface", None, "huggingface/all_folds"),
        ("huggingface", "ALL_FOLDS", "huggingface/all_folds"),
        ("kaggle", "FOLD_1", "kaggle/fold_1"),
    ],
)
def test_each_hub_loads_its_version_with_the_benchmarks_genome(
    genome, package, source, version, checkpoint
):
    model = load(source, version, genome[0], HUMAN)
    assert isinstance(model, DnaModel)
    assert model.checkpoint == str(package / checkpoint)
    # The stand-in's tracks name the genome that they are of.
    source_of = model.output_metadata().dnase["data_source"]
    assert set(source_of) == {MotifModel(genome[0]).source}


def test_a_local_checkpoint_is_loaded_by_its_folder(genome, package, tmp_path):
    (tmp_path / "mine").mkdir()
    model = load(str(tmp_path / "mine"), None, genome[0], HUMAN)
    assert model.checkpoint == str(tmp_path / "mine")
    assert model.motif_model.source == MotifModel(genome[0]).source


@pytest.mark.parametrize(
    "source, version", [("kaggle", "FOLD_0"), ("no/such/folder", None)]
)
def test_weights_that_cannot_be_loaded_are_named(genome, package, source, version):
    with pytest.raises(InputError) as raised:
        load(source, version, genome[0], HUMAN)
    message = str(raised.value)
    assert f"of {source} cannot be loaded: FileNotFoundError: no checkpoint" in message
    assert (version or "ALL_FOLDS").lower() in message
    assert "\n" not in message


def test_an_error_concerns_its_variant_alone(genome, package):
    model = load("huggingface", None, genome[0], HUMAN)
    names = model.output_metadata().dnase["name"].tolist()
    asker = isolating(model_asker(model, {SCORER: names}))
    row = next(rows_of(genome[1]).itertuples(index=False))
    with pytest.raises(NotAnswered, match="BadRequest: unknown chromosome 'chrUn'"):
        asker(row._replace(chrom="chrUn"), [SCORER])
    assert asker(row, [SCORER])[0].raw.shape == (8,)
    misled = isolating(model_asker(model, {SCORER: names[::-1]}))
    with pytest.raises(ValueError, match="in order"):
        misled(row, [SCORER])


@pytest.mark.parametrize(
    "scorers, window_bp",
    [([SCORER], 16_384), ([SCORER, OTHER], 16_384), ([STUDY_SCORER], STUDY_WINDOW_BP)],
    ids=["one", "two", "study"],
)
def test_the_open_model_scores_like_a_server_with_its_weights(
    genome, package, tmp_path, scorers, window_bp
):
    path, sequence = genome
    rows, tracks = rows_of(sequence, window_bp), tracks_of(path)
    service = Service("weights", "huggingface")
    question = scorers, window_bp
    failures, local = ask(service, path, rows, tracks, tmp_path / "one", *question)
    assert failures.empty
    with serving(path) as (_, address):
        pd.testing.assert_frame_equal(tracks, tracks_at(address))
        service = service_at(address)
        _, served = ask(service, path, rows, tracks, tmp_path / "two", *question)
    assert local.keys() == served.keys()
    assert len(local) == len(rows) * len(scorers)
    for key, answer in local.items():
        assert answer.window_start == served[key].window_start
        for name in ARRAYS:
            mine, its = getattr(answer, name), getattr(served[key], name)
            assert (mine is None) == (its is None)
            assert mine is None or mine.tobytes() == its.tobytes()
    assert max(np.abs(answer.raw).max() for answer in local.values()) > 1e-4


def test_a_variant_that_fails_is_named_and_the_others_are_answered(
    genome, package, tmp_path
):
    path, sequence = genome
    rows, tracks = rows_of(sequence), tracks_of(path)
    rows.loc[4, "chrom"] = "chrUn"
    service = Service("weights", "huggingface")
    failures, answers = ask(service, path, rows, tracks, tmp_path / "one", [SCORER])
    [failure] = failures.itertuples()
    assert failure.variant_id == rows["variant_id"][4]
    assert (failure.grpc_status, failure.attempts) == ("NotAnswered", 1)
    assert failure.message == "BadRequest: unknown chromosome 'chrUn'"
    assert len(answers) == len(rows) - 1
