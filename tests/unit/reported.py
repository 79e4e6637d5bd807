"""A small run's material, as a report takes it."""

import functools

import pandas as pd
from drawings import REAL, gates_of, ladder_of, ranking_of, sweep_of, waterfall_of
from endobench.columns import COST, CURVES, LOCI, PAIRS, RUNS
from endobench.material import Material
from endobench.metrics import measure
from endobench.reportable import verdicts_of
from endobench.summary import summarise
from endobench.tables import write_table
from frames import CHOICES, benchmark
from PIL import Image

KEY = ("demo", "corrected")


@functools.cache
def _measured(model):
    pairs, features = benchmark()
    pairs = pairs.assign(model=model)
    names = {"dataset": KEY[0], "protocol": KEY[1]}
    metrics, differences = measure(pairs, features, None, CHOICES, **names)
    return pairs, metrics, differences


def material_of(folder, model=REAL, **changes):
    """Return the material of one benchmark; its files are written into a folder."""
    pairs, metrics, differences = _measured(model)
    gates = gates_of(["corrected"])
    verdicts = verdicts_of(metrics, gates)
    names = {"dataset": KEY[0], "protocol": KEY[1]}
    waterfall = waterfall_of(3, model).assign(**names)
    whole = waterfall.assign(n_pairs=waterfall["n_pairs"])
    paths = folder / "pairs.parquet", folder / "dropped.tsv.gz"
    write_table(pairs, paths[0], PAIRS)
    dropped = pd.DataFrame({"stage": "peaks", "reason": ["a", "b", "a"], "value": "x"})
    dropped["source_line"] = [2, 3, 4]
    dropped.to_csv(paths[1], sep="\t", index=False)
    figure = folder / "demo/corrected/figures/scatter.png"
    figure.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (300, 200), "white").save(figure)
    manifest = {
        "config": {"seed": 1},
        "git_revision": "ab12+changes",
        "inputs": {"demo": {"location": "here", "sha256": "0" * 64}},
        "models": [model],
        "n_model_tracks": 8,
        "versions": {"python": "3.11"},
    }
    content = {
        "summary": summarise(metrics, whole, verdicts),
        "verdicts": verdicts,
        "metrics": metrics,
        "curves": pd.DataFrame(columns=CURVES.names),
        "waterfall": waterfall,
        "differences": differences,
        "gates": gates,
        "ladder": ladder_of(model=model),
        "sweep": sweep_of(model=model),
        "ranking": ranking_of(model=model),
        "runs": pd.DataFrame(columns=RUNS.names),
        "cost": pd.DataFrame([{"kind": "rule", "name": "merge", "n_jobs": 2}]).reindex(
            columns=COST.names
        ),
        "loci": pd.DataFrame(columns=LOCI.names),
        "pairs": {KEY: paths[0]},
        "dropped": {KEY: paths[1]},
        "figures": [figure],
        "manifest": manifest,
    }
    return Material(**content | changes)
