"""Pages that open from disk: one self-contained file each, without network access."""

import importlib.util
import itertools
import pathlib
import re
import types

import jinja2
import vl_convert

from endobench.core.files import atomic_path
from endobench.design.models import STANDIN_MARK, is_standin
from endobench.figures import palette
from endobench.figures.captions import with_minus_signs
from endobench.report.packed import as_text


def render(template, folders, path, config, **content):
    """Write a page atomically.

    Parameters
    ----------
    template : str
        Name of a file in one of `folders`.
    folders : list of path-like
        Jinja2 templates, with the style sheet and the script that they include, and the
        captions of figures. All texts are escaped.
    path : path-like
    config : dict
        Of the run; captions read it as ``snakemake.config``.
    **content
        Variables of the template.

    Raises
    ------
    jinja2.UndefinedError
        If the template uses a variable that is not given.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "standin_mark": STANDIN_MARK,
        "palette": palette.PAGE,
        "palette_dark": palette.PAGE_DARK,
        # Numbers figures in the order in which they are rendered.
        "figure_number": itertools.count(1).__next__,
        "snakemake": types.SimpleNamespace(config=config),
    }
    environment.tests["standin"] = is_standin
    environment.filters["minus"] = with_minus_signs
    environment.filters["together"] = _together
    text = environment.get_template(template).render(**content)
    with atomic_path(path) as temporary:
        pathlib.Path(temporary).write_text(text, encoding="utf-8")


def _together(text):
    """Keep the parts of a small p value on one line."""
    return text.replace(" × 10", "\u00a0×\u00a010").replace("p = ", "p\u00a0=\u00a0")


def libraries():
    """Return the JavaScript libraries of a page and their style sheet.

    Returns
    -------
    dict of str to str
        ``vega`` (Vega, Vega-Lite and vega-embed from vl-convert) and ``datatables``
        (DataTables and jQuery from itables) are compressed scripts, each of which sets
        an attribute of `window`; ``style`` is the style sheet of DataTables.

    Raises
    ------
    ValueError
        If the script of itables has no default export.
    """
    # Importing itables takes longer than reading its files.
    package = importlib.util.find_spec("itables").submodule_search_locations[0]
    html = pathlib.Path(package) / "html"
    script = (html / "dt_bundle.js").read_text(encoding="utf-8")
    exported = re.search(r"export\{[^}]*?\b([\w$]+) as default\b[^}]*\}", script)
    if exported is None:
        raise ValueError(
            "itables: dt_bundle.js has no default export, expected DataTables"
        )
    script = script.replace(
        exported.group(0), f"window.DataTable={exported.group(1)}", 1
    )
    return {
        "vega": as_text(vl_convert.javascript_bundle()),
        "datatables": as_text(script),
        "style": (html / "dt_bundle.css").read_text(encoding="utf-8"),
    }
