import grpc
import numpy as np
import pysam
import pytest
from alphagenome.data import genome
from alphagenome.models.v1 import dna_client, variant_scorers
from alphagenome.protos.v1 import dna_model_service_pb2, dna_model_service_pb2_grpc
from endobench.genome import motifs
from endobench.genome.alleles import align_alternate
from endobench.model.standin import motif_model
from planted import (
    AGGREGATIONS,
    CHROM_BP,
    DNASE,
    GATA_START,
    GM12878,
    HEPG2,
    HNF4A_START,
    K562,
    OUTPUTS,
    WINDOW,
    WINDOW_BP,
    OutputType,
    raw,
    score,
    scorer,
    swapped,
    variant,
)

pytestmark = pytest.mark.services

MOUSE = dna_client.Organism.MUS_MUSCULUS


def track(scores, curie):
    position = np.flatnonzero(scores.var["ontology_curie"] == curie)
    assert position.size == 1
    return float(scores.X[0, position[0]])


def tracks_of(client, one, window=WINDOW):
    output = client.predict_variant(
        window, one, requested_outputs=[DNASE], ontology_terms=None
    )
    return output.reference.dnase.values, output.alternate.dnase.values


KINDS = ["substitution", "insertion", "deletion", "two bases"]


@pytest.fixture(scope="module")
def predicted(client, variants):
    """Tracks of REF and of ALT over the whole window, in REF's coordinates, by kind."""
    found = {}
    for kind, one in variants.items():
        ref, alt = tracks_of(client, one)
        first = one.position - 1 - WINDOW.start
        alt = align_alternate(alt, first, one.reference_bases, one.alternate_bases)
        # ALT with an insertion ends before REF does.
        found[kind] = ref, np.concatenate([alt, ref[len(alt) :]])[:WINDOW_BP]
    return found


def recomputed(ref, alt, aggregation):
    """Aggregate as the client documents the types, without this server's code."""
    ref, alt = ref.astype(float), alt.astype(float)
    return {
        AGGREGATIONS.DIFF_MEAN: alt.mean(0) - ref.mean(0),
        AGGREGATIONS.DIFF_SUM: alt.sum(0) - ref.sum(0),
        AGGREGATIONS.DIFF_SUM_LOG2: np.log2((1 + alt) / (1 + ref)).sum(0),
        AGGREGATIONS.DIFF_LOG2_SUM: np.log2((1 + alt.sum(0)) / (1 + ref.sum(0))),
        AGGREGATIONS.L2_DIFF: np.sqrt(((alt - ref) ** 2).sum(0)),
        AGGREGATIONS.L2_DIFF_LOG1P: np.sqrt(
            (np.log((1 + alt) / (1 + ref)) ** 2).sum(0)
        ),
        AGGREGATIONS.ACTIVE_MEAN: np.fmax(alt.mean(0), ref.mean(0)),
        AGGREGATIONS.ACTIVE_SUM: np.fmax(alt.sum(0), ref.sum(0)),
    }[aggregation]


@pytest.mark.parametrize(
    ("kind", "width"),
    [*((kind, 501) for kind in KINDS), ("insertion", 10_001), ("two bases", None)],
)
def test_scores_are_those_of_the_predicted_tracks(
    client, variants, predicted, kind, width
):
    one, pair = variants[kind], predicted[kind]
    if width is not None:
        low = one.position - 1 - width // 2 - WINDOW.start
        pair = [values[low : low + width] for values in pair]
    asked = [scorer(width, aggregation) for aggregation in AGGREGATIONS]
    answers = client.score_variant(WINDOW, one, asked)
    assert len(answers) == len(AGGREGATIONS)
    for answer, aggregation in zip(answers, AGGREGATIONS, strict=True):
        np.testing.assert_allclose(
            answer.X[0],
            recomputed(*pair, aggregation),
            rtol=1e-3,
            atol=2e-4,
            err_msg=aggregation.name,
        )


@pytest.mark.parametrize("kind", ["substitution", "two bases"])
def test_swapping_ref_and_alt_flips_the_score(client, variants, kind):
    one = variants[kind]
    forward = raw(client, one)
    assert np.abs(forward).max() > 0.05
    np.testing.assert_allclose(raw(client, swapped(one)), -forward, atol=1e-6)
    distance = {"aggregation": AGGREGATIONS.L2_DIFF}
    np.testing.assert_allclose(
        raw(client, swapped(one), **distance), raw(client, one, **distance), rtol=1e-5
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shift", [-7_000, -1, 6_500])
def test_shifting_the_window_leaves_the_centre_mask(client, variants, kind, shift):
    moved = genome.Interval("chr1", WINDOW.start + shift, WINDOW.end + shift)
    np.testing.assert_allclose(
        raw(client, variants[kind], moved), raw(client, variants[kind]), atol=1e-5
    )


def test_a_wider_window_leaves_the_centre_mask(client, variants):
    wide = genome.Interval("chr1", -30_000, -30_000 + 131_072)
    for one in variants.values():
        np.testing.assert_allclose(raw(client, one, wide), raw(client, one), atol=1e-5)


def test_breaking_a_site_closes_the_cells_that_use_it(client, sequence):
    gata = score(client, variant(sequence, GATA_START + 2, alt="C"))
    assert track(gata, K562) < -0.1
    assert track(gata, GM12878) == pytest.approx(0, abs=0.01)
    # The mean of all tracks is not the answer for K562.
    assert abs(gata.X.mean()) < abs(track(gata, K562)) / 2
    hnf4a = score(client, variant(sequence, HNF4A_START + 4, alt="T"))
    assert track(hnf4a, HEPG2) < -0.1
    assert abs(track(hnf4a, K562)) < abs(track(hnf4a, HEPG2)) / 4


@pytest.mark.parametrize("kind", KINDS)
def test_alleles_agree_away_from_the_variant(variants, predicted, kind):
    """Both keep their flanks: nothing right of an indel shifts."""
    one, (ref, alt) = variants[kind], predicted[kind]
    assert ref.shape == alt.shape == (WINDOW_BP, len(motif_model.TRACKS))
    at = one.position - 1 - WINDOW.start
    n_bases = len(one.reference_bases)
    # A deletion takes bases in beyond the window's right end, where REF ends.
    reach_bp = motifs.reach_bp()
    inside = slice(at + n_bases + reach_bp, -2 * reach_bp)
    np.testing.assert_allclose(alt[inside], ref[inside], atol=1e-5)
    before = slice(0, at - motifs.reach_bp())
    np.testing.assert_allclose(alt[before], ref[before], atol=1e-5)
    assert np.abs(alt - ref).max() > 0.01


def test_deleted_bases_have_no_signal(variants, predicted):
    _, alt = predicted["deletion"]
    at = variants["deletion"].position - WINDOW.start
    assert not alt[at : at + 5].any()
    assert (alt > 0).all(axis=1).sum() == WINDOW_BP - 5


def test_tracks_of_an_indel_are_those_of_the_bases_it_has(client, sequence, variants):
    one = variants["deletion"]
    first = one.position - 1
    bases = sequence[WINDOW.start : first] + one.alternate_bases
    bases += sequence[first + len(one.reference_bases) : WINDOW.end + 5]
    _, alt = tracks_of(client, one)
    expected = motifs.accessibility(bases, motif_model.WEIGHTS)
    np.testing.assert_allclose(alt, expected, rtol=1e-6)


@pytest.mark.parametrize("kind", ["insertion", "deletion"])
def test_an_indel_by_the_windows_end_is_scored(client, sequence, kind):
    start = WINDOW.end - 50
    one = variant(sequence, start, alt=sequence[start] + "CCTGA")
    if kind == "deletion":
        one = variant(sequence, start, n_ref=6, alt=sequence[start])
    asked = [scorer(501, aggregation) for aggregation in AGGREGATIONS]
    for answer in client.score_variant(WINDOW, one, asked):
        assert np.isfinite(answer.X).all()
    for values in tracks_of(client, one):
        assert values.shape == (WINDOW_BP, len(motif_model.TRACKS))


def test_a_variant_outside_of_its_interval_scores_zero(client, sequence):
    before = variant(sequence, WINDOW.start - 1)
    after = variant(sequence, WINDOW.end)
    elsewhere = genome.Variant("chr2", GATA_START + 3, "A", "C")
    for one in (before, after, elsewhere):
        assert not raw(client, one).any()
    for start in (WINDOW.start, WINDOW.end - 1):
        assert raw(client, variant(sequence, start)).any()


def test_quantiles_rise_with_the_scores(client, sequence):
    values, quantiles = [], []
    for start in range(GATA_START - 4, GATA_START + 12):
        scores = score(client, variant(sequence, start))
        values.append(scores.X[0])
        quantiles.append(scores.layers["quantiles"][0])
    values, quantiles = np.ravel(values), np.ravel(quantiles)
    assert np.abs(quantiles).max() <= np.float32(0.99999)
    assert (np.diff(quantiles[values.argsort()]) >= 0).all()
    assert (np.sign(quantiles) == np.sign(values)).all()


def test_the_prediction_of_a_sequence_is_the_models(client, sequence):
    bases = sequence[1_000 : 1_000 + WINDOW_BP]
    values = client.predict_sequence(
        bases, requested_outputs=[DNASE], ontology_terms=None
    ).dnase.values
    assert values.dtype == np.float32
    np.testing.assert_array_equal(
        values, motifs.accessibility(bases, motif_model.WEIGHTS)
    )


def test_a_long_answer_comes_in_chunks(channel, client, sequence):
    """131,072 bp of 8 float32 tracks are 4 MiB, more than a message may hold."""
    bases = sequence * 2 + "N" * (131_072 - 2 * CHROM_BP)
    request = dna_model_service_pb2.PredictSequenceRequest(
        sequence=bases, requested_outputs=[DNASE.to_proto()]
    )
    stub = dna_model_service_pb2_grpc.DnaModelServiceStub(channel)
    first, *chunks = stub.PredictSequence(iter([request]))
    assert first.output.track_data.values.chunk_count == len(chunks) == 4
    # What cannot be compressed gets some bytes longer.
    assert all(0 < len(chunk.tensor_chunk.data) <= 1.01 * 2**20 for chunk in chunks)
    values = client.predict_sequence(
        bases, requested_outputs=[DNASE], ontology_terms=None
    ).dnase.values
    np.testing.assert_array_equal(
        values, motifs.accessibility(bases, motif_model.WEIGHTS)
    )


def test_the_prediction_of_an_interval_is_that_of_its_sequence(
    client, sequence, predicted
):
    data = client.predict_interval(
        WINDOW, requested_outputs=[DNASE], ontology_terms=None
    ).dnase
    bases = sequence[WINDOW.start : WINDOW.end]
    np.testing.assert_array_equal(
        data.values, motifs.accessibility(bases, motif_model.WEIGHTS)
    )
    assert data.interval == WINDOW
    assert data.resolution == 1
    for ref, _ in predicted.values():
        np.testing.assert_allclose(ref, data.values, atol=1e-5)


def test_an_interval_may_reach_beyond_the_chromosome(client, sequence):
    start = CHROM_BP - 10_000
    values = client.predict_interval(
        genome.Interval("chr1", start, start + WINDOW_BP),
        requested_outputs=[DNASE],
        ontology_terms=None,
    ).dnase.values
    bases = sequence[start:].ljust(WINDOW_BP, "N")
    np.testing.assert_array_equal(
        values, motifs.accessibility(bases, motif_model.WEIGHTS)
    )


def test_tracks_are_chosen_by_curie(client, variants, predicted):
    output = client.predict_variant(
        WINDOW,
        variants["substitution"],
        requested_outputs=[DNASE],
        ontology_terms=[K562],
    )
    data = output.alternate.dnase
    assert data.metadata["biosample_name"].tolist() == ["K562"]
    _, alt = predicted["substitution"]
    np.testing.assert_array_equal(data.values[:, 0], alt[:, 0])


def test_metadata_lists_the_tracks(client):
    metadata = client.output_metadata().dnase
    assert len(metadata) == len(motif_model.TRACKS) == 8
    assert metadata["ontology_curie"].is_unique
    k562 = metadata[metadata["ontology_curie"] == K562].iloc[0]
    assert k562["name"] == "EFO:0002067 DNase-seq"
    assert k562["biosample_name"] == "K562"
    assert client.output_metadata().cage is None


def test_a_chip_track_names_its_factor(client):
    listed = client.output_metadata()
    chip = listed.chip_tf
    assert chip["name"][0] == "EFO:0002067 TF ChIP-seq GATA1"
    assert chip.groupby("biosample_name")["transcription_factor"].apply(
        set
    ).to_dict() == {cell: {"GATA1", "SPI1", "CTCF"} for cell in ("K562", "GM12878")}
    assert "transcription_factor" not in listed.dnase
    assert listed.atac["ontology_curie"].equals(listed.dnase["ontology_curie"])
    assert listed.atac["name"][0] == "EFO:0002067 ATAC-seq"


def test_one_request_covers_several_outputs(client, variants):
    asked = [scorer(output=output) for output in OUTPUTS]
    together = client.score_variant(WINDOW, variants["insertion"], asked)
    for one, output in zip(together, OUTPUTS, strict=True):
        alone = score(client, variants["insertion"], output=output)
        np.testing.assert_array_equal(one.X, alone.X)
        assert one.var["name"].tolist() == alone.var["name"].tolist()
    assert len({one.X.tobytes() for one in together}) == len(OUTPUTS)


def test_each_output_is_predicted_with_its_own_weights(client, sequence, variants):
    bases = sequence[WINDOW.start : WINDOW.end]
    options = {"requested_outputs": OUTPUTS, "ontology_terms": None}
    of_sequence = client.predict_sequence(bases, **options)
    of_variant = client.predict_variant(WINDOW, variants["substitution"], **options)
    assays = {each.output: each for each in motif_model.ASSAYS[::-1]}
    # Float32 sums of up to 128 bases, in another order, differ by up to 128 roundings.
    tolerance = 128 * np.finfo(np.float32).eps
    for output in OUTPUTS:
        expected = motifs.accessibility(bases, assays[output.name].weights)
        if output == OutputType.CHIP_TF:
            # ChIP comes in bins.
            expected = np.add.reduceat(expected, range(0, WINDOW_BP, 128))
        found = of_sequence.get(output).values
        np.testing.assert_allclose(found, expected, rtol=tolerance)
        ref = of_variant.reference.get(output).values
        np.testing.assert_allclose(ref, expected, rtol=tolerance)
        assert of_variant.alternate.get(output).values.shape == ref.shape


def test_only_chip_comes_in_bins_for_every_kind_of_request(client, sequence, variants):
    one = variants["substitution"]
    options = {"requested_outputs": OUTPUTS, "ontology_terms": None}
    bases = sequence[WINDOW.start : WINDOW.end]
    of_variant = client.predict_variant(WINDOW, one, **options)
    answers = [
        client.predict_sequence(bases, **options),
        client.predict_interval(WINDOW, **options),
        of_variant.reference,
        of_variant.alternate,
    ]
    for output in OUTPUTS:
        n_bp = 128 if output == OutputType.CHIP_TF else 1
        for each in answers:
            data = each.get(output)
            assert data.resolution == n_bp
            assert data.width == WINDOW_BP
            assert len(data.values) == WINDOW_BP // n_bp
            assert (data.values > 0).all()
    # The scores of variants are those of bases.
    ref, alt = (each.chip_tf.values.sum(axis=0, dtype=float) for each in answers[2:])
    whole = raw(client, one, output=OutputType.CHIP_TF, width=None)
    np.testing.assert_allclose(whole, np.log2((1 + alt) / (1 + ref)), atol=1e-4)


def test_a_factor_leaves_where_its_site_is_broken(client, sequence):
    broken = variant(sequence, GATA_START + 2, alt="C")
    found = score(client, broken, output=OutputType.CHIP_TF)
    scores = dict(zip(found.var["name"], found.X[0], strict=True))
    for cell in (K562, GM12878):
        gata1, spi1 = (
            scores[f"{cell} TF ChIP-seq {each}"] for each in ("GATA1", "SPI1")
        )
        assert gata1 < spi1 - 0.1
    # GATA1 does not open the chromatin of the last cell type, where other factors bind.
    assert abs(spi1) < 0.05


def test_the_mouse_has_its_own_tracks(client, variants):
    one = variants["substitution"]
    listed = client.output_metadata(MOUSE)
    assert listed.dnase["name"].tolist() == ["CL:0000775 DNase-seq"]
    assert listed.atac is None
    [mouse] = client.score_variant(WINDOW, one, [scorer()], organism=MOUSE)
    assert mouse.X.shape == (1, 1)
    assert mouse.var["name"].tolist() == listed.dnase["name"].tolist()
    values = client.predict_interval(
        WINDOW, organism=MOUSE, requested_outputs=[DNASE], ontology_terms=None
    ).dnase.values
    assert values.shape == (WINDOW_BP, 1)
    with pytest.raises(grpc.RpcError, match="only DNASE of MUS_MUSCULUS is served"):
        client.score_variant(
            WINDOW, one, [scorer(output=OutputType.ATAC)], organism=MOUSE
        )


def test_each_cell_type_has_its_own_weights():
    assert motif_model.WEIGHTS.shape == (len(motifs.MOTIFS), len(motif_model.TRACKS))
    assert len(np.unique(motif_model.WEIGHTS, axis=1).T) == len(motif_model.TRACKS)


def test_every_track_has_the_mark_of_the_stand_in_and_of_the_genome(
    client, genome_path, sequence, tmp_path
):
    source = client.output_metadata().dnase["data_source"]
    assert source.nunique() == 1
    assert source[0].startswith("standin ")
    assert motif_model.MotifModel(genome_path).source == source[0]
    changed = tmp_path / "changed.fa"
    changed.write_text(f">chr1\n{sequence}\n>chr2\n{sequence}\n")
    pysam.faidx(str(changed))
    assert motif_model.MotifModel(changed).source != source[0]


def outputs(kind):
    return {"requested_outputs": [kind], "ontology_terms": None}


SERVED = "DNASE, ATAC, CHIP_TF, RNA_SEQ, SPLICE_SITES, SPLICE_SITE_USAGE"
REFUSED = {
    "chromosome of a variant": (
        lambda client, one: raw(
            client,
            genome.Variant("chr9", 25_000, "A", "C"),
            genome.Interval("chr9", 20_000, 20_000 + WINDOW_BP),
        ),
        "INVALID_ARGUMENT",
        "unknown chromosome 'chr9'",
    ),
    "chromosome, outside": (
        lambda client, one: raw(client, genome.Variant("chr9", 5, "A", "C")),
        "INVALID_ARGUMENT",
        "unknown chromosome 'chr9'",
    ),
    "chromosome of an interval": (
        lambda client, one: client.predict_interval(
            genome.Interval("chr9", 0, WINDOW_BP), **outputs(DNASE)
        ),
        "INVALID_ARGUMENT",
        "unknown chromosome 'chr9'",
    ),
    "output": (
        lambda client, one: client.predict_sequence(
            "A" * WINDOW_BP, **outputs(OutputType.CAGE)
        ),
        "INVALID_ARGUMENT",
        f"only {SERVED} of HOMO_SAPIENS is served",
    ),
    "output of a scorer": (
        lambda client, one: client.score_variant(
            WINDOW, one, [scorer(output=OutputType.CAGE)]
        ),
        "INVALID_ARGUMENT",
        f"only {SERVED} of HOMO_SAPIENS is served",
    ),
    "kind of scorer": (
        lambda client, one: client.score_variant(
            WINDOW,
            one,
            [variant_scorers.GeneMaskLFCScorer(requested_output=DNASE)],
        ),
        "UNIMPLEMENTED",
        "only center_mask scorers",
    ),
    "variant outside": (
        lambda client, one: client.predict_variant(
            genome.Interval("chr1", 0, WINDOW_BP), one, **outputs(DNASE)
        ),
        "INVALID_ARGUMENT",
        "does not lie in the interval",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_served_is_refused_with_a_reason(client, variants, what):
    call, status, reason = REFUSED[what]
    with pytest.raises(grpc.RpcError) as caught:
        call(client, variants["substitution"])
    assert caught.value.code().name == status
    assert reason in caught.value.details()


@pytest.mark.parametrize("length", [2_048, WINDOW_BP + 1])
def test_other_lengths_are_refused_without_the_clients_check(
    client, length, monkeypatch
):
    monkeypatch.setattr(
        "alphagenome.models.v1.dna_client.validate_sequence_length", lambda _: None
    )
    calls = [
        lambda: client.predict_sequence("A" * length, **outputs(DNASE)),
        lambda: client.predict_interval(
            genome.Interval("chr1", 0, length), **outputs(DNASE)
        ),
    ]
    for call in calls:
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert f"{length} bp are not served" in caught.value.details()
