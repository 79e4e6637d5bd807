# Variants on the genome: peaks on its build, REF check, left-alignment, windows; one shard
# per chromosome.


rule index_genome:
    input:
        fasta="resources/downloads/{source}",
    output:
        fasta="resources/genomes/{source}.fa",
        index="resources/genomes/{source}.fa.fai",
    log:
        "results/logs/index_genome/{source}.log",
    benchmark:
        "results/benchmarks/index_genome/{source}.tsv"
    wildcard_constraints:
        source=one_of(GENOMES),
    conda:
        "../envs/genome.yaml"
    params:
        code=code_digest("genome/index_genome.py"),
        build=lambda wildcards: SHEET[wildcards.source]["build"],
    script:
        "../scripts/genome/index_genome.py"


rule prepare_intervals:
    input:
        intervals="resources/downloads/{intervals}",
        chain=lambda wildcards: get_chain(
            wildcards.intervals, wildcards.placement == "lifted"
        ),
    output:
        bed="results/intervals/{intervals}.{placement}.bed",
        dropped="results/intervals/{intervals}.{placement}.dropped.tsv",
    log:
        "results/logs/prepare_intervals/{intervals}.{placement}.log",
    benchmark:
        "results/benchmarks/prepare_intervals/{intervals}.{placement}.tsv"
    conda:
        "../envs/genome.yaml"
    params:
        code=code_digest("genome/prepare_intervals.py"),
        build=lambda wildcards: SHEET[wildcards.intervals]["build"],
        kind=lambda wildcards: SHEET[wildcards.intervals]["kind"],
    script:
        "../scripts/genome/prepare_intervals.py"


rule select_in_peaks:
    input:
        variants="results/{dataset}/{protocol}/variants.parquet",
        peaks=lambda wildcards: get_intervals(wildcards, "peaks"),
        blacklist=lambda wildcards: get_intervals(wildcards, "blacklist"),
        gates=lambda wildcards: get_gates(
            wildcards, "effects", "original", "control", "peaks"
        ),
    output:
        variants="results/{dataset}/{protocol}/in_peaks.parquet",
        dropped="results/{dataset}/{protocol}/dropped/peaks.parquet",
    log:
        "results/logs/select_in_peaks/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/select_in_peaks/{dataset}.{protocol}.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 25, "variants", "peaks"),
    params:
        code=code_digest("genome/select_in_peaks.py"),
        whole_ref=lambda wildcards: get_protocol(wildcards).correct,
        peaks_name=lambda wildcards: DATASETS[wildcards.dataset]["peaks"],
        outside_peaks=lambda wildcards: DATASETS[wildcards.dataset]["outside_peaks"],
    script:
        "../scripts/genome/select_in_peaks.py"


# A sample of whole LD blocks, the same for all datasets (key `pilot`).
rule choose_pilot:
    input:
        variants=get_variants_of_pilot(),
        ld_blocks=get_lifted(config["ld_blocks"]),
    output:
        blocks="results/intervals/pilot.tsv",
    log:
        "results/logs/choose_pilot.log",
    benchmark:
        "results/benchmarks/choose_pilot.tsv"
    conda:
        "../envs/genome.yaml"
    params:
        code=code_digest("genome/choose_pilot.py"),
        n_variants=config["pilot"],
        seed=config["statistics"]["seed"],
    script:
        "../scripts/genome/choose_pilot.py"


rule prepare_sequences:
    input:
        variants="results/{dataset}/{protocol}/in_peaks.parquet",
        pilot="results/intervals/pilot.tsv" if config["pilot"] else [],
        ld_blocks=get_lifted(config["ld_blocks"]) if config["pilot"] else [],
        genome=get_genome(),
        gates=lambda wildcards: get_gates(wildcards, "sequences"),
    output:
        shards=expand(
            "results/{{dataset}}/{{protocol}}/shards/{{window_bp}}bp/{chrom}.parquet",
            chrom=CHROMOSOMES,
        ),
        dropped="results/{dataset}/{protocol}/dropped/sequences.{window_bp}bp.parquet",
    log:
        "results/logs/prepare_sequences/{dataset}.{protocol}.{window_bp}bp.log",
    benchmark:
        "results/benchmarks/prepare_sequences/{dataset}.{protocol}.{window_bp}bp.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 100, "variants"),
    params:
        code=code_digest("genome/prepare_sequences.py"),
        chromosomes=CHROMOSOMES,
        window_bp=lambda wildcards: int(wildcards.window_bp),
        correct=lambda wildcards: get_protocol(wildcards).correct,
        max_n_fraction=get_max_n_fraction,
    script:
        "../scripts/genome/prepare_sequences.py"


# Genes as scorers by gene need them: where transcription starts, and what is exonic.
rule list_genes:
    input:
        genes=get_genes(),
    output:
        genes="results/intervals/genes.parquet",
        starts="results/intervals/gene_starts.parquet",
    log:
        "results/logs/list_genes.log",
    benchmark:
        "results/benchmarks/list_genes.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1500, 30, "genes"),
    params:
        code=code_digest("genome/list_genes.py"),
        chromosomes=CHROMOSOMES,
        build=ASSEMBLY,
    script:
        "../scripts/genome/list_genes.py"
