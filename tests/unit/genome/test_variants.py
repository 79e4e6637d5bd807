import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from endobench.genome.variant_ids import split_variant_ids
from endobench.genome.variants import make_variant_ids, sort_variants
from frames import variants_of

IDS = ["chr2_9_A_G_b38", "chr10_5_AC_A_b38", "chr2_9_A_C_b38", "chr1_700_T_TAG_b38"]


def test_an_id_can_be_split_into_its_parts():
    encoded = pa.array(IDS).dictionary_encode()
    variants = split_variant_ids("table", encoded, "GRCh38", "variant_id")
    assert make_variant_ids(variants).tolist() == IDS
    assert variants["pos"].tolist() == [9, 5, 9, 700]


@pytest.mark.parametrize(("build", "suffix"), [("hg19", "b37"), ("hg18", "b36")])
def test_an_id_names_its_build(build, suffix):
    ids = make_variant_ids(variants_of(*IDS), build)
    assert ids.str.endswith(suffix).all()


def test_order_of_rows_decides_nothing():
    variants = variants_of(*IDS)
    rng = np.random.default_rng(1)
    expected = sort_variants(variants)
    for _ in range(5):
        mixed = variants.iloc[rng.permutation(len(variants))]
        pd.testing.assert_frame_equal(
            sort_variants(mixed), expected, check_categorical=False
        )
    assert expected["variant_id"].tolist() == [IDS[3], IDS[1], IDS[2], IDS[0]]
