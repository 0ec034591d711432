#!/usr/bin/env python3
"""Make a data set of sequences and labels: CSV, TSV, or one FASTA of positives and one of negatives."""

from pathlib import Path

import click

from lncprom import cli, provenance

_LAYOUT = "CSV or TSV (sequence,label), or FASTA of positives, then of negatives (repeat the option)."


@cli.command(help=__doc__)
@cli.name_option
@click.option("--train", type=cli.INPUT, multiple=True, help=_LAYOUT)
@click.option("--dev", type=cli.INPUT, multiple=True, help="Likewise. Default: a tenth of train.")
@click.option("--test", type=cli.INPUT, multiple=True, help="Likewise. Without --train: a set only to test on.")
@click.option("--tss-index", type=click.IntRange(0), help="0-based index of the TSS in every sequence.")
@click.option(
    "--window", "windows", type=int, multiple=True, help="Length of models to test, one of which it must hold."
)
@cli.seed_option
@click.option("--out", type=cli.OUTPUT, required=True, help="The data set (Parquet).")
@click.option("--composition", "composition_path", type=cli.OUTPUT, required=True, help="Bases by position (TSV).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts and notes (JSON).")
def main(name: str, train, dev, test, tss_index, windows, seed: int, out: Path, composition_path, card: Path) -> None:
    from lncprom.datasets import assemble, composition, readers, sequences, summary, transfer
    from lncprom.tables import dataset

    folds, notes, inputs = readers.read({"train": train, "dev": dev, "test": test})
    made = assemble.assemble(folds, name, tss_index, seed)
    parameters = {"tss_index": tss_index, "split_off": assemble.SPLIT_OFF, "seed": seed}
    transfer.refuse_without_window(made.rows, windows, name)
    record = summary.card("import_dataset", name, made.rows, inputs, parameters, {}, [*notes, *made.notes])
    record["counts"] |= made.counts
    dataset.write(made.rows, out)
    codes = sequences.to_codes(made.rows["sequence"])
    dataset.COMPOSITION.write(composition.by_position(codes, made.rows, name), composition_path)
    provenance.write(record, card)
    cli.say(f"{made.rows.height:,} samples", *(f"note: {note}" for note in record["notes"]))


if __name__ == "__main__":
    main()
