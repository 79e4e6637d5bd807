# Predictions: one job per chromosome and scoring, one question per unique variant of
# all datasets; what the journal remembers is not asked again.
rule list_tracks:
    input:
        # Only the stand-in reads it; another server tells at once whether it answers,
        # before anything large is fetched.
        genome=get_genome() if config["service"] == "standin" else [],
    output:
        tracks="results/tracks/model.parquet",
    log:
        "results/logs/list_tracks.log",
    priority: 10
    conda:
        "../envs/predict.yaml"
    resources:
        api_slots=1,
    params:
        code=code_digest("list_tracks.py"),
        service=get_service(),
        scorer=config["scorer"],
    script:
        "../scripts/list_tracks.py"


rule select_tracks:
    input:
        tracks="results/tracks/model.parquet",
    output:
        selected="results/tracks/{track_set}.tsv",
    log:
        "results/logs/select_tracks/{track_set}.log",
    priority: 10
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("select_tracks.py"),
        curies=lambda wildcards: get_curies(wildcards.track_set),
    script:
        "../scripts/select_tracks.py"


# An unknown track is known before anything is predicted; another set of tracks is no
# reason to predict again.
rule find_track_sets:
    input:
        [f"results/tracks/{name}.tsv" for name in TRACK_SETS],
    output:
        touch("results/tracks/found"),
    localrule: True


rule read_scores:
    input:
        table=get_source(SCORES),
        chain=get_chain(SCORES) if SCORES else [],
        genome=get_genome(),
    output:
        table="results/scores/table.parquet",
        dropped="results/scores/table.dropped.tsv",
    log:
        "results/logs/read_scores.log",
    conda:
        "../envs/genome.yaml"
    params:
        code=code_digest("read_scores.py"),
        format=SHEET[SCORES]["format"] if SCORES else "",
        build=SHEET[SCORES]["build"] if SCORES else "",
    script:
        "../scripts/read_scores.py"


rule look_up:
    input:
        shards=lambda wildcards: get_shards("table", wildcards.chrom),
        table="results/scores/table.parquet",
    output:
        answers="results/scores/table/{chrom}.parquet",
        failures="results/scores/table/{chrom}.failures.tsv",
    log:
        "results/logs/predict/table.{chrom}.log",
    conda:
        "../envs/tables.yaml"
    params:
        code=code_digest("look_up.py"),
        model=f"table/{SCORES}",
    script:
        "../scripts/look_up.py"


rule predict:
    input:
        shards=lambda wildcards: get_shards(wildcards.scoring, wildcards.chrom),
        tracks="results/tracks/model.parquet",
        found=ancient("results/tracks/found"),
        genome=get_genome(),
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
        api_slots=1,
    params:
        code=code_digest("predict.py"),
        scorer=lambda wildcards: SCORINGS[wildcards.scoring].scorer,
        window_bp=lambda wildcards: SCORINGS[wildcards.scoring].window_bp,
        service=get_service(),
        max_failed_fraction=config["limits"]["max_failed_fraction"],
    script:
        "../scripts/predict.py"
