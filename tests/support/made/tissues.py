"""Simulated tissues that share most of their genes, and a check of the calls they need."""

import collections

import numpy as np
import pandas as pd
from endobench.core.columns import SHARDS
from endobench.core.tables import read_frames
from servers import serving
from workflow import SMALL, snakemake, with_simulated, write_config, write_sheet

SHARE_OF_GENES = 0.7
CHROMOSOMES = ("chr1", "chr2", "chr3")


def write_tissues(simulated, folder, number, chromosomes=CHROMOSOMES):
    """Write a table of effects for each tissue.

    Parameters
    ----------
    simulated : path-like
        Folder with the demonstration's inputs.
    folder : path-like
        Folder for the checkout.
    number : int
    chromosomes : sequence of str
        Of the variants.

    Returns
    -------
    folder : path-like
    changes : dict
        Config keys with the tissues as datasets.
    """
    folder = with_simulated(simulated, folder)
    pairs = pd.read_csv(
        folder / "resources/simulated/pairs.txt.gz", sep="\t", dtype=str
    )
    chrom = pairs["variant_id"].str.partition("_")[0]
    pairs = pairs[chrom.isin(chromosomes)]
    genes, rng, rows = pairs["gene_id"].unique(), np.random.default_rng(7), []
    for place in range(number):
        chosen = rng.choice(genes, int(SHARE_OF_GENES * len(genes)), replace=False)
        name = f"tissue{place}"
        path = f"resources/simulated/{name}.v8.signif_variant_gene_pairs.txt.gz"
        table = pairs[pairs["gene_id"].isin(chosen)]
        table.to_csv(folder / path, sep="\t", index=False)
        rows.append(
            {
                "name": name,
                "kind": "effects",
                "format": "gtex_pairs",
                "location": path,
                "build": "GRCh38",
                "effect_allele": "ALT",
                "unit": "slope",
                "null": "0",
            }
        )
    sheet = write_sheet(folder, *rows)
    first = SMALL["datasets"][0]
    datasets = [first | {"name": row["name"], "effects": row["name"]} for row in rows]
    return folder, sheet | {"datasets": datasets, "chromosomes": list(chromosomes)}


def check_calls(simulated, folder, config):
    """Check that calls equal unique variants, also after adding a tissue."""
    with serving(simulated / "resources/simulated/genome.fa") as (service, address):
        *first, last = config["datasets"]
        found = _ask(folder, address, config, first)
        unique = set().union(*found.values())
        assert len(service.calls) == len(unique)
        n_tissues = collections.Counter(each for ids in found.values() for each in ids)
        assert max(n_tissues.values()) == len(first)
        assert sum(n_tissues.values()) > SHARE_OF_GENES / 2 * len(first) * len(unique)
        # A further tissue requests only variants that no other tissue has.
        more = _ask(folder, address, config, [*first, last])
        assert len(service.calls) == len(unique | more[last["name"]])
        assert len(more[last["name"]] & unique) > 0.9 * len(more[last["name"]])


def _ask(folder, address, config, datasets):
    """Predict the variants of some tissues; return the variant ids of each."""
    served = {"service": "address", "address": address, "tls": False}
    accepted = {"accept": ["score_model", "standin_scores"]}
    changes = config | served | accepted | {"datasets": datasets}
    # No canaries, which would add calls.
    changes |= {"prediction": {"canary_fraction": 0}}
    write_config(folder, "mine.yaml", SMALL, **changes)
    scores = [
        f"results/scores/16384bp/{chrom}.parquet" for chrom in config["chromosomes"]
    ]
    snakemake(folder, *scores, "--configfile", "mine.yaml")
    return {
        each["name"]: set(
            read_frames(
                sorted(
                    folder.glob(f"results/{each['name']}/*/shards/16384bp/*.parquet")
                ),
                SHARDS,
            )["variant_id"]
        )
        for each in datasets
    }
