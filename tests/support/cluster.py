"""Run a SLURM of one node on this machine while it is needed, and read its records.

The daemons are children of this process, in the foreground, so they end with it in any
case. There is no systemd, no control group and no database. The node may claim more
cores than the machine has, and a job that uses more memory than it requested is killed.
"""

import contextlib
import datetime
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
from typing import NamedTuple

# Where SLURM's own commands look for it, also within jobs.
CONF = pathlib.Path("/etc/slurm/slurm.conf")
PACKAGES = "slurmctld slurmd slurm-client munge"
_PROGRAMS = ["munged", "munge", "slurmctld", "slurmd", "sbatch", "srun", "squeue"]
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
_PATIENCE_S = 60
_SETTINGS = """\
ClusterName=endobench
SlurmctldHost={node}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={slurmd_port}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/slurmctld
SlurmdSpoolDir={folder}/slurmd
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
# Jobs that have ended stay on record until the cluster ends.
MinJobAge=86400
KillWait=5
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
NodeName={node} NodeAddr=127.0.0.1 CPUs={n_cpus} RealMemory={memory_mb} State=UNKNOWN
PartitionName=main Nodes={node} Default=YES MaxTime=INFINITE State=UP
"""


class Job(NamedTuple):
    """SLURM's record of a job; times are local, and `end` may lie in the future."""

    number: int
    name: str
    comment: str
    state: str
    start: datetime.datetime
    end: datetime.datetime
    n_cpus: int
    memory_mb: int
    minutes: int
    script: str

    @property
    def chromosomes(self):
        """The chromosomes that the job was submitted to predict."""
        targets = self.script.split("--allowed-rules")[0]
        return re.findall(r"predict:scoring=\w+,chrom=(\w+)", targets)


def why_not():
    """Return the reason why no cluster can be started here, or an empty text."""
    if os.geteuid() != 0:
        return "only root can start SLURM's daemons"
    missing = [name for name in _PROGRAMS if not shutil.which(name, path=_PATH)]
    if missing:
        return f"no {', '.join(missing)}; on Debian: apt-get install {PACKAGES}"
    if CONF.exists():
        return f"{CONF} belongs to another cluster"
    return ""


@contextlib.contextmanager
def running(folder, n_cpus=8, memory_mb=16_000):
    """Run a cluster with its state and logs in a folder; its jobs end with it."""
    folder = pathlib.Path(folder)
    node = socket.gethostname().split(".")[0]
    port, slurmd_port = _free_ports(2)
    conf = folder / "slurm.conf"
    settings = {"folder": folder, "node": node, "n_cpus": n_cpus}
    settings |= {"port": port, "slurmd_port": slurmd_port, "memory_mb": memory_mb}
    conf.write_text(_SETTINGS.format(**settings))
    # Without this line, slurmd searches for control groups and ends if it finds none.
    (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(1024))
    for name in ("slurmctld", "slurmd"):
        (folder / name).mkdir()
    with contextlib.ExitStack() as stack:
        _link(conf)
        stack.callback(CONF.unlink)
        socket_path = folder / "munge.socket"
        munged = ["munged", "--foreground", "--force", f"--key-file={key}"]
        munged += [f"--socket={socket_path}", f"--pid-file={folder}/munged.pid"]
        munged += [
            f"--seed-file={folder}/munged.seed",
            f"--log-file={folder}/munge.log",
        ]
        stack.enter_context(_daemon(munged, folder / "munged.log"))
        _wait_for(lambda: _output("munge", "-n", "-S", str(socket_path)), "munged")
        controller = ["slurmctld", "-D", "-f", str(conf)]
        stack.enter_context(_daemon(controller, folder / "slurmctld.log"))
        _wait_for(lambda: "UP" in _output("scontrol", "ping"), "slurmctld")
        stack.enter_context(
            _daemon(
                ["slurmd", "-D", "-f", str(conf), "-N", node], folder / "slurmd.log"
            )
        )
        _wait_for(lambda: "idle" in _output("sinfo", "-h", "-o", "%t"), "slurmd")
        stack.callback(_end_jobs)
        yield


def jobs(rule=None):
    """Return SLURM's records of all jobs, or those of a rule or group, in order."""
    found = []
    for line in _output("scontrol", "show", "job", "--oneliner").splitlines():
        if not (fields := dict(re.findall(r"(\w+)=(\S*)", line))):
            continue
        if rule is None or re.match(rf"rule_{rule}(_|$)", fields["Comment"]):
            found.append(_job_of(fields))
    return sorted(found)


def cancel(number):
    """Cancel a job, as its owner could."""
    _output("scancel", str(number))


def all_records():
    """Return all that SLURM reports about its jobs, with their scripts, as text."""
    scripts = "".join(job.script for job in jobs())
    return _output("scontrol", "show", "job", "--details") + scripts


def _job_of(fields):
    start, end = (
        datetime.datetime.fromisoformat(fields[key].replace("Unknown", "9999-12-31"))
        for key in ("StartTime", "EndTime")
    )
    days, hours, minutes, _ = re.fullmatch(
        r"(?:(\d+)-)?(\d+):(\d+):(\d+)", fields["TimeLimit"]
    ).groups("0")
    number, unit = re.fullmatch(r"([\d.]+)([MG])", fields["MinMemoryNode"]).groups()
    return Job(
        int(fields["JobId"]),
        fields["JobName"],
        fields["Comment"],
        fields["JobState"],
        start,
        end,
        int(fields["NumCPUs"]),
        round(float(number) * (1024 if unit == "G" else 1)),
        int(days) * 1440 + int(hours) * 60 + int(minutes),
        _output("scontrol", "write", "batch_script", fields["JobId"], "-"),
    )


def _output(*command):
    """Return what a command prints, or an empty text if it fails."""
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False
    )
    return result.stdout if result.returncode == 0 else ""


def _link(conf):
    CONF.parent.mkdir(exist_ok=True)
    # A test that was killed may have left a dangling link.
    if CONF.is_symlink() and not CONF.exists():
        CONF.unlink()
    CONF.symlink_to(conf)


@contextlib.contextmanager
def _daemon(command, log_path):
    """Run a daemon in the foreground; the kernel ends it with this process."""
    with open(log_path, "wb") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command],
            env={**os.environ, "PATH": _PATH},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_jobs():
    _output("scancel", "--user=root")
    _wait_for(
        lambda: not _output("squeue", "--noheader").strip(), "cancelling all jobs"
    )


def _wait_for(condition, what):
    limit = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > limit:
            raise TimeoutError(f"SLURM: {what} not ready within {_PATIENCE_S} s")
        time.sleep(0.2)


def _free_ports(number):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
