"""Templates shared by the report and the page of costs."""

from __future__ import annotations

from pathlib import Path

import jinja2

_TEMPLATES = Path(__file__).parent / "templates"


def environment() -> jinja2.Environment:
    """Jinja with the templates of both pages: text is escaped, and an undefined name is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
