"""Clean data raise no alarm: the demonstration, real tables, and other seeds."""

import functools
import gzip

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.controls import (
    join_control,
    measurements_of,
    scores_of_control,
    with_measurements,
)
from endobench.benchmark.merge import join
from endobench.benchmark.scores import TrackSet, reduce_tracks
from endobench.core.columns import DROPPED, EFFECTS, GATES, PAIRS, VARIANTS
from endobench.core.tables import read_tsv
from endobench.demo import simulate as simulation
from endobench.gates import control as gates_control
from endobench.gates import peaks as gates_peaks
from endobench.gates import scores as gates_scores
from endobench.gates import sequences as gates_sequences
from endobench.gates.effect_tables import consistency
from endobench.gates.effect_tables import contents as gates_effects
from endobench.gates.verdicts import verdicts
from endobench.genome.bed import read_bed
from endobench.genome.gtf import gene_starts
from endobench.genome.liftover import lift_effects
from endobench.predict.look_up import answers_from_table
from endobench.sources.formats import UNITS, Source
from endobench.sources.published_formats import FORMATS
from endobench.sources.read import read_effects
from endobench.sources.rows import Selection
from endobench.sources.score_table import score_table
from frames import parts_of
from gauntlet import alter_effects as of
from gauntlet import alter_parts as by
from gauntlet.alter_controls import measured as up_to_conclusion
from gauntlet.alter_inputs import both
from gauntlet.chosen_defects import in_tidy
from gauntlet.pipeline import clean, run
from gauntlet.statistics_defects import plain
from scipy.special import softmax


@pytest.mark.parametrize("dataset", ["demo", "demo_dsqtls"])
def test_the_demonstration_raises_no_alarm(demonstration, dataset):
    gates = read_tsv(demonstration / f"results/{dataset}/gates.tsv", GATES)
    corrected = gates[gates["protocol"] == "corrected"]
    assert set(corrected["stage"]) == {
        "effects",
        "control",
        "peaks",
        "sequences",
        "scores",
    }
    assert set(corrected["verdict"]) <= {"pass", "not_checked"}
    # dsQTLs have one feature per variant, no frequencies and no smallest p value.
    unknown = set(corrected.loc[corrected["verdict"] == "not_checked", "gate"])
    missing = {"scores_per_variant", "maf_range", "missing_leads"}
    # Nor do they have linked variants of one feature.
    missing |= {"linked_agreement", "linked_effects"}
    missing |= {"feature_place", "feature_start", "feature_constants"}
    missing |= {"variant_constants", "feature_p_range", "sample_count"}
    missing |= {"se_size", "se_follows_maf", "ld_block_length", "ld_block_borders"}
    # Nor is a second cohort named for them.
    missing |= {"replicate_signs"}
    # One model, and one tissue.
    missing |= {"model_copies", "model_gaps", "tissue_copies"}
    # In both tables, REF is declared.
    assert unknown - missing == {"unoriented"}


REAL = {
    "whole blood, leads": ("gtex_v8/Whole_Blood.v8.egenes.txt.gz", "gtex_egenes"),
    "kidney pairs": (
        "gtex_v8/Kidney_Cortex.v8.signif_variant_gene_pairs.txt.gz",
        "gtex_pairs",
    ),
    "whole blood, independent": (
        "gtex_v8/Whole_Blood.v8.independent_eqtls.annotated_Peters_celltype_eQTLs"
        ".txt.gz",
        "gtex_independent",
    ),
    "dsQTLs": ("dsqtl_yoruba/dsQTL.vcf", "degner_dsqtl"),
}


@functools.cache
def real(shared_data, name):
    """Return a real table on GRCh38, read once."""
    path, format_name = REAL[name]
    if format_name != "degner_dsqtl":
        return read_effects(shared_data(path), Source(format_name))
    parsed = read_effects(shared_data(path), Source(format_name, "hg18"))
    return lift_effects(parsed, shared_data("liftover/hg18ToHg38.over.chain.gz"))


def alarms(world, measured):
    """Return the names of the gates that warn or fail."""
    frame = verdicts(measured, world.config["gates"])
    return frame.loc[frame["verdict"].isin(["warn", "fail"]), "gate"].tolist()


@pytest.mark.parametrize("name", REAL)
def test_real_effects_and_peaks_raise_no_alarm(world, shared_data, name):
    parsed = real(shared_data, name)
    unit = UNITS[FORMATS[REAL[name][1]].unit]
    measured = gates_effects.measure(
        parts_of(parsed.effects, EFFECTS),
        parts_of(parsed.variants, VARIANTS),
        parts_of(parsed.dropped, DROPPED),
        gates_effects.Declared(unit),
    )
    layout = FORMATS[REAL[name][1]]
    measured |= consistency.measure(
        parts_of(parsed.effects, EFFECTS),
        consistency.Sources(layout.unit, layout.is_one_cohort),
    )
    assert alarms(world, measured) == []
    # The available peaks are those of one chromosome.
    on_chr22 = parsed.variants[parsed.variants["chrom"] == "chr22"]
    peaks = "k562_dnase_chr22/K562_DNase.chr22.macs2_qval1e-5_le5kb.narrowPeak"
    measured = gates_peaks.measure(
        parts_of(on_chr22, VARIANTS), read_bed(shared_data(peaks))
    )
    assert alarms(world, measured) == []


def test_real_variants_raise_no_alarm_on_the_real_genome(world, shared_data, tmp_path):
    genome = tmp_path / "chr1.fa"
    packed = shared_data("hg38_chr1_1Mb/hg38_1m.fa.gz").read_bytes()
    genome.write_bytes(gzip.decompress(packed))
    chains = {
        build: shared_data(f"liftover/{build}ToHg38.over.chain.gz")
        for build in ("hg18", "hg19")
    }
    for name in REAL:
        variants = real(shared_data, name).variants
        is_inside = (variants["chrom"] == "chr1") & (variants["pos"] < 1_000_000)
        measured = gates_sequences.measure(variants[is_inside], genome, chains)
        assert measured["ref_match"].n > 0
        assert alarms(world, measured) == [], name


def joined_control(effects, control):
    """Join real effects with a control, and measure its gates."""
    table, _ = score_table(control)
    scores = scores_of_control(effects.variants, table, "real")
    found = join_control(effects.effects, scores)
    found = with_measurements(found, measurements_of(effects.variants, table))
    features = effects.effects["feature_id"].astype(object).unique()
    return gates_control.measure(found, features)


@pytest.mark.parametrize("name", ["kidney pairs", "whole blood, independent"])
def test_real_assays_are_controls_of_each_other(world, shared_data, name):
    effects, other = real(shared_data, name), real(shared_data, "dsQTLs")
    for measured in (joined_control(effects, other), joined_control(other, effects)):
        assert measured["control_features"].n >= 98
        assert alarms(world, measured) == []


def test_two_real_tables_of_genes_are_no_controls_of_each_other(world, shared_data):
    tables = [real(shared_data, name) for name in list(REAL)[:2]]
    for effects, control in (tables, tables[::-1]):
        measured = joined_control(effects, control)
        assert measured["control_features"].value > 0.5
        assert "control_features" in alarms(world, measured)


@pytest.mark.parametrize("name", ["kidney pairs", "whole blood, independent"])
@pytest.mark.parametrize("model", ["table/dsqtl", "assay/dsqtl"])
def test_real_scores_of_another_assay_raise_no_alarm(world, shared_data, name, model):
    effects = real(shared_data, name)
    table, _ = score_table(real(shared_data, "dsQTLs"))
    asked = effects.variants.assign(
        source_id=effects.variants["variant_id"], shift_bp=0, in_peak=None
    )
    answers, _ = answers_from_table(asked, table, model)
    scores = reduce_tracks(asked, answers, TrackSet("all", [0]))
    expected = gates_scores.Expected("table", "all", "table")
    measured = gates_scores.measure(join(effects.effects, scores), None, expected, None)
    assert measured["orientation"].n > 50
    assert alarms(world, measured) == []
    if model == "assay/dsqtl":
        assert "assay" in measured["linked_agreement"].evidence


def test_real_scores_of_a_model_raise_no_alarm(world, shared_data):
    """Of the published study, which are diluted, but follow neither LD nor neighbours."""
    effects = real(shared_data, "kidney pairs").effects
    expected = gates_scores.Expected("table", "all", "table")
    for window in ("2kb", "16kb", "131kb"):
        found = pd.read_csv(shared_data(f"study_predictions/{window}.csv"))
        raw = found.drop_duplicates("variant_id").set_index("variant_id")["delta_pred"]
        pairs = effects.assign(raw=effects["variant_id"].map(raw)).dropna(subset="raw")
        pairs = pairs.assign(model="table/study", route="table", n_tracks=305)
        pairs = pairs.reindex(columns=PAIRS.names)
        measured = gates_scores.measure(pairs, None, expected, None)
        assert alarms(world, measured) == []


WITH_DSQTLS = [name for name in REAL if name != "dsQTLs"]
# Slopes of the same pairs in two tables, as if one were a table of scores.
PAIRINGS = [
    ("kidney pairs", "whole blood, independent"),
    ("kidney pairs", "whole blood, leads"),
    ("whole blood, independent", "whole blood, leads"),
]


def alarms_of_parts(world, pairs, blocks=None):
    scored = {"stage": "kept", "reason": "scored pairs", "n_pairs": len(pairs)}
    waterfall = pd.DataFrame([scored])
    beside = gates_scores.Beside(waterfall, control=pairs, blocks=blocks)
    measured, _ = gates_scores.measure_parts(pairs, beside)
    # The control is the scores.
    del measured["control_scores"]
    assert measured["part_agreement"].n > 10
    return alarms(world, measured)


@pytest.mark.parametrize("name", WITH_DSQTLS)
def test_parts_of_real_effects_agree_with_dsqtls(world, shared_data, name):
    effects = real(shared_data, name)
    table, _ = score_table(real(shared_data, "dsQTLs"))
    scores = scores_of_control(effects.variants, table, "dsqtls")
    pairs = join_control(effects.effects, scores)
    assert len(pairs) > 100
    assert alarms_of_parts(world, pairs) == []


@pytest.mark.parametrize(("first", "second"), PAIRINGS)
def test_parts_of_real_tables_agree_with_each_other(world, shared_data, first, second):
    keys = ["variant_id", "feature_id"]
    mine, theirs = (
        real(shared_data, name).effects.astype(dict.fromkeys(keys, object))
        for name in (first, second)
    )
    theirs = theirs[[*keys, "effect"]].rename(columns={"effect": "raw"})
    pairs = mine.merge(theirs, on=keys).reindex(columns=PAIRS.names)
    assert len(pairs) > 400
    assert alarms_of_parts(world, pairs) == []


@pytest.mark.parametrize("seed", range(1, 11))
def test_no_seed_of_the_demonstration_raises_an_alarm(
    world, tmp_path, monkeypatch, seed
):
    # Drawn after all that is used here, and long to draw.
    monkeypatch.setattr(simulation, "draw_expression", lambda *_: (None, None))
    simulated = simulation.simulate(seed)
    path = tmp_path / "pairs.txt"
    simulated["pairs"].to_csv(path, sep="\t", index=False, na_rep="NA")
    selection = Selection(["chr1", "chr2", "chr3"])
    parsed = read_effects(path, Source("gtex_pairs"), selection)
    genes = tmp_path / "genes.gtf"
    genes.write_text(simulated["genes"])
    starts = gene_starts(genes)
    sources = consistency.Sources("slope", True, starts)
    effects = parts_of(parsed.effects, EFFECTS)
    assert alarms(world, consistency.measure(effects, sources)) == []
    # The true change of accessibility, measured with noise, is the score.
    changes = simulated["changes"].set_index("variant_id")["delta"]
    rng = np.random.default_rng(seed)
    scores = changes + 0.3 * changes.std() * rng.normal(size=len(changes))
    ids = parsed.effects["variant_id"].astype(object)
    pairs = parsed.effects.assign(raw=ids.map(scores), variant_id=ids)
    pairs = pairs.dropna(subset="raw").reindex(columns=PAIRS.names)
    assert alarms_of_parts(world, pairs, simulated["ld_blocks"]) == []
    # A fifth of the rows flipped is always seen.
    is_flipped = rng.random(len(pairs)) < 0.2
    effect = pairs["effect"].where(~is_flipped, -pairs["effect"])
    found = alarms_of_parts(world, pairs.assign(effect=effect), simulated["ld_blocks"])
    assert "opposite_signs" in found


def number_of(name, condition):
    return by.kept(lambda case: condition(of.number(case, name)))


def few_genes(n):
    return by.kept(
        lambda case: case.table["gene_id"].isin(case.table["gene_id"].unique()[:n])
    )


def of_some_donors(case):
    """Give the effects the errors of a quarter of the donors."""
    slope, se, maf = by.numbers(case, "slope", "slope_se", "maf")
    noise = np.sqrt(3) * se * of.rng().normal(size=len(se))
    count = np.ceil(maf * 200)
    of.put(case, ma_count=count, maf=count / 200)
    by.tested(case, slope=slope + noise, slope_se=2 * se)
    number_of("pval_nominal", lambda p: p < 1e-3)(case)


def finemapped(case):
    """Keep the pairs of a high inclusion probability, if each gene has one signal."""
    slope, se = by.numbers(case, "slope", "slope_se")
    evidence = np.nan_to_num((slope / se) ** 2 / 2, nan=-1e9)
    genes = case.table["gene_id"].to_numpy()
    pip = pd.Series(evidence).groupby(genes).transform(softmax).to_numpy()
    by.kept(lambda case: pip > 0.5)(case)


def heavy_tailed(case):
    """Let a few genes have effects of another size, which errors do not follow."""
    tail = by.by_gene(lambda draw, n: np.abs(draw.standard_t(3, size=n)) + 0.2)(case)
    slope = of.number(case, "slope") * tail
    by.tested(case, slope=np.clip(slope, -9, 9))
    number_of("pval_nominal", lambda p: p < 1e-3)(case)


def in_order_of(name):
    def change(case):
        order = np.argsort(of.number(case, name), kind="stable")
        case.table = case.table.iloc[order].reset_index(drop=True)

    return change


def one_of_each_gene(case):
    rows = case.table.sample(frac=1, random_state=1)
    case.table = rows.drop_duplicates("gene_id").reset_index(drop=True)


def many_indels(case):
    is_some = of.some(case, 0.2)
    by.kept(lambda case: by.of_alleles(by.indel)(case) | is_some)(case)


def without_palindromes(case):
    by.kept(lambda case: ~by.of_alleles(by.palindrome)(case))(case)


def of_all_pairs(case):
    """Take the table of the second cohort, which has all of its pairs."""
    path = case.world.simulated / "replicate.txt.gz"
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    case.table, case.replicate = table, None


# Unusual tables without a fault. Filtered ones have the smallest p values of their own.
UNUSUAL = {
    "80 genes": few_genes(80),
    "one chromosome": by.kept(lambda case: by.chromosomes(case) == "chr2"),
    "a quarter of the donors": of_some_donors,
    "no standard errors": plain(names=["slope", "pval_nominal"]),
    "no p values": plain(names=["slope", "slope_se"]),
    "effects alone": in_tidy(lambda slope, _: slope),
    "rounded effects alone": in_tidy(lambda slope, _: np.round(slope, 2)),
    "fine-mapped alone": finemapped,
    "many indels": both(many_indels, by.own_smallest),
    "no indels": by.kept(lambda case: ~by.of_alleles(by.indel)(case)),
    "no A/T and C/G": without_palindromes,
    "positive effects": both(number_of("slope", lambda x: x > 0), by.own_smallest),
    "heavy tails": heavy_tailed,
    "rare variants": both(number_of("maf", lambda x: x < 0.1), by.own_smallest),
    "common variants": both(number_of("maf", lambda x: x > 0.3), by.own_smallest),
    "one random variant of each gene": both(one_of_each_gene, by.own_smallest),
    "large effects": number_of("slope", lambda x: np.abs(x) > 0.4),
    "in order of p values": in_order_of("pval_nominal"),
    "in order of effects": in_order_of("slope"),
    "all pairs": of_all_pairs,
    "dsQTLs": by.of_assay("dsqtl", lambda case, name: None),
    "reporter assay": by.of_assay("reporter", lambda case, name: None),
    "reporter assay, in order of effects": by.of_assay("reporter", by.largest_first),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_an_unusual_table_without_a_fault_is_not_refused(world, name):
    found = run(clean(world), up_to_conclusion(UNUSUAL[name]))
    assert found.error is None and found.failed == set()
    assert found.conclusion["is_reportable"] != "no", found.conclusion["why"]
