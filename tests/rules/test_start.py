"""What a run does once, before its first job."""

import pytest
from workflow import checkout, said, snakemake

PROBE = """

rule probe:
    output:
        touch("probed.txt"),


onsuccess:
    limit = workflow.scheduler.job_rate_limiter
    print("limit:", limit and f"{limit.max_jobs} in {limit.timespan:g} s")
"""


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    """From a hook's change and options to the limit of jobs that a run has at its end."""

    def run(*options, snakefile=lambda text: text):
        folder = checkout(tmp_path_factory.mktemp("probed"))
        path = folder / "Snakefile"
        path.write_text(snakefile(path.read_text()) + PROBE)
        lines = said(snakemake(folder, "probed.txt", *options)).splitlines()
        return next(line for line in lines if line.startswith("limit: "))

    return run


def test_a_local_run_has_no_limit_of_jobs_per_second(probed):
    assert probed() == "limit: None"


def test_a_limit_that_a_user_sets_stays(probed):
    assert probed("--max-jobs-per-timespan", "7/2s") == "limit: 7 in 2 s"


def test_snakemake_itself_has_the_limit_that_is_taken_away(probed):
    def without(text):
        return text.replace('include: "rules/common/start.smk"\n', "")

    assert probed(snakefile=without) == "limit: 100 in 1 s"
