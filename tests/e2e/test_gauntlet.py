"""Every defect is caught, dropped or harmless, and clean data raise no alarm."""

import gzip

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.controls import join_control, with_measurements
from endobench.benchmark.merge import join
from endobench.benchmark.scores import TrackSet, reduce_tracks
from endobench.core.columns import (
    DIFFERENCES,
    DROPPED,
    EFFECTS,
    GATES,
    PAIRS,
    VARIANTS,
    WATERFALL,
)
from endobench.core.tables import read_tsv
from endobench.demo.simulate import simulate
from endobench.design.tasks import LEADS
from endobench.evaluate.conclusion import conclude
from endobench.evaluate.conditions import Named
from endobench.evaluate.summary import summarise
from endobench.figures.captions import conclusion_note, why_words
from endobench.gates import control as gates_control
from endobench.gates import effects as gates_effects
from endobench.gates import peaks as gates_peaks
from endobench.gates import scores as gates_scores
from endobench.gates import sequences as gates_sequences
from endobench.gates import table_consistency
from endobench.gates.verdicts import FAIL, verdicts
from endobench.genome.bed import read_bed
from endobench.genome.gtf import gene_starts
from endobench.genome.liftover import lift_effects
from endobench.genome.reference import prepare
from endobench.predict.look_up import answers_from_table
from endobench.report.findings import describe_finding
from endobench.sources.formats import FORMATS, UNITS, Source
from endobench.sources.read import read_effects
from endobench.sources.rows import Selection
from endobench.sources.score_table import score_table
from frames import parts_of, variants_of
from gauntlet import (
    alter_batches,
    alter_controls,
    alter_inputs,
    alter_parts,
    power,
    power_curves,
)
from gauntlet.defect import FAILS
from gauntlet.page import ALL_DEFECTS, BARRED, outcome_of, render, run_all
from gauntlet.pipeline import WINDOW_BP, World, clean, run
from gauntlet.power_world import Inputs
from gauntlet.rounded import differing_lines, is_rounded
from workflow import ROOT, SMALL, copy_of, said, snakemake, write_config

PAGE = ROOT / "resources/docs/gauntlet.md"
NAMES = [f"{defect.stage}: {defect.name}" for defect in ALL_DEFECTS]
METRICS = "results/demo/corrected/metrics.tsv"


@pytest.fixture(scope="module")
def world(demonstration):
    return World(demonstration)


@pytest.fixture(scope="module")
def unharmed(world, tmp_path_factory):
    return run(clean(world), tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def everything(world):
    return dict(zip(NAMES, run_all(world), strict=True))


@pytest.mark.numeric
@pytest.mark.parametrize("name", NAMES)
def test_a_defect_has_its_declared_outcome(name, everything, unharmed, world):
    found = everything[name]
    outcome, by = outcome_of(found, unharmed, world)
    assert outcome == found.defect.outcome
    if outcome == FAILS:
        # Further gates may see it, too.
        assert set(found.defect.by.split()) <= set(by.split())
    else:
        # A defect that is missed has no gate; its `by` is the reason.
        assert by in (found.defect.by, "")


def test_every_fault_of_the_study_is_introduced_or_impossible():
    covered = {defect.study for defect in ALL_DEFECTS} | {row[0] for row in BARRED}
    assert covered == {"-", *map(str, range(1, 16))}
    assert len(set(NAMES)) == len(NAMES)


def test_an_impossible_fault_has_its_test():
    for _, _, test in BARRED:
        path, name = test.split("::")
        assert f"\ndef {name}(" in (ROOT / path).read_text(), test


@pytest.mark.numeric
def test_the_page_matches_the_outcomes(everything, unharmed, world):
    exact = render(list(everything.values()), unharmed, world, is_exact=True)
    differing = differing_lines(PAGE.read_text(), exact)
    assert differing == [], "run 'make gauntlet' to update the page"


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("0.83", 0.8349999, True),
        ("0.84", 0.8349999, True),
        ("0.83", 0.8450001, False),
        ("0.93", 0.8349999, False),
        ("1", 0.9950001, True),
        ("1", 0.85, False),
        ("3.1e+05", 312_345.6, True),
        ("3.1e+05", 345_678.9, False),
        ("-0.71", -0.7149, True),
        ("-0.71", 0.7149, False),
        ("0", 0.0, True),
        ("0", 0.01, False),
        ("17", 16.6, True),
        ("0.744", 0.7452, False),
    ],
)
def test_a_rounded_number_is_compared_as_a_number(text, value, expected):
    assert is_rounded(text, value) == expected
    line = "| 145 rows of | {} | at most 0.1 |"
    differing = differing_lines(line.format(text), line.format(repr(value)))
    assert (not differing) == expected


@pytest.mark.parametrize(
    "changed", ["| 146 rows: 0.83 |", "| 145 pairs: 0.83 |", "| 145 rows: |", ""]
)
def test_words_and_counts_of_a_page_are_compared_exactly(changed):
    line = "| 145 rows: 0.8349 |"
    assert differing_lines("| 145 rows: 0.83 |", line) == []
    assert differing_lines(changed, line) == [(changed, line)]


@pytest.mark.numeric
def test_without_a_defect_the_stages_reproduce_the_workflow(unharmed, world):
    assert unharmed.error is None
    # Sums of thousands of terms, in another order.
    assert unharmed.spearman == pytest.approx(world.spearman, rel=1e-9)
    found = read_tsv(world.folder / "results/demo/gates.tsv", GATES)
    found = found[found["protocol"] == "corrected"].set_index("gate")
    ours = unharmed.gates.set_index("gate")
    assert list(ours.index) == list(found.index)
    # A table holds ten digits or more.
    np.testing.assert_allclose(ours["value"], found["value"], rtol=1e-6)


@pytest.mark.numeric
def test_a_new_variant_is_scored_as_by_the_server(world):
    raw = world.known.iloc[::500].set_index("variant_id")["raw"]
    rows, _ = prepare(
        variants_of(*raw.index), world.genome, WINDOW_BP, max_n_fraction=1
    )
    assert len(rows) == len(raw)
    for row in rows.itertuples():
        np.testing.assert_array_equal(world.predict(row), raw[row.variant_id])


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
    missing |= {"se_follows_maf", "ld_block_length", "ld_block_borders"}
    # Nor is a second cohort named for them.
    missing |= {"replicate_signs"}
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


def real(shared_data, name):
    """Return a real table on GRCh38."""
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
    measured |= table_consistency.measure(
        parts_of(parsed.effects, EFFECTS),
        table_consistency.Sources(layout.unit, layout.is_one_cohort),
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
    found = join_control(effects.effects, effects.variants, table, "real")
    found = with_measurements(found, effects.variants, table)
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
    waterfall = pd.DataFrame({"reason": ["scored pairs"], "n_pairs": [len(pairs)]})
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
    pairs = join_control(effects.effects, effects.variants, table, "dsqtls")
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
def test_no_seed_of_the_demonstration_raises_an_alarm(world, tmp_path, seed):
    simulated = simulate(seed)
    path = tmp_path / "pairs.txt"
    simulated["pairs"].to_csv(path, sep="\t", index=False, na_rep="NA")
    selection = Selection(["chr1", "chr2", "chr3"])
    parsed = read_effects(path, Source("gtex_pairs"), selection)
    genes = tmp_path / "genes.gtf"
    genes.write_text(simulated["genes"])
    starts = gene_starts(genes)
    sources = table_consistency.Sources("slope", True, starts)
    effects = parts_of(parsed.effects, EFFECTS)
    assert alarms(world, table_consistency.measure(effects, sources)) == []
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


OF_USERS = {
    "an accepted failing gate": (
        (alter_inputs.padded_indels, alter_controls.accepted("indel_scale")),
        "with exceptions",
        "failing gates that are accepted: indel_scale",
    ),
    "a gate that warns": (
        (alter_batches.on("chr1", alter_batches.scaled(0.7)),),
        "with exceptions",
        "gate part_scales warns: standard errors of chromosome chr1",
    ),
    "no control": (
        (alter_controls.without_control(),),
        "with exceptions",
        "no external positive control (key 'control')",
    ),
    "a failing control": (
        (alter_controls.of_control(alter_controls.shuffled(1)),),
        "no",
        "failing positive control: demo_dsqtls has Spearman",
    ),
    "a part that disagrees": (
        (alter_parts.flipped(alter_parts.of_alleles(alter_parts.on("chr3"))),),
        "no",
        "failing gates: part_agreement",
    ),
}


@pytest.mark.numeric
@pytest.mark.parametrize("name", OF_USERS)
def test_summary_report_and_figure_say_what_a_user_must_know(world, tmp_path, name):
    changes, state, words = OF_USERS[name]
    result = run(clean(world), tmp_path, alter_controls.measured(*changes))
    assert result.error is None
    named = Named(None if name == "no control" else "demo_dsqtls")
    found = conclude(result.metrics, result.gates, None, named)
    waterfall = read_tsv(
        world.folder / "results/demo/corrected/waterfall.tsv", WATERFALL
    )
    summary = summarise(result.metrics, waterfall, found.conclusions)
    row = summary[summary["stratum"] == LEADS].iloc[0]
    assert row["is_reportable"] == state
    assert words in row["why"]
    # The report has it in a sentence, and the terminal and each figure in a note.
    report = describe_finding(
        found.conclusions,
        result.metrics,
        pd.DataFrame(columns=DIFFERENCES.names),
        result.gates,
        waterfall,
        found.controls,
    )
    assert report.is_reportable == state and words in report.why
    if "control" in name:
        said_of_control = " ".join(report.sentences).lower()
        assert words.split(":")[0].split(" (")[0].lower() in said_of_control
    note = conclusion_note(found.conclusions, result.metrics, LEADS).replace("\n", " ")
    # A figure writes the names of gates in words.
    assert why_words(words) in note
    assert note.startswith("NOT REPORTABLE" if state == "no" else "REPORTABLE WITH EXC")


def exchanged_header(folder):
    """Rename columns, so that the p values are called slope."""
    path = folder / "resources/simulated/pairs.txt.gz"
    with gzip.open(path, "rt") as file:
        header, rest = file.readline(), file.read()
    header = header.replace("\tslope\t", "\tslope_of_old\t")
    header = header.replace("\tpval_nominal\t", "\tslope\t")
    header = header.replace("\tmin_pval_nominal\t", "\tpval_nominal\t")
    with gzip.open(path, "wt") as file:
        file.write(header + rest)


def hg19_peaks_declared_grch38(folder):
    sheet = folder / "config/datasets.tsv"
    lines = sheet.read_text().splitlines(keepends=True)
    is_peaks = [line.startswith("demo_peaks\t") for line in lines]
    place = is_peaks.index(True)
    lines[place] = lines[place].replace("\thg19\t", "\tGRCh38\t", 1)
    sheet.write_text("".join(lines))


# A third case, a stand-in at an address, is in test_mistakes.
@pytest.mark.parametrize(
    ("defect", "stage", "gate"),
    [
        (exchanged_header, "effects", "effect_signs"),
        (hg19_peaks_declared_grch38, "peaks", "peak_enrichment"),
    ],
)
def test_the_workflow_stops_with_one_line_and_the_table_of_gates(
    simulated, tmp_path, defect, stage, gate
):
    folder = copy_of(simulated, tmp_path)
    defect(folder)
    write_config(folder, "small.yaml", SMALL)
    result = snakemake(folder, METRICS, "--configfile", "small.yaml", check=False)
    assert result.returncode != 0
    lines = result.stderr.splitlines()
    line = lines[-1]
    assert line.endswith(" (log: results/logs/select_in_peaks/demo.corrected.log)")
    # The job has told it at once.
    assert line.startswith("ERROR: ") and line.rpartition(" (")[0] in lines
    verdict = read_tsv(
        folder / f"results/demo/corrected/gates/{stage}.tsv", GATES
    ).set_index("gate")
    failed = verdict[verdict["verdict"] == FAIL]
    assert gate in failed.index
    assert f"{gate} fails" in line
    assert verdict.loc[gate, "evidence"] in line
    assert f"'accept: [{', '.join(failed.index)}]'" in line
    assert "Traceback" not in said(result)
    assert not (folder / METRICS).exists()
    assert not (folder / "results/scores/16384bp").exists()


@pytest.fixture(scope="module")
def inputs(world):
    return Inputs.of_world(world)


@pytest.mark.parametrize(
    "curve", power_curves.CURVES, ids=lambda curve: f"{curve.stage}: {curve.name}"
)
def test_no_gate_of_a_power_curve_warns_without_a_defect(inputs, curve):
    found = power.power_of(inputs, curve.family, lambda same, _: same, 1)
    assert (found.failed, found.alarmed) == (0, 0)
    page = (ROOT / "resources/docs/power.md").read_text()
    for strength in curve.strengths:
        assert f"| {curve.name} | {curve.unit} {strength:g} |" in page


@pytest.mark.numeric
def test_the_page_of_power_has_the_numbers_of_its_trials(inputs, world):
    curves = [each for each in power_curves.CURVES if each.name == "ids shuffled"]
    table = power.measure_all(inputs, curves=curves)
    lines = power.render(table, inputs, world.spearman).splitlines()
    rows = [line for line in lines if line.startswith("| ids shuffled |")]
    assert len(rows) == len(curves[0].strengths)
    page = (ROOT / "resources/docs/power.md").read_text().splitlines()
    assert set(rows) <= set(page), "run 'make gauntlet' to update the page"
    assert table["failed"].is_monotonic_increasing
    assert (table["low"] <= table["failed"]).all()
    assert (table["failed"] <= table["high"]).all()
