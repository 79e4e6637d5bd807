# The results of a run, and the other runs that it is compared with.


def get_results():
    """Return the results of a run, except its cost, pages and crate."""
    return [
        "results/explanations.tsv",
        "results/summary.tsv",
        "results/sweep.tsv",
        "results/leaderboard.tsv",
        "results/model_differences.tsv",
        "results/manifest.json",
        "results/card.json",
        *expand("results/{dataset}/gates.tsv", dataset=DATASETS),
        *expand("results/{dataset}/differences.tsv", dataset=DATASETS),
        *get_figures(),
        *get_loci(),
        *get_study_files(),
        *get_route_differences(),
        *get_benchmarks("results/{dataset}/{protocol}/scores/variants.vcf.gz"),
    ]


def get_run_figures():
    """Return the figures of a run as a whole."""
    names = ("cost", "leaderboard", "runs")
    return [f"results/figures/{name}.png" for name in names]


def get_asked(pattern):
    """Fill a path with the scorings and chromosomes that are sent to the model."""
    paths = expand(pattern, scoring=sorted(SCORINGS), chrom=CHROMOSOMES)
    return list(dict.fromkeys(paths))


OTHER_RUNS = {name: str(Path(path)) for name, path in config["compare"].items()}


def get_shared_pairs():
    """Return the pairs of each benchmark that another run also has, ours and theirs."""
    shared = [
        (f"results/{name}", local(path))
        for name in get_benchmarks("{dataset}/{protocol}/pairs.parquet")
        for folder in OTHER_RUNS.values()
        if Path(path := f"{folder}/{name}").exists()
    ]
    return list(dict.fromkeys(path for pair in shared for path in pair))


def get_summaries():
    """Return the summary of each other run, or its card."""
    return [
        local(path if path.endswith(".json") else f"{path}/summary.tsv")
        for path in OTHER_RUNS.values()
    ]


def check_other_runs():
    """Exit if a run to compare with does not exist or has not finished."""
    for name, folder in OTHER_RUNS.items():
        check_path(folder, f"compare.{name}")
        line = f"ERROR: {CONFIG_NAME}: key 'compare.{name}': "
        if Path(folder).resolve() == Path("results").resolve():
            sys.exit(
                f"{line}{folder} is this run's own folder; name the results folder of"
                " another run"
            )
        if folder.endswith(".json"):
            if not Path(folder).is_file():
                sys.exit(f"{line}no file {folder}; name the card of a run")
            continue
        for file in ("summary.tsv", "manifest.json"):
            if not Path(folder, file).is_file():
                sys.exit(
                    f"{line}no file {folder}/{file}; name the results folder of a"
                    " finished run"
                )


check_other_runs()


def get_report_tables():
    """Return the tables of a report, by their names in `Inputs`."""
    files = {
        "conclusions": "conclusion.tsv",
        "controls": "controls.tsv",
        "metrics": "metrics.tsv",
        "curves": "curves.tsv",
        "waterfall": "waterfall.tsv",
        "pairs": "pairs.parquet",
        "dropped": "dropped.tsv.gz",
    }
    tables = {
        name: get_benchmarks(f"results/{{dataset}}/{{protocol}}/{file}")
        for name, file in files.items()
    }
    for name in ("differences", "gates"):
        tables[name] = [f"results/{dataset}/{name}.tsv" for dataset in DATASETS]
    tables["ladder"] = [f"results/{name}/ladder.tsv" for name in LADDER_DATASETS]
    tables["ranking"] = [
        f"results/{dataset}/corrected/tracks.tsv" for dataset in get_ranked_datasets()
    ]
    for name in ("explanations", "summary", "sweep", "leaderboard", "runs", "cost"):
        tables[name] = [f"results/{name}.tsv"]
    tables["loci"] = [path for path in get_loci() if path.endswith(".tsv")]
    tables["losses"] = [
        f"results/{folder}/{name}.losses.tsv"
        for folder, names in (("tables", TABLES), ("replicates", REPLICATES))
        for name in sorted(names)
    ]
    return tables


def get_report_pages():
    """Return the pages of a run: its report, and its loci if any are drawn."""
    pages = ["results/report.html"]
    if get_loci():
        pages.append("results/loci.html")
    return pages


def get_outputs():
    """Return all files of a run that its crate describes, except its pages."""
    tables = [path for paths in get_report_tables().values() for path in paths]
    figures = [path for path in get_figures() if path.endswith(".png")]
    figures += get_run_figures()
    pdfs = [path.removesuffix("png") + "pdf" for path in figures]
    return list(dict.fromkeys([*get_results(), *tables, *figures, *pdfs]))


def get_templates():
    """Return the templates of the pages: style sheet, script and captions, too."""
    return [
        get_tracked(f"resources/{folder}/{path.name}")
        for folder in ("report", "captions")
        for path in sorted((ROOT / "resources" / folder).glob("[!.]*.*"))
    ]
