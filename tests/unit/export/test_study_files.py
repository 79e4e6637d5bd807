import itertools

import pandas as pd
import pytest
from endobench.core.columns import METRICS, PAIRS
from endobench.design.scorers import STUDY_WINDOW_BP
from endobench.export.study_files import bed_of_pairs, benchmark_text, prediction_table
from endobench.genome.alleles import study_sequences
from hypothesis import given
from hypothesis import strategies as st

GENOME = "ACGTTGCAAC" * 40


def fetch(chrom, start, end):
    assert chrom == "chr1"
    return "".join(
        GENOME[base] if 0 <= base < len(GENOME) else "N" for base in range(start, end)
    )


def sequences(position, ref, alt, window_bp=20):
    start = position - 1 - window_bp // 2
    return study_sequences(fetch, "chr1", start, start + window_bp, position, ref, alt)


def test_a_substitution_changes_only_the_middle():
    ref, alt = sequences(101, "A", "G")
    assert ref == GENOME[90:110]
    assert (ref[10], alt[10]) == ("A", "G")
    assert ref[:10] + ref[11:] == alt[:10] + alt[11:]


def test_an_insertion_shifts_the_sequence_behind_it_out_of_the_window():
    ref, alt = sequences(101, "A", "AGGG")
    assert alt == ref[:10] + "AGGG" + ref[11:-3]


def test_a_deletion_shifts_the_sequence_behind_it_and_ends_with_n():
    ref, alt = sequences(101, "ACGT", "A")
    assert alt == ref[:10] + "A" + ref[14:] + "NNN"


def test_the_window_of_the_study_is_2048_bp():
    ref, alt = sequences(101, "A", "G", STUDY_WINDOW_BP)
    assert len(ref) == len(alt) == 2048
    assert ref[1024] == "A" and alt[1024] == "G"


@given(
    position=st.integers(1, len(GENOME)),
    ref_length=st.integers(1, 15),
    alt=st.text("ACGT", min_size=1, max_size=15),
)
def test_ref_is_the_genome_and_indels_shift_only_the_sequence_behind_them(
    position, ref_length, alt
):
    found = GENOME[position - 1 : position - 1 + ref_length]
    ref, changed = sequences(position, found, alt)
    assert ref == fetch("chr1", position - 11, position + 9)
    assert len(changed) == len(ref) == 20
    assert changed[:10] == ref[:10]
    assert changed[10 : 10 + len(alt)] == alt[:10]
    room = max(0, 10 - len(alt))
    after = fetch("chr1", position - 1 + len(found), position + 9)
    assert changed[10 + len(alt) :] == after[:room].ljust(room, "N")


PAIRS_FRAME = pd.DataFrame(
    {
        "variant_id": ["chr1_10_A_G_b38", "chr1_20_AC_A_b38"],
        "feature_id": ["ENSG1", "ENSG2"],
        "chrom": pd.Categorical(["chr1", "chr1"]),
        "pos": [10, 20],
        "ref": ["A", "AC"],
        "alt": ["G", "A"],
        "effect": [0.001, 1e-12],
        "raw": [0.5, -0.25],
        "ref_value": [1.0, 2.0],
        "alt_value": [1.5, 1.75],
        "model": pd.Categorical(["standin", "standin"]),
    }
)


def test_the_name_in_the_bed_holds_all_values():
    text = bed_of_pairs(PAIRS_FRAME).to_csv(sep="\t", header=False, index=False)
    assert text.splitlines() == [
        "chr1\t9\t10\tchr1_10_A_G_b38:ENSG1:0.001:A:G",
        "chr1\t19\t20\tchr1_20_AC_A_b38:ENSG2:1e-12:AC:A",
    ]


def test_the_predictions_have_the_columns_of_the_study():
    frame = PAIRS_FRAME.reindex(columns=PAIRS.names)
    lines = prediction_table(frame).to_csv(index=False).splitlines()
    assert lines == [
        "variant_id,gene_id,slope,ref_score,alt_score,delta_pred,model",
        "chr1_10_A_G_b38,ENSG1,0.001,1.0,1.5,0.5,standin",
        "chr1_20_AC_A_b38,ENSG2,1e-12,2.0,1.75,-0.25,standin",
    ]


def test_the_text_holds_the_models_numbers_over_all_pairs():
    # Rows of a baseline, of another task and of other pairs must be ignored.
    rows = [
        ("signed", "model", "all_pairs", 6),
        ("signed", "gc_change", "all_pairs", 6),
        ("magnitude", "model", "all_pairs", 6),
        ("signed", "model", "lead_per_feature", 4),
    ]
    metrics = pd.DataFrame(
        [
            (*row, metric, 0.1 * place - 0.3, 0.01 * place)
            for place, (row, metric) in enumerate(
                itertools.product(rows, ("spearman", "pearson", "sign_agreement"))
            )
        ],
        columns=["task", "predictor", "stratum", "n", "metric", "value", "p"],
    )
    metrics = metrics.assign(model="standin-1").reindex(columns=METRICS.names)
    lines = benchmark_text(metrics).splitlines()
    assert "says nothing about the model" in lines[1]
    rows = dict(line.split("\t", 1) for line in lines if "\t" in line)
    assert rows["model"] == "standin-1" and rows["n"] == "6"
    by_name = metrics.iloc[:3].set_index("metric")
    for name in ("pearson", "spearman"):
        value, _, p = rows[name].split("\t")
        assert float(value) == pytest.approx(by_name.loc[name, "value"], abs=1e-6)
        assert float(p) == pytest.approx(by_name.loc[name, "p"], rel=1e-5)
