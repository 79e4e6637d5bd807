import gzip
import shutil

import pytest
import yaml
from endobench.core.columns import PAIRS, WATERFALL
from endobench.core.tables import read_frame, read_tsv
from endobench.evaluate.summary import SUMMARY
from workflow import SHARED_DATA, checkout, snakemake

CONTROL = {
    ("whole_blood_egenes", "corrected"): (102, 93, 0.735, 0.367),
    ("whole_blood_independent", "corrected"): (122, 116, 0.705, 0.338),
    ("whole_blood_egenes", "published"): (102, 93, None, 0.065),
    ("whole_blood_independent", "published"): (122, 116, None, 0.020),
}


@pytest.fixture
def real_data():
    if not SHARED_DATA.exists():
        pytest.skip(
            "needs public files in ../shared/data, which are not part of the project"
        )
    return SHARED_DATA


def test_positive_control_without_a_model(real_data, tmp_path):
    folder = checkout(tmp_path)
    snakemake(
        folder,
        "results/summary.tsv",
        "--configfile",
        "config/positive_control.yaml",
        "--config",
        f"data_dir={real_data}",
        "statistics={n_resamples: 100, n_permutations: 100}",
    )
    summary = read_tsv(folder / "results/summary.tsv", SUMMARY)
    summary = summary[summary["stratum"] == "all_pairs"]
    summary = summary.set_index(["dataset", "protocol"])
    for key, (n_pairs, n_variants, sign, rho) in CONTROL.items():
        row = summary.loc[key]
        assert (row["n_pairs"], row["n_variants"]) == (n_pairs, n_variants)
        assert row["spearman"] == pytest.approx(rho, abs=5e-4)
        if sign is not None:
            assert row["sign_agreement"] == pytest.approx(sign, abs=5e-4)
        # The scores are an assay, there is no genome to compare them with, and no third
        # assay to control both.
        corrected = "with exceptions"
        assert row["is_reportable"] == (corrected if key[1] == "corrected" else "no")
        assert "the scores are themselves those of another assay" in row["why"]


@pytest.mark.parametrize(("window_bp", "n_moved"), [(16_384, 0), (131_072, 10)])
def test_real_slice_through_the_stand_in(real_data, tmp_path, window_bp, n_moved):
    folder = checkout(tmp_path)
    slice_folder = real_data / "hg38_chr1_1Mb"
    with (
        gzip.open(slice_folder / "hg38_1m.fa.gz") as packed,
        open(folder / "chr1.fa", "wb") as plain,
    ):
        shutil.copyfileobj(packed, plain)
    config = {
        "datasets": [
            {"name": "slice", "effects": "whole_blood_pairs", "peaks": "none"}
        ],
        "local": {
            "whole_blood_pairs": str(slice_folder / "gtex_v8_eqtls_chr1_0-1Mb.tsv"),
            "grch38": "chr1.fa",
        },
        "genome": "grch38",
        "chromosomes": ["chr1"],
        "service": "standin",
        "window_bp": window_bp,
        # The slice repeats pairs and mixes several tissues.
        "accept": ["effect_p_agreement", "effect_duplicates"],
        "statistics": {"n_resamples": 100, "n_permutations": 100},
    }
    (folder / "slice.yaml").write_text(yaml.safe_dump(config))
    snakemake(folder, "results/summary.tsv", "--configfile", "slice.yaml")
    waterfall = read_tsv(folder / "results/slice/corrected/waterfall.tsv", WATERFALL)
    reasons = waterfall.set_index("reason")["n_pairs"]
    assert reasons["all rows"] == 47
    assert "ref_mismatch" not in reasons
    pairs = read_frame(folder / "results/slice/corrected/pairs.parquet", PAIRS)
    assert pairs["window_bp"].unique() == [window_bp]
    assert pairs["raw"].abs().gt(0).any()
    # Twelve variants lie near an end; two of them have conflicting effects.
    summary = read_tsv(folder / "results/summary.tsv", SUMMARY)
    summary = summary.set_index("stratum")
    assert summary.loc["all_pairs", "n_moved_windows"] == n_moved
    assert pairs.loc[pairs["shift_bp"] != 0, "variant_id"].nunique() == n_moved
