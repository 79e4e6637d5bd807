"""Tables packed for a page that opens from disk: columns, compressed, as plain ASCII.

A browser unpacks them with `DecompressionStream`; see `resources/report/report.js`.
"""

import base64
import gzip
import json
import math

import numpy as np
import pandas as pd

# They tell a point from its neighbour; the tables hold the rest.
_DIGITS = 6


def pack(frame):
    """Pack a frame's columns.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of texts, numbers and booleans; missing values are null.

    Returns
    -------
    str
        Base64 of the gzipped JSON of ``{"n": rows, "columns": [...]}``. A column of
        numbers is ``{"name", "values"}``, to six significant digits; one of texts
        ``{"name", "texts", "codes"}``, each text once, -1 for missing. The same frame
        gives the same text.
    """
    columns = []
    for name in frame:
        values = frame[name]
        if pd.api.types.is_bool_dtype(values):
            columns.append({"name": name, "values": values.astype(int).tolist()})
        elif pd.api.types.is_numeric_dtype(values):
            columns.append({"name": name, "values": _rounded(values)})
        else:
            codes, texts = pd.factorize(values.astype(object))
            texts = [str(text) for text in texts]
            columns.append({"name": name, "texts": texts, "codes": codes.tolist()})
    content = {"n": len(frame), "columns": columns}
    return as_text(json.dumps(content, allow_nan=False, separators=(",", ":")))


def as_text(text):
    """Compress a text; return it in Base64."""
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def unpack(text):
    """Return what `pack` was given, numbers rounded, as a frame."""
    content = json.loads(gzip.decompress(base64.b64decode(text)))
    columns = {}
    for column in content["columns"]:
        if "texts" in column:
            texts = np.array([*column["texts"], None], dtype=object)
            columns[column["name"]] = texts[column["codes"]]
        else:
            columns[column["name"]] = column["values"]
    return pd.DataFrame(columns, index=range(content["n"]))


def _rounded(values):
    """Return numbers to six significant digits, counts as they are, missing as None."""
    if pd.api.types.is_integer_dtype(values):
        return [None if pd.isna(each) else int(each) for each in values]
    return [
        float(f"{each:.{_DIGITS}g}") if math.isfinite(each) else None
        for each in values.astype(float)
    ]
