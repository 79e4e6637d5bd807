"""The profiles fit the rules and each other."""

import re

import yaml
from workflow import ROOT

RULES = "".join(path.read_text() for path in sorted((ROOT / "rules").rglob("*.smk")))
NAMES = set(re.findall(r"^rule (\w+):", RULES, re.MULTILINE))


def profile(name):
    return yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text())


def pairs(entries):
    return dict(re.split("[=:]", each, maxsplit=1) for each in entries)


def test_the_default_profile_which_takes_precedence_sets_the_limits_of_a_run():
    default, slurm = profile("default"), profile("slurm")
    assert set(default) & set(slurm) == {"rerun-incomplete"}
    limits = pairs(default["resources"])
    assert {"api_slots", "gpu", "in_turn"} == set(limits)
    # Nodes have GPUs of their own.
    assert pairs(slurm["set-resource-scopes"]) == {"in_turn": "local", "gpu": "local"}


def test_every_rule_that_loads_the_model_gets_a_gpu_of_its_own_on_slurm():
    slurm, gpu = profile("slurm"), profile("slurm_gpu")
    about_gpus = {"group-components", "set-resources"}
    assert slurm.keys() == gpu.keys()
    assert {name for name in slurm if slurm[name] != gpu[name]} == about_gpus
    # Two members of a group would share a GPU, and each would load the model.
    assert pairs(gpu["group-components"]) == {"chromosomes": "1"}
    loading = {
        block.split(":")[0]
        for block in re.split(r"^rule ", RULES, flags=re.MULTILINE)[1:]
        if re.search(r"^ +gpu=.*get_gpus\(", block, flags=re.MULTILINE)
    }
    # The open model has no Atlas to be compared with.
    expected = {f"{name}:gpu=1" for name in loading - {"compare_routes"}}
    assert set(gpu["set-resources"]) == {"predict:in_turn=1"} | expected


def test_members_of_every_group_run_in_turn(checked):
    slurm = profile("slurm")
    groups = pairs(slurm["groups"])
    assert set(checked("rules in groups", groups)) <= set(checked("rules", NAMES))
    assert set(groups.values()) == set(pairs(slurm["group-components"]))
    assert pairs(slurm["set-resources"]) == dict.fromkeys(groups, "in_turn=1")


def test_known_pitfalls_of_the_executor_are_avoided():
    slurm = profile("slurm")
    assert slurm["retries"] >= 1
    # With `retries:`, a job would repeat what Snakemake repeats already.
    assert not re.search(r"^    retries:", RULES, re.MULTILINE)
    assert not {"slurm-array-jobs", "verbose", "slurm-requeue"} & set(slurm)
    attempts, rate = (
        slurm[key] for key in ("slurm-status-attempts", "max-status-checks-per-second")
    )
    # In seconds, how long slurmctld or slurmdbd may be away.
    assert attempts / rate >= 300


def test_rules_request_more_memory_and_time_at_each_attempt():
    asked = re.findall(r"^        (?:mem_mb|runtime)=(\w+)\(", RULES, re.MULTILINE)
    known = {"sized", "get_minutes_of_calls", "get_memory_of_calls"}
    assert asked and set(asked) <= known
    defaults = pairs(profile("slurm")["default-resources"])
    assert all(value.endswith("*attempt") for value in defaults.values())
