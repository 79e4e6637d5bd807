"""The gates on scores beside those of models before, and of another tissue."""

from endobench.design.gate_entries.gate import CORRELATION, SHARE, Gate

ENTRIES = (
    Gate(
        name="mismatched_copies",
        stage="scores",
        summary="share of scores that the tracks of another tissue have, too",
        description=(
            "Share of scores that have one ratio with those of 'mismatched_track_set',"
            " beyond what is expected by chance; all, if both are in one order. Different"
            " tracks share at most 0.013, of the stand-in's genes. Not checked without that"
            " set."
        ),
        diagnosis="tracks of one tissue stand for two",
        remedy="check the tracks of 'mismatched_track_set'",
        scale=SHARE,
        warn=0.05,
        fail=0.1,
        ends_run=False,
    ),
    Gate(
        name="model_copies",
        stage="scores",
        summary="share of scores that another model has, too",
        description=(
            "Largest share of scores that have one ratio with those of a model before this"
            " one, beyond what is expected by chance; all, if both are in one order."
            " Different models, tracks or windows share at most 0.003. Not checked for the"
            " first model."
        ),
        diagnosis="scores of one model stand for two",
        remedy=(
            "check the table, the address and 'model_version' of both models, and name each"
            " model once"
        ),
        scale=SHARE,
        warn=0.02,
        fail=0.1,
        ends_run=False,
    ),
    Gate(
        name="model_gaps",
        stage="scores",
        summary="how much better another model agrees where this one has scores",
        description=(
            "Spearman's correlation of a model before this one among pairs that this one"
            " has, minus that among pairs that it lacks: the lower end of the 95 %"
            " confidence interval. High if pairs were left out because their scores"
            " disagree with the effects. Not checked for the first model, or without signs."
        ),
        diagnosis="a model lacks pairs on which scores disagree with the effects",
        remedy="score all variants, or say which ones the model cannot score",
        scale=CORRELATION,
        warn=0.2,
        fail=0.5,
        ends_run=False,
    ),
)
