#!/usr/bin/env python3
"""Pin a models sheet: write it anew with the commit that each hub's `main` is now, so that later runs get the same.

A revision that is a commit already stays, and so do rows without one. It takes a network, and downloads nothing.
"""

from pathlib import Path

import click

from lncprom import cli


@click.command(help=__doc__)
@click.option("--models", type=cli.INPUT, required=True, help="Models sheet (CSV), such as assets/models.csv.")
@click.option("--endpoint", envvar="HF_ENDPOINT", help="Of a mirror or hub.  [default: HF_ENDPOINT or huggingface.co]")
@click.option("--out", type=cli.OUTPUT, required=True, help="The same sheet with commits, for --models of a run.")
@cli.version_option
def main(models: Path, endpoint: str | None, out: Path) -> None:
    from lncprom import files
    from lncprom.hub import pin

    files.write_text(pin.pinned(models, out.parent, endpoint, lambda line: click.echo(line, err=True)), out)


if __name__ == "__main__":
    main()
