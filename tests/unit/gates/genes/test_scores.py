import functools

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.gene_pairs import REASONS
from endobench.core.columns import BENCHMARK_DROPPED, PAIRS, TRACKS
from endobench.design.gates import GATES, gates_of
from endobench.gates.genes.evidence import Evidence
from endobench.gates.genes.scores import NO_SIGN, measure
from endobench.gates.verdicts import judge

N_VARIANTS, N_GENES = 300, 4
LIMITS = {gate.name: {"warn": gate.warn, "fail": gate.fail} for gate in GATES.values()}
TISSUES = ["Whole_Blood", "Liver", "Lung", "Testis"]


def made(seed=1):
    """Return what is known of a benchmark whose scores are right.

    Each variant acts on several genes, with effects that differ between genes and
    tissues. The pairs are those of one gene of each variant.
    """
    rng = np.random.default_rng(seed)
    ids = [f"chr1_{100_000 * (n + 1)}_A_G_b38" for n in range(N_VARIANTS)]
    truth = rng.normal(size=(N_VARIANTS, N_GENES, len(TISSUES)))
    raw = truth + 0.5 * rng.normal(size=truth.shape)
    genes = [f"ENSG{n:05d}" for n in range(N_VARIANTS * N_GENES)]
    scores = pd.DataFrame(
        {
            "variant_id": np.repeat(ids, N_GENES),
            "feature_id": genes,
            "raw": raw[:, :, 0].ravel(),
        }
    )
    start = np.repeat([100_000 * (n + 1) for n in range(N_VARIANTS)], N_GENES)
    start = start + np.tile([-30_000, -1_000, 2_000, 50_000], N_VARIANTS)
    annotation = pd.DataFrame(
        {
            "gene_id": genes,
            "chrom": "chr1",
            "strand": np.tile(["+", "-"], len(genes) // 2),
            "start": start,
            "end": start + 1_000,
            "tss": [[each] for each in start],
            "exon_start": [[each, each + 800] for each in start],
            "exon_end": [[each + 200, each + 1_000] for each in start],
        }
    )
    own = rng.integers(0, N_GENES, N_VARIANTS)
    rows = np.arange(N_VARIANTS)
    pairs = pd.DataFrame(
        {
            "variant_id": ids,
            "source_id": ids,
            "feature_id": [genes[n * N_GENES + at] + ".3" for n, at in enumerate(own)],
            "scored_gene": [genes[n * N_GENES + at] for n, at in enumerate(own)],
            "effect": truth[rows, own, 0],
            "p_value": rng.uniform(size=N_VARIANTS),
            "raw": raw[rows, own, 0],
            "window_bp": 131_072,
            "shift_bp": 0,
            "scorer": "RNA_SEQ",
        }
    ).reindex(columns=PAIRS.names)
    tracks = pd.DataFrame({"gtex_tissue": TISSUES[:1]}).reindex(columns=TRACKS.names)
    return Evidence(
        pairs=pairs,
        dropped=pd.DataFrame(columns=BENCHMARK_DROPPED.names),
        scores=scores,
        genes=annotation,
        tracks=tracks,
        tissues=("Whole_Blood",),
        by_tissue=pd.DataFrame(raw[rows, own], columns=TISSUES),
        activity=rng.uniform(0.1, 1, N_VARIANTS),
    )


@functools.cache
def usual():
    evidence = made()
    return evidence, measure(evidence)


def verdict_of(name, measured):
    return judge(GATES[name], measured, LIMITS[name])["verdict"]


def alarms(evidence):
    """Return the verdicts other than a pass, by gate."""
    found = {name: verdict_of(name, each) for name, each in measure(evidence).items()}
    return {name: each for name, each in found.items() if each != "pass"}


def lost(reason, n, evidence, strand="+"):
    """Return evidence that lost pairs of genes of one strand."""
    genes = evidence.genes[evidence.genes["strand"] == strand]["gene_id"].head(n)
    rows = pd.DataFrame({"reason": reason, "value": genes + ".1", "stage": "predict"})
    rows = pd.concat([evidence.dropped, rows.reindex(columns=BENCHMARK_DROPPED.names)])
    return evidence._replace(dropped=rows)


def rescored(evidence, raw, **changes):
    return evidence._replace(pairs=evidence.pairs.assign(raw=raw), **changes)


def scores_by(evidence, order):
    """Return the scores that a join by some order of the genes would give."""
    table = evidence.scores["raw"].to_numpy().reshape(N_VARIANTS, N_GENES)
    return table[np.arange(N_VARIANTS), order]


def test_right_scores_pass_and_gates_are_measured_in_order():
    evidence, measured = usual()
    assert list(measured) == [gate.name for gate in gates_of("genes")]
    found = alarms(evidence)
    # Each variant has one pair, so that its genes cannot have one score.
    assert found == {"equal_gene_scores": "not_checked"}


@pytest.mark.parametrize("seed", range(5))
def test_chance_raises_no_alarm(seed):
    assert set(alarms(made(seed)).values()) <= {"not_checked"}


@pytest.mark.parametrize("wrong", ["nearest", "strongest"])
def test_scores_of_another_gene_are_found(wrong):
    evidence = made()
    table = evidence.scores["raw"].to_numpy().reshape(N_VARIANTS, N_GENES)
    # The effects are those of the nearest or of the strongest gene.
    true = np.full(N_VARIANTS, 1)
    if wrong == "strongest":
        true = np.abs(table).argmax(axis=1)
    noise = np.random.default_rng(2).normal(size=N_VARIANTS)
    other = (true + 2) % N_GENES
    genes = evidence.scores["feature_id"].to_numpy().reshape(N_VARIANTS, N_GENES)
    pairs = evidence.pairs.assign(
        effect=scores_by(evidence, true) + 0.3 * noise,
        raw=scores_by(evidence, other),
        scored_gene=genes[np.arange(N_VARIANTS), other],
    )
    found = measure(evidence._replace(pairs=pairs))["own_gene"]
    assert verdict_of("own_gene", found) == "fail"
    assert wrong in found.evidence


def test_one_score_for_all_genes_of_a_variant_is_found():
    evidence = made()
    both = pd.concat([evidence.pairs, evidence.pairs.assign(scored_gene="other")])
    found = measure(evidence._replace(pairs=both))["equal_gene_scores"]
    assert found.value == 1
    # A score of 0 is that of genes without exons, and no sign of this mistake.
    none = measure(evidence._replace(pairs=both.assign(raw=0.0)))["equal_gene_scores"]
    assert np.isnan(none.value)
    differ = both.assign(raw=np.arange(len(both)) + 1.0)
    assert measure(evidence._replace(pairs=differ))["equal_gene_scores"].value == 0


def test_tracks_of_another_tissue_are_found():
    evidence = made()
    liver = pd.DataFrame({"gtex_tissue": ["Liver"]}).reindex(columns=TRACKS.names)
    assert alarms(evidence._replace(tracks=liver))["gene_tracks"] == "fail"
    # ENCODE's tracks of the same CURIE are of no tissue of GTEx.
    mixed = pd.DataFrame({"gtex_tissue": ["Whole_Blood", ""]})
    mixed = mixed.reindex(columns=TRACKS.names)
    assert alarms(evidence._replace(tracks=mixed))["gene_tracks"] == "warn"


def test_a_dataset_of_several_tissues_has_the_tracks_of_all():
    evidence = made()
    names = [*evidence.by_tissue.columns[:2]]
    both = pd.DataFrame({"gtex_tissue": names}).reindex(columns=TRACKS.names)
    found = measure(evidence._replace(tracks=both, tissues=tuple(names)))
    assert found["gene_tracks"].value == 1
    assert ", ".join(names) in found["own_tissue"].evidence
    assert f"{evidence.by_tissue.shape[1] - 2} other tissues" in (
        found["own_tissue"].evidence
    )
    unknown = measure(evidence._replace(tissues=(names[0], "Bladder")))["own_tissue"]
    assert np.isnan(unknown.value)


def test_effects_of_another_tissue_are_found():
    evidence = made()
    swapped = evidence.by_tissue.rename(
        columns={"Whole_Blood": "Lung", "Lung": "Whole_Blood"}
    )
    found = measure(evidence._replace(by_tissue=swapped))["own_tissue"]
    assert verdict_of("own_tissue", found) == "fail"
    assert "with Whole_Blood" in found.evidence and "with Lung" in found.evidence


def test_a_strand_without_scores_is_found():
    evidence = made()
    one = evidence.pairs["scored_gene"].isin(
        evidence.genes.loc[evidence.genes["strand"] == "+", "gene_id"]
    )
    missing = lost("score_not_a_number", 150, evidence, "-")
    found = alarms(
        missing._replace(
            pairs=evidence.pairs[one].reset_index(drop=True),
            by_tissue=None,
            activity=None,
        )
    )
    assert found["strand_coverage"] == "fail"


def test_a_reversed_strand_is_found():
    evidence = made()
    strand = evidence.genes.set_index("gene_id")["strand"]
    sign = np.where(evidence.pairs["scored_gene"].map(strand) == "-", -1, 1)
    reversed_ = rescored(evidence, evidence.pairs["raw"] * sign)
    assert alarms(reversed_)["strand_orientation"] == "fail"
    absolute = reversed_._replace(is_signed=False)
    assert measure(absolute)["strand_orientation"].evidence == NO_SIGN


@pytest.mark.parametrize(
    ("reason", "gate"),
    [
        ("gene_not_in_window", "gene_coverage"),
        ("variant_outside_gene", "gene_coverage"),
        ("gene_id_retired", "gene_annotation"),
        ("gene_not_annotated", "gene_annotation"),
        ("gene_not_in_answer", "gene_annotation"),
        ("feature_is_no_gene", "gene_annotation"),
    ],
)
def test_lost_pairs_count_with_their_reason(reason, gate):
    assert reason in REASONS
    evidence, expected = usual()
    few, many = (lost(reason, n, evidence) for n in (30, 500))
    other = ({"gene_coverage", "gene_annotation"} - {gate}).pop()
    found = measure(few)
    assert found[gate].value != expected[gate].value
    assert found[other].value == expected[other].value
    assert alarms(many)[gate] == "fail"


def test_a_gene_that_a_table_has_of_another_variant_is_known():
    evidence, _ = usual()
    many = lost("gene_not_in_table", 500, evidence)
    assert alarms(many)["gene_annotation"] == "fail"
    genes = frozenset(evidence.genes["gene_id"])
    of_others = many._replace(in_table=genes)
    assert measure(of_others)["gene_annotation"].value == 0
    assert alarms(of_others)["gene_coverage"] == "fail"


def test_other_losses_such_as_those_of_failed_calls_are_none_of_these_gates():
    evidence, expected = usual()
    assert measure(lost("prediction_failed", 500, evidence)) == expected


def test_genes_cut_by_the_window_are_found():
    evidence = made()
    first = [low[0] for low in evidence.genes["exon_start"]]
    far = evidence.genes.assign(
        exon_start=[[low, low + 10_000_000] for low in first],
        exon_end=[[low + 10, low + 10_001_000] for low in first],
    )
    assert alarms(evidence._replace(genes=far))["cut_genes"] == "fail"
    # A table of scores names no window that could cut a gene.
    of_table = evidence.pairs.assign(window_bp=0)
    found = measure(evidence._replace(pairs=of_table))["cut_genes"]
    assert np.isnan(found.value) and "names no window" in found.evidence


def test_silent_and_hardly_expressed_genes_are_found():
    evidence = made()
    half = np.where(np.arange(N_VARIANTS) % 2, 0, evidence.pairs["raw"])
    assert alarms(rescored(evidence, half))["silent_genes"] == "fail"
    low = np.full(N_VARIANTS, 0.005)
    assert alarms(evidence._replace(activity=low))["low_expression"] == "fail"
    at_limit = np.full(N_VARIANTS, 0.01)
    assert "low_expression" not in alarms(evidence._replace(activity=at_limit))


def test_gates_without_material_say_why():
    evidence = made()._replace(
        genes=None, tracks=None, tissues=(), by_tissue=None, activity=None
    )
    found = measure(evidence._replace(scores=evidence.scores.iloc[:0]))
    unchecked = {name for name, each in found.items() if np.isnan(each.value)}
    assert unchecked == set(found) - {
        "gene_coverage",
        "gene_annotation",
        "silent_genes",
    }
    assert "'genes'" in found["cut_genes"].evidence
    assert "RNA_SEQ_ACTIVE" in found["low_expression"].evidence


def test_a_gene_in_another_tissue_is_no_other_gene():
    evidence = made()
    alone = evidence.scores.merge(
        evidence.pairs[["variant_id", "scored_gene"]],
        left_on=["variant_id", "feature_id"],
        right_on=["variant_id", "scored_gene"],
    )
    alone = alone[["variant_id", "feature_id", "raw"]]
    tissues = pd.concat(
        [alone.assign(feature_id=alone["feature_id"] + end) for end in ("@A", "@B")]
    )
    pairs = evidence.pairs.assign(scored_gene=evidence.pairs["scored_gene"] + "@A")
    both = pd.concat(
        [pairs, pairs.assign(scored_gene=evidence.pairs["scored_gene"] + "@B")]
    )
    found = measure(
        evidence._replace(scores=tissues, pairs=both, genes=None, by_tissue=None)
    )
    assert np.isnan(found["own_gene"].value)
    assert np.isnan(found["equal_gene_scores"].value)
