"""Rules that fetch and read inputs, run one by one on small inputs."""

import json
import os
import re

from endobench.core.columns import (
    DROPPED,
    EFFECTS,
    LOSSES,
    SCORE_TABLE,
    VARIANTS,
)
from endobench.core.tables import read_frame, read_tsv
from one_rule import (
    run,
    write_genome,
)
from web import CONTENT, serving_tls
from workflow import SMALL, said, snakemake, write_config, write_sheet

HEADER = "variant_id\tgene_id\ttss_distance\tmaf\tpval_nominal\tslope\tslope_se\n"
PAIR_ROWS = (
    "chr1_9001_A_G_b38\tGENE1\t10\t0.1\t1e-6\t0.5\t0.1\n"
    "chr1_9001_A_G_b38\tGENE2\t20\t0.1\t1e-5\t-0.4\t0.1\n"
    "chr2_9002_C_T_b38\tGENE3\t30\t0.2\t1e-7\tNA\t0.1\n"
    "chr2_9003_G_GA_b38\tGENE3\t31\t0.2\t1e-7\t0.7\t0.1\n"
    "chrX_9003_G_A_b38\tGENE4\t31\t0.2\t1e-7\t0.7\t0.1\n"
)


def test_fetch_links_a_local_file_and_records_its_digest(folder):
    source = folder / "resources/simulated/blacklist.bed"
    source.parent.mkdir(parents=True)
    source.write_text("chr1\t1\t2\n")
    run(folder, "fetch", "resources/downloads/demo_blacklist")
    record = json.loads(
        (folder / "resources/downloads/demo_blacklist.json").read_text()
    )
    assert record["bytes"] == 9
    assert record["build"] == "GRCh38"
    assert len(record["sha256"]) == 64
    target = folder / "resources/downloads/demo_blacklist"
    assert target.read_text() == "chr1\t1\t2\n"


def test_fetch_trusts_the_configured_authority(folder, authority):
    with serving_tls(authority.issue()) as (_, url):
        row = {"name": "mine", "kind": "blacklist", "location": url, "build": "GRCh38"}
        sheet = write_sheet(folder, row | {"bytes": str(len(CONTENT))})
        write_config(folder, "untrusting.yaml", SMALL, **sheet)
        write_config(
            folder, "mine.yaml", SMALL, **sheet, tls_ca=str(authority.certificate)
        )
        target = "resources/downloads/mine"
        result = run(
            folder, "fetch", target, "--configfile", "untrusting.yaml", check=False
        )
        assert result.returncode != 0
        assert f"ERROR: {url}: its certificate is not trusted" in result.stderr
        assert not (folder / target).exists()
        run(folder, "fetch", target, "--configfile", "mine.yaml")
    assert (folder / target).read_bytes() == CONTENT


def test_read_effects_splits_pairs_variants_and_dropped(folder):
    source = folder / "resources/downloads/demo_pairs"
    source.parent.mkdir(parents=True)
    source.write_text(HEADER + PAIR_ROWS)
    results = folder / "results/demo/corrected"
    run(folder, "read_effects", "results/demo/corrected/variants.parquet")
    effects = read_frame(results / "effects.parquet", EFFECTS)
    assert effects["source_line"].tolist() == [2, 3, 5]
    assert effects["effect"].tolist() == [0.5, -0.4, 0.7]
    assert len(read_frame(results / "variants.parquet", VARIANTS)) == 2
    dropped = read_frame(results / "dropped/variants.parquet", DROPPED)
    reasons = dict(zip(dropped["source_line"], dropped["reason"], strict=True))
    assert reasons == {4: "effect_missing", 6: "chromosome_not_requested"}


def test_read_original_reads_a_table_of_effects_for_any_dataset(folder):
    source = folder / "resources/downloads/demo_replicate"
    source.parent.mkdir(parents=True)
    source.write_text(HEADER + PAIR_ROWS)
    datasets = [SMALL["datasets"][0] | {"original": "demo_replicate"}]
    write_config(folder, "mine.yaml", SMALL, datasets=datasets)
    stem = "results/originals/demo_replicate"
    target = f"{stem}.effects.parquet"
    run(folder, "read_original", target, "--configfile", "mine.yaml")
    effects = read_frame(folder / target, EFFECTS)
    assert effects["effect"].tolist() == [0.5, -0.4, 0.7]
    assert len(read_frame(folder / f"{stem}.variants.parquet", VARIANTS)) == 2
    assert len(read_frame(folder / f"{stem}.dropped.parquet", DROPPED)) == 2


def test_read_effects_of_the_published_protocol_takes_the_p_value(folder):
    source = folder / "resources/downloads/demo_pairs"
    source.parent.mkdir(parents=True)
    source.write_text(HEADER + PAIR_ROWS)
    run(folder, "read_effects", "results/demo/published/effects.parquet")
    effects = read_frame(folder / "results/demo/published/effects.parquet", EFFECTS)
    assert effects["effect"].tolist() == [1e-6, 1e-5, 1e-7]
    assert effects["unit"].unique() == ["p_value"]


def test_read_scores_takes_one_score_per_variant_and_lists_dropped_rows(folder):
    write_genome(folder)
    source = folder / "resources/downloads/demo_pairs"
    source.write_text(HEADER + PAIR_ROWS)
    run(folder, "read_scores", "results/tables/demo_pairs.parquet")
    tables = folder / "results/tables"
    table = read_frame(tables / "demo_pairs.parquet", SCORE_TABLE)
    scores = dict(zip(table["variant_id"], table["score"], strict=True))
    assert scores == {"chr2_9003_G_GA_b38": 0.7, "chrX_9003_G_A_b38": 0.7}
    dropped = read_tsv(tables / "demo_pairs.dropped.tsv", DROPPED)
    assert dropped["reason"].value_counts().to_dict() == {
        "several_scores": 2,
        "effect_missing": 1,
    }
    losses = read_tsv(tables / "demo_pairs.losses.tsv", LOSSES).set_index("reason")
    assert losses["table"].unique() == ["demo_pairs"]
    assert losses.loc["several_scores", "examples"] == "chr1_9001_A_G_b38"
    assert losses["n_rows"].tolist() == [5, 1, 2, 2]


def test_read_effects_joins_probabilities_and_effects(folder):
    downloads = folder / "resources/downloads"
    downloads.mkdir(parents=True)
    (downloads / "demo_pairs").write_text(HEADER + PAIR_ROWS)
    (downloads / "demo_finemapped").write_text(
        "Simulated\tGENE1\t1\t1.0\tchr1_9001_A_G_b38\t0.95\n"
        "Simulated\tGENE2\t1\t1.0\tchr1_9001_A_G_b38\t0.002\n"
        # A pair without a slope, and a gene that the pairs do not have.
        "Simulated\tGENE3\t1\t1.0\tchr2_9002_C_T_b38\t0.5\n"
        "Simulated\tGENE9\t1\t1.0\tchr2_9003_G_GA_b38\t0.5\n"
    )
    target = "results/demo_finemapped/corrected/effects.parquet"
    config = ("--configfile", "config/demo_finemapped.yaml")
    run(folder, "read_effects", target, *config)
    effects = read_frame(folder / target, EFFECTS)
    assert effects["feature_id"].tolist() == ["GENE1", "GENE2"]
    assert effects["pip"].tolist() == [0.95, 0.002]
    assert effects["effect"].tolist() == [0.5, -0.4]
    assert effects["p_value"].tolist() == [1e-6, 1e-5]
    path = folder / "results/demo_finemapped/corrected/dropped/variants.parquet"
    dropped = read_frame(path, DROPPED)
    assert dropped["source_line"].tolist() == [3, 4]
    assert dropped["reason"].unique() == ["not_in_effects_from"]


def test_read_effects_takes_ref_from_the_genome(folder):
    write_genome(folder)
    row = {"name": "unordered", "kind": "effects", "format": "alphagenome_qtl"}
    row |= {"location": "x", "build": "GRCh38", "effect_allele": "allele2"}
    sheet = write_sheet(folder, row | {"unit": "beta", "null": "0"})
    (folder / "x").touch()
    (folder / "resources/downloads/unordered").write_text(
        "variant_id\ttarget\n"
        "chr1_9001_A_G_hg38\t0.5\n"
        "chr1_9002_T_C_hg38\t0.25\n"
        "chr1_9003_A_T_hg38\t1\n"
    )
    datasets = [SMALL["datasets"][0] | {"effects": "unordered"}]
    write_config(folder, "mine.yaml", SMALL, datasets=datasets, **sheet)
    target = "results/demo/corrected/effects.parquet"
    run(folder, "read_effects", target, "--configfile", "mine.yaml")
    effects = read_frame(folder / target, EFFECTS).set_index("variant_id")["effect"]
    assert effects.to_dict() == {"chr1_9001_A_G_b38": 0.5, "chr1_9002_C_T_b38": -0.25}
    path = folder / "results/demo/corrected/dropped/variants.parquet"
    dropped = read_frame(path, DROPPED).iloc[0]
    assert dropped["reason"] == "neither_allele_is_reference"
    assert (dropped["source_line"], dropped["value"]) == (4, "A,T")


def test_read_scores_refuses_a_table_with_alleles_of_another_genome(folder):
    write_genome(folder)
    row = {"name": "unordered", "kind": "scores", "format": "alphagenome_qtl"}
    row |= {"location": "x", "build": "GRCh38", "effect_allele": "allele2"}
    sheet = write_sheet(folder, row | {"unit": "score", "null": ""})
    (folder / "x").touch()
    (folder / "resources/downloads/unordered").write_text(
        "variant_id\ttarget\nchr1_9001_A_G_hg38\t0.5\nchr1_9003_A_T_hg38\t1\n"
    )
    datasets = [SMALL["datasets"][0] | {"control": "unordered"}]
    write_config(folder, "mine.yaml", SMALL, datasets=datasets, **sheet)
    target = "results/tables/unordered.parquet"
    options = ("--configfile", "mine.yaml")
    result = run(folder, "read_scores", target, *options, check=False)
    assert result.returncode != 0
    assert "neither allele matches the genome in 1 of 2 rows" in result.stderr
    assert not (folder / target).exists()


CONTROL = ("-n", "--configfile", "config/positive_control.yaml")


def test_the_positive_control_needs_no_folder_of_data(folder):
    plan = said(snakemake(folder, *CONTROL))
    # The archive of GTEx, its member, and three files.
    assert re.search(r"^fetch +5$", plan, re.MULTILINE)


def test_a_file_in_a_folder_of_data_is_used_instead_of_a_download(folder):
    for name in ("first", "second"):
        copy = folder / name / "gtex_v8" / "Whole_Blood.v8.egenes.txt.gz"
        copy.parent.mkdir(parents=True)
        copy.touch()
    (folder / "second" / "dsqtl_yoruba").mkdir()
    (folder / "second" / "dsqtl_yoruba" / "dsQTL.vcf").touch()
    plan = said(snakemake(folder, *CONTROL, "--config", "data_dir=[first, second]"))
    # Without the archive, which is needed for its member alone.
    assert re.search(r"^fetch +4$", plan, re.MULTILINE)
    assert "first/gtex_v8/Whole_Blood.v8.egenes.txt.gz" in plan
    assert "second/gtex_v8" not in plan
    assert "second/dsqtl_yoruba/dsQTL.vcf" in plan


def test_a_file_without_a_public_address_is_asked_for_with_the_steps(folder):
    config = ("--configfile", "config/accessibility_qtls.yaml")
    plan = snakemake(folder, "-n", *config, check=False)
    assert plan.returncode != 0
    [line] = [each for each in said(plan).splitlines() if "ERROR" in each]
    assert "key 'data_dir': no file resources/data/chrombpnet/caqtls.afr" in line
    assert "to get it: log in to Synapse (free), synapse get syn64126781" in line


def test_a_file_put_in_the_place_of_a_newer_one_is_fetched(folder):
    row = {"name": "mine", "kind": "blacklist", "location": "mine.bed"}
    sheet = write_sheet(folder, row | {"build": "GRCh38"})
    datasets = [SMALL["datasets"][0] | {"blacklist": "mine"}]
    write_config(folder, "mine.yaml", SMALL, datasets=datasets, **sheet)
    source = folder / "mine.bed"
    source.write_text("chr1\t1\t2\n")
    target = "results/intervals/mine.lifted.bed"
    command = target, "--configfile", "mine.yaml"
    snakemake(folder, *command)
    state = source.stat()
    assert "Nothing to be done" in said(snakemake(folder, *command))
    source.write_text("chr1\t3\t4\n")
    os.utime(source, (state.st_atime - 9_000, state.st_mtime - 9_000))
    snakemake(folder, *command)
    assert (folder / target).read_text().split()[1:] == ["3", "4"]
