#!/usr/bin/env python3
"""Train a linear model of a data set, logistic regression on features of k-mers, and the trivial baselines."""

from pathlib import Path

import click

from lncprom import cli

KMER = click.IntRange(1, 8)
FEATURES = click.Choice(["kmers", "position_ladder", "gapped_kmers"])  # classifier.FEATURE_SETS


@cli.command(help=__doc__)
@click.option("--dataset", type=cli.INPUT, required=True, help="Data set (Parquet) with folds.")
@cli.name_option
@click.option("--model", type=cli.NAME, default="logistic_regression", help="Name in the predictions.")
@click.option("--features", type=FEATURES, default="kmers", help="Feature set.")
@click.option("--kmer-min", type=KMER, default=3, help="Length of the shortest k-mers, of the feature set kmers.")
@click.option("--kmer-max", type=KMER, default=6, help="Length of the longest k-mers, of the feature set kmers.")
@click.option("--c-grid", type=cli.NUMBERS, help="Inverse penalties.  [default: those of the feature set]")
@click.option("--baselines", type=cli.NAMES, default="all", help="Trivial baselines: all, none or names.")
@cli.split_option
@cli.fraction_option
@cli.seed_option
@cli.upstream_option
@click.option("--out-dir", type=cli.OUTPUT_FOLDER, required=True, help="Folder for the model (JSON).")
@click.option("--predictions", type=cli.OUTPUT, required=True, help="Probabilities of every sample (Parquet).")
@click.option("--kmers", type=cli.OUTPUT, required=True, help="Weight and rank of every k-mer (TSV).")
@click.option("--plot", type=cli.OUTPUT, required=True, help="The strongest k-mers for and against (SVG).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Record of the fit, with notes (JSON).")
def main(dataset: Path, name: str, out_dir: Path, predictions: Path, kmers: Path, plot: Path, card: Path, **rest):
    from lncprom import files, provenance
    from lncprom.application import record as application
    from lncprom.baseline import classifier, platt, train, weights_table
    from lncprom.tables import dataset as dataset_table
    from lncprom.tables import predictions as predictions_table
    from lncprom.tables.training import KMERS

    upstream, split = rest.pop("upstream"), rest.pop("split")
    settings, rows = train.Settings(**rest), dataset_table.of_split(dataset_table.read(dataset), split, dataset.name)
    done = train.train(rows, name, dataset.name, settings, cli.say)
    weights = weights_table.table(done.model, name)
    record = {"step": "train_baseline", "dataset": name, "task": rows["task"][0]}
    record |= provenance.of(done, "train_baseline", {"dataset": dataset}, settings.used(), upstream)
    predicted, record["counts"]["platt"] = platt.calibrated(done.predictions)
    model, about = out_dir / classifier.FILE, out_dir / application.FILE
    own, fitted = predicted.filter(model=settings.model), record["counts"]["platt"].get(settings.model)
    facts = {"dataset": name, "model": settings.model, "seed": settings.seed, "truncation": None}
    with files.writing_all([model, about, predictions, kmers, plot, card]) as beside:
        done.model.save(beside[model])
        application.write(application.of_training(rows, own, fitted, **facts), beside[about])
        predictions_table.write(
            predictions_table.of_split(predicted, split, settings.train_fraction), beside[predictions]
        )
        KMERS.write(weights, beside[kmers])
        weights_table.draw(weights, f"Strongest k-mers: {name}, {settings.model}", beside[plot])
        provenance.write(record, beside[card])


if __name__ == "__main__":
    main()
