"""All tissues share their predictions: a variant is asked once, however many hold it."""

import collections

import numpy as np
import pandas as pd
import pytest
from endobench.columns import SHARDS
from endobench.tables import read_frames
from servers import serving
from workflow import SMALL, snakemake, with_simulated, write_config, write_sheet

N_TISSUES = 6
CHROMOSOMES = ["chr1", "chr2", "chr3"]
SCORES = [f"results/scores/16384bp/{chrom}.parquet" for chrom in CHROMOSOMES]


@pytest.fixture
def tissues(simulated, tmp_path):
    """Write tables of tissues that share most of their genes; return the config's keys."""
    folder = with_simulated(simulated, tmp_path)
    pairs = pd.read_csv(
        folder / "resources/simulated/pairs.txt.gz", sep="\t", dtype=str
    )
    genes, rng, rows = pairs["gene_id"].unique(), np.random.default_rng(7), []
    for number in range(N_TISSUES):
        chosen = rng.choice(genes, int(0.7 * len(genes)), replace=False)
        name = f"tissue{number}"
        path = f"resources/simulated/{name}.v8.signif_variant_gene_pairs.txt.gz"
        table = pairs[pairs["gene_id"].isin(chosen)]
        table.to_csv(folder / path, sep="\t", index=False)
        rows.append(
            {
                **{"name": name, "kind": "effects", "format": "gtex_pairs"},
                **{"location": path, "build": "GRCh38", "effect_allele": "ALT"},
                **{"unit": "slope", "null": "0"},
            }
        )
    sheet = write_sheet(folder, *rows)
    first = SMALL["datasets"][0]
    datasets = [first | {"name": row["name"], "effects": row["name"]} for row in rows]
    return folder, sheet | {"datasets": datasets}


def ask(folder, address, config, datasets):
    """Predict the variants of some tissues; return those of each of them."""
    served = {"service": "address", "address": address, "tls": False}
    accepted = {"accept": ["score_model", "standin_scores"]}
    changes = config | served | accepted | {"datasets": datasets}
    # Nothing is asked again to see whether the answer is the same.
    changes |= {"prediction": {"canary_fraction": 0}}
    write_config(folder, "mine.yaml", SMALL, **changes)
    snakemake(folder, *SCORES, "--configfile", "mine.yaml")
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


def test_calls_of_all_tissues_equal_their_unique_variants(simulated, tissues):
    folder, config = tissues
    with serving(simulated / "resources/simulated/genome.fa") as (service, address):
        *first, last = config["datasets"]
        found = ask(folder, address, config, first)
        unique = set().union(*found.values())
        assert len(service.calls) == len(unique)
        n_tissues = collections.Counter(each for ids in found.values() for each in ids)
        assert max(n_tissues.values()) == len(first)
        assert sum(n_tissues.values()) > 2 * len(unique)
        # A further tissue asks for what none of the others has.
        more = ask(folder, address, config, [*first, last])
        assert len(service.calls) == len(unique | more[last["name"]])
        assert len(more[last["name"]] & unique) > 0.9 * len(more[last["name"]])
