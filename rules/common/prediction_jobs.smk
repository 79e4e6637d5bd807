# Time, memory and devices to reserve for jobs that predict.


def get_api_slots(model=PRIMARY_MODEL):
    """Return the calls in flight of a prediction job, at most those of the run."""
    # The open model answers one call at a time.
    n_slots = 1 if CONFIGS[model]["service"] == "weights" else API_SLOTS
    return min(config["prediction"]["concurrency"], n_slots)


def get_minutes_of_calls():
    """Return the run time to reserve for a prediction job, in minutes.

    A MB of shards holds 50,000 variants; a factor of three covers two calls per variant
    and a slow service. Half an hour includes loading the open model.
    """

    def minutes(wildcards, input, attempt):
        chosen = get_config_of(wildcards.scoring)
        call_s = assumed_call_s(
            chosen["service"],
            chosen["weights_device"],
            window_of(wildcards.scoring),
            get_api_slots(model_in(wildcards.scoring)),
        )
        return sized(30, 50_000 * call_s * 3 / 60, "shards")(wildcards, input, attempt)

    return minutes


def get_memory_of_calls(per_mb=0, *names):
    """Return the memory to reserve for a job that predicts, in MB.

    On a CPU, the open model took 6,100 MB at 16,384 bp.
    """
    is_loaded = any(each["service"] == "weights" for each in CONFIGS.values())
    return sized(10_000 if is_loaded else 1200, per_mb, *names)


# `--resources` on the command line replaces the limits of the profile. Jobs that share a
# device must nevertheless run one at a time.
for name in ("gpu", "in_turn"):
    workflow.global_resources.setdefault(name, 1)


def get_gpus(model=PRIMARY_MODEL):
    """Return the GPUs of a job that loads the open model."""
    chosen = CONFIGS[model]
    return int(chosen["service"] == "weights" and chosen["weights_device"] == "gpu")


def get_turns(model=PRIMARY_MODEL):
    """Return 1 if jobs that predict must not share this machine: on its processors."""
    chosen = CONFIGS[model]
    return int(chosen["service"] == "weights" and chosen["weights_device"] != "gpu")
