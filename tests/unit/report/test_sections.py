from endobench.report.headings import HEADINGS
from endobench.report.inputs import Inputs
from endobench.report.sections import FIGURES, SECTIONS
from workflow import ROOT


def test_every_section_has_its_text_alt_texts_and_headings():
    prose = (ROOT / "resources/report/prose.html.j2").read_text()
    for section in SECTIONS:
        assert f'key == "{section.key}"' in prose
        assert set(section.figures) <= set(FIGURES)
        for name, _, _ in section.tables:
            assert name in Inputs._fields
            assert name in HEADINGS
