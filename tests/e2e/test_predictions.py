"""The requests of a run: each once, by route, up to a limit, and continued after a stop."""

import collections
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pysam
import pytest
from endobench.core.columns import PAIRS, ROUTES, SHARDS, WATERFALL
from endobench.core.tables import read_frame, read_tsv
from servers import serving
from workflow import PAIRS as PAIRS_PATH
from workflow import SHORTEST, copy_of, said, snakemake, write_config

ATLAS_WINDOW_BP = 1_048_576
# Two jobs at once share calls as three would.
CHROMOSOMES = ["chr2", "chr3"]


@pytest.fixture
def prepare(simulated, tmp_path):
    """Return a function that makes a checkout with a changed config."""

    def make(**changes):
        if not (tmp_path / "Snakefile").exists():
            copy_of(simulated, tmp_path)
        write_config(tmp_path, "mine.yaml", SHORTEST, **changes)
        return tmp_path

    return make


@pytest.fixture
def served(simulated):
    """Serve the demonstration's model; yield the service and the config for it."""
    genome = simulated / "resources/simulated/genome.fa"
    with serving(genome) as (service, address):
        config = {"service": "address", "address": address, "tls": False}
        # These tests treat its scores as those of a real model.
        yield service, config | {"accept": ["score_model", "standin_scores"]}


def run(folder, *targets, check=True):
    return snakemake(folder, *targets, "--configfile", "mine.yaml", check=check)


def variants_of(folder, dataset="demo", protocol="corrected"):
    paths = (folder / f"results/{dataset}/{protocol}/shards").glob("*/*.parquet")
    rows = pd.concat(read_frame(path, SHARDS) for path in paths)
    return rows.drop_duplicates("variant_id")


def test_datasets_scorers_and_runs_share_one_call_a_variant(prepare, served):
    service, address = served
    datasets = [
        {"name": name, "effects": "demo_pairs", "peaks": peaks}
        for name, peaks in (("demo", "demo_peaks"), ("everywhere", "none"))
    ]
    changes = {
        **address,
        "datasets": datasets,
        "scorer": ["DNASE-501-DIFF_LOG2_SUM", "DNASE-501-DIFF_MEAN"],
        "chromosomes": CHROMOSOMES,
        # Canaries would add calls.
        "prediction": {"canary_fraction": 0},
    }
    folder = prepare(**changes)
    other = "corrected.DNASE-501-DIFF_MEAN.16384bp.K562"
    paths = [PAIRS_PATH, PAIRS_PATH.replace("demo", "everywhere")]
    paths += [path.replace("corrected", other) for path in paths]
    words = said(run(folder, *paths))
    ids = {
        (row.pos, row.variant_id)
        for dataset in ("demo", "everywhere")
        for row in variants_of(folder, dataset).itertuples()
    }
    assert (
        f"{len(ids):,} unique variants, 0 remembered, {len(ids):,} to request" in words
    )
    # Several variants share a position.
    assert collections.Counter(service.calls) == collections.Counter(
        position for position, _ in ids
    )
    # Each combination has scores of its own.
    raw = [read_frame(folder / path, PAIRS)["raw"] for path in paths]
    assert len({tuple(each) for each in raw}) == len(paths)
    shutil.rmtree(folder / "results")
    words = said(run(folder, *paths[:2]))
    assert "are remembered, no call" in words
    assert len(service.calls) == len(ids)


def test_all_jobs_together_keep_a_limit_of_calls_and_the_next_run_continues(
    prepare, served
):
    service, address = served
    address |= {"chromosomes": CHROMOSOMES}
    options = {"canary_fraction": 0}
    folder = prepare(**address, prediction={"max_requests": 350} | options)
    for n_calls in (350, 700):
        result = run(folder, PAIRS_PATH, check=False)
        assert result.returncode != 0
        assert "prediction.max_requests 350 is reached" in said(result)
        assert "run again to continue" in said(result)
        assert "Traceback" not in said(result)
        assert len(service.calls) == n_calls
    assert not list((folder / "resources/journal/requests").iterdir())
    prepare(**address, prediction=options)
    words = said(run(folder, PAIRS_PATH))
    # Each chromosome that is left says what it will request.
    left = re.findall(r"remembered, ([\d,]+) to request from the model", words)
    left = sum(int(each.replace(",", "")) for each in left)
    assert left == len(variants_of(folder)) - 700
    assert len(service.calls) == len(variants_of(folder))
    assert "Nothing to be done" in said(run(folder, PAIRS_PATH))


@pytest.mark.interrupts
def test_an_interrupted_run_continues_where_it_stopped(prepare, served):
    service, address = served
    folder = prepare(**address, chromosomes=CHROMOSOMES)
    command = [sys.executable, "-m", "snakemake", "--cores", "2"]
    with subprocess.Popen(
        [*command, PAIRS_PATH, "--configfile", "mine.yaml"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Ctrl-C is sent to all processes of the terminal's group.
        start_new_session=True,
    ) as process:
        while len(service.calls) < 200:
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        words = process.communicate()[0]
    assert process.returncode != 0
    assert "Traceback" not in words
    n_before = len(service.calls)
    run(folder, PAIRS_PATH)
    # Calls in flight in two jobs are repeated. Each run asks again about twenty remembered
    # variants of a chromosome, and about twenty of its own.
    n_again = 2 * 8 + 2 * 2 * 20 * len(CHROMOSOMES)
    assert len(service.calls) <= len(variants_of(folder)) + n_again
    assert n_before < len(variants_of(folder))


@pytest.fixture(scope="module")
def long_genome(simulated, tmp_path_factory):
    """Extend the demonstration's genome for windows of a million bases; return its path."""
    rng = np.random.default_rng(4)
    path = tmp_path_factory.mktemp("genome") / "long.fa"
    source = simulated / "resources/simulated/genome.fa"
    with pysam.FastaFile(str(source)) as fasta, open(path, "w") as file:
        for chrom in fasta.references:
            more = "".join(rng.choice(list("ACGT"), 600_000))
            file.write(f">{chrom}\n{fasta.fetch(chrom)}{more}\n")
    return path


def test_the_atlas_answers_what_it_has_and_the_model_the_rest(prepare, long_genome):
    changes = {"window_bp": ATLAS_WINDOW_BP, "local": {"demo_genome": str(long_genome)}}
    # The shortest one has no variant in the middle of such a window.
    changes["chromosomes"] = ["chr2"]
    folder = prepare(**changes, prediction={"route_sample": 12})
    routes = f"results/scores/{ATLAS_WINDOW_BP}bp.routes.tsv"
    run(folder, "results/summary.tsv", routes)
    rows = variants_of(folder).set_index("variant_id")
    is_substitution = (rows["ref"].str.len() == 1) & (rows["alt"].str.len() == 1)
    expected = is_substitution & (rows["shift_bp"] == 0)
    assert expected.any() and not expected.all()
    pairs = read_frame(folder / PAIRS_PATH, PAIRS)
    found = pairs.set_index("variant_id")["route"].map({"atlas": True, "model": False})
    assert (found == expected[found.index]).all()
    summary = pd.read_csv(folder / "results/summary.tsv", sep="\t")
    summary = summary.set_index("stratum")
    assert summary.loc["all_pairs", "n_from_atlas"] == found[found].index.nunique()
    both = read_tsv(folder / routes, ROUTES)
    assert len(both) == 12 and expected[both["variant_id"]].all()
    assert (both["max_abs_difference"] == 0).all()
    assert both["model"].str.startswith("standin/").all()

    prepare(**changes, route="atlas", prediction={"route_sample": 0})
    run(folder, PAIRS_PATH)
    alone = read_frame(folder / PAIRS_PATH, PAIRS)
    assert set(alone["route"]) == {"atlas"}
    assert set(alone["variant_id"]) == set(expected.index[expected])
    waterfall = read_tsv(folder / "results/demo/corrected/waterfall.tsv", WATERFALL)
    lost = waterfall.set_index("reason")["n_variants"]
    assert lost["not_in_atlas"] == (~expected).sum()

    prepare(**changes, route="model", prediction={"route_sample": 0})
    run(folder, PAIRS_PATH)
    model = read_frame(folder / PAIRS_PATH, PAIRS)
    assert set(model["route"]) == {"model"}
    pd.testing.assert_series_equal(model["raw"], pairs["raw"])
