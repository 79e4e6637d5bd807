from endobench.report.cell_words import WORDS


def test_names_of_tables_have_words():
    assert WORDS["stratum"]("lead_per_feature") == "best scored variant per feature"
    assert WORDS["metric"]("sign_agreement") == "Sign agreement"
    assert WORDS["gate"]("effect_signs") == "effect signs"
