from endobench.columns import (
    COST,
    CURVES,
    DIFFERENCES,
    GATES,
    LADDER,
    LOCI,
    METRICS,
    RUNS,
    SUMMARY,
    SWEEP,
    TRACK_METRICS,
    WATERFALL,
)
from endobench.material import Material
from endobench.report_words import FIGURES, HEADS, SECTIONS
from workflow import ROOT

CONTRACTS = {
    "summary": SUMMARY,
    "gates": GATES,
    "waterfall": WATERFALL,
    "ladder": LADDER,
    "metrics": METRICS,
    "curves": CURVES,
    "sweep": SWEEP,
    "ranking": TRACK_METRICS,
    "differences": DIFFERENCES,
    "runs": RUNS,
    "scoring": COST,
    "rule": COST,
    "loci": LOCI,
}


def test_heads_are_of_columns_that_there_are():
    assert set(HEADS) == {*CONTRACTS, "inputs"}
    for name, schema in CONTRACTS.items():
        assert set(HEADS[name]) <= set(schema.names), name
        assert len(set(HEADS[name].values())) == len(HEADS[name]), name


def test_every_section_has_its_text_its_figures_words_and_its_tables():
    prose = (ROOT / "resources/report/prose.html.j2").read_text()
    for section in SECTIONS:
        assert f'key == "{section.key}"' in prose
        assert set(section.figures) <= set(FIGURES)
        for name, _, _ in section.tables:
            assert name in Material._fields
            assert name in HEADS
