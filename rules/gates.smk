# Gates check every input before its use. A failure stops the corrected protocol, unless
# the config accepts it; for the published protocol, it is only reported.


# Effects, control and peaks. The control is checked here, too, since one that depends on
# the effects must stop the run before it pays for calls. Without a control, its verdicts
# are an empty table.
rule check_tables:
    input:
        effects="results/{dataset}/{protocol}/effects.parquet",
        variants="results/{dataset}/{protocol}/variants.parquet",
        dropped="results/{dataset}/{protocol}/dropped/variants.parquet",
        starts=get_gene_starts(),
        control=get_control_pairs,
        peaks=lambda wildcards: get_intervals(wildcards, "peaks"),
    output:
        effects="results/{dataset}/{protocol}/gates/effects.tsv",
        control="results/{dataset}/{protocol}/gates/control.tsv",
        peaks="results/{dataset}/{protocol}/gates/peaks.tsv",
    log:
        "results/logs/check_tables/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/check_tables/{dataset}.{protocol}.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 40, "effects", "control", peaks=25),
    params:
        code=code_digest("gates/check_tables.py"),
        unit=lambda wildcards: get_unit(DATASETS[wildcards.dataset]["effects"]),
        is_signed=is_signed,
        is_unordered=is_unordered,
        is_one_cohort=is_one_cohort,
        tissue=get_tissue,
        thresholds=get_thresholds("effects", "control", "peaks"),
        accept=get_accepted("effects", "control", "peaks"),
        is_enforced=lambda wildcards: get_protocol(wildcards).correct,
    script:
        "../scripts/gates/check_tables.py"


# Effects that somebody handed on, compared with the table that they were taken from.
rule check_original:
    input:
        effects="results/{dataset}/{protocol}/effects.parquet",
        variants="results/{dataset}/{protocol}/variants.parquet",
        original=lambda wildcards: get_original(wildcards, "effects"),
        original_variants=lambda wildcards: get_original(wildcards, "variants"),
    output:
        verdicts="results/{dataset}/{protocol}/gates/original.tsv",
        original="results/{dataset}/{protocol}/original.tsv.gz",
    log:
        "results/logs/check_original/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/check_original/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 60, "effects", "original"),
    params:
        code=code_digest("gates/check_original.py"),
        name=lambda wildcards: DATASETS[wildcards.dataset]["original"],
        thresholds=get_thresholds("original"),
        accept=get_accepted("original"),
        is_enforced=lambda wildcards: get_protocol(wildcards).correct,
    script:
        "../scripts/gates/check_original.py"


rule check_sequences:
    input:
        variants="results/{dataset}/{protocol}/in_peaks.parquet",
        genome=get_genome(),
        chains=[get_source(name) for name in config["chains"].values()],
    output:
        verdicts="results/{dataset}/{protocol}/gates/sequences.tsv",
    log:
        "results/logs/check_sequences/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/check_sequences/{dataset}.{protocol}.tsv"
    conda:
        "../envs/genome.yaml"
    resources:
        mem_mb=sized(1000, 100, "variants"),
    params:
        code=code_digest("gates/check_sequences.py"),
        builds=list(config["chains"]),
        thresholds=get_thresholds("sequences"),
        accept=get_accepted("sequences"),
        is_enforced=lambda wildcards: get_protocol(wildcards).correct,
    script:
        "../scripts/gates/check_sequences.py"


rule check_scores:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        tracks=get_tracks_of,
        windows=get_window_pairs,
        waterfall="results/{dataset}/{protocol}/waterfall.tsv",
        control=get_control_pairs,
        ld_blocks=get_lifted(config["ld_blocks"]),
        starts=get_gene_starts(),
        exchanged=get_exchanged,
        again=lambda wildcards: get_exchanged(wildcards, "again.parquet"),
        selected=get_selected_tracks,
        replicates=get_replicates,
        models=lambda wildcards: list(get_earlier_models(wildcards).values()),
        annotations=lambda wildcards: get_prepared(
            wildcards, "annotations.{window_bp}bp.parquet"
        ),
    output:
        verdicts="results/{dataset}/{protocol}/gates/scores.tsv",
        parts="results/{dataset}/{protocol}/parts.tsv",
    log:
        "results/logs/check_scores/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/check_scores/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 100, "pairs", "control"),
    params:
        code=code_digest("gates/check_scores.py"),
        expected=get_expected,
        models=lambda wildcards: list(get_earlier_models(wildcards)),
        is_signed=is_signed,
        has_signed_scores=has_signed_scores,
        null=get_null,
        thresholds=get_thresholds("scores"),
        accept=get_accepted("scores"),
        is_enforced=lambda wildcards: get_protocol(wildcards).correct,
    script:
        "../scripts/gates/check_scores.py"


# Scores of genes: of the right gene, tissue and strand.
rule check_genes:
    input:
        pairs="results/{dataset}/{protocol}/pairs.parquet",
        dropped="results/{dataset}/{protocol}/dropped.tsv.gz",
        answers=lambda wildcards: get_answers(wildcards, "parquet"),
        tracks=get_tracks_of,
        selected=get_selected_tracks,
        genes=get_gene_models,
    output:
        verdicts="results/{dataset}/{protocol}/gates/genes.tsv",
    log:
        "results/logs/check_genes/{dataset}.{protocol}.log",
    benchmark:
        "results/benchmarks/check_genes/{dataset}.{protocol}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 250, "pairs"),
    params:
        code=code_digest("gates/check_genes.py"),
        scorer=lambda wildcards: get_protocol(wildcards).scorer,
        members=lambda wildcards: get_own_tissue(wildcards.dataset),
        is_signed=lambda wildcards: has_signed_task(wildcards)
        and has_signed_scores(wildcards),
        thresholds=get_thresholds("genes"),
        accept=get_accepted("genes"),
        is_enforced=lambda wildcards: get_protocol(wildcards).correct,
    script:
        "../scripts/gates/check_genes.py"


rule gather_gates:
    input:
        verdicts=lambda wildcards: get_verdicts(
            wildcards.dataset, get_benchmarks_of(wildcards.dataset)
        ),
    output:
        gates=report(
            "results/{dataset}/gates.tsv",
            caption="../resources/captions/gates.rst",
            category="Gates",
            labels={"dataset": "{dataset}"},
        ),
    log:
        "results/logs/gather_gates/{dataset}.log",
    benchmark:
        "results/benchmarks/gather_gates/{dataset}.tsv"
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("gates/gather_gates.py"),
        # Snakemake does not see another order of the inputs, which is that of the rows.
        benchmarks=lambda wildcards: get_benchmarks_of(wildcards.dataset),
    script:
        "../scripts/gates/gather_gates.py"
