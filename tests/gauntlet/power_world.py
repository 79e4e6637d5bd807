"""The inputs of the gates, in memory, and the families of gates that are tried on them."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from endobench.benchmark.controls import measurements_of, with_measurements
from endobench.benchmark.scores import TrackSet
from endobench.benchmark.strata import is_lead
from endobench.core import columns
from endobench.core.tables import read_frame
from endobench.gates import (
    alleles,
    blocks,
    control,
    leaks,
    parts,
    peaks,
    signs,
)
from endobench.gates import scores as of_scores
from endobench.gates.effect_tables import consistency, contents, selection
from endobench.gates.effect_tables.p_values import effect_p_agreement
from endobench.gates.linkage import linked_effects
from endobench.gates.runs import control_runs, run_agreement
from endobench.gates.scales import part_scales, score_scales
from endobench.genome.gtf import strands_of
from frames import parts_of
from gauntlet.pipeline import K562, SCORER


class Inputs(NamedTuple):
    """What the gates read of the demonstration; a defect replaces some of it.

    Attributes
    ----------
    effects, variants, pairs, control : pandas.DataFrame
        In the columns of `columns.EFFECTS`, `columns.VARIANTS`, `columns.PAIRS`, and
        `columns.CONTROL_PAIRS`.
    is_lead : numpy.ndarray of bool
        One pair per feature.
    replicates : pandas.DataFrame
        In the columns of `columns.REPLICATES`.
    again : pandas.DataFrame or None
        In the columns of `columns.ANSWERS`; None for a table of scores.
    motif_change : pandas.Series of float
    peaks, blocks : pandas.DataFrame
    world : pipeline.World
    """

    effects: pd.DataFrame
    variants: pd.DataFrame
    pairs: pd.DataFrame
    control: pd.DataFrame
    is_lead: np.ndarray
    replicates: pd.DataFrame
    again: object
    motif_change: pd.Series
    peaks: pd.DataFrame
    blocks: pd.DataFrame
    world: object

    @property
    def thresholds(self):
        """The thresholds of all gates."""
        return self.world.config["gates"]

    @classmethod
    def of_world(cls, world):
        """Read the inputs of a demonstration that has run."""
        folder = world.folder / "results/demo/corrected"
        tables = {
            name: read_frame(folder / f"{name}.parquet", schema)
            for name, schema in (
                ("effects", columns.EFFECTS),
                ("variants", columns.VARIANTS),
                ("pairs", columns.PAIRS),
                ("control", columns.PAIRS),
                ("replicates", columns.REPLICATES),
                ("annotations.16384bp", columns.ANNOTATIONS),
            )
        }
        annotations = tables.pop("annotations.16384bp")
        tables["control"] = with_measurements(
            tables["control"], measurements_of(tables["variants"], world.control)
        )
        return cls(
            **tables,
            is_lead=is_lead(tables["pairs"], 0.0),
            again=world.again,
            motif_change=annotations.set_index("variant_id")["motif_change"],
            peaks=world.lifted_peaks,
            blocks=world.ld_blocks,
            world=world,
        )


def of_table(inputs):
    """Measure the gates that compare the rows of a table of effects."""
    read = parts_of(inputs.effects, columns.EFFECTS)
    leads = contents.summarise_features(read)[2]
    sources = consistency.Sources("slope", True, inputs.world.starts)
    return consistency.measure(read, sources) | {
        "effect_p_agreement": effect_p_agreement(read, 0.0),
        "missing_leads": selection.missing_leads(leads),
    }


def of_linkage(inputs):
    """Measure the gate on the effects of linked variants."""
    return {"linked_effects": linked_effects(inputs.pairs)}


def of_signs(inputs):
    """Measure the gates on opposite signs."""
    return {
        "opposite_signs": signs.opposite_signs(inputs.pairs),
        "control_signs": signs.control_signs(inputs.control),
        "replicate_signs": signs.replicate_signs(inputs.replicates),
    }


def of_signs_alone(inputs):
    """As `of_signs`, without a replicate."""
    found = of_signs(inputs)
    return {name: found[name] for name in ("opposite_signs", "control_signs")}


def of_parts(inputs):
    """Measure the gates on parts and on runs of neighbouring pairs."""
    near = {"blocks": inputs.blocks}
    table = parts.parts_of_benchmark(
        inputs.pairs,
        inputs.control,
        inputs.motif_change,
        strands=strands_of(inputs.world.starts),
        **near,
    )
    return {
        "part_agreement": parts.part_agreement(table),
        "control_parts": parts.control_parts(table),
        "sequence_parts": parts.sequence_parts(table),
        "run_agreement": run_agreement(inputs.pairs, inputs.motif_change, **near),
        "control_runs": control_runs(inputs.control, **near),
    }


def of_scales(inputs):
    """Measure the gates on the scale of parts."""
    return {
        "part_scales": part_scales(inputs.pairs),
        "score_scales": score_scales(inputs.pairs),
    }


def of_answers(inputs):
    """Measure the gate on answers of the model to a second request."""
    tracks = inputs.world.tracks
    position = tracks.loc[tracks["ontology_curie"] == K562, "position"].tolist()
    tracks = TrackSet("K562", position)
    return {"score_recheck": alleles.score_recheck(inputs.pairs, inputs.again, tracks)}


def of_leaks(inputs):
    """Measure the gates on scores alone, and with effects, of a table."""
    pairs, world = inputs.pairs, inputs.world
    expected = of_scores.Expected("standin", [K562], SCORER)
    return of_scores.measure(pairs, world.tracks, expected, world.windows) | {
        "sequence_parts": parts.sequence_parts(
            parts.compare_parts(
                parts.with_motif_changes(pairs, inputs.motif_change),
                blocks=inputs.blocks,
                divisions=parts.OF_SEQUENCE,
            ).assign(against=parts.SEQUENCE)
        )
    }


def of_control(inputs):
    """Measure the gates on the independence of the positive control."""
    features = inputs.effects["feature_id"].astype(object).unique()
    return control.measure(inputs.control, features)


def of_peaks(inputs):
    """Measure the gates on peaks."""
    return peaks.measure(parts_of(inputs.variants, columns.VARIANTS), inputs.peaks)


def of_blocks(inputs):
    """Measure the gates on LD blocks."""
    return blocks.measure(inputs.pairs, inputs.blocks)


def of_ratio(inputs):
    """Measure the gate on scores that are a multiple of effects."""
    scored = inputs.pairs.dropna(subset="raw")
    return {"score_effect_ratio": leaks.score_effect_ratio(scored)}
