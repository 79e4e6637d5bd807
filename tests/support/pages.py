"""Pages of the demonstration's results, with other pairs, models or texts."""

import pathlib

import numpy as np
import pandas as pd
from endobench.core.columns import BENCHMARK_DROPPED, PAIRS
from endobench.core.tables import read_frame, read_tsv
from endobench.evaluate.summary import SUMMARY
from endobench.report.content import report
from endobench.report.inputs import read_inputs
from endobench.report.render import libraries, render
from workflow import ROOT

# Pairs of the published study.
N_STUDY = 107_229
FIRST = "demo", "corrected"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=1+1",
    "$x_2$",
    "Gène ‮α & β",
    "</script><b>bold</b>",
    "{{ 7 * 7 }}",
]
# Columns whose texts may come from users' files or from a service.
_TEXTS = ("evidence", "why", "reason", "change", "biosample", "feature_id", "name")


def inputs_of(folder):
    """Read the inputs of a report from a run, given the folder of `results`."""
    results = folder / "results"
    summary = read_tsv(results / "summary.tsv", SUMMARY)
    keys = list(
        dict.fromkeys(zip(summary["dataset"], summary["protocol"], strict=True))
    )
    of_benchmarks = {"conclusions": "conclusion.tsv", "ranking": "tracks.tsv"}
    of_benchmarks |= {
        name: f"{name}.tsv" for name in ("metrics", "curves", "waterfall", "controls")
    }
    of_run = {"loci": "loci/loci.tsv"}
    of_whole = ("explanations", "summary", "sweep", "runs", "cost")
    of_run |= {name: f"{name}.tsv" for name in of_whole}
    tables = {
        name: [results / dataset / protocol / file for dataset, protocol in keys]
        for name, file in of_benchmarks.items()
    }
    tables |= {
        name: [results / dataset / f"{name}.tsv" for dataset, _ in dict.fromkeys(keys)]
        for name in ("differences", "gates", "ladder")
    }
    tables |= {name: [results / file] for name, file in of_run.items()}
    return read_inputs(
        {
            name: [path for path in dict.fromkeys(paths) if path.exists()]
            for name, paths in tables.items()
        },
        {key: results.joinpath(*key, "pairs.parquet") for key in keys},
        {key: results.joinpath(*key, "dropped.tsv.gz") for key in keys},
        sorted(results.glob("**/figures/*.png")),
        results / "manifest.json",
    )


def write_page(inputs, folder, path, gene_names=None):
    """Write the page of inputs whose figures are in the folder of a run."""
    content = report(
        inputs,
        folder / "results",
        classes={},
        gene_names=gene_names,
    )
    render(
        "report.html.j2",
        [ROOT / "resources/report", ROOT / "resources/captions"],
        path,
        inputs.manifest["config"],
        report=content,
        libraries=libraries(),
        is_standin=content.is_standin,
    )


def with_pairs(inputs, pairs, path):
    """Return the inputs with other pairs in the first benchmark."""
    pairs.to_parquet(path)
    return inputs._replace(pairs=inputs.pairs | {FIRST: path})


def pairs_of_study(folder, n=N_STUDY):
    """Return as many pairs as the study had, in the columns of `columns.PAIRS`.

    Their numbers are random, so that packing cannot merge them.
    """
    demo = read_frame(folder / "results" / pathlib.Path(*FIRST, "pairs.parquet"), PAIRS)
    random = np.random.default_rng(1)
    order = np.arange(n)
    variant = order % 70_000
    feature = (7 * variant + order // 70_000) % 9_000
    places = random.choice(240_000_000, 70_000, replace=False)
    effect = random.normal(0, 0.5, n)
    frame = pd.DataFrame(
        {
            "variant_id": [f"chr{1 + i % 22}_{places[i]}_A_G_b38" for i in variant],
            "feature_id": [f"ENSG{i:011}.{i % 9}" for i in feature],
            "effect": effect,
            "effect_se": 0.1,
            "p_value": 10.0 ** random.uniform(-80, -4, n),
            "maf": random.integers(1, 670, n) / 1340,
            "distance": random.integers(-1_000_000, 1_000_000, n).astype(float),
            "raw": 0.1 * effect + random.normal(0, 0.1, n),
            "quantile": random.uniform(-1, 1, n),
        }
    )
    frame["source_id"] = frame["variant_id"]
    constant = ["unit", "scorer", "reduction", "model", "track_set", "window_bp"]
    frame = frame.assign(**{name: demo[name].iloc[0] for name in constant})
    return frame.reindex(columns=PAIRS.names)


def hostile_pairs(folder):
    """Return the demonstration's pairs with hostile names for the smallest p values."""
    pairs = read_frame(
        folder / "results" / pathlib.Path(*FIRST, "pairs.parquet"), PAIRS
    )
    pairs = pairs.sort_values("p_value", ignore_index=True, kind="stable")
    for name in ("variant_id", "feature_id"):
        pairs[name] = pairs[name].astype(object)
        pairs.loc[: len(HOSTILE) - 1, name] = HOSTILE
    return pairs


def real_inputs(inputs):
    """Return the inputs with the name of the hosted model."""
    frames = {
        name: value.assign(model="alphagenome/default/ab12")
        for name, value in inputs._asdict().items()
        if isinstance(value, pd.DataFrame) and "model" in value
    }
    return inputs._replace(**frames)


def _places(frame):
    """Number the rows, anew for each verdict on a dataset: failures are shown first."""
    if not {"dataset", "verdict"} <= set(frame):
        return np.arange(len(frame))
    return frame.groupby(["dataset", "verdict"], observed=True).cumcount().to_numpy()


def hostile_inputs(inputs, folder):
    """Return the inputs with texts that a page must not take for markup.

    Parameters
    ----------
    inputs : inputs.Inputs
    folder : pathlib.Path
        Where their files are written.
    """

    def spoiled(frame):
        frame = frame.copy()
        for name in set(_TEXTS) & set(frame):
            taken = np.asarray(HOSTILE, dtype=object)[_places(frame) % len(HOSTILE)]
            frame[name] = frame[name].astype(object).mask(frame[name].notna(), taken)
        return frame

    frames = {
        name: spoiled(value)
        for name, value in inputs._asdict().items()
        if isinstance(value, pd.DataFrame)
    }
    dropped = folder / "dropped.tsv.gz"
    rows = dict.fromkeys(BENCHMARK_DROPPED.names, HOSTILE)
    frame = pd.DataFrame(rows).assign(source_line=range(len(HOSTILE)))
    frame.to_csv(dropped, sep="\t", index=False)
    return inputs._replace(**frames, dropped=inputs.dropped | {FIRST: dropped})
