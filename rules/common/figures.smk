# Figures of benchmarks and datasets, and the files of the published study.

# By name, the category of a figure in Snakemake's report, its label there, and the name of
# its caption if that is another one.
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
