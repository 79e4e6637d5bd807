import pandas as pd
from endobench.report.headings import HEADINGS
from endobench.report.inputs import Inputs
from endobench.report.sections import FIGURES, SECTIONS
from workflow import ROOT


def test_every_section_has_its_text_alt_texts_and_headings():
    prose = (ROOT / "resources/report/prose.html.j2").read_text()
    for section in SECTIONS:
        assert f'key == "{section.key}"' in prose
        assert set(section.figures) <= set(FIGURES)
        for table in section.tables:
            assert table.name in Inputs._fields
            assert table.name in HEADINGS


def test_gates_that_did_not_pass_come_first_and_no_gate_is_lost():
    [gates] = [each for each in SECTIONS if each.key == "gates"]
    verdicts = ["pass", "not_checked", "warn", "fail", "fail", "pass"]
    frame = pd.DataFrame({"verdict": verdicts, "gate": [f"gate_{i}" for i in range(6)]})
    frame["protocol"] = ["corrected"] * 3 + ["published", "corrected", "corrected"]
    first, folded = (each.choose(frame, "corrected") for each in gates.tables)
    assert first["gate"].tolist() == ["gate_4", "gate_3", "gate_2", "gate_1"]
    assert folded["gate"].tolist() == ["gate_0", "gate_5"]
