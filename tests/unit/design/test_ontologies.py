import pytest
from endobench.design.ontologies import PREFIXES, why_no_term


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_in_other_letters_is_answered_with_its_own(prefix):
    assert why_no_term([f"{prefix}:0002067"]) == ""
    swapped = prefix.swapcase()
    expected = f"'{swapped}:1' will match no track; did you mean '{prefix}:1'?"
    assert why_no_term([f"{prefix}:1", f"{swapped}:1"]) == expected


def test_terms_of_other_ontologies_pass():
    assert why_no_term(["FBbt:00000001", "BTO:0000001"]) == ""
