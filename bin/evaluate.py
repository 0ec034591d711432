#!/usr/bin/env python3
"""Evaluate predictions of a data set: accuracy, F1, MCC, AUROC, AUPRC and Brier score by fold, with intervals."""

from pathlib import Path

import click

from lncprom import cli


@cli.command(help=__doc__)
@click.option("--predictions", type=cli.INPUT, multiple=True, required=True, help="Predictions (Parquet); repeat.")
@click.option("--dataset", type=cli.INPUT, required=True, help="Their data set (Parquet).")
@cli.name_option
@cli.confidence_option
@cli.seed_option
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Metrics, one row per model, seed, fold and metric (TSV).")
@click.option("--curves", type=cli.OUTPUT, required=True, help="ROC and PR curves of the test fold (TSV).")
@click.option("--seeds-out", type=cli.OUTPUT, help="Mean, SD and interval over the seeds of each model (TSV).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Record of the evaluation, with notes (JSON).")
def main(predictions: tuple[Path, ...], dataset: Path, name: str, out: Path, curves: Path, card: Path, **rest):
    from lncprom import files, provenance
    from lncprom.evaluation import evaluate
    from lncprom.tables import dataset as dataset_table
    from lncprom.tables import metrics as tables

    upstream, seeds_out = rest.pop("upstream"), rest.pop("seeds_out")
    given, rows, settings = evaluate.named(predictions), dataset_table.read(dataset), evaluate.Settings(**rest)
    done = evaluate.evaluate(given, rows, name, dataset.name, settings, cli.say)
    inputs = {"dataset": dataset} | {f"predictions {file}": path for file, path in given.items()}
    record = {"step": "evaluate", "dataset": name, "task": rows["task"][0]}
    record |= provenance.of(done, "evaluate", inputs, settings._asdict(), upstream)
    written = {out: (tables.METRICS, done.metrics), curves: (tables.CURVES, done.curves)}
    if seeds_out:
        written[seeds_out] = (tables.SEEDS, done.seeds)
    with files.writing_all([*written, card]) as beside:
        for path, (table, found) in written.items():
            table.write(found, beside[path])
        provenance.write(record, beside[card])


if __name__ == "__main__":
    main()
