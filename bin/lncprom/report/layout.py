"""Templates shared by the report and the page of costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jinja2

from lncprom import __version__
from lncprom.report import titles


def environment(**filters: Callable) -> jinja2.Environment:
    """Jinja with the templates of both pages: text is escaped, and an undefined name is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shared = (titles.number, titles.percent, titles.signed, titles.hundred, titles.counted, titles.model)
    made.filters |= {form.__name__: form for form in shared} | filters
    made.globals |= {"words": titles, "version": __version__}
    return made
