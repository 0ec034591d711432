#!/usr/bin/env python3
"""Turn the declared contrasts of a run into claims: one sentence and verdict each, p-values adjusted for all."""

from pathlib import Path

import click

from lncprom import cli


@cli.command(help=__doc__)
@click.option(
    "--comparisons", type=cli.INPUT, multiple=True, required=True, help="Table of compare_models (TSV); repeat."
)
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Claims, one row per declared contrast (TSV).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Record of the claims, with counts of verdicts (JSON).")
def main(comparisons: tuple[Path, ...], upstream: tuple[Path, ...], out: Path, card: Path) -> None:
    import polars as pl

    from lncprom import files, provenance
    from lncprom.evaluation import claims, predicted
    from lncprom.tables.metrics import CLAIMS, COMPARISONS

    given = predicted.named(comparisons)
    done = claims.claims(pl.concat([COMPARISONS.read(path, file) for file, path in given.items()]))
    inputs = {f"comparisons {file}": path for file, path in given.items()}
    record = {"step": "make_claims"} | provenance.of(done, "make_claims", inputs, {"level": claims.LEVEL}, upstream)
    with files.writing_all([out, card]) as beside:
        CLAIMS.write(done.table, beside[out])
        provenance.write(record, beside[card])
    cli.say(*done.table["sentence"])


if __name__ == "__main__":
    main()
