# Paths of inputs: local files, downloads, archive members, chains and the genome.
from endobench.config.local_files import find_local, why_missing


def get_fetch_input(wildcards):
    """Return the input of `fetch`: a local file, an archive, or nothing."""
    if found := find_local(wildcards.source, SHEET, config):
        return found.path if is_simulated(found.path) else local(found.path)
    location = SHEET[wildcards.source]["location"]
    return f"resources/downloads/{location}" if location in SHEET else []


def is_simulated(path):
    """Return whether an input is made by the demonstration's own rule.

    Any other is a file of the user's, which must be `local`: it does not lie below the
    prefix of a module.
    """
    return path.startswith("resources/simulated/")


def get_stamp(source):
    """Return size and time of the user's file that an input is read from, or "".

    Snakemake sees only a newer file: one put in its place with its old time would not be
    read. Archives and copies keep times in whole seconds.
    """
    found = find_local(source, SHEET, config)
    if not found or is_simulated(found.path) or not os.path.exists(found.path):
        return ""
    state = os.stat(found.path)
    return f"{state.st_size} bytes, {int(state.st_mtime)} s"


def get_member(source):
    """Return the name of an input in its archive, or "" if it is not in one."""
    found = find_local(source, SHEET, config)
    return "" if found and found.is_whole else SHEET[source].get("member", "")


def get_source(name):
    """Return the path of a fetched input, or an empty list without one."""
    return f"resources/downloads/{name}" if name and name != NONE else []


def get_chain(source, is_lifted=True):
    """Return the chain from the build of an input to the genome, if needed."""
    build = SHEET[source]["build"]
    if build == ASSEMBLY or not is_lifted:
        return []
    return get_source(config["chains"][build])


def get_source_description(name):
    """Return the values of a table's `formats.Source`, or an empty list without one."""
    return list(Source.of_row(SHEET[name])) if name else []


def get_partner(name, key):
    """Return the row with the alleles or effects of a table, or an empty string."""
    return SHEET[name].get(key, "")


def get_partner_build(name):
    """Return the build of the VCF with a table's alleles, or an empty string."""
    alleles = get_partner(name, "alleles")
    return SHEET[alleles]["build"] if alleles else ""


def get_table_chain(name):
    """Return the chain for the variants of a table, if needed."""
    alleles = get_partner(name, "alleles")
    return get_chain(alleles or name)


def get_table_genome(name):
    """Return the genome if it is needed to harmonise the alleles of a table."""
    return get_genome() if Source.of_row(SHEET[name]).needs_genome else []


def get_genome():
    """Return the paths of the indexed genome, or an empty list without one."""
    if config["genome"] == NONE:
        return []
    path = f"resources/genomes/{config['genome']}.fa"
    return [path, f"{path}.fai"]


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


def get_sized(path):
    """Return a path that needs chromosome lengths, or an empty list without a genome."""
    return path if get_genome() else []


def get_intervals(wildcards, kind):
    """Return a dataset's prepared peaks or blacklist, or an empty list without one."""
    name = DATASETS[wildcards.dataset][kind]
    protocol = get_protocol(wildcards)
    # The published study used no blacklist.
    if name == NONE or (kind == "blacklist" and not protocol.correct):
        return []
    placement = "lifted" if protocol.lift else "as_given"
    return f"results/intervals/{name}.{placement}.bed"


def get_lifted(name):
    """Return intervals on the build of the genome, or an empty list without any."""
    return [] if name == NONE else f"results/intervals/{name}.lifted.bed"


def get_inputs():
    """Return the rows of the sheet that this config uses."""
    names = {config["genome"], config["genes"], *config["chains"].values()}
    names |= TABLES | REPLICATES | ORIGINALS | INTERVALS
    names |= {dataset["effects"] for dataset in DATASETS.values()}
    names -= {NONE}
    partners = {
        get_partner(name, key) for name in names for key in ("alleles", "effects_from")
    }
    return sorted(names | partners - {""})


def get_variants_of_pilot():
    """Return the variants of all datasets that a pilot is drawn from."""
    first = {name: next(iter(each.values())) for name, each in PROTOCOLS.items()}
    return [
        f"results/{name}/{each.prepared}/in_peaks.parquet"
        for name, each in first.items()
    ]


def check_local_inputs(is_known):
    """Exit if a local input is missing, unless `is_known` holds for its name."""
    names = get_inputs()
    fetched = [name for name in names if not find_local(name, SHEET, config)]
    archives = [SHEET[name]["location"] for name in fetched]
    for name in filter(SHEET.get, [*names, *archives]):
        found = find_local(name, SHEET, config)
        if found:
            key = f"local.{name}" if name in config["local"] else "data_dir"
            check_path(found.path, key)
        if (found and is_simulated(found.path)) or is_known(name):
            continue
        if why := why_missing(name, SHEET, config):
            sys.exit(f"ERROR: {CONFIG_NAME}: {why}")


def get_fetched():
    """Return the records of every input that this config uses."""
    return [f"resources/downloads/{name}.json" for name in get_inputs()]


# An input that was fetched before may be missing while a run is planned or a report is
# written. Jobs must not start without it, since its link would be broken.
check_local_inputs(is_known=lambda name: os.path.lexists(f"resources/downloads/{name}"))
