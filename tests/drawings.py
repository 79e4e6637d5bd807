"""Frames to draw, and what a figure says."""

import numpy as np
import pandas as pd
from endobench.columns import METRICS, PAIRS, WATERFALL
from endobench.scatter import scatter
from endobench.waterfall import waterfall

REAL, STANDIN = "alphagenome/default/ab12", "standin/default/cd34"


def pairs_of(n, model=REAL, tail=30):
    random = np.random.default_rng(n)
    effect = random.standard_t(tail, n)
    frame = pd.DataFrame(
        {
            "variant_id": [f"chr1_{1 + i // 2}_A_G" for i in range(n)],
            "effect": effect,
            "raw": 0.1 * effect + random.standard_t(tail, n),
            "unit": "slope",
            "model": model,
            "track_set": "K562",
            "scorer": "DNASE-501-DIFF_LOG2_SUM",
            "window_bp": 16384,
        }
    )
    return frame.reindex(columns=PAIRS.names)


def metrics_of(n, model=REAL, stratum="all_pairs"):
    rows = [
        ("spearman", -0.1234, -0.2234, -0.0217, 0.012),
        ("pearson", 0.25, 0.15, 0.35, 3e-7),
        ("sign_agreement", 0.735, 0.642, 0.813, 0.0),
    ]
    names = ["metric", "value", "ci_low", "ci_high", "p"]
    frame = pd.DataFrame(rows, columns=names).assign(
        n=n, n_variants=n // 2, stratum=stratum, model=model
    )
    return frame.reindex(columns=METRICS.names)


def waterfall_of(n_reasons, model=REAL, name="reason_{}"):
    dropped = [10**i for i in np.arange(n_reasons) % 6]
    rows = [("input", "all rows", sum(dropped) + 7, 9)]
    rows += [(f"stage{i // 3}", name.format(i), n, 1) for i, n in enumerate(dropped)]
    rows += [("kept", "scored pairs", 7, 3)]
    frame = pd.DataFrame(rows, columns=["stage", "reason", "n_pairs", "n_variants"])
    return frame.assign(model=model).reindex(columns=WATERFALL.names)


def words(figure):
    figure.draw_without_rendering()
    texts = figure.findobj(lambda each: hasattr(each, "get_text"))
    return "\n".join(text.get_text() for text in texts if text.get_text())


def draw_scatter(path, model=REAL, **options):
    scatter(pairs_of(80, model), metrics_of(80, model), path, **options)


def draw_waterfall(path, model=REAL, **options):
    waterfall(waterfall_of(4, model), path, **options)
