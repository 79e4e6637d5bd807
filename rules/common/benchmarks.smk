# Inputs, parameters and figures of a benchmark.


def get_protocol(wildcards):
    """Return how a benchmark is run, or exit if its dataset has no such benchmark."""
    dataset, name = wildcards.dataset, wildcards.protocol
    try:
        return PROTOCOLS[dataset][name]
    except KeyError:
        sys.exit(
            f"ERROR: {CONFIG_NAME}: dataset {dataset!r} has no benchmark {name!r}, but"
            f" {', '.join(get_benchmarks_of(dataset))}"
        )


def get_prepared(wildcards, file):
    """Return a prepared file of a benchmark, or such a file for each chromosome."""
    protocol = get_protocol(wildcards)
    return expand(
        f"results/{wildcards.dataset}/{protocol.prepared}/{file}",
        chrom=CHROMOSOMES,
        window_bp=protocol.window_bp,
    )


def get_max_n_fraction(wildcards):
    """Return the largest N fraction of a protocol; the published one has no limit."""
    is_correct = get_protocol(wildcards).correct
    return config["limits"]["max_n_fraction"] if is_correct else 1.0


def get_null(wildcards):
    """Return the value of no effect in a dataset's unit."""
    return get_null_of(wildcards.dataset)


def get_null_of(dataset):
    """Return the value of no effect in the unit of a dataset, given its name."""
    return UNITS[get_unit(DATASETS[dataset]["effects"])].null


def get_unit(source):
    """Return the unit of a table of effects or scores."""
    return unit_of(SHEET[source])


def is_signed(wildcards):
    """Return whether a dataset's source states the effect allele."""
    row = SHEET[DATASETS[wildcards.dataset]["effects"]]
    return row["effect_allele"] != "unknown"


def has_signed_task(wildcards):
    """Return whether a benchmark's effects and scores both say in which direction."""
    scorer = get_protocol(wildcards).scorer
    has_signs = is_signed_scorer(scorer) and has_signed_scores(wildcards)
    return is_signed(wildcards) and has_signs


def is_unordered(wildcards):
    """Return whether the genome decides which allele of a dataset's source is REF."""
    row = SHEET[DATASETS[wildcards.dataset]["effects"]]
    return Source.of_row(row).layout.is_unordered


def is_one_cohort(wildcards):
    """Return whether the format of a dataset's effects has one cohort and start sites."""
    row = SHEET[DATASETS[wildcards.dataset]["effects"]]
    return Source.of_row(row).layout.is_one_cohort


def has_signed_scores(wildcards):
    """Return whether a benchmark's scores have a sign; a table's may be unsigned."""
    table = get_table(wildcards)
    if table is None:
        return is_signed_scorer(get_protocol(wildcards).scorer)
    return SHEET[table]["effect_allele"] != "unknown"


def get_published(wildcards):
    """Return the values that a dataset's authors published, for benchmark `corrected`."""
    row = SHEET[DATASETS[wildcards.dataset]["effects"]]
    return published_of(row) if wildcards.protocol == CORRECTED else {}


def get_classes(wildcards):
    """Return how a dataset defines positives and negatives, or an empty list."""
    return get_classes_of(wildcards.dataset)


def get_classes_of(dataset):
    """Return how a dataset defines its classes, given its name, or an empty list."""
    classes = DATASETS[dataset]["classes"] or {}
    return [classes[key] for key in ("by", "positive", "negative") if classes]


def get_left_out(wildcards):
    """Return the parts that a dataset leaves out; the published protocol has all."""
    is_correct = get_protocol(wildcards).correct
    return DATASETS[wildcards.dataset]["leave_out"] if is_correct else []


def get_few_resamples():
    """Return the number of resamples of comparisons: a tenth of that of conclusions."""
    return max(config["statistics"]["n_resamples"] // 10, 100)


def get_control_pairs(wildcards):
    """Return the joined effects and control of a benchmark, if it has a control."""
    pairs = get_prepared(wildcards, "control.parquet")
    return pairs if get_control(wildcards) else []


def get_replicates(wildcards):
    """Return the joined effects and replicate of a benchmark, if it has a replicate."""
    pairs = get_prepared(wildcards, "replicates.parquet")
    return pairs if get_replicate(wildcards) else []


def get_replicate(wildcards):
    """Return a dataset's effects in another cohort, if any."""
    name = DATASETS[wildcards.dataset]["replicate"]
    return [] if name == NONE else f"results/replicates/{name}.parquet"


def get_original(wildcards, file):
    """Return a file of the table that a dataset's effects came from, if it is named."""
    name = DATASETS[wildcards.dataset]["original"]
    return [] if name == NONE else f"results/originals/{name}.{file}.parquet"


def get_control(wildcards):
    """Return a dataset's positive control (measurements by another assay), if any."""
    name = DATASETS[wildcards.dataset]["control"]
    return [] if name == NONE else f"results/tables/{name}.parquet"


def get_records_of_control(wildcards):
    """Return the records of the files of a dataset's effects and of its control, if any."""
    dataset = DATASETS[wildcards.dataset]
    names = [dataset["effects"], dataset["control"]] if get_control(wildcards) else []
    return [f"resources/downloads/{name}.json" for name in names]


def get_named_control(wildcards):
    """Return what the config says of a control, in the order of `conditions.Named`."""
    dataset = DATASETS[wildcards.dataset]
    if dataset["control"] == NONE:
        return [None, dataset["no_control"], ""]
    rows = SHEET[dataset["control"]], SHEET[dataset["effects"]]
    return [dataset["control"], None, shared_in_sheet(*rows)]


def get_benchmarks(pattern):
    """Fill {dataset} and {protocol} of a path with every benchmark of the config."""
    return [
        path
        for dataset in DATASETS
        for path in expand(
            pattern, dataset=dataset, protocol=get_benchmarks_of(dataset)
        )
    ]


def get_own_benchmarks(pattern):
    """Fill {dataset} and {protocol} of a path with the primary model's benchmarks."""
    return [
        pattern.format(dataset=dataset, protocol=protocol)
        for dataset in DATASETS
        for protocol in get_own_benchmarks_of(dataset)
    ]


def has_genes(dataset):
    """Return whether the features of a dataset can be genes, as some scorers need."""
    return dataset in OF_GENES


def get_benchmarks_of(dataset):
    """Return the benchmarks of a dataset, the first one first."""
    return [name for name in PROTOCOLS[dataset] if not is_step(name)]


def get_own_benchmarks_of(dataset):
    """Return the benchmarks of a dataset by the primary model."""
    return [name for name in get_benchmarks_of(dataset) if not model_in(name)]


def get_files_of(dataset, file):
    """Return a file of every benchmark of a dataset."""
    benchmarks = get_benchmarks_of(dataset)
    return [f"results/{dataset}/{name}/{file}" for name in benchmarks]


def get_own_files_of(dataset, file):
    """Return a file of every benchmark of a dataset by the primary model."""
    benchmarks = get_own_benchmarks_of(dataset)
    return [f"results/{dataset}/{name}/{file}" for name in benchmarks]


def get_windows_of_primary(wildcards):
    """Return the scores of the primary model's tables at several windows, if declared."""
    table = SCORES.get((wildcards.dataset, PRIMARY_MODEL))
    return get_windows_of_table(table)


def get_main_benchmark(dataset):
    """Return the benchmark whose result is explained: the corrected one, if it is run."""
    names = get_benchmarks_of(dataset)
    return CORRECTED if CORRECTED in names else names[0]


def get_accessibility(wildcards):
    """Return the joined control if it measures accessibility, and the effects do not.

    Both must be comparable with the scores, which are then of accessibility.
    """
    control = DATASETS[wildcards.dataset]["control"]
    scorer = get_protocol(wildcards).scorer
    is_asked = (
        control != NONE
        and has_genes(wildcards.dataset)
        and not Source.of_row(SHEET[control]).has_genes
        and output_of(scorer) in ("DNASE", "ATAC")
    )
    return get_control_pairs(wildcards) if is_asked else []


def get_sampled_windows(wildcards):
    """Return a sample's scores at two windows; those of tables are differences."""
    return [] if get_table(wildcards) else get_window_pairs(wildcards)


def get_explanation_tests():
    """Return the tables of tests that explanations need beyond those of benchmarks."""
    mains = {dataset: get_main_benchmark(dataset) for dataset in DATASETS}
    files = [
        f"results/{dataset}/{main}/explanation_tests.tsv"
        for dataset, main in mains.items()
    ]
    files += [
        f"results/{dataset}/corrected/tissue_rank.tsv"
        for dataset in get_ranked_datasets()
    ]
    return files + [f"results/{name}/ladder_sums.tsv" for name in LADDER_DATASETS]


# The figures of a benchmark and of a dataset: their categories, their labels among those
# of a category, and their captions if these have another name.
BENCHMARK_FIGURES = {
    "scatter": ("Agreement", "measured against predicted effects"),
    "waterfall": ("Pairs kept and dropped", None),
    "strata": ("Agreement", "agreement in every stratum"),
    "parts": ("Agreement", "agreement in every part"),
    "sign_agreement": ("Agreement", "sign agreement by effect size"),
    "abstention": ("Agreement", "direction by share of variants answered"),
    "calibration": ("Agreement", "calibration"),
    "baselines": ("Agreement", "baselines, nulls and controls"),
}
CLASS_FIGURES = {"precision_recall": ("Agreement", "precision and recall")}
CLASSIFIED = [name for name, dataset in DATASETS.items() if dataset["classes"]]
DATASET_FIGURES = {
    "gates": ("Gates", None),
    "sweep": ("Agreement", "all benchmarks"),
    "strata": ("Agreement", "agreement by effect size", "strata_by_size"),
}
LADDER_FIGURES = {"ladder": ("Ablation of the published protocol", None)}


def get_benchmark_outputs(figures):
    """Return the files of a benchmark's figures, by output names such as scatter_png."""
    return get_figure_outputs(figures, "dataset", "protocol")


def get_dataset_outputs(figures):
    """Return the files of a dataset's figures, by output names such as sweep_png."""
    return get_figure_outputs(figures, "dataset")


def get_figure_outputs(figures, *owner):
    """Return the files of figures, in the folder of wildcards, by their output names."""
    outputs = {}
    for name, (category, words, *caption) in figures.items():
        labels = {wildcard: f"{{{wildcard}}}" for wildcard in owner}
        folder = "/".join(labels.values())
        if words:
            labels["figure"] = words
        path = f"results/{folder}/figures/{name}"
        outputs[f"{name}_png"] = report(
            f"{path}.png",
            caption=f"../resources/captions/{(*caption, name)[0]}.rst",
            category=category,
            labels=labels,
        )
        outputs[f"{name}_pdf"] = f"{path}.pdf"
    return outputs


def get_figures():
    """Return every figure of every benchmark and dataset."""
    figures = []
    for names, datasets in ((BENCHMARK_FIGURES, DATASETS), (CLASS_FIGURES, CLASSIFIED)):
        for dataset in datasets:
            figures += expand(
                "results/{dataset}/{protocol}/figures/{name}.png",
                dataset=dataset,
                protocol=get_benchmarks_of(dataset),
                name=names,
            )
    figures += expand(
        "results/{dataset}/figures/{name}.png",
        dataset=DATASETS,
        name=DATASET_FIGURES,
    )
    figures += expand(
        "results/{dataset}/figures/tracks.png", dataset=get_ranked_datasets()
    )
    ladders = expand("results/{dataset}/figures/ladder.png", dataset=LADDER_DATASETS)
    return figures + ladders


def get_ranked_datasets():
    """Return the datasets for which each track is evaluated separately."""
    is_asked = config["rank_tracks"] and get_tracks()
    return [name for name in DATASETS if is_asked and CORRECTED in PROTOCOLS[name]]


def get_study_files():
    """Return the published study's five files for each dataset that runs its protocol."""
    return expand(
        "results/{dataset}/published/study/{file}",
        dataset=[name for name in DATASETS if PUBLISHED in PROTOCOLS[name]],
        file=[
            "gtex_eqtls.bed",
            "filtered_eqtls_in_k562_dhs.bed",
            "alphagenome_eqtl_predictions.csv",
            "alphagenome_vs_gtex_benchmark.txt",
            "scatter_plot.png",
        ],
    )


def is_drawing_loci():
    """Return whether any loci are drawn; a table of scores has no tracks."""
    loci = config["loci"]
    is_any = loci["top"] or loci["variants"]
    return bool(get_tracks() and is_any and get_locus_benchmarks())


def get_loci():
    """Return the table and the figures of the loci, or nothing if none are drawn."""
    return (
        ["results/loci/loci.tsv", "results/loci/figures"] if is_drawing_loci() else []
    )


def get_genes():
    """Return the genes of the config, or nothing without any."""
    return get_source(config["genes"])


def get_gene_starts():
    """Return the transcription starts of the config's genes, or nothing without any."""
    return [] if config["genes"] == NONE else "results/intervals/gene_starts.parquet"


def get_gene_models(wildcards):
    """Return the annotation of a dataset's genes, or nothing without any."""
    is_known = config["genes"] != NONE and has_genes(wildcards.dataset)
    return "results/intervals/genes.parquet" if is_known else []


def get_peaks():
    """Return the peaks of each dataset that has any."""
    peaks = {name: dataset["peaks"] for name, dataset in DATASETS.items()}
    return {name: each for name, each in peaks.items() if each != NONE}


def get_locus_benchmarks():
    """Return the benchmark of each dataset whose hits are drawn, with its tracks.

    It is the first of the gene's own expression, or else the first one whose output has
    a value for each base: splice junctions have none.
    """
    found = {}
    for dataset in DATASETS:
        names = get_own_benchmarks_of(dataset)
        scorers = {name: PROTOCOLS[dataset][name].scorer for name in names}
        drawn = [name for name in names if is_along_genome(scorers[name])]
        of_genes = [name for name in drawn if scorers[name] == "RNA_SEQ"]
        found |= {dataset: name for name in (of_genes or drawn)[:1]}
    return found


def get_locus_views():
    """Return track set, scorer and window of each dataset's loci."""
    drawn = [PROTOCOLS[name][each] for name, each in get_locus_benchmarks().items()]
    return [[each.track_set, each.scorer, each.window_bp] for each in drawn]


def get_locus_genes():
    """Return the annotation of genes that are drawn, or nothing without any."""
    is_drawn = any(is_by_gene(scorer) for _, scorer, _ in get_locus_views())
    has_any = config["genes"] != NONE and is_drawn
    return "results/intervals/genes.parquet" if has_any else []


def get_locus_tracks():
    """Return the tracks that are drawn at each dataset's loci."""
    views = zip(get_locus_benchmarks(), get_locus_views(), strict=True)
    sets = [get_track_set(name, track_set) for name, (track_set, _, _) in views]
    return [f"results/tracks/{name}.tsv" for name in sets] if get_tracks() else []
