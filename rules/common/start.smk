# What a run does once, before its first job.

import subprocess
import threading

# A job takes Ctrl-C once its log is open (`core.logs.door`): while it imports, Python would
# print a traceback of each job.
HOLD_INTERRUPTS = "env --block-signal=INT"


def stop_looking_each_second():
    """Let a local run look for jobs to start when one has ended, and at no other time.

    To start at most 100 jobs per second, Snakemake looks again a second after each time
    that it has looked. Each job that ends begins one more such series: while the 150 jobs
    of the demonstration ran, it looked 16,600 times. Another limit stays in force.
    """
    # Snakemake has no option for this, and may rename what it keeps to itself.
    limit = getattr(workflow.scheduler, "job_rate_limiter", None)
    is_default = limit and (limit.max_jobs, limit.timespan) == (100, 1)
    if is_default and workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


def end_whenever_asked():
    """Let SIGTERM, which a cluster sends at a time limit, end a run at any moment.

    To note the signal, Snakemake takes a lock. While it finishes a job, the same thread
    already holds that lock, and would wait for itself. This one lets it in again.
    """
    # What Snakemake keeps to itself may be renamed.
    if hasattr(workflow.scheduler, "_lock"):
        workflow.scheduler._lock = threading.RLock()


def can_hold_interrupts():
    """Return whether `env` can block a signal, as since version 8.31 of coreutils."""
    tried = subprocess.run(f"{HOLD_INTERRUPTS} true", shell=True, capture_output=True)
    return tried.returncode == 0


def check_cores():
    """Exit if a run has no processor: Snakemake would wait for one forever."""
    if workflow.local_exec and workflow.resource_settings.cores == 0:
        sys.exit("ERROR: --cores 0 runs no job; to see what would run, use -n")


# The prefix is that of all rules, also of a workflow that uses this one as a module.
if len(workflow.modifier_stack) == 1 and can_hold_interrupts():
    shell.prefix(f"{HOLD_INTERRUPTS} ")


onstart:
    check_local_inputs(is_known=lambda name: False)
    check_cores()
    check_key_is_kept()
    stop_looking_each_second()
    end_whenever_asked()
