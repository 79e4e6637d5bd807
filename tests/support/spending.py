"""Jobs that share a call budget, each in its own process."""

import threading
import time

from endobench.predict.call_budget import CallBudget, LimitReached

N_JOBS, N_THREADS = 3, 4
LIMITS = (1, 7, 1_000, 2_345)


def spend_until_refused(folder, limit, n_calls=1, stop_after=None):
    """Take calls on several threads until refused; return how many were taken."""
    call_budget = CallBudget(folder, limit)
    taken = []

    def work():
        try:
            while stop_after is None or len(taken) < stop_after:
                call_budget.spend(n_calls)
                taken.append(n_calls)
        except LimitReached:
            pass

    threads = [threading.Thread(target=work) for _ in range(N_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(taken)


def run_job(folder, number):
    """Take calls from the budget of each limit, at the same time as the other jobs."""
    (folder / f"ready-{number}").touch()
    while len(list(folder.glob("ready-*"))) < N_JOBS:
        time.sleep(0.001)
    return [spend_until_refused(folder / f"{limit}", limit) for limit in LIMITS]
