"""Rows of the sheets that a config names: they are there, and of the right kind."""

from endobench.config.datasets import check_dataset, score_windows
from endobench.config.models import check_different_tables, configs_of
from endobench.config.schema import NONE, near
from endobench.core.errors import InputError
from endobench.design.assemblies import organism_of, why_no_chromosome
from endobench.design.routes import ATLAS
from endobench.sources.formats import Source

# Genomes of the model, to which all inputs are lifted.
ASSEMBLIES = ("GRCh38", "mm10")


def check_names(config, sheet, name):
    """Check that each row named in a config is in the sheet and of the right kind.

    Parameters
    ----------
    config : dict
        A checked config; see `settings.check_config`.
    sheet : dict of str to dict
        See `sheet.read_sheet`.
    name : str
        Name of the config in error messages.

    Raises
    ------
    InputError
        With the key, the value found, and what would be right.
    """
    rows = _Rows(config, sheet, name)
    _check_genome(rows)
    _check_names_of_datasets(config, name)
    for dataset in config["datasets"]:
        _check_rows_of_dataset(dataset, rows)
    _check_rows_of_all(rows)
    for model, other in configs_of(config).items():
        check_names(other, sheet, f"{name}: model {model!r}")
    check_different_tables(config, sheet, name)


class _Rows:
    """The rows that a config names, each of which is found by its key."""

    def __init__(self, config, sheet, name):
        self.config, self.sheet, self.name = config, sheet, name
        self.sheets = ", ".join(config["sheet"])
        self.assembly = ASSEMBLIES[0]

    def error(self, key, what):
        """Return an error that names a key of the config."""
        return InputError(f"{self.name}: key '{key}': {what}")

    def find(self, key, row, *kinds):
        """Return a row of one of some kinds."""
        if row not in self.sheet:
            known = {NONE, *self.sheet} - {row}
            raise self.error(
                key, f"{row!r} is not a row of {self.sheets}{near(row, known)}"
            )
        found = self.sheet[row]
        if found["kind"] not in kinds:
            raise self.error(
                key,
                f"{row!r} is of kind {found['kind']!r}; expected {' or '.join(kinds)}",
            )
        return found

    def find_placed(self, key, row, *kinds):
        """Return a row that is on the genome's build, or can be lifted to it."""
        found = self.find(key, row, *kinds)
        build, assembly = build_of(found, self.sheet), self.assembly
        if organism_of(build) != organism_of(assembly):
            raise self.error(
                key,
                f"{row!r} is on {build} ({organism_of(build)}), but the genome is"
                f" {assembly} ({organism_of(assembly)})",
            )
        if build != assembly and build not in self.config["chains"]:
            raise self.error(
                key,
                f"{row!r} is on {build}; name the chain to {assembly} under"
                f" 'chains: {{{build}: ...}}'",
            )
        return found

    def check_table(self, key, row, *kinds):
        """Raise an error if a table cannot be read and placed on the genome."""
        source = Source.of_row(self.find_placed(key, row, *kinds))
        if source.needs_genome and self.config["genome"] == NONE:
            raise self.error(
                key,
                f"{row!r} needs the genome to determine REF; name the row of the genome"
                " under 'genome'",
            )


def _check_genome(rows):
    """Find the genome, whose build decides on the route and the chromosomes."""
    config = rows.config
    if (genome := config["genome"]) != NONE:
        rows.assembly = rows.find("genome", genome, "genome")["build"]
        if rows.assembly not in ASSEMBLIES:
            raise rows.error(
                "genome",
                f"{genome!r} is {rows.assembly}; expected {' or '.join(ASSEMBLIES)}",
            )
    if config["route"] == ATLAS and organism_of(rows.assembly) != "human":
        raise rows.error(
            "route", f"the Atlas covers the human genome, not {rows.assembly}"
        )
    for chrom in config["chromosomes"]:
        if why := why_no_chromosome(chrom, rows.assembly):
            raise rows.error("chromosomes", f"{chrom!r}: {why}")


def _check_names_of_datasets(config, name):
    """Raise an error if the folders of two datasets would be the same."""
    names = [dataset["name"] for dataset in config["datasets"]]
    if repeated := {each for each in names if names.count(each) > 1}:
        raise InputError(
            f"{name}: key 'datasets': name {repeated.pop()!r} appears twice"
        )
    seen = {}
    for each in names:
        if (other := seen.setdefault(each.casefold(), each)) != each:
            raise InputError(
                f"{name}: key 'datasets': names {other!r} and {each!r} differ in case"
                " only, which some file systems do not tell apart; rename one"
            )


def _check_rows_of_dataset(dataset, rows):
    """Raise an error if a dataset names a row that it cannot use."""
    config = rows.config
    rows.check_table("datasets.effects", dataset["effects"], "effects")
    for key in ("peaks", "blacklist"):
        if dataset[key] != NONE:
            rows.find_placed(f"datasets.{key}", dataset[key], key)
    for key, kinds in (
        ("control", ("effects", "scores")),
        ("replicate", ("effects",)),
        ("original", ("effects",)),
    ):
        if dataset[key] != NONE:
            rows.check_table(f"datasets.{key}", dataset[key], *kinds)
    if config["service"] == "table" and dataset.get("scores"):
        rows.check_table("datasets.scores", dataset["scores"], "scores", "effects")
    check_dataset(dataset, config, rows.sheet, rows.name)
    for bp, row in score_windows(dataset, config).items():
        rows.check_table(f"score_windows.{bp}", row, "effects", "scores")


def _check_rows_of_all(rows):
    """Raise an error if the config names a row for all datasets that it cannot use."""
    config = rows.config
    for key in ("ld_blocks", "folds"):
        if config[key] != NONE:
            rows.find_placed(key, config[key], key)
    if (genes := config["genes"]) != NONE:
        build = rows.find("genes", genes, "genes")["build"]
        if build != rows.assembly:
            raise rows.error(
                "genes",
                f"{genes!r} is on {build}; expected genes on the build of the genome,"
                f" {rows.assembly}",
            )
    for build, row in config["chains"].items():
        start = rows.find(f"chains.{build}", row, "chain")["build"]
        if start != build:
            raise rows.error(
                f"chains.{build}", f"{row!r} lifts from {start}, not {build}"
            )
    if config["service"] == "table" and config["scores"]:
        rows.check_table("scores", config["scores"], "scores", "effects")
    for row in config["local"]:
        if row not in rows.sheet:
            raise rows.error(
                f"local.{row}", f"not a row of {rows.sheets}{near(row, rows.sheet)}"
            )


def build_of(row, sheet):
    """Return the build of the variants of a row, once their alleles are known.

    Variants that are named by rsID take their positions from the VCF of alleles.
    """
    is_placed = "alleles" in row and row["kind"] in ("effects", "scores")
    return sheet[row["alleles"]]["build"] if is_placed else row["build"]
