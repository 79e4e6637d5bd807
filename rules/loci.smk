# Loci: tracks of REF and ALT around the top variants, and around requested variants.


# Requested variants that disagree with the genome are refused before any prediction.
rule find_asked_variants:
    input:
        genome=get_genome(),
    output:
        asked="results/loci/asked.parquet",
    log:
        "results/logs/find_asked_variants.log",
    benchmark:
        "results/benchmarks/find_asked_variants.tsv"
    priority: 10
    conda:
        "../envs/genome.yaml"
    params:
        code=code_digest("loci/find_asked_variants.py"),
        variants=config["loci"]["variants"],
        assembly=ASSEMBLY,
    script:
        "../scripts/loci/find_asked_variants.py"


rule choose_loci:
    input:
        asked="results/loci/asked.parquet",
        pairs=[
            f"results/{dataset}/{protocol}/pairs.parquet"
            for dataset, protocol in get_locus_benchmarks().items()
        ],
    output:
        chosen="results/loci/chosen.tsv",
    log:
        "results/logs/choose_loci.log",
    benchmark:
        "results/benchmarks/choose_loci.tsv"
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("loci/choose_loci.py"),
        datasets=list(get_locus_benchmarks()),
        classes=[get_classes_of(name) for name in get_locus_benchmarks()],
        nulls=[get_null_of(name) for name in get_locus_benchmarks()],
        top=config["loci"]["top"],
    script:
        "../scripts/loci/choose_loci.py"


rule predict_loci:
    input:
        chosen="results/loci/chosen.tsv",
        sets=get_locus_tracks(),
        genome=get_genome(),
        annotation=get_standin_genes(),
        genes=get_locus_genes(),
        genome_record=f"resources/downloads/{config['genome']}.json",
    output:
        loci="results/loci/loci.tsv",
        tracks="results/loci/tracks.parquet",
    log:
        "results/logs/predict_loci.log",
    benchmark:
        "results/benchmarks/predict_loci.tsv"
    conda:
        "../envs/predict.yaml"
    resources:
        api_slots=1,
        gpu=get_gpus(),
        in_turn=get_turns(),
        mem_mb=get_memory_of_calls(),
    params:
        code=code_digest("loci/predict_loci.py"),
        service=get_service(),
        datasets=list(get_locus_benchmarks()),
        views=get_locus_views(),
        width_bp=config["loci"]["width_bp"],
    script:
        "../scripts/loci/predict_loci.py"


rule draw_loci:
    input:
        loci="results/loci/loci.tsv",
        tracks="results/loci/tracks.parquet",
        peaks=[get_lifted(peaks) for peaks in get_peaks().values()],
        genes=get_genes(),
    output:
        figures=report(
            directory("results/loci/figures"),
            patterns=["{name}.png"],
            caption="../resources/captions/locus.rst",
            category="Loci",
            labels={"variant": "{name}"},
        ),
    log:
        "results/logs/draw_loci.log",
    benchmark:
        "results/benchmarks/draw_loci.tsv"
    conda:
        "../envs/loci.yaml"
    params:
        code=code_digest("loci/draw_loci.py"),
        datasets=list(get_peaks()),
        assembly=ASSEMBLY,
    script:
        "../scripts/loci/draw_loci.py"
