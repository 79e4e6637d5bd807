# What the explanations of a null result are tested with.


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
