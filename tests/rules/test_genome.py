"""Rules that place variants on the genome, run one by one on small inputs."""

import gzip
import re

import pandas as pd
from drawings import gates_of as gates_frame
from endobench.core.columns import (
    DROPPED,
    GENE_STARTS,
    GENES,
    IN_PEAKS,
    SHARDS,
    VARIANTS,
)
from endobench.core.tables import read_frame, write_table
from one_rule import (
    run,
    variants,
    write_gates,
    write_genome,
    write_intervals,
)


def test_index_genome_unpacks_and_indexes(folder):
    source = folder / "resources/downloads/demo_genome"
    source.parent.mkdir(parents=True)
    source.write_bytes(gzip.compress(b">chr1\nACGT\nAC\n", mtime=0))
    run(folder, "index_genome", "resources/genomes/demo_genome.fa")
    index = folder / "resources/genomes/demo_genome.fa.fai"
    assert index.read_text().split() == ["chr1", "6", "6", "4", "5"]


def test_select_in_peaks_keeps_variants_that_overlap_peaks(folder):
    results = folder / "results/demo/corrected"
    rows = variants(("chr1", 101, "A", "G"), ("chr1", 100, "A", "G"))
    write_table(rows, results / "variants.parquet", VARIANTS)
    write_intervals(folder, "demo_peaks", ("chr1", 100, 200))
    write_intervals(folder, "demo_blacklist", ("chr9", 1, 2))
    write_gates(folder, gates_frame(["corrected"]).assign(verdict="pass"))
    run(folder, "select_in_peaks", "results/demo/corrected/in_peaks.parquet")
    kept = read_frame(results / "in_peaks.parquet", VARIANTS)
    assert kept["pos"].tolist() == [101]
    dropped = read_frame(results / "dropped/peaks.parquet", DROPPED)
    assert dropped["reason"].tolist() == ["outside_peaks"]


def test_prepare_sequences_checks_and_shards_with_an_empty_chromosome(folder):
    write_genome(folder)
    write_gates(folder, gates_frame(["corrected"]).assign(verdict="pass"))
    rows = variants(("chr1", 9001, "A", "G"), ("chr2", 9003, "G", "GA"))
    many = [("chr1", 8001 + 8 * number, "A", "T") for number in range(60)]
    rows = pd.concat([rows, variants(*many), variants(("chr2", 9002, "G", "T"))])
    results = folder / "results/demo/corrected"
    rows = rows.assign(in_peak=True)
    write_table(rows, results / "in_peaks.parquet", IN_PEAKS)
    run(
        folder,
        "prepare_sequences",
        "results/demo/corrected/shards/16384bp/chr1.parquet",
    )
    shards = [
        read_frame(results / f"shards/16384bp/chr{n}.parquet", SHARDS)
        for n in (1, 2, 3)
    ]
    assert [len(shard) for shard in shards] == [61, 1, 0]
    window = shards[0]["window_end"] - shards[0]["window_start"]
    assert window.unique() == [16_384]
    assert shards[0]["in_peak"].all()
    dropped = read_frame(results / "dropped/sequences.16384bp.parquet", DROPPED)
    assert dropped["variant_id"].tolist() == ["chr2_9002_G_T_b38"]


def test_prepare_intervals_lifts_over_peaks_on_another_build(folder):
    downloads = folder / "resources/downloads"
    downloads.mkdir(parents=True)
    (downloads / "demo_peaks").write_text("chr1\t10\t20\nchr1\t95\t120\n")
    # The first hundred bases move by 50; the others are in no block of the chain.
    chain = "chain 100 chr1 1000 + 0 100 chr1 1000 + 50 150 1\n100\n\n"
    (downloads / "demo_chain").write_text(chain)
    beds = [
        f"results/intervals/demo_peaks.{each}.bed" for each in ("as_given", "lifted")
    ]
    run(folder, "prepare_intervals", *beds)
    as_given, lifted = ((folder / path).read_text() for path in beds)
    assert re.findall(r"chr1\t(\d+)\t(\d+)", as_given) == [("10", "20"), ("95", "120")]
    assert re.findall(r"chr1\t(\d+)\t(\d+)", lifted) == [("60", "70")]
    dropped = (folder / "results/intervals/demo_peaks.lifted.dropped.tsv").read_text()
    assert len(dropped.splitlines()) == 2


def test_list_genes_keeps_the_genes_of_the_configs_chromosomes(folder):
    source = folder / "resources/downloads/demo_genes"
    source.parent.mkdir(parents=True)
    rows = [
        ("chr1", 101, 200, "+", "ENSG01.4", "a"),
        ("chr1", 301, 400, "+", "ENSG01.4", "a"),
        ("chr1", 151, 400, "+", "ENSG01.4", "b"),
        ("chr2", 501, 700, "-", "ENSG02", "c"),
        ("chrX", 1, 100, "+", "ENSG03.1", "d"),
    ]
    source.write_text(
        "".join(
            f"{chrom}\tx\texon\t{start}\t{end}\t.\t{strand}\t.\t"
            f'gene_id "{gene}"; transcript_id "{transcript}";\n'
            for chrom, start, end, strand, gene, transcript in rows
        )
    )
    run(folder, "list_genes", "results/intervals/genes.parquet")
    genes = read_frame(folder / "results/intervals/genes.parquet", GENES)
    # chrX is not among the chromosomes of the demonstration.
    assert genes["gene_id"].tolist() == ["ENSG01", "ENSG02"]
    assert [list(each) for each in genes["tss"]] == [[100, 150], [700]]
    assert [list(each) for each in genes["exon_start"]] == [[100], [500]]
    assert [list(each) for each in genes["exon_end"]] == [[400], [700]]
    path = folder / "results/intervals/gene_starts.parquet"
    starts = read_frame(path, GENE_STARTS)
    # A feature of the effects may lie on any chromosome, and have a version or none.
    assert set(starts["gene_id"]) == {
        "ENSG01.4",
        "ENSG01",
        "ENSG02",
        "ENSG03.1",
        "ENSG03",
    }
    assert starts.set_index("gene_id")["start"][["ENSG01", "ENSG02"]].tolist() == [
        101,
        700,
    ]
    source.write_text(
        source.read_text().replace("chr2\tx\texon\t501", "chr2\tx\texon\tx")
    )
    (folder / "results/intervals/genes.parquet").unlink()
    failed = run(folder, "list_genes", "results/intervals/genes.parquet", check=False)
    assert failed.returncode
    assert "line 4" in failed.stderr + failed.stdout
