# Figures of benchmarks and datasets, and the files of the published study.

# The figures of a benchmark: their categories, and their labels among those of a category.
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


def get_benchmark_outputs(figures):
    """Return the files of a benchmark's figures, by output names such as scatter_png."""
    outputs = {}
    for name, (category, words) in figures.items():
        labels = {"dataset": "{dataset}", "protocol": "{protocol}"}
        if words:
            labels["figure"] = words
        path = f"results/{{dataset}}/{{protocol}}/figures/{name}"
        outputs[f"{name}_png"] = report(
            f"{path}.png",
            caption=f"../resources/captions/{name}.rst",
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
        name=["gates", "sweep", "strata"],
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
