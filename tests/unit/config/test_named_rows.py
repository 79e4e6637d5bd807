import pytest
from configs import CLASSES, DNASE, RNA, checked, config_of, dataset
from endobench.config.named_rows import build_of, check_names
from endobench.config.schema import read_yaml
from endobench.config.settings import check_config
from endobench.core.errors import InputError
from sheet_rows import (
    BLOCKS,
    CHAIN,
    EFFECTS,
    FOLDS,
    GENES,
    OLD,
    PEAKS,
    PLACE,
    SCORES,
    VCF,
    changed,
    tables,
)
from sheets import shipped_sheet
from workflow import ROOT

SCHEMAS = ROOT / "config" / "schemas"
CONFIGS = sorted((ROOT / "config").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_that_comes_with_the_workflow_is_valid(path):
    config = read_yaml(path)
    check_config(config, SCHEMAS / "config.schema.yaml", path.name)
    check_names(config, shipped_sheet(), path.name)


def mine(**changes):
    """Return a checked config that names the rows of the small sheet."""
    rows = {"name": "d", "effects": "mine", "peaks": "my_peaks"}
    config = {
        "datasets": [{**rows, **changes.pop("dataset", {})}],
        "chromosomes": ["chr1"],
        "genome": "none",
        "service": "table",
        "scores": "my_scores",
        "chains": {"hg19": "my_chain"},
    }
    config |= changes
    return checked(config)


def test_names_that_are_in_the_sheet_are_valid(sheet_of):
    check_names(mine(), sheet_of(SCORES, EFFECTS, PEAKS, CHAIN), "my.yaml")
    peakless = mine(dataset={"peaks": "none"}, chains={})
    check_names(peakless, sheet_of(SCORES, EFFECTS), "my.yaml")
    chain = ["older_chain", "chain", "", "hg18.chain", "hg18", "", "", "", "CC0-1.0"]
    whole = mine(
        dataset={"control": "old"},
        chains={"hg19": "my_chain", "hg18": "older_chain"},
        ld_blocks="blocks",
        folds="my_folds",
        genes="my_genes",
    )
    rows = SCORES, EFFECTS, PEAKS, CHAIN, OLD, BLOCKS, FOLDS, GENES, chain
    check_names(whole, sheet_of(*rows), "my.yaml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"dataset": {"effects": "mime"}},
            "key 'datasets.effects': 'mime' is not a row of",
        ),
        (
            {"dataset": {"peaks": "mine"}},
            "key 'datasets.peaks': 'mine' is of kind 'eff",
        ),
        (
            {"dataset": {"blacklist": "b"}},
            "key 'datasets.blacklist': 'b' is not a row of ",
        ),
        (
            {"genome": "None"},
            "key 'genome': 'None' is not a row of config/datasets.tsv, config/gtex.tsv; did"
            " you mean 'none'?",
        ),
        (
            {"chains": {}},
            "key 'datasets.peaks': 'my_peaks' is on hg19; name the chain to",
        ),
        (
            {"chains": {"hg19": "mine"}},
            "key 'chains.hg19': 'mine' is of kind 'effects'",
        ),
        (
            {"chains": {"hg19": "my_chain", "hg18": "my_chain"}},
            "key 'chains.hg18': 'my_chain' lifts from hg19, not hg18",
        ),
        (
            {"genome": "my_peaks"},
            "key 'genome': 'my_peaks' is of kind 'peaks'; expected",
        ),
        (
            {"scores": "my_peaks"},
            "key 'scores': 'my_peaks' is of kind 'peaks'; expected scores or",
        ),
        (
            {"dataset": {"control": "mime"}},
            "key 'datasets.control': 'mime' is not a row of config/datasets.tsv, config",
        ),
        (
            {"dataset": {"control": "my_peaks"}},
            "key 'datasets.control': 'my_peaks' is of kind 'peaks'; expected effects or",
        ),
        (
            {"dataset": {"control": "old"}},
            "key 'datasets.control': 'old' is on hg18; name the chain to GRCh38 under",
        ),
        (
            {"dataset": {"control": "mine"}},
            "key 'datasets.control': 'mine' is also the table of effects of dataset 'd';",
        ),
        (
            {"dataset": {"classes": {**CLASSES, "positive": 0.01, "negative": 0.9}}},
            "key 'datasets.classes' of 'd': positive 0.01 must be above negative 0.9,",
        ),
        (
            {"dataset": {"classes": CLASSES}},
            "key 'datasets.classes' of 'd': a table of format gtex_pairs has no pip",
        ),
        ({"ld_blocks": "block"}, "key 'ld_blocks': 'block' is not a row of config/"),
        (
            {"ld_blocks": "my_folds"},
            "key 'ld_blocks': 'my_folds' is of kind 'folds'; expected ld_blocks",
        ),
        ({"ld_blocks": "blocks"}, "key 'ld_blocks': 'blocks' is on hg18; name the"),
        (
            {"folds": "blocks"},
            "key 'folds': 'blocks' is of kind 'ld_blocks'; expected folds",
        ),
        (
            {"local": {"my_peak": "x"}},
            "key 'local.my_peak': not a row of config/datas",
        ),
    ],
)
def test_a_name_that_is_not_in_the_sheet_or_of_another_kind(sheet_of, changes, message):
    sheet = sheet_of(SCORES, EFFECTS, PEAKS, CHAIN, OLD, BLOCKS, FOLDS)
    with pytest.raises(InputError) as caught:
        check_names(mine(**changes), sheet, "my.yaml")
    assert str(caught.value).startswith(f"my.yaml: {message}")


@pytest.mark.parametrize(
    ("control", "key"), [("old", "scores"), ("again", "effects"), ("other", None)]
)
def test_a_control_is_another_file_whatever_its_name(sheet_of, control, key):
    again = changed(EFFECTS, "name", "again")
    other = changed(changed(again, "name", "other"), "location", "other.txt")
    sheet = sheet_of(SCORES, EFFECTS, PEAKS, CHAIN, OLD, again, other)
    sheet["older_chain"] = {**sheet["my_chain"], "build": "hg18"}
    chains = {"hg19": "my_chain", "hg18": "older_chain"}
    choices = {"dataset": {"control": control}, "scores": "old", "chains": chains}
    if key is None:
        check_names(mine(**choices), sheet, "m")
    else:
        with pytest.raises(
            InputError, match=f"'{control}' is also the table of {key} of"
        ):
            check_names(mine(**choices), sheet, "m")
    if key == "scores":
        # Scores of a model do not come from a table.
        model = {"service": "standin", "genome": "g"}
        sheet["g"] = {**sheet["mine"], "kind": "genome"}
        check_names(mine(**choices, **model), sheet, "m")


def test_a_misspelt_row_is_answered_with_a_similar_one(sheet_of):
    config = mine(dataset={"peaks": "my_peak"})
    with pytest.raises(InputError, match="did you mean 'my_peaks'"):
        check_names(config, sheet_of(SCORES, EFFECTS, PEAKS, CHAIN), "my.yaml")


def test_the_genome_is_grch38(sheet_of):
    genome = ["old", "genome", "", "old.fa", "hg19", "", "", "", "CC0-1.0"]
    with pytest.raises(
        InputError, match="key 'genome': 'old' is hg19; expected GRCh38"
    ):
        check_names(
            mine(genome="old"), sheet_of(SCORES, EFFECTS, PEAKS, CHAIN, genome), "m"
        )


def test_two_datasets_of_one_name_are_an_error(sheet_of):
    config = mine()
    config["datasets"] *= 2
    with pytest.raises(InputError, match="key 'datasets': name 'd' appears twice"):
        check_names(config, sheet_of(SCORES, EFFECTS, PEAKS, CHAIN), "my.yaml")


def test_a_table_that_is_harmonised_needs_the_genome(sheet_of):
    columns = f"{PLACE}; allele1=a; allele2=b; effect=b"
    lines, header = tables({"columns": columns, "effect_allele": "allele1"})
    sheet = sheet_of(*lines, header=header)
    config = mine(dataset={"effects": "t", "peaks": "none"}, chains={}, scores="t")
    with pytest.raises(InputError, match="'t' needs the genome to determine REF"):
        check_names(config, sheet, "my.yaml")


def test_human_effects_need_a_human_genome(sheet_of):
    genome = changed(changed(PEAKS, "kind", "genome"), "build", "mm10")
    sheet = sheet_of(SCORES, EFFECTS, genome)
    config = mine(dataset={"peaks": "none"}, chains={}, genome="my_peaks")
    message = r"'mine' is on GRCh38 \(human\), but the genome is mm10 \(mouse\)"
    with pytest.raises(InputError, match=message):
        check_names(config, sheet, "my.yaml")


def test_variants_named_by_rsid_take_the_build_of_the_vcf(sheet_of):
    lines, header = tables(
        {"columns": "rsid=rs; effect=b", "alleles": "v", "build": "hg19"}, VCF
    )
    sheet = sheet_of(*lines, header=header)
    assert build_of(sheet["t"], sheet) == "GRCh38"


def test_genes_are_of_the_genomes_build(sheet_of):
    old = ["old_genes", *GENES[1:4], "hg19", *GENES[5:]]
    sheet = sheet_of(SCORES, EFFECTS, PEAKS, CHAIN, old)
    for name, message in (
        ("old_genes", "'old_genes' is on hg19; expected genes on the build of"),
        ("my_peaks", "'my_peaks' is of kind 'peaks'; expected genes"),
        ("mine_genes", "'mine_genes' is not a row of"),
    ):
        with pytest.raises(InputError) as caught:
            check_names(mine(genes=name), sheet, "my.yaml")
        assert str(caught.value).startswith(f"my.yaml: key 'genes': {message}")


def test_a_scorer_by_gene_comes_first_only_where_features_are_genes():
    sheet = shipped_sheet()
    peaks = {"datasets": dataset(effects="demo_dsqtls"), "window_bp": 131_072}
    config = checked(config_of(scorer=[RNA, DNASE], **peaks))
    with pytest.raises(InputError, match="list a centre mask first"):
        check_names(config, sheet, "my.yaml")
    check_names(checked(config_of(scorer=[DNASE, RNA], **peaks)), sheet, "my.yaml")


def test_a_dataset_of_other_features_needs_a_centre_mask_of_its_own():
    sheet = shipped_sheet()
    peaks = dataset(effects="demo_dsqtls")[0]
    long = {"scorer": [RNA, DNASE], "window_bp": 131_072}
    config = checked(config_of(datasets=[peaks | {"scorer": DNASE}], **long))
    check_names(config, sheet, "my.yaml")
    config = checked(config_of(datasets=[peaks], **long))
    with pytest.raises(InputError, match="give the dataset a 'scorer' of its own"):
        check_names(config, sheet, "my.yaml")


@pytest.mark.parametrize("chrom", ["chr0", "chr23", "chrZ", "chromosome1"])
def test_a_chromosome_that_the_genome_has_not_is_refused(chrom):
    config = checked(config_of(chromosomes=["chr1", chrom]))
    with pytest.raises(InputError, match=f"key 'chromosomes': '{chrom}': GRCh38 has"):
        check_names(config, shipped_sheet(), "my.yaml")


def test_datasets_that_differ_in_case_only_are_refused():
    datasets = [*dataset(), *dataset(name="DEMO")]
    config = checked(config_of(datasets=datasets))
    with pytest.raises(InputError, match="names 'demo' and 'DEMO' differ in case only"):
        check_names(config, shipped_sheet(), "my.yaml")
