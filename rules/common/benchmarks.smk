# Benchmarks: which there are, their inputs and parameters.


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


def get_options_by_dataset():
    """Return the null and the classes of each dataset."""
    return {
        name: {"null": get_null_of(name), "classes": get_classes_of(name)}
        for name in DATASETS
    }


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
    """Return the effects of a dataset's replicate, another cohort, if it has one."""
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
    """Return what the config says of a control, in the order of `outcome.DeclaredControl`."""
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
