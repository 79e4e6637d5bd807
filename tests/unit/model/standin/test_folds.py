import numpy as np
import pytest
from endobench.model.standin.folds import model_of
from endobench.model.standin.motif_model import ASSAYS, MotifModel
from servers import write_genome


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    path, _ = write_genome(tmp_path_factory.mktemp("genome"))
    return path


def test_each_version_has_weights_and_a_name_of_its_own(genome):
    models = [model_of(genome, f"FOLD_{n}") for n in (0, 1, 0)]
    assert models[0].source != models[1].source
    assert not np.allclose(models[0].weights, models[1].weights)
    assert models[0].source == models[2].source
    np.testing.assert_array_equal(models[0].weights, models[2].weights)
    assert {each.data_source for each in models[0].metadata} == {models[0].source}
    assert models[0].source.startswith("standin ")


def test_a_version_changes_a_motif_alike_in_every_assay(genome):
    plain, fold = model_of(genome), model_of(genome, "FOLD_2")
    own = fold.weights / np.where(plain.weights == 0, np.nan, plain.weights)
    for assay in ASSAYS:
        other = fold.of(assay).weights / np.where(
            assay.weights == 0, np.nan, assay.weights
        )
        for mine, theirs in zip(own, other, strict=True):
            known = [*mine[np.isfinite(mine)], *theirs[np.isfinite(theirs)]]
            np.testing.assert_allclose(known, known[0], rtol=1e-5)


@pytest.mark.parametrize("version", [None, "ALL_FOLDS"])
def test_the_version_of_all_folds_is_the_model_itself(genome, version):
    assert type(model_of(genome, version)) is MotifModel
    assert model_of(genome, version).source == MotifModel(genome).source
