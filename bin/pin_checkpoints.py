#!/usr/bin/env python3
"""Pin a models sheet: replace each branch of a hub by its present commit, so that later runs get the same weights.

Commits and rows without a revision stay. Needs a network, downloads nothing.
"""

from pathlib import Path

import click

from lncprom import cli


@cli.command(show_default=False, help=__doc__)
@click.option("--models", type=cli.INPUT, required=True, help="Models sheet (CSV), such as assets/models.csv.")
@click.option("--endpoint", envvar="HF_ENDPOINT", help="Address of a hub or mirror.  [default: huggingface.co]")
@click.option("--out", type=cli.OUTPUT, required=True, help="The same sheet with commits, for --models of a run.")
def main(models: Path, endpoint: str | None, out: Path) -> None:
    from lncprom import files
    from lncprom.hub import pin

    files.write_text(pin.pinned(models, out.parent, endpoint, cli.say), out)


if __name__ == "__main__":
    main()
