"""Rules that predict and draw single variants, run one by one on small inputs."""

from endobench.core.columns import (
    LOCI,
    LOCUS_TRACKS,
    PAIRS,
)
from endobench.core.tables import read_frame, read_tsv, write_table
from frames import benchmark
from one_rule import (
    run,
    write_genome,
)
from workflow import write_config

DATASETS = ["demo", "demo_dsqtls"]


def test_loci_are_chosen_predicted_and_drawn(folder):
    write_genome(folder)
    ids = ["chr1_9001_A_G_b38", "chr2_9003_GTT_G_b38", "chr3_9001_A_T_b38"]
    pairs = benchmark()[0].iloc[:3].assign(variant_id=ids, source_id=ids, p_value=1e-9)
    pairs = pairs.assign(raw=[0.1, -0.3, 0.2], feature_id=["one", "two", "three"])
    pairs = pairs.assign(model="standin/x")
    for dataset in DATASETS:
        write_table(pairs, folder / f"results/{dataset}/corrected/pairs.parquet", PAIRS)
    intervals = folder / "results/intervals"
    intervals.mkdir(parents=True)
    (intervals / "demo_peaks.lifted.bed").write_text("chr1\t8900\t9100\n")
    (folder / "resources/downloads/demo_genes").write_text(
        'chr1\tx\texon\t8001\t9500\t.\t+\t.\tgene_id "one"; gene_name "GATA1";\n'
    )
    loci = {"top": 2, "variants": ["chr1_9001_A_G", "1:10001:A:C"], "width_bp": 256}
    write_config(folder, "loci.yaml", loci=loci)
    rules = "list_tracks select_tracks find_asked_variants choose_loci predict_loci"
    target = "results/loci/figures"
    run(folder, f"{rules} draw_loci", target, "--configfile", "loci.yaml")
    loci = read_tsv(folder / "results/loci/loci.tsv", LOCI)
    assert loci["variant_id"].unique().tolist() == [
        "chr1_9001_A_G_b38",
        "chr1_10001_A_C_b38",
        "chr2_9003_GTT_G_b38",
        "chr3_9001_A_T_b38",
    ]
    assert loci["why"].tolist() == ["asked"] * 3 + ["top"] * 4
    tracks = read_frame(folder / "results/loci/tracks.parquet", LOCUS_TRACKS)
    assert len(tracks) == 8
    assert {len(values) for values in tracks["values"]} == {256}
    assert tracks["model"].str.startswith("standin/").all()
    figures = {path.name for path in (folder / target).glob("*.p*")}
    assert figures == {
        f"{name}.{suffix}" for name in loci["figure"] for suffix in ("png", "pdf")
    }
