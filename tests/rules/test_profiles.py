"""What the profiles say fits the rules, and one another."""

import re

import yaml
from workflow import ROOT

RULES = "".join(path.read_text() for path in sorted((ROOT / "rules").rglob("*.smk")))
NAMES = set(re.findall(r"^rule (\w+):", RULES, re.MULTILINE))
assert len(NAMES) >= 52


def profile(name):
    return yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text())


def pairs(entries):
    return dict(re.split("[=:]", each, maxsplit=1) for each in entries)


def test_the_limits_of_a_run_stand_in_the_default_profile_which_wins():
    default, slurm = profile("default"), profile("slurm")
    assert set(default) & set(slurm) == {"rerun-incomplete"}
    limits = pairs(default["resources"])
    assert {"api_slots", "in_turn"} == set(limits)
    assert pairs(slurm["set-resource-scopes"]) == {"in_turn": "local"}


def test_members_of_every_group_run_in_turn():
    slurm = profile("slurm")
    groups = pairs(slurm["groups"])
    assert set(groups) <= NAMES
    assert set(groups.values()) == set(pairs(slurm["group-components"]))
    assert pairs(slurm["set-resources"]) == dict.fromkeys(groups, "in_turn=1")


def test_known_traps_of_the_executor_are_left_out():
    slurm = profile("slurm")
    assert slurm["retries"] >= 1
    # A job would repeat within itself what Snakemake repeats.
    assert not re.search(r"^    retries:", RULES, re.MULTILINE)
    assert not {"slurm-array-jobs", "verbose", "slurm-requeue"} & set(slurm)
    attempts, rate = (
        slurm[key] for key in ("slurm-status-attempts", "max-status-checks-per-second")
    )
    # So long may slurmctld or slurmdbd be away.
    assert attempts / rate >= 300


def test_what_asks_for_more_than_the_default_asks_more_at_each_attempt():
    asked = re.findall(r"^        (?:mem_mb|runtime)=(\w+)\(", RULES, re.MULTILINE)
    assert asked and set(asked) <= {"sized", "get_minutes_of_calls"}
    defaults = pairs(profile("slurm")["default-resources"])
    assert all(value.endswith("*attempt") for value in defaults.values())
