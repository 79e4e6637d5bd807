"""Metrics and differences of the parts of a benchmark, measured by several threads."""

from concurrent.futures import ThreadPoolExecutor

from endobench.design.models import MODEL


class Results:
    """Metrics and differences of a benchmark, collected part by part."""

    def __init__(self, protocol):
        self.protocol = protocol
        self.parts, self.differences = [], []

    def add(self, task, stratum, frame, pairs):
        """Add metrics of a stratum with these pairs."""
        counts = {"n_variants": pairs["variant_id"].nunique()}
        self.parts.append(frame.assign(task=task, stratum=stratum, **counts))

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
            whole.parts += each.parts
            whole.differences += each.differences
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
