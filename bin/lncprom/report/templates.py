"""What every page that lncprom writes is laid out with."""

from __future__ import annotations

from pathlib import Path

import jinja2

_HERE = Path(__file__).parent


def environment(*folders: Path) -> jinja2.Environment:
    """Templates of these folders, and behind them the report's, whose head and style all pages share.

    Text is escaped, and a name that is not given is a fault.
    """
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader((*folders, _HERE)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
