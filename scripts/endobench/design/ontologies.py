"""Terms of ontologies, by which tracks and tissues are named."""

# Those of the model's tracks; a server may have others.
PREFIXES = ("EFO", "CL", "CLO", "UBERON", "NTR", "gtex")


def why_no_term(terms):
    """Return why the first of some terms that is not one will match no track, or "".

    Parameters
    ----------
    terms : iterable of str
        CURIEs such as EFO:0002067. Those of other ontologies pass.
    """
    spelt = {prefix.casefold(): prefix for prefix in PREFIXES}
    for term in terms:
        prefix, _, rest = term.partition(":")
        known = spelt.get(prefix.casefold(), prefix)
        if prefix != known:
            return f"{term!r} will match no track; did you mean '{known}:{rest}'?"
    return ""
