#!/usr/bin/env python3
"""Check the published checkpoints of models sheets: download each, load it, compare it with its known answer.

Needs a network. Prints a line for each checkpoint, and ends with exit code 1 if one of them fails.
"""

import csv
import sys
from pathlib import Path

import click

from lncprom import cli


@cli.command(show_default=False, help=__doc__)
@click.option("--models", type=cli.INPUT, multiple=True, required=True, help="Models sheet (CSV); repeat.")
@click.option("--cache", type=cli.STATE_FOLDER, required=True, help="Folder that keeps downloads for all runs.")
@click.option("--endpoint", envvar="HF_ENDPOINT", help="Address of a hub or mirror.  [default: huggingface.co]")
def main(models: tuple[Path, ...], cache: Path, endpoint: str | None) -> None:
    rows = {}
    for sheet in models:
        with open(sheet, newline="", encoding="utf-8") as handle:
            rows |= {(row["checkpoint"], row["revision"]): row for row in csv.DictReader(handle) if row.get("revision")}
    failed = 0
    for row in rows.values():
        try:
            found = _checked(row, cache, endpoint)
        except click.ClickException as fault:
            found, failed = f"FAILED: {fault.message}", failed + 1
        click.echo(f"{row['checkpoint']}: {found}")
    click.echo(f"{len(rows)} checkpoints, {failed} failed")
    sys.exit(1 if failed else 0)


def _checked(row: dict[str, str], cache: Path, endpoint: str | None) -> str:
    """Download, load and check one checkpoint; what was found in words."""
    from lncprom.hub import download
    from lncprom.hub.cache import Request
    from lncprom.inference import known_answers
    from lncprom.models import base
    from lncprom.training.options import family_options

    request = Request(row["checkpoint"], row["revision"], row["family"], cache, endpoint)
    snapshot = download.bring(request, cli.say)
    options = family_options(tuple(part for part in (row.get("options") or "").split(";") if part))
    model = base.load(request.family, snapshot.folder, seed=0, options=options)
    weights = sum(weight.numel() for weight in model.module.parameters())
    del model  # the check loads it again
    known = known_answers.of(snapshot.checkpoint, snapshot.commit)
    checked = known_answers.check(known, request.family, snapshot.folder) if known else known_answers.NONE
    return f"loads, {weights / 1e6:,.1f} million weights; {checked}"


if __name__ == "__main__":
    main()
