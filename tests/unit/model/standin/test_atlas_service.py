import numpy as np
import pytest
from alphagenome.data import genome
from planted import GATA_START, HNF4A_START, K562, OUTPUTS, raw, score, swapped, variant

pytestmark = pytest.mark.services


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
