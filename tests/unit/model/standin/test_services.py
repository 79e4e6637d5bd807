import grpc
import numpy as np
import pysam
import pytest
from alphagenome.atlas import atlas
from alphagenome.data import genome
from alphagenome.models.v1 import dna_client, variant_scorers
from alphagenome.protos import atlas_service_pb2_grpc
from alphagenome.protos.v1 import dna_model_service_pb2, dna_model_service_pb2_grpc
from endobench.genome import motifs
from endobench.genome.alleles import align_alternate
from endobench.model.standin import motif_model
from endobench.model.standin import server as standin

pytestmark = pytest.mark.services

OutputType = dna_client.OutputType
DNASE = OutputType.DNASE
OUTPUTS = [OutputType.ATAC, OutputType.CHIP_TF, DNASE]
MOUSE = dna_client.Organism.MUS_MUSCULUS
AGGREGATIONS = variant_scorers.AggregationType
CHROM_BP = 60_000
WINDOW_BP = 16_384
WINDOW = genome.Interval("chr1", 20_000, 20_000 + WINDOW_BP)
# 0-based starts of the planted motifs.
GATA_START, HNF4A_START = 28_000, 30_000
K562, HEPG2, GM12878 = "EFO:0002067", "EFO:0001187", "EFO:0002784"


@pytest.fixture(scope="module")
def sequence():
    bases = np.random.default_rng(3).choice(list("ACGT"), CHROM_BP)
    bases[GATA_START : GATA_START + 8] = list("AGATAAGG")
    bases[HNF4A_START : HNF4A_START + 9] = list("CAAAGTCCA")
    bases[:3_000] = "N"
    return "".join(bases)


@pytest.fixture(scope="module")
def genome_path(sequence, tmp_path_factory):
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text(f">chr1\n{sequence}\n>chr2\n{sequence[::-1]}\n")
    pysam.faidx(str(path))
    return path


@pytest.fixture(scope="module")
def channel(genome_path):
    server, port = standin.start_server(motif_model.MotifModel(genome_path))
    options = [("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel:
        yield channel
    server.stop(grace=0).wait()


@pytest.fixture(scope="module")
def client(channel):
    return dna_client.DnaClient(channel=channel, metadata=[("x-goog-api-key", "none")])


@pytest.fixture(scope="module")
def atlas_client(channel):
    return atlas.AtlasClient(atlas_service_pb2_grpc.AtlasServiceStub(channel))


def scorer(width=501, aggregation=AGGREGATIONS.DIFF_LOG2_SUM, output=DNASE):
    return variant_scorers.CenterMaskScorer(
        requested_output=output, width=width, aggregation_type=aggregation
    )


def variant(sequence, start, n_ref=1, alt=None):
    """Make a variant that begins at a 0-based position."""
    ref = sequence[start : start + n_ref]
    alt = alt or "ACGT"["ACGT".index(ref[0]) - 1]
    return genome.Variant("chr1", start + 1, ref, alt)


def swapped(one):
    return genome.Variant(
        one.chromosome, one.position, one.alternate_bases, one.reference_bases
    )


def score(client, one, window=WINDOW, **kinds):
    return client.score_variant(window, one, [scorer(**kinds)])[0]


def raw(client, one, window=WINDOW, **kinds):
    return score(client, one, window, **kinds).X[0]


def track(scores, curie):
    position = np.flatnonzero(scores.var["ontology_curie"] == curie)
    assert position.size == 1
    return float(scores.X[0, position[0]])


def tracks_of(client, one, window=WINDOW):
    output = client.predict_variant(
        window, one, requested_outputs=[DNASE], ontology_terms=None
    )
    return output.reference.dnase.values, output.alternate.dnase.values


@pytest.fixture(scope="module")
def variants(sequence):
    """One of each kind, all near the planted GATA site."""
    first = sequence[GATA_START + 2]
    return {
        "substitution": variant(sequence, GATA_START + 2),
        "insertion": variant(sequence, GATA_START + 2, alt=first + "CCTGA"),
        "deletion": variant(sequence, GATA_START + 2, n_ref=6, alt=first),
        "two bases": variant(sequence, GATA_START + 2, n_ref=2, alt="CC"),
    }


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


def test_atlas_agrees_with_the_model(client, atlas_client, sequence):
    for start in (GATA_START + 2, HNF4A_START + 4, 25_000):
        one = variant(sequence, start)
        stored = atlas_client.query_variant(one, requested_scorers=["DNASE"])["DNASE"]
        asked = score(client, one)
        np.testing.assert_allclose(stored.X, asked.X, atol=1e-5)
        np.testing.assert_allclose(
            stored.layers["quantiles"], asked.layers["quantiles"], atol=1e-5
        )
        assert list(stored.var["name"]) == list(asked.var["name"])
        assert stored.obs["variant"].iloc[0] == one


def test_atlas_holds_several_outputs(client, atlas_client, variants):
    one = variants["substitution"]
    names = [output.name for output in OUTPUTS]
    stored = atlas_client.query_variant(one, requested_scorers=names)
    assert sorted(stored) == names
    for output in OUTPUTS:
        asked = score(client, one, output=output)
        np.testing.assert_allclose(stored[output.name].X, asked.X, atol=1e-5)
        assert list(stored[output.name].var["name"]) == list(asked.var["name"])


def test_atlas_answers_many(client, atlas_client, sequence):
    asked = [variant(sequence, start) for start in range(27_990, 28_010)]
    stored = atlas_client.query_variants(
        asked, requested_scorers=["DNASE"], progress_bar=False
    )["DNASE"]
    # Answers come in the order of their completion.
    rows = {str(one): row for row, one in enumerate(stored.obs["variant"])}
    assert len(rows) == len(asked)
    for one in asked[::7]:
        np.testing.assert_allclose(
            stored.X[rows[str(one)]], raw(client, one), atol=1e-5
        )


def test_atlas_applies_the_clients_filters(atlas_client, sequence):
    position = 20_000
    ref = sequence[position - 1]
    alt = "ACGT"["ACGT".index(ref) - 1]
    variant = genome.Variant("chr1", position, ref, alt)
    whole = atlas_client.query_variant(variant, requested_scorers=["DNASE"])["DNASE"]
    k562 = atlas_client.query_variants(
        [variant],
        requested_scorers=["DNASE"],
        ontology_terms=["EFO:0002067"],
        progress_bar=False,
    )["DNASE"]
    is_k562 = (whole.var["ontology_curie"] == "EFO:0002067").to_numpy()
    assert k562.X.shape == (1, 1)
    assert k562.X[0, 0] == whole.X[0, is_k562][0]
    assert not atlas_client.query_variant(variant, requested_scorers=["CAGE"])


def test_atlas_lists_its_scorer(atlas_client):
    metadata = atlas_client.scorer_metadata()["DNASE"]
    assert metadata.is_signed
    assert {"ATAC", "CHIP_TF", "DNASE"} < set(atlas_client.scorer_metadata())
    assert (metadata.track_metadata["ontology_curie"] == K562).sum() == 1


def test_atlas_holds_substitutions_of_the_reference_only(atlas_client, variants):
    wrong = [variants["insertion"], variants["deletion"]]
    wrong.append(swapped(variants["substitution"]))
    for one in wrong:
        with pytest.raises(ValueError, match="substitutions of the reference base"):
            atlas_client.query_variant(one, requested_scorers=["DNASE"])
    elsewhere = genome.Variant("chr9", 5, "A", "C")
    with pytest.raises(ValueError, match="unknown chromosome 'chr9'"):
        atlas_client.query_variant(elsewhere, requested_scorers=["DNASE"])


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
