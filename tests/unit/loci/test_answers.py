import contextlib
from collections import namedtuple

import numpy as np
import pandas as pd
import pytest
from alphagenome.data import track_data
from alphagenome.models.v1 import dna_output
from alphagenome.protos.v1 import dna_model_pb2
from asking import SCORER, LociRun
from endobench.core.errors import InputError, WrongAnswer
from endobench.loci.answers import check_score
from endobench.loci.question import LocusGene, LocusQuestion, LocusView
from endobench.model.wire import wire_asker
from liars import (
    ABOUT_TRACKS,
    Liar,
    an_output_too_many,
    late_by_one,
    of_another_output,
    without_numbers,
)
from servers import client_of, serving, substitutions

pytestmark = pytest.mark.services


def lying(stack, folder, genome, lie, **lies):
    service, address = stack.enter_context(serving(genome[0], Liar, lie=lie, **lies))
    return LociRun(folder, genome, address), service


def in_bins(responses, _):
    for response in responses:
        for name in ("reference_output", "alternate_output"):
            if response.HasField(name):
                getattr(response, name).track_data.resolution = 2
    return responses


def of_interval(change):
    def lie(responses, _):
        for response in responses:
            for name in ("reference_output", "alternate_output"):
                if response.HasField(name):
                    change(getattr(response, name).track_data.interval)
        return responses

    return lie


def move(interval):
    interval.start += 64
    interval.end += 64


def leave(interval):
    interval.chromosome = "chr2"


def turn(interval):
    interval.strand = dna_model_pb2.STRAND_NEGATIVE


def without_alternate(responses, _):
    return responses[: len(responses) // 2]


LIES = ABOUT_TRACKS | {
    "another interval": of_interval(move),
    "another chromosome": of_interval(leave),
    "the other strand": of_interval(turn),
    "bins": in_bins,
    "no ALT": without_alternate,
}


@pytest.mark.parametrize("lie", LIES)
def test_tracks_that_do_not_fit_are_tried_again_and_end_the_run(genome, tmp_path, lie):
    with contextlib.ExitStack() as stack:
        once = {"is_lying": {0}.__contains__}
        run, service = lying(stack, tmp_path, genome, LIES[lie], **once)
        loci, tracks = run.predict(run.loci([20_000]), run.tracks, track_set="all")
        assert loci["failure"].isna().all() and len(service.journal) == 2
        run, service = lying(stack, tmp_path, genome, LIES[lie])
        with pytest.raises(InputError, match="wrong answer in 2 attempts.*21000"):
            run.predict(run.loci([20_000, 21_000]), run.tracks, track_set="all")
        assert len(service.journal) == 2
        # Nothing of it is remembered.
        service.lie = None
        service.journal.clear()
        run.predict(run.loci([20_000, 21_000]), run.tracks, track_set="all")
        assert len(service.journal) == 1


def test_the_allele_that_is_missing_is_named(genome, tmp_path):
    with contextlib.ExitStack() as stack:
        run, _ = lying(stack, tmp_path, genome, without_alternate)
        with pytest.raises(InputError, match="asked for DNASE of ALT; nothing came"):
            run.predict(run.loci([20_000]))


@pytest.mark.parametrize("lie", [of_another_output, an_output_too_many])
def test_outputs_that_nobody_asked_for_are_told_at_once(genome, tmp_path, lie):
    with contextlib.ExitStack() as stack:
        run, service = lying(stack, tmp_path, genome, lie)
        with pytest.raises(InputError, match="ATAC, which nobody asked for"):
            run.predict(run.loci([20_000]), attempts=12)
        assert len(service.journal) == 1


def test_a_track_without_numbers_is_left_out_and_the_others_are_drawn(genome, tmp_path):
    chosen = [0, 1]
    with contextlib.ExitStack() as stack:
        lie = without_numbers([1])
        run, service = lying(stack, tmp_path, genome, lie)
        tracks = run.tracks.iloc[chosen]
        loci, drawn = run.predict(
            run.loci([20_000]), run.tracks.iloc[chosen], attempts=5
        )
        assert len(service.journal) == 3
        assert drawn["track"].unique().tolist() == [tracks["track"].iloc[0]]
        assert loci["failure"].isna().all()
        run, _ = lying(stack, tmp_path, genome, without_numbers([0]))
        loci, _ = run.predict(run.loci([21_000]), run.tracks.iloc[[1]], attempts=5)
        assert "not finite" in loci["failure"].iloc[0]


def of_other_alleles(responses, _):
    """Answer with the tracks of ALT as those of REF, and the other way round."""
    half = len(responses) // 2
    result = []
    for response in responses[half:] + responses[:half]:
        for name, other in (("reference", "alternate"), ("alternate", "reference")):
            if response.HasField(f"{name}_output"):
                output = getattr(response, f"{name}_output")
                response = type(response)(**{f"{other}_output": output})
                break
        result.append(response)
    return result


@pytest.fixture(scope="module")
def scored(genome):
    """The variant of the largest score in K562 at a site of this genome."""
    rows = substitutions(genome[1], range(15_350, 15_380))
    with serving(genome[0]) as (_, address), client_of(address) as made:
        names = made.client.output_metadata().dnase["name"].tolist()
        ask = wire_asker(made, {SCORER: names})
        rows["score"] = [
            float(ask(row, [SCORER])[0].raw[0]) for row in rows.itertuples(index=False)
        ]
    largest = rows.loc[rows["score"].abs().idxmax()]
    assert abs(largest["score"]) > 0.2
    return largest


@pytest.mark.parametrize("n_tracks", [1, 2])
def test_exchanged_alleles_contradict_a_known_score(genome, tmp_path, scored, n_tracks):
    with contextlib.ExitStack() as stack:
        run, service = lying(stack, tmp_path, genome, of_other_alleles)
        # Two tracks that both see the change.
        loci = run.loci([scored["pos"]], score=scored["score"])
        loci["model"] = run.tracks["model"].iloc[0]
        tracks = run.tracks.iloc[[0, 0][:n_tracks]]
        with pytest.raises(InputError, match="wrong answer.*whose DNASE-501.* is"):
            run.predict(loci, tracks)
        assert len(service.journal) == 2
        run, _ = lying(stack, tmp_path, genome, None)
        done, _ = run.predict(loci, tracks)
        assert done["failure"].isna().all()


def test_the_tracks_of_another_variant_contradict_a_known_score(
    genome, tmp_path, scored
):
    with contextlib.ExitStack() as stack:
        run, _ = lying(stack, tmp_path, genome, late_by_one)
        # Far from any motif, so that its score is small.
        loci = run.loci([scored["pos"] + 2_000, scored["pos"]])
        loci["score"] = [np.nan, scored["score"]]
        loci["model"] = run.tracks["model"].iloc[0]
        with pytest.raises(InputError, match=f"wrong answer.*{scored['variant_id']}"):
            run.predict(loci, attempts=1)


@pytest.mark.parametrize("score", [np.nan, 0.05, 3.0])
def test_without_a_score_of_this_model_tracks_are_drawn_as_they_come(
    genome, tmp_path, scored, score
):
    with contextlib.ExitStack() as stack:
        run, _ = lying(stack, tmp_path, genome, of_other_alleles)
        done, _ = run.predict(run.loci([scored["pos"]], score=score))
        assert done["failure"].isna().all()


Row = namedtuple("Row", "variant_id chrom pos ref alt window_start score model")


def expression_of(strand, score, exons=((100, 140), (300, 340))):
    """Check the score of a gene against tracks that fall on one strand, and rise on the
    other."""
    names = pd.DataFrame({"name": ["t", "t"], "strand": ["+", "-"]})
    place = np.arange(2_048)
    is_exon = ((place >= 100) & (place < 140)) | ((place >= 300) & (place < 340))
    ref = np.where(is_exon, 2.0, 0.1)[:, None] * np.ones(2)
    alt = ref * np.where(is_exon[:, None], [0.5, 2.0], 1.0)
    outputs = (
        dna_output.Output(rna_seq=track_data.TrackData(each.astype("f4"), names, 1))
        for each in (ref, alt)
    )
    tracks = pd.DataFrame({"track": ["t"], "output": "RNA_SEQ.genes", "model": "m"})
    tracks = tracks.assign(ontology_curie="EFO:1", biosample="cell")
    gene = LocusGene("ENSG01", strand, exons[0][0], exons[-1][1], exons)
    view = LocusView("K562", "RNA_SEQ", 2_048, 128)
    question = LocusQuestion(tracks, view, None, gene)
    row = Row("chr1_200_A_G_b38", "chr1", 200, "A", "G", 0, score, "m")
    check_score(dna_output.VariantOutput(*outputs), row, question, 0)


def test_tracks_of_a_gene_must_change_as_its_score_says():
    expression_of("+", np.log(0.5))
    expression_of("-", np.log(2))
    for strand, score in (("+", np.log(2)), ("-", np.log(0.5))):
        with pytest.raises(WrongAnswer, match="RNA_SEQ of ENSG01 is .*log fold change"):
            expression_of(strand, score)
    # What is known too little of the gene or of its score contradicts nothing.
    expression_of("+", 0.01)
    expression_of("+", np.nan)
    expression_of("+", np.log(2), ((100, 140), (300, 9_000)))
