import numpy as np
from alphagenome.protos.v1 import dna_model_pb2
from annotated import kinds_at
from endobench.genome import motifs
from endobench.model.standin.motif_model import ASSAYS, HUMAN
from endobench.model.standin.outputs import (
    Listed,
    along,
    models_of_assays,
    models_of_genes,
    narrowed,
    organism_name,
    output_metadata,
    output_name,
    output_number,
    own_tracks,
    predicted_tracks,
)


def narrow_window_at(position):
    start = position - 8_192
    return dna_model_pb2.Interval(chromosome="chr1", start=start, end=start + 16_384)


def test_every_output_has_a_model_or_a_list_of_tracks(annotated):
    models = models_of_assays(annotated.model.model) | models_of_genes(annotated.model)
    names = {(organism, output_name(number)) for organism, number in models}
    assert names == {
        *((each.organism, each.output) for each in ASSAYS),
        *((HUMAN, each) for each in ("RNA_SEQ", "SPLICE_SITES", "SPLICE_SITE_USAGE")),
        (HUMAN, "SPLICE_JUNCTIONS"),
    }
    for (_, number), model in models.items():
        made = output_metadata(number, model)
        assert made.output_type == number
        is_of_junctions = output_name(number) == "SPLICE_JUNCTIONS"
        payload = "junctions" if is_of_junctions else "tracks"
        assert made.WhichOneof("payload") == payload
        assert len(getattr(made, payload).metadata) == len(model.metadata) > 0
        assert isinstance(model, Listed) == is_of_junctions


def test_names_and_numbers_of_outputs_and_organisms():
    assert output_name(output_number("CHIP_TF")) == "CHIP_TF"
    assert organism_name(0) == organism_name(dna_model_pb2.ORGANISM_HOMO_SAPIENS)
    assert organism_name(dna_model_pb2.ORGANISM_MUS_MUSCULUS) == "MUS_MUSCULUS"


def test_tracks_along_a_sequence_are_those_of_its_model(annotated):
    models = models_of_assays(annotated.model.model) | models_of_genes(annotated.model)
    interval = narrow_window_at(300_250)
    bases = annotated.sequence[interval.start : interval.end]
    dnase, rna = (models[HUMAN, output_number(each)] for each in ("DNASE", "RNA_SEQ"))
    expected = motifs.accessibility(bases, dnase.weights)
    np.testing.assert_array_equal(along(dnase, bases, interval), expected)
    np.testing.assert_array_equal(along(rna, bases, interval), rna.along(bases))
    variant = kinds_at(annotated.sequence, 300_250)["insertion"]
    for model, values in ((dnase, expected), (rna, rna.along(bases))):
        ref, alt = own_tracks(model, interval, variant)
        np.testing.assert_array_equal(ref, values)
        assert alt.shape == ref.shape and not np.array_equal(ref, alt)


def test_a_model_of_some_terms_predicts_what_it_does_among_all(annotated):
    models = models_of_assays(annotated.model.model) | models_of_genes(annotated.model)
    interval = narrow_window_at(300_250)
    variant = kinds_at(annotated.sequence, 300_250)["insertion"]
    terms = [models[HUMAN, output_number("DNASE")].metadata[0].ontology_term]
    for (organism, number), model in models.items():
        if organism != HUMAN or isinstance(model, Listed):
            continue
        some, whole = (
            predicted_tracks(
                each, number, own_tracks(each, interval, variant)[1], terms, interval
            )
            for each in (narrowed(model, terms), model)
        )
        assert some == whole, output_name(number)


def test_predicted_tracks_of_some_terms_leave_the_others_out(annotated):
    rna = models_of_genes(annotated.model)[HUMAN, output_number("RNA_SEQ")]
    values = np.arange(10 * len(rna.metadata), dtype=np.float32).reshape(10, -1)
    term = next(
        track.ontology_term
        for track in rna.metadata
        if track.gtex_tissue == "Whole_Blood"
    )
    output, _ = predicted_tracks(rna, output_number("RNA_SEQ"), values, [term])
    assert [each.gtex_tissue for each in output.track_data.metadata] == ["Whole_Blood"]
    assert [*output.track_data.values.shape] == [10, 1]
