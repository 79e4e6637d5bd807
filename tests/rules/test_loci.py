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
from workflow import demonstrated, write_config

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
    intervals.mkdir(parents=True, exist_ok=True)
    (intervals / "demo_peaks.lifted.bed").write_text("chr1\t8900\t9100\n")
    (folder / "resources/downloads/demo_genes").write_text(
        'chr1\tx\texon\t8001\t9500\t.\t+\t.\tgene_id "one"; gene_name "GATA1";\n'
    )
    loci = {"top": 2, "variants": ["chr1_9001_A_G", "1:10001:A:C"], "width_bp": 256}
    datasets = demonstrated(folder, *DATASETS)
    write_config(folder, "loci.yaml", loci=loci, datasets=datasets)
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


def draw_genes(folder, scorers, name="corrected", **score):
    """Draw the loci of two genes of a variant, whose pairs are those of a benchmark."""
    write_genome(folder, "ACGTTGCA" * 20_000)
    variant = "chr1_80001_A_G_b38"
    pairs = benchmark()[0].iloc[:2].assign(variant_id=variant, source_id=variant)
    pairs = pairs.assign(feature_id=["ENSG01.2", "ENSG02.1"], p_value=1e-9, **score)
    pairs = pairs.assign(scored_gene=["ENSG01", "ENSG02"])
    pairs = pairs.assign(model="standin/x", scorer=scorers[-1], window_bp=131_072)
    write_table(pairs, folder / f"results/genes/{name}/pairs.parquet", PAIRS)
    (folder / "resources/downloads/demo_genes").write_text(
        "".join(
            f"chr1\tx\texon\t{start}\t{end}\t.\t{strand}\t.\t"
            f'gene_id "{gene}"; gene_name "{gene}"; transcript_id "{gene}";\n'
            for gene, strand, start, end in (
                ("ENSG01.4", "+", 82_001, 82_200),
                ("ENSG01.4", "+", 99_001, 99_500),
                ("ENSG02.1", "-", 70_001, 71_000),
            )
        )
    )
    write_config(
        folder,
        "loci.yaml",
        datasets=[{"name": "genes", "effects": "demo_expression", "peaks": "none"}],
        protocol="corrected",
        scorer=scorers,
        window_bp=131_072,
        track_sets={"blood": ["EFO:0002067", "gtex:Whole_Blood"]},
        track_set="blood",
        mismatched_track_set="none",
        loci={"top": 2, "width_bp": 256},
    )
    rules = "list_tracks select_tracks find_asked_variants choose_loci predict_loci"
    target = "results/loci/figures"
    rules += " list_genes draw_loci"
    run(folder, rules, target, "--configfile", "loci.yaml")
    tracks = read_frame(folder / "results/loci/tracks.parquet", LOCUS_TRACKS)
    assert len(list((folder / target).glob("*.png"))) == 2
    return read_tsv(folder / "results/loci/loci.tsv", LOCI), tracks


def test_loci_of_scores_by_gene_show_the_gene_on_its_strand(folder):
    scorers = ["DNASE-501-DIFF_LOG2_SUM", "RNA_SEQ"]
    name = "corrected.RNA_SEQ.131072bp.blood"
    loci, tracks = draw_genes(folder, scorers, name, raw=[0.3, -0.2])
    assert loci["gene_id"].tolist() == ["ENSG01", "ENSG02"]
    assert loci["scorer"].tolist() == ["RNA_SEQ"] * 2
    assert tracks["track"].str.contains("Whole_Blood").all()
    spans = tracks.assign(
        end=tracks["start"] + tracks["values"].map(len) * tracks["resolution_bp"]
    ).groupby("gene_id")[["start", "end"]]
    spans = spans.first()
    assert spans.loc["ENSG01", "start"] < 80_000
    assert spans.loc["ENSG01", "end"] > 99_000
    assert spans.loc["ENSG02", "start"] < 70_000
    assert spans.loc["ENSG02", "end"] < 82_000


def test_loci_of_splicing_show_the_sites_of_the_genes_strand(folder):
    loci, tracks = draw_genes(folder, ["SPLICE_SITES"], raw=[0.3, 0.2])
    assert loci["gene_id"].tolist() == ["ENSG01", "ENSG02"]
    names = tracks.groupby("gene_id")["track"].agg(lambda each: sorted({*each}))
    assert names.to_dict() == {
        "ENSG01": ["acceptor (+ strand)", "donor (+ strand)"],
        "ENSG02": ["acceptor (- strand)", "donor (- strand)"],
    }
