"""Small inputs rebuilt from public reports, each run as its folder says."""

import os
import pathlib
import subprocess
import sys

import pytest
from workflow import ROOT, SHARED_DATA

CASES = SHARED_DATA.parent / "cases"
# What is said of a case that cannot be read. The others must run to their end.
REFUSED = {
    "bed_bgzf_cut": "peaks.bed.gz: truncated, since it lacks the block that ends",
    "bed_negative_start": "peaks.bed: line 121: start -50 is negative",
    "client_ids_scores": "column 'score' is missing; the closest is 'raw_score'",
    "data_dir_braces": "Snakemake takes the braces of a path for a wildcard",
    "fasta_trailing_blanks": "genome.fa: line 4 has 63 characters, blanks included",
}


def names_of_cases():
    return sorted(path.parent.name for path in CASES.glob("*/run.sh"))


@pytest.mark.parametrize("name", names_of_cases() or [None])
def test_a_case_is_read_or_refused_in_one_line(name, tmp_path):
    if name is None:
        pytest.skip("needs ../shared/cases, which is no part of the project")
    path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    result = subprocess.run(
        ["bash", CASES / name / "run.sh", ROOT],
        env=os.environ | {"PATH": path, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = result.stdout + result.stderr
    assert "unexpected" not in said
    if name in REFUSED:
        assert result.returncode != 0
        assert REFUSED[name] in said
    else:
        assert result.returncode == 0, said
