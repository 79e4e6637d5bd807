# Predictions: one job per chromosome and scoring, one request per unique variant of all
# datasets. Answers in the journal are not requested again.


rule list_tracks:
    input:
        # Other services need no genome here, so they are asked before large downloads.
        genome=lambda wildcards: (
            get_genome()
            if get_config_of(wildcards.by_model)["service"] == "standin"
            else []
        ),
        genes=lambda wildcards: get_standin_genes(model_in(wildcards.by_model)),
        checkpoint=lambda wildcards: get_checkpoint(model_in(wildcards.by_model)),
    output:
        tracks="results/tracks/model{by_model}.parquet",
    log:
        "results/logs/list_tracks/model{by_model}.log",
    benchmark:
        "results/benchmarks/list_tracks/model{by_model}.tsv"
    priority: 10
    conda:
        "../envs/predict.yaml"
    resources:
        api_slots=1,
        mem_mb=sized(1200),
    params:
        code=code_digest("predict/list_tracks.py"),
        service=lambda wildcards: get_service_in(wildcards.by_model),
        scorers=lambda wildcards: get_all_scorers(model_in(wildcards.by_model)),
    script:
        "../scripts/predict/list_tracks.py"


rule select_tracks:
    input:
        tracks=lambda wildcards: get_tracks_in(wildcards.track_set),
    output:
        selected="results/tracks/{track_set}.tsv",
    log:
        "results/logs/select_tracks/{track_set}.log",
    benchmark:
        "results/benchmarks/select_tracks/{track_set}.tsv"
    priority: 10
    localrule: True
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("predict/select_tracks.py"),
        members=lambda wildcards: get_members(wildcards.track_set),
        controlled=lambda wildcards: get_controlled_sets(wildcards.track_set),
    script:
        "../scripts/predict/select_tracks.py"


# Unknown tracks are reported before anything is predicted. (Another set of tracks reruns
# the prediction jobs, which then request nothing; `ancient` would hide necessary changes.)
rule find_track_sets:
    input:
        lambda wildcards: get_track_sets(model_in(wildcards.by_model)),
    output:
        touch("results/tracks/found{by_model}"),
    localrule: True


# One job for all chromosomes: a lookup takes less time than the start of a job.
rule look_up:
    input:
        shards=lambda wildcards: [
            path
            for chrom in CHROMOSOMES
            for path in get_shards_of_table(wildcards.table, chrom)
        ],
        table="results/tables/{table}.parquet",
        dropped="results/tables/{table}.dropped.tsv",
    output:
        answers=expand(
            "results/scores/table.{{table}}/{chrom}.parquet", chrom=CHROMOSOMES
        ),
        failures=expand(
            "results/scores/table.{{table}}/{chrom}.failures.tsv", chrom=CHROMOSOMES
        ),
    log:
        "results/logs/look_up/{table}.log",
    benchmark:
        "results/benchmarks/look_up/{table}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 60, "table", "shards"),
    params:
        code=code_digest("predict/look_up.py"),
        chromosomes=CHROMOSOMES,
        model=lambda wildcards: get_name_of_scores(wildcards.table),
    script:
        "../scripts/predict/look_up.py"


# Tables of one model at several windows, for the gate `window_dilution`.
rule compare_tables:
    input:
        table="results/tables/{table}.parquet",
        others=lambda wildcards: list(get_table_window(wildcards.table)[1].values()),
    output:
        windows="results/tables/{table}.windows.tsv",
    log:
        "results/logs/compare_tables/{table}.log",
    benchmark:
        "results/benchmarks/compare_tables/{table}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=sized(1000, 60, "table", "others"),
    params:
        code=code_digest("predict/compare_tables.py"),
        window_bp=lambda wildcards: get_table_window(wildcards.table)[0],
        others_bp=lambda wildcards: list(get_table_window(wildcards.table)[1]),
        model=lambda wildcards: get_name_of_scores(wildcards.table),
    script:
        "../scripts/predict/compare_tables.py"


# The requests of a run are reported before the first is sent.
rule plan_requests:
    input:
        shards=lambda wildcards: get_all_shards(wildcards.scoring),
        effects=lambda wildcards: get_asked_effects(wildcards.scoring),
        tracks=lambda wildcards: get_tracks_in(wildcards.scoring),
        found=lambda wildcards: get_found(wildcards.scoring),
        genome_record=f"resources/downloads/{config['genome']}.json",
    output:
        budget="results/budget/{scoring}.tsv",
    log:
        "results/logs/plan_requests/{scoring}.log",
    benchmark:
        "results/benchmarks/plan_requests/{scoring}.tsv"
    conda:
        "../envs/predict.yaml"
    resources:
        # No param: another pace makes another estimate of the time, but no other request.
        concurrency=lambda wildcards: get_api_slots(model_in(wildcards.scoring)),
    params:
        code=code_digest("predict/plan_requests.py"),
        request=lambda wildcards: get_request(wildcards.scoring),
        chromosomes=CHROMOSOMES,
        device=lambda wildcards: get_device(model_in(wildcards.scoring)),
        n_exchanged=config["prediction"]["window_sample"],
    script:
        "../scripts/predict/plan_requests.py"


rule predict:
    input:
        shards=lambda wildcards: get_shards(wildcards.scoring, wildcards.chrom),
        effects=lambda wildcards: get_asked_effects(wildcards.scoring),
        tracks=lambda wildcards: get_tracks_in(wildcards.scoring),
        found=lambda wildcards: get_found(wildcards.scoring),
        sets=lambda wildcards: get_track_sets(model_in(wildcards.scoring)),
        # Not `ancient`: while a new plan is made, Snakemake would then overlook every other
        # reason to predict again, such as a changed script.
        budget="results/budget/{scoring}.tsv",
        genome=get_genome(),
        genes=lambda wildcards: get_standin_genes(model_in(wildcards.scoring)),
        genome_record=f"resources/downloads/{config['genome']}.json",
    output:
        answers="results/scores/{scoring}/{chrom}.parquet",
        failures="results/scores/{scoring}/{chrom}.failures.tsv",
    log:
        "results/logs/predict/{scoring}.{chrom}.log",
    benchmark:
        "results/benchmarks/predict/{scoring}.{chrom}.tsv"
    conda:
        "../envs/predict.yaml"
    resources:
        api_slots=lambda wildcards: get_api_slots(model_in(wildcards.scoring)),
        gpu=lambda wildcards: get_gpus(model_in(wildcards.scoring)),
        in_turn=lambda wildcards: get_turns(model_in(wildcards.scoring)),
        mem_mb=get_memory_of_calls(100, "shards"),
        runtime=get_minutes_of_calls(),
    params:
        code=code_digest("predict/predict.py"),
        request=lambda wildcards: get_request(wildcards.scoring),
        service=lambda wildcards: get_service_in(wildcards.scoring),
        max_failed_fraction=config["limits"]["max_failed_fraction"],
    script:
        "../scripts/predict/predict.py"


rule compare_routes:
    input:
        answers=expand("results/scores/{{scoring}}/{chrom}.parquet", chrom=CHROMOSOMES),
        shards=lambda wildcards: get_all_shards(wildcards.scoring),
        effects=lambda wildcards: get_asked_effects(wildcards.scoring),
        tracks=lambda wildcards: get_tracks_in(wildcards.scoring),
        genome=get_genome(),
        genes=lambda wildcards: get_standin_genes(model_in(wildcards.scoring)),
        genome_record=f"resources/downloads/{config['genome']}.json",
    output:
        differences="results/scores/{scoring}.routes.tsv",
    log:
        "results/logs/compare_routes/{scoring}.log",
    benchmark:
        "results/benchmarks/compare_routes/{scoring}.tsv"
    conda:
        "../envs/predict.yaml"
    resources:
        api_slots=lambda wildcards: get_api_slots(model_in(wildcards.scoring)),
        gpu=lambda wildcards: get_gpus(model_in(wildcards.scoring)),
        in_turn=lambda wildcards: get_turns(model_in(wildcards.scoring)),
        mem_mb=get_memory_of_calls(100, "shards"),
    params:
        code=code_digest("predict/compare_routes.py"),
        request=lambda wildcards: get_request(wildcards.scoring),
        service=lambda wildcards: get_service_in(wildcards.scoring),
        chromosomes=CHROMOSOMES,
        n_variants=config["prediction"]["route_sample"],
    script:
        "../scripts/predict/compare_routes.py"


rule compare_windows:
    input:
        answers=expand("results/scores/{{scoring}}/{chrom}.parquet", chrom=CHROMOSOMES),
        shards=lambda wildcards: get_all_shards(wildcards.scoring),
        effects=lambda wildcards: get_asked_effects(wildcards.scoring),
        tracks=lambda wildcards: get_tracks_in(wildcards.scoring),
        genome=get_genome(),
        genes=lambda wildcards: get_standin_genes(model_in(wildcards.scoring)),
        genome_record=f"resources/downloads/{config['genome']}.json",
    output:
        windows="results/scores/{scoring}.windows.tsv",
        exchanged="results/scores/{scoring}.exchanged.tsv",
        again="results/scores/{scoring}.again.parquet",
    log:
        "results/logs/compare_windows/{scoring}.log",
    benchmark:
        "results/benchmarks/compare_windows/{scoring}.tsv"
    conda:
        "../envs/predict.yaml"
    resources:
        api_slots=lambda wildcards: get_api_slots(model_in(wildcards.scoring)),
        gpu=lambda wildcards: get_gpus(model_in(wildcards.scoring)),
        in_turn=lambda wildcards: get_turns(model_in(wildcards.scoring)),
        mem_mb=get_memory_of_calls(100, "shards"),
    params:
        code=code_digest("predict/compare_windows.py"),
        request=lambda wildcards: get_request(wildcards.scoring),
        service=lambda wildcards: get_service_in(wildcards.scoring),
        chromosomes=CHROMOSOMES,
        other_window_bp=lambda wildcards: get_other_window(wildcards.scoring),
        n_variants=config["prediction"]["window_sample"],
    script:
        "../scripts/predict/compare_windows.py"
