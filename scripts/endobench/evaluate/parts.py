"""Metrics and differences of the parts of a benchmark, measured by several threads."""

from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from endobench.design.models import MODEL


class Results:
    """Metrics and differences of a benchmark, collected part by part."""

    def __init__(self, protocol):
        self.protocol = protocol
        self.differences = []
        self._frames, self._described = [], []

    def add(self, task, stratum, frame, pairs):
        """Add metrics of a stratum with these pairs."""
        self._frames.append(frame)
        self._described.append((task, stratum, pairs["variant_id"].nunique()))

    def extend(self, other):
        """Add all results of another object."""
        self._frames += other._frames
        self._described += other._described
        self.differences += other.differences

    def metrics(self):
        """Return the metrics of all parts, with ``task, stratum, n_variants``."""
        names = ["task", "stratum", "n_variants"]
        described = pd.DataFrame(self._described, columns=names)
        # Once for all parts: a column takes longer to add than its few rows to measure.
        described = described.loc[described.index.repeat([*map(len, self._frames)])]
        metrics = pd.concat(self._frames, ignore_index=True)
        return metrics.assign(**{name: described[name].to_numpy() for name in names})

    def add_differences(self, task, stratum, estimates, metrics):
        """Add the difference of the model from each baseline in some metrics."""
        names = {"comparison": "baseline", "task": task, "protocol": self.protocol}
        for found in _against_baselines(estimates, metrics):
            self.differences.append(found | names | {"stratum": stratum})


class Parts:
    """Parts of a benchmark that are measured by several threads, kept in order."""

    def __init__(self, protocol, n_threads):
        self._protocol, self._results, self._running = protocol, [], []
        self._threads = ThreadPoolExecutor(n_threads)

    def __enter__(self):
        """Return this object."""
        return self

    def __exit__(self, *_):
        """Wait for the running parts, and start no others."""
        self._threads.shutdown(cancel_futures=True)

    def place(self):
        """Return the `Results` that follow those before."""
        self._results.append(Results(self._protocol))
        return self._results[-1]

    def submit(self, add, *arguments, results=None):
        """Call a function with results to add to, the next ones unless given."""
        results = self.place() if results is None else results
        self._running.append(self._threads.submit(add, results, *arguments))

    def gathered(self):
        """Return the results of all parts, once they are complete."""
        for each in self._running:
            each.result()
        whole = Results(self._protocol)
        for each in self._results:
            whole.extend(each)
        return whole


def _against_baselines(estimates, metrics):
    """Yield the difference of the model from each baseline, on the baseline's pairs."""
    names = list(estimates.statistics)
    for name in names:
        if name == MODEL or name.endswith(f"/{MODEL}"):
            continue
        model = f"{name}/{MODEL}" if f"{name}/{MODEL}" in names else MODEL
        for metric in metrics:
            found = estimates.difference(name, model, metric)
            yield found | {"a": name, "b": MODEL, "n_shared": found["n_a"]}
