# Loci: which are drawn, of which benchmark, and with which tracks.


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


def get_peaks():
    """Return the peaks of each dataset that has any."""
    peaks = {name: dataset["peaks"] for name, dataset in DATASETS.items()}
    return {name: each for name, each in peaks.items() if each != NONE}


def get_locus_benchmarks():
    """Return the benchmark whose top variants are drawn, by dataset.

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
