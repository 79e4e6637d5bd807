# What a run shows on the terminal: its stages, and last the answers, an error or the cost.
# Snakemake tells its jobs by events of its log; the profile hides its own lines of them.
import atexit
import logging
import time

from snakemake.logging import is_quiet_about, logger as snakemake_log
from snakemake_interface_logger_plugins.common import LogEvent

from endobench.config.foresight import shortcomings
from endobench.core.files import why_not_readable
from endobench.report.stages import Stages, is_taken

# How Snakemake tells that a user has ended the run: by Ctrl-C, or by SIGTERM.
INTERRUPTIONS = (
    "Terminating processes on user request",
    "Will exit after finishing currently running jobs",
)
UP_TO_DATE = "Nothing to be done"
# The rules whose jobs request scores of a model.
ASKING = {"predict", "compare_routes", "compare_windows"}
# What Snakemake says when a job has failed. A line with the reason comes last.
AFTERMATH = (
    "RuleException:\nCalledProcessError in file ",
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not complete successfully",
)


class Terminal(logging.Handler):
    """Follows the jobs of a run."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.begun, self.folder = time.monotonic(), Path.cwd()
        self.n_jobs, self.rules, self.failed = collections.Counter(), {}, {}
        self.planned = set()
        self.n_done, self.has_succeeded, self.is_interrupted = 0, False, False
        self.fetched, self.stages, self.is_up_to_date = [], None, False
        self.n_unrecorded = 0

    @property
    def has_begun(self):
        """Whether a job was about to run, so that the same command may go on from it."""
        return self.stages and (self.rules or self.is_interrupted)

    def emit(self, record):
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            self._plan(record.stats)
        elif event == LogEvent.JOB_INFO:
            self.rules[record.jobid] = record.rule_name
            if record.rule_name == "fetch":
                self.fetched.append(record.wildcards["source"])
            if self.stages:
                self.stages.begin(stage_of(record.rule_name))
        elif event == LogEvent.JOB_FINISHED and self.stages:
            self.n_done += 1
            self.stages.finish(stage_of(self.rules.get(record.job_id)))
        elif event == LogEvent.JOB_ERROR:
            self.failed[record.jobid] = record.rule_name, record.log
        elif record.getMessage().startswith(UP_TO_DATE):
            self.is_up_to_date = True
            self.n_unrecorded = count_unrecorded()
        elif record.getMessage().startswith(INTERRUPTIONS):
            self.is_interrupted = True

    def _plan(self, stats):
        """Count the jobs of each stage, in the order of the Snakefile."""
        paths = [Path(str(path)) for path in workflow.included]
        order = [path.stem for path in paths if path.parent.name == "rules"]
        self.planned = {*stats}
        self.n_unrecorded = count_unrecorded()
        self.n_jobs = collections.Counter(dict.fromkeys(order, 0))
        for rule, n in stats.items():
            if stage := stage_of(rule):
                self.n_jobs[stage] += n
        if not (workflow.dryrun or self.stages or has_logger_plugin()):
            self.stages = Stages(self.n_jobs, sys.stderr, is_taken=is_taken)


def is_shown(record):
    """Return whether Snakemake shows a line of its log.

    A quiet run shows errors that are not of jobs, and the rest until the first job begins.
    """
    is_told_by_stages = TERMINAL.stages or (
        getattr(record, "event", None) == LogEvent.RUN_INFO and not workflow.dryrun
    )
    is_error = record.levelno > logging.INFO
    is_aftermath = record.getMessage().startswith(AFTERMATH)
    is_quiet = is_quiet_about(workflow.output_settings.quiet or (), "rules")
    if not is_quiet:
        return True
    return not is_aftermath if is_error else not is_told_by_stages


def count_unrecorded():
    """Return how many jobs are left out though nothing tells how their files were made."""
    # A dry run of Snakemake tells of them, and a run does not.
    return sum(
        bool(workflow.dag.reason(job).no_metadata) and not workflow.dag.needrun(job)
        for job in workflow.dag.jobs
    )


def stage_of(rule):
    """Return the stage of a rule, the name of its file; None for the target of all."""
    known = {each.name: each for each in workflow.rules}
    stage = Path(str(known[rule].snakefile)).stem if rule in known else None
    return None if stage == "Snakefile" else stage


def has_logger_plugin():
    """Return whether a logger plugin shows the progress instead."""
    return bool(workflow.output_settings.log_handler_settings)


def count_calls():
    """Return how many calls the jobs of a run make at most, beside those of loci.

    Returns
    -------
    int or None
        None if they are not counted, or counted for another config than this run's.
    """
    if not ASKING & TERMINAL.planned:
        return 0
    if "plan_requests" in TERMINAL.planned:
        return None
    folder = TERMINAL.folder / "results/budget"
    paths = [folder / f"{scoring}.tsv" for scoring in sorted(SCORINGS)]
    if not all(path.exists() for path in paths):
        return None
    from endobench.report.ending import n_planned

    return n_planned(paths)


def say_forecast(ending):
    """Return what a dry run would do and cost."""
    services = {each["service"] for each in CONFIGS.values()}
    targets = [f"results/budget/{each}.tsv" for each in sorted(SCORINGS)]
    command = ending.command(
        targets,
        workflow.main_snakefile,
        TERMINAL.folder,
        workflow.overwrite_configfiles,
        workflow.config_settings.config,
    )
    key_file = os.environ.get("ALPHAGENOME_API_KEY_FILE")
    has_key = os.environ.get("ALPHAGENOME_API_KEY") or (
        key_file and not why_not_readable(key_file)
    )
    return ending.forecast(
        TERMINAL.n_jobs,
        [size_of(name) for name in TERMINAL.fetched if is_remote(name)],
        bool(has_key) if "alphagenome" in services else None,
        count_calls(),
        command if SCORINGS else None,
        "predict_loci" in TERMINAL.planned,
    )


def is_remote(name):
    """Return whether an input is downloaded."""
    return name in SHEET and not find_local(name, SHEET, config)


def size_of(name):
    """Return the size of a download in bytes, or None if the sheet does not give it."""
    size = SHEET[name].get("bytes")
    return int(size) if size else None


def seen_from_here(path):
    """Return a path of the run's folder as the user sees it.

    With `--directory`, this is not the folder in which the user is.
    """
    return os.path.relpath(TERMINAL.folder / path)


def say_failures(ending):
    """Return a line for each job that failed by itself."""
    jobs = [
        (rule, list(map(seen_from_here, logs)))
        for rule, logs in TERMINAL.failed.values()
    ]
    return ending.failures(jobs, TERMINAL.is_interrupted)


def say_last():
    """Write the last lines of a run, below those of Snakemake."""
    if TERMINAL.stages:
        TERMINAL.stages.close()
    from endobench.report import ending

    lines = []
    if workflow.dryrun:
        lines = say_forecast(ending) if TERMINAL.n_jobs else []
    elif TERMINAL.failed and not TERMINAL.is_interrupted:
        lines = say_failures(ending)
    elif TERMINAL.has_succeeded and TERMINAL.n_jobs["report"]:
        seconds = time.monotonic() - TERMINAL.begun
        has_asked = bool(ASKING & TERMINAL.planned)
        results = seen_from_here("results")
        lines = ending.answers(results, list(DATASETS), seconds, has_asked)
    elif TERMINAL.has_begun and not TERMINAL.has_succeeded:
        lines = [
            *say_failures(ending),
            f"Stopped after {TERMINAL.n_done} of {sum(TERMINAL.n_jobs.values())} jobs;"
            " the same command goes on from there",
        ]
    elif TERMINAL.is_up_to_date:
        lines = ending.where(seen_from_here("results"))
    if TERMINAL.n_unrecorded and not workflow.dryrun:
        lines = [ending.unrecorded(TERMINAL.n_unrecorded), *lines]
    # Nobody may read it any more.
    with contextlib.suppress(OSError, ValueError):
        print(*lines, sep="\n", end="\n" if lines else "", file=sys.stderr, flush=True)


# Jobs that run in processes of their own say nothing, nor does the module of another workflow.
TERMINAL = None
if workflow.is_main_process and len(workflow.modifier_stack) == 1:
    TERMINAL = Terminal()
    for each in shortcomings(config):
        print(f"WARNING: {CONFIG_NAME}: {each}", file=sys.stderr)
    for handler in snakemake_log.handlers:
        if not isinstance(handler, logging.FileHandler):
            handler.addFilter(is_shown)
    snakemake_log.addHandler(TERMINAL)
    atexit.register(say_last)
