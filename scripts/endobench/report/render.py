"""Pages that open from disk: one file each, without a word from the network."""

import importlib.util
import pathlib
import re

import jinja2
import vl_convert

from endobench.core.files import atomic_path
from endobench.design.models import STANDIN_MARK, is_standin
from endobench.report.packed import as_text


def render(template, folder, path, **content):
    """Write a page, whole or not at all.

    Parameters
    ----------
    template : str
        Name of a file in `folder`.
    folder : path-like
        Jinja2 templates, with the style and the script that a page takes in. Every text
        is escaped, whoever wrote it.
    path : path-like
    **content
        What the template shows; one that it lacks is an error.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["standin_mark"] = STANDIN_MARK
    environment.tests["standin"] = is_standin
    text = environment.get_template(template).render(**content)
    with atomic_path(path) as temporary:
        pathlib.Path(temporary).write_text(text, encoding="utf-8")


def libraries():
    """Return the libraries of a page, by name, compressed.

    Returns
    -------
    dict of str to str
        ``vega`` (Vega, Vega-Lite and vega-embed, as vl-convert brings them) and
        ``datatables`` (DataTables with jQuery, as itables brings them), both scripts
        that set a name of `window`, and ``style``, the latter's style sheet as it is.

    Raises
    ------
    ValueError
        If itables' script does not export what is expected.
    """
    # To import it takes longer than to read its files.
    package = importlib.util.find_spec("itables").submodule_search_locations[0]
    html = pathlib.Path(package) / "html"
    script = (html / "dt_bundle.js").read_text(encoding="utf-8")
    exported = re.search(r"export\{[^}]*?\b([\w$]+) as default\b[^}]*\}", script)
    if exported is None:
        raise ValueError(
            "itables: dt_bundle.js has no default export; DataTables is it"
        )
    script = script.replace(
        exported.group(0), f"window.DataTable={exported.group(1)}", 1
    )
    return {
        "vega": as_text(vl_convert.javascript_bundle()),
        "datatables": as_text(script),
        "style": (html / "dt_bundle.css").read_text(encoding="utf-8"),
    }
