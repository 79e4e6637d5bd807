"""Tables packed for a page that opens from disk: compressed columns as plain ASCII.

A browser unpacks them with `DecompressionStream`, see `resources/report/report.js`.
"""

import base64
import gzip
import json
import math

import numpy as np
import pandas as pd

# Significant digits of a number; the run's files have all digits.
DIGITS = 6


def pack(frame, digits=DIGITS):
    """Pack the columns of a data frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of texts, numbers or booleans.
    digits : int or None
        Significant digits of numbers; None for exact ones.

    Returns
    -------
    str
        Base64 of the gzipped JSON of ``{"n": rows, "columns": [...]}``. A column of
        numbers is ``{"name", "values"}`` with null for missing values. A column of
        texts is ``{"name", "texts", "codes"}`` with each text once and the code -1 for
        missing values. Equal frames give equal texts.
    """
    columns = []
    for name in frame:
        values = frame[name]
        if pd.api.types.is_bool_dtype(values):
            columns.append({"name": name, "values": values.astype(int).tolist()})
        elif pd.api.types.is_numeric_dtype(values):
            columns.append({"name": name, "values": _rounded(values, digits)})
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
    """Return the data frame that was packed, with rounded numbers."""
    content = json.loads(gzip.decompress(base64.b64decode(text)))
    columns = {}
    for column in content["columns"]:
        if "texts" in column:
            texts = np.array([*column["texts"], None], dtype=object)
            columns[column["name"]] = texts[column["codes"]]
        else:
            columns[column["name"]] = column["values"]
    return pd.DataFrame(columns, index=range(content["n"]))


def _rounded(values, digits):
    """Round numbers to significant digits, but not integers; missing is None."""
    if pd.api.types.is_integer_dtype(values):
        return [None if pd.isna(each) else int(each) for each in values]
    # Pairs share many values, and formatting each takes long. Adding 0 removes the sign
    # of a zero, since both zeros are one value here.
    values = values.astype(float).to_numpy() + 0.0
    unique, place = np.unique(values, return_inverse=True)
    rounded = [
        (each if digits is None else float(f"{each:.{digits}g}"))
        if math.isfinite(each)
        else None
        for each in unique.tolist()
    ]
    return np.array(rounded, dtype=object)[place].tolist()
