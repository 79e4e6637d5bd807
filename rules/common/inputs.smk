# Where inputs lie: local files, downloads, members of archives, chains and the genome.
from endobench.sources.formats import Source


def is_url(location):
    """Tell whether a location of the sheet is to be downloaded."""
    return location.startswith(("http://", "https://"))


def get_local_path(source):
    """Return the path of an input that is already here, or None."""
    location = config["local"].get(source, SHEET[source]["location"])
    if source not in config["local"] and (is_url(location) or location in SHEET):
        return None
    return str(Path(config["data_dir"]) / location)


def get_fetch_input(wildcards):
    """Return what fetching reads: a local file, the archive of a member, or nothing."""
    if path := get_local_path(wildcards.source):
        return path
    location = SHEET[wildcards.source]["location"]
    return f"resources/downloads/{location}" if location in SHEET else []


def get_member(source):
    """Return the name of an input within its archive, or nothing where it is a file."""
    return "" if source in config["local"] else SHEET[source].get("member", "")


def get_source(name):
    """Return the path of a verified input, or nothing for none."""
    return f"resources/downloads/{name}" if name and name != NONE else []


def get_chain(source, is_lifted=True):
    """Return the chain that brings an input to the genome's build, or nothing."""
    build = SHEET[source]["build"]
    if build == ASSEMBLY or not is_lifted:
        return []
    return get_source(config["chains"][build])


def get_source_description(name):
    """Return how a table is to be read, in the order of `formats.Source`, if any."""
    return list(Source.of_row(SHEET[name])) if name else []


def get_partner(name, key):
    """Return the row that a table takes its alleles or its effects from, or nothing."""
    return SHEET[name].get(key, "")


def get_partner_build(name):
    """Return the build of the VCF that a table takes its alleles from, or nothing."""
    alleles = get_partner(name, "alleles")
    return SHEET[alleles]["build"] if alleles else ""


def get_table_chain(name):
    """Return the chain of a table's variants, or nothing where none is due."""
    alleles = get_partner(name, "alleles")
    return get_chain(alleles or name)


def get_table_genome(name):
    """Return the genome where a table needs it to be oriented, or nothing."""
    return get_genome() if Source.of_row(SHEET[name]).needs_genome else []


def get_genome():
    """Return the paths of the indexed genome, or nothing for none."""
    if config["genome"] == NONE:
        return []
    path = f"resources/genomes/{config['genome']}.fa"
    return [path, f"{path}.fai"]


def get_sized(path):
    """Return an output that needs the lengths of chromosomes, or nothing without."""
    return path if get_genome() else []


def get_intervals(wildcards, kind):
    """Return the prepared peaks or blacklist of a dataset, or nothing for none."""
    name = DATASETS[wildcards.dataset][kind]
    protocol = PROTOCOLS[wildcards.protocol]
    # The study used no blacklist.
    if name == NONE or (kind == "blacklist" and not protocol.correct):
        return []
    placement = "lifted" if protocol.lift else "as_given"
    return f"results/intervals/{name}.{placement}.bed"


def get_lifted(name):
    """Return intervals on GRCh38, or nothing for none."""
    return [] if name == NONE else f"results/intervals/{name}.lifted.bed"


def get_inputs():
    """Return the rows of the sheet that this config uses."""
    names = {config["genome"], config["genes"], *config["chains"].values()}
    names |= TABLES | INTERVALS
    names |= {dataset["effects"] for dataset in DATASETS.values()}
    names -= {NONE}
    partners = {
        get_partner(name, key) for name in names for key in ("alleles", "effects_from")
    }
    return sorted(names | partners - {""})


def check_local_inputs(is_known):
    """Refuse local inputs that are not there, but for those of a name that is known."""
    names = get_inputs()
    names += [SHEET[name]["location"] for name in names]
    for name in filter(SHEET.get, names):
        path = get_local_path(name)
        is_made_here = path and path.startswith("resources/simulated/")
        if path and not (is_made_here or is_known(name) or Path(path).is_file()):
            key = f"local.{name}" if name in config["local"] else "data_dir"
            sys.exit(f"ERROR: {CONFIG_NAME}: key '{key}': no file {path} for {name}")


def get_fetched():
    """Return the records of every input that this config uses."""
    return [f"resources/downloads/{name}.json" for name in get_inputs()]


# What was fetched before is known, which suffices for a report; jobs may not start
# with a link to an input that is there no more, or of another folder.
check_local_inputs(is_known=lambda name: os.path.lexists(f"resources/downloads/{name}"))


onstart:
    check_local_inputs(is_known=lambda name: False)
    check_key_is_kept()
