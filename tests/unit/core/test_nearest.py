from endobench.core.nearest import nearest


def test_case_does_not_make_words_different():
    assert nearest("PVAL_NOMINAL", ["maf", "pval_nominal"]) == ["pval_nominal"]
    assert nearest("id", ["ID", "GENE"]) == ["ID"]


def test_the_closest_words_come_first_and_strange_ones_not_at_all():
    known = ["effect", "effect_se", 7]
    assert nearest("efect", known, n=3) == ["effect", "effect_se"]
    assert nearest("chromosome", known) == []
