#!/usr/bin/env python3
"""Evaluate models on data sets that they were not trained on: metrics over seeds, trained on by tested on."""

from pathlib import Path

import click

from lncprom import cli
from lncprom.errors import InputError

SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@cli.command(help=__doc__)
@click.option("--predictions", type=cli.INPUT, multiple=True, required=True, help="From score_transfer; repeat.")
@click.option("--dataset", "datasets", type=cli.INPUT, multiple=True, required=True, help="NAME.parquet; repeat.")
@click.option("--pair", "pairs", multiple=True, required=True, help="TRAINED_ON:TESTED_ON, names of data sets; repeat.")
@cli.confidence_option
@cli.seed_option
@click.option("--prevalence", type=SHARE, help="Fraction of positives at which MCC and others are also given.")
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Metrics, one row per pair, model and metric (TSV).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Record of the evaluation, with notes (JSON).")
def main(predictions, datasets, pairs, upstream, out: Path, card: Path, **rest) -> None:
    from lncprom import files, provenance
    from lncprom.evaluation import evaluate, predicted, transfer_metrics
    from lncprom.tables.metrics import TRANSFER

    asked = [tuple(pair.split(":")) for pair in pairs]
    if odd := [pair for pair, parts in zip(pairs, asked, strict=True) if len(parts) != 2]:
        raise InputError(f"--pair {odd[0]}: not TRAINED_ON:TESTED_ON. Give two names of data sets.")
    named = {path.stem: path for path in datasets}
    done = transfer_metrics.measure(named, predictions, asked, evaluate.Settings(**rest), cli.say)
    inputs = {f"dataset {name}": path for name, path in sorted(named.items())}
    inputs |= {f"predictions {name}": path for name, path in predicted.named(predictions).items()}
    parameters = {"pairs": list(pairs)} | rest
    record = provenance.of(done, "evaluate_transfer", inputs, parameters, upstream)
    with files.writing_all([out, card]) as beside:
        TRANSFER.write(done.table, beside[out])
        provenance.write(record, beside[card])
    cli.say(*(f"note: {note}" for note in done.notes))


if __name__ == "__main__":
    main()
