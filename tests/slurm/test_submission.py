"""The demonstration on a real SLURM, checked against SLURM's own records."""

import collections
import itertools

import cluster
import pandas as pd
import pytest
from endobench.model import client
from submissions import ALONE, CHROMOSOMES, CONCURRENCY, KEY, SCORES, ended
from workflow import PAIRS, checkout, said, snakemake

API_SLOTS, FEW_SLOTS = 16, 4


class Run:
    """What a run on the cluster left: its output, SLURM's jobs, the calls, the answers."""

    def __init__(self, made, words, n_before):
        self.folder, self.words = made.folder, words
        self.jobs = cluster.jobs()[n_before:]
        self.predictions = [job for job in self.jobs if job.chromosomes]
        self.calls = collections.Counter(made.service.calls)
        self.most_in_flight = made.service.most_in_flight
        self.variants = made.variants
        self.n_refused = 0
        self.answers = made.answers


@pytest.fixture(scope="module")
def alone(prepared):
    """A run with one job per chromosome, of which one fails at first."""
    rows = prepared.variants
    of_chr2 = rows.loc[rows["chrom"] == "chr2", "pos"].drop_duplicates()
    # Just enough to end the job: `limits.max_failed_fraction` is 0.01.
    refused = of_chr2.iloc[: len(of_chr2) // 100 + 1]
    prepared.service.refused_once = set(refused)
    run = Run(prepared, prepared.run(PAIRS, *ALONE), 0)
    run.n_refused = len(refused)
    return run


@pytest.fixture(scope="module")
def grouped(alone, prepared, tmp_path_factory):
    """A run with one job for all chromosomes, which is cancelled before it ends.

    Its key is in a file, and there are fewer slots than the config would use.
    """
    prepared.forget()
    prepared.service.most_in_flight = 0
    n_before = len(cluster.jobs())
    path = tmp_path_factory.mktemp("key") / "key"
    path.touch(mode=0o600)
    path.write_text(KEY)
    key = {client.KEY_FILE_VARIABLE: str(path), client.KEY_VARIABLE: ""}
    slots = ["--resources", f"api_slots={FEW_SLOTS}", "in_turn=1"]
    with prepared.started(*SCORES, *slots, key=key) as process:
        prepared.wait_for_calls(200, process)
        cluster.cancel(cluster.jobs("chromosomes")[-1].number)
        words = ended(process)
    return Run(prepared, words, n_before)


def test_each_chromosome_is_predicted_in_its_own_job(alone):
    done = [job for job in alone.predictions if job.state == "COMPLETED"]
    assert sorted(job.chromosomes for job in done) == [[each] for each in CHROMOSOMES]
    # SLURM knows the name of the group; the job's script names the chromosomes.
    assert {job.comment for job in alone.predictions} == {"rule_chromosomes_predict"}
    assert all(job.name.startswith("endobench_") for job in alone.jobs)
    assert alone.jobs[-1].comment == "rule_merge_wildcards_demo_corrected"


def test_a_failed_job_is_retried_and_asks_only_for_what_failed(alone):
    of_chr2 = [job for job in alone.predictions if job.chromosomes == ["chr2"]]
    assert [job.state for job in of_chr2] == ["FAILED", "COMPLETED"]
    first, second = of_chr2
    assert second.memory_mb >= 1.9 * first.memory_mb
    assert second.minutes >= 1.9 * first.minutes
    assert set(alone.calls) == set(alone.variants["pos"])
    # Calls in flight when the job ended are repeated as well.
    n_again = alone.calls.total() - len(alone.variants)
    assert alone.n_refused <= n_again <= alone.n_refused + CONCURRENCY


def test_calls_in_flight_of_all_jobs_stay_below_the_slots(alone):
    n_at_once = API_SLOTS // CONCURRENCY
    for jobs in itertools.combinations(alone.predictions, n_at_once + 1):
        assert max(job.start for job in jobs) >= min(job.end for job in jobs)
    assert alone.most_in_flight <= API_SLOTS


def test_a_job_uses_no_more_slots_than_there_are(grouped):
    assert grouped.most_in_flight <= FEW_SLOTS < CONCURRENCY


def test_jobs_request_one_core_and_memory_and_time_by_their_inputs(alone):
    assert {job.n_cpus for job in alone.jobs} == {1}
    assert all(500 < job.memory_mb < 4_000 for job in alone.jobs)
    assert all(0 < job.minutes <= 240 for job in alone.jobs)
    path = "results/benchmarks/predict/16384bp.chr1.tsv"
    recorded = pd.read_csv(alone.folder / path, sep="\t")
    assert "mem_mb" in recorded["resources"].item()
    assert "chr1.parquet" in recorded["input_size_mb"].item()


def test_the_key_reaches_the_jobs_and_appears_nowhere(alone):
    # The server refuses calls without the key.
    assert alone.predictions and KEY not in alone.words
    assert KEY not in cluster.all_records()
    paths = [path for path in alone.folder.rglob("*") if path.is_file()]
    assert any("logs/slurm" in str(path) for path in paths)
    assert not [path for path in paths if KEY.encode() in path.read_bytes()]


def test_an_option_that_would_log_the_key_is_refused(alone, prepared):
    n_before = len(cluster.jobs())
    with prepared.started(*SCORES, "-R", "predict", "--verbose") as process:
        words = ended(process, status=1)
    assert "ERROR: --verbose would write ALPHAGENOME_API_KEY" in words
    assert KEY not in words and len(cluster.jobs()) == n_before


def test_small_shards_share_a_job_with_the_memory_of_one(alone, grouped):
    for job in grouped.predictions:
        assert sorted(job.chromosomes) == CHROMOSOMES
    single = [job for job in alone.predictions if job.state == "COMPLETED"]
    first = min(single, key=lambda job: job.memory_mb)
    assert grouped.predictions[0].memory_mb < 1.5 * first.memory_mb
    assert grouped.predictions[0].minutes > 2.5 * first.minutes


def test_a_cancelled_job_continues_from_its_journal(alone, grouped):
    states = [job.state for job in grouped.predictions]
    assert states == ["CANCELLED", "COMPLETED"]
    n_variants = len(grouped.variants)
    # Calls in flight are repeated.
    assert n_variants <= grouped.calls.total() <= n_variants + CONCURRENCY
    pd.testing.assert_frame_equal(grouped.answers, alone.answers)


def test_a_dry_run_needs_no_key_and_no_cluster(tmp_path):
    options = ["--dry-run", "--profile", "profiles/slurm", "--configfile"]
    result = snakemake(
        checkout(tmp_path),
        *options,
        "config/gtex_whole_blood.yaml",
        ALPHAGENOME_API_KEY="",
        ALPHAGENOME_API_KEY_FILE="",
    )
    assert "This was a dry-run" in said(result)
