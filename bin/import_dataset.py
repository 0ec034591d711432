#!/usr/bin/env python3
"""Make a data set of sequences and labels: CSV, TSV, or one FASTA of positives and one of negatives."""

from pathlib import Path

import click

from lncprom import cli, provenance

_LAYOUT = "CSV or TSV (sequence,label), or FASTA of positives, then of negatives (repeat the option)."


@click.command(help=__doc__)
@click.option("--name", required=True, help="Name of the data set.")
@click.option("--train", type=cli.INPUT, multiple=True, required=True, help=_LAYOUT)
@click.option("--dev", type=cli.INPUT, multiple=True, help="Likewise. Default: a tenth of train.")
@click.option("--test", type=cli.INPUT, multiple=True, help="Likewise. Default: a tenth of train.")
@click.option("--tss-index", type=click.IntRange(0), help="0-based index of the TSS in every sequence.")
@cli.seed_option
@click.option("--out", type=cli.OUTPUT, required=True, help="The data set (Parquet).")
@click.option(
    "--composition", "composition_path", type=cli.OUTPUT, required=True, help="Base composition by position (TSV)."
)
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts and notes (JSON).")
@cli.version_option
def main(
    name: str,
    train: tuple[Path, ...],
    dev: tuple[Path, ...],
    test: tuple[Path, ...],
    tss_index: int | None,
    seed: int,
    out: Path,
    composition_path: Path,
    card: Path,
) -> None:
    from lncprom.datasets import assemble, composition, readers, sequences, summary
    from lncprom.tables import dataset
    from lncprom.tables.composition import COMPOSITION

    summary.check_name(name)
    folds, notes, inputs = readers.read({"train": train, "dev": dev, "test": test})
    made = assemble.assemble(folds, name, tss_index, seed)
    parameters = {"tss_index": tss_index, "split_off": assemble.SPLIT_OFF, "seed": seed}
    record = summary.card("import_dataset", name, made.rows, inputs, parameters, {}, [*notes, *made.notes])
    record["counts"] |= made.counts
    dataset.write(made.rows, out)
    COMPOSITION.write(
        composition.by_position(sequences.to_codes(made.rows["sequence"]), made.rows, name), composition_path
    )
    provenance.write(record, card)
    click.echo(f"{made.rows.height:,} samples", err=True)
    for note in record["notes"]:
        click.echo(f"note: {note}", err=True)


if __name__ == "__main__":
    main()
