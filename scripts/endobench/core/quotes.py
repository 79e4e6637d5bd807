"""Quotes around the fields of text tables, as R and Excel write them."""


def unquoted(field):
    """Return a field without quotes around it, and with those inside unescaped.

    R escapes them with a backslash, Excel and most others by doubling.
    """
    if len(field) < 2 or not field[0] == field[-1] == '"':
        return field
    return field[1:-1].replace('\\"', '"').replace('""', '"')
