# What a benchmark is made of, and what is drawn of it.


def get_prepared(wildcards, file):
    """Return a file of the preparation that a benchmark scores, or one a chromosome."""
    protocol = PROTOCOLS[wildcards.protocol]
    return expand(
        f"results/{wildcards.dataset}/{protocol.prepared}/{file}",
        chrom=CHROMOSOMES,
        window_bp=protocol.window_bp,
    )


def get_max_n_fraction(protocol):
    """Return the largest N fraction of a protocol; the study's had no limit."""
    is_correct = PROTOCOLS[protocol].correct
    return config["limits"]["max_n_fraction"] if is_correct else 1.0


def get_null(wildcards):
    """Return the effect of an allele that does nothing, in a dataset's unit."""
    return get_null_of(wildcards.dataset)


def get_null_of(dataset):
    """Return the effect of an allele that does nothing, in the unit of a dataset."""
    return UNITS[get_unit(DATASETS[dataset]["effects"])].null


def get_unit(source):
    """Return the unit of a table of effects or scores."""
    return unit_of(SHEET[source])


def is_signed(wildcards):
    """Tell whether a dataset's source says which allele its effects are of."""
    row = SHEET[DATASETS[wildcards.dataset]["effects"]]
    return row["effect_allele"] != "unknown"


def is_unordered(wildcards):
    """Tell whether the genome says which allele of a dataset's source is REF."""
    row = SHEET[DATASETS[wildcards.dataset]["effects"]]
    return Source.of_row(row).layout.is_unordered


def has_signed_scores(wildcards):
    """Tell whether a benchmark's scores have a sign; a table's may be sizes."""
    table = SCORES.get(wildcards.dataset)
    return table is None or SHEET[table]["effect_allele"] != "unknown"


def get_published(wildcards):
    """Return what a dataset's authors report of it, for the benchmark as it should be."""
    row = SHEET[DATASETS[wildcards.dataset]["effects"]]
    return published_of(row) if wildcards.protocol == CORRECTED else {}


def get_classes(wildcards):
    """Return how a dataset tells positives from negatives, or nothing."""
    return get_classes_of(wildcards.dataset)


def get_classes_of(dataset):
    """Return how a dataset of that name tells its classes apart, or nothing."""
    classes = DATASETS[dataset]["classes"] or {}
    return [classes[key] for key in ("by", "positive", "negative") if classes]


def get_few_resamples():
    """Return the resamples of comparisons: a tenth of those of a benchmark's answer."""
    return max(config["statistics"]["n_resamples"] // 10, 100)


def get_control_pairs(wildcards):
    """Return a benchmark's effects beside those of its control, or nothing for none."""
    pairs = get_prepared(wildcards, "control.parquet")
    return pairs if get_control(wildcards) else []


def get_control(wildcards):
    """Return what another assay has measured of a dataset's variants, or nothing."""
    name = DATASETS[wildcards.dataset]["control"]
    return [] if name == NONE else f"results/tables/{name}.parquet"


def get_benchmarks(pattern):
    """Fill {dataset} and {protocol} of a path with every benchmark of the config."""
    return expand(pattern, dataset=DATASETS, protocol=BENCHMARKS)


def get_figures():
    """Return every figure of every benchmark and dataset."""
    names = ["scatter", "waterfall", "strata"]
    names += ["sign_agreement", "calibration", "baselines"]
    figures = expand(
        "results/{dataset}/{protocol}/figures/{name}.png",
        dataset=DATASETS,
        protocol=BENCHMARKS,
        name=names,
    )
    classified = [name for name, dataset in DATASETS.items() if dataset["classes"]]
    figures += expand(
        "results/{dataset}/{protocol}/figures/precision_recall.png",
        dataset=classified,
        protocol=BENCHMARKS,
    )
    names = ["gates", "sweep", "strata"]
    if is_ranking_tracks():
        names.append("tracks")
    figures += expand(
        "results/{dataset}/figures/{name}.png", dataset=DATASETS, name=names
    )
    ladders = expand("results/{dataset}/figures/ladder.png", dataset=LADDER_DATASETS)
    return figures + ladders


def is_ranking_tracks():
    """Tell whether every single track is measured."""
    return bool(config["rank_tracks"] and CORRECTED in PROTOCOLS and get_tracks())


def get_study_files():
    """Return the published study's five files, where its protocol is run."""
    if "published" not in PROTOCOLS:
        return []
    return expand(
        "results/{dataset}/published/study/{file}",
        dataset=DATASETS,
        file=[
            "gtex_eqtls.bed",
            "filtered_eqtls_in_k562_dhs.bed",
            "alphagenome_eqtl_predictions.csv",
            "alphagenome_vs_gtex_benchmark.txt",
            "scatter_plot.png",
        ],
    )


def is_drawing_loci():
    """Tell whether any tracks are drawn; a table of scores has none."""
    loci = config["loci"]
    return bool(get_tracks() and (loci["top"] or loci["variants"]))


def get_loci():
    """Return the loci's table and their figures, or nothing where none are drawn."""
    return (
        ["results/loci/loci.tsv", "results/loci/figures"] if is_drawing_loci() else []
    )


def get_genes():
    """Return the genes that the config names, or nothing for none."""
    return get_source(config["genes"])


def get_peaks():
    """Return the peaks of each dataset that has any."""
    peaks = {name: dataset["peaks"] for name, dataset in DATASETS.items()}
    return {name: each for name, each in peaks.items() if each != NONE}


def get_locus_tracks():
    """Return the tracks that are drawn of each dataset's hits."""
    track_set = PROTOCOLS[BENCHMARKS[0]].track_set
    sets = [get_track_set(dataset, track_set) for dataset in DATASETS]
    return [f"results/tracks/{name}.tsv" for name in sets] if get_tracks() else []
