#!/usr/bin/env python3
"""Measure predictions of a data set: accuracy, F1, MCC, AUROC, AUPRC, Brier by fold, with bootstrap intervals."""

from pathlib import Path

import click

from lncprom import cli

CONFIDENCE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command(help=__doc__)
@click.option("--predictions", type=cli.INPUT, multiple=True, required=True, help="Predictions (Parquet); repeat.")
@click.option("--dataset", type=cli.INPUT, required=True, help="The data set they are of (Parquet).")
@click.option("--name", required=True, help="The data set's name.")
@click.option(
    "--bootstrap", type=click.IntRange(0), default=1000, show_default=True, help="Replicates; 0: no intervals."
)
@click.option("--confidence", type=CONFIDENCE, default=0.95, show_default=True, help="Share that an interval covers.")
@cli.seed_option
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Metrics, one row a model, fold and metric (TSV).")
@click.option("--curves", type=cli.OUTPUT, required=True, help="ROC and precision-recall of the test fold (TSV).")
@click.option("--card", type=cli.OUTPUT, required=True, help="What was measured, and what to mind (JSON).")
@cli.version_option
def main(predictions: tuple[Path, ...], dataset: Path, name: str, out: Path, curves: Path, card: Path, **rest):
    from lncprom import cards, datasets, evaluation, files
    from lncprom.tables import dataset as dataset_table
    from lncprom.tables import predictions as predictions_table

    datasets.check_name(name)
    upstream = rest.pop("upstream")
    predictions = sorted(predictions, key=lambda path: path.name)
    tables = [(path.name, predictions_table.read(path)) for path in predictions]
    rows = dataset_table.read(dataset)
    settings = evaluation.Settings(**rest)
    done = evaluation.evaluate(tables, rows, name, dataset.name, settings, lambda line: click.echo(line, err=True))
    record = {"step": "evaluate", "dataset": name, "task": rows["task"][0]} | cards.make(
        "evaluate",
        inputs={"dataset": dataset} | {f"predictions {path.name}": path for path in predictions},
        parameters=settings._asdict(),
        counts=done.counts,
        notes=done.notes,
        upstream=upstream,
    )
    with files.writing_all([out, curves, card]) as beside:
        files.write_text(done.metrics.write_csv(separator="\t"), beside[out])
        files.write_text(done.curves.write_csv(separator="\t"), beside[curves])
        cards.write(record, beside[card])


if __name__ == "__main__":
    main()
