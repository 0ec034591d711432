#!/usr/bin/env python3
"""Train a probe of a language model: logistic regression on its embeddings, with layer and pooling chosen on dev."""

from pathlib import Path

import click

from lncprom import cli


@cli.command(show_default=False, help=__doc__)
@click.option("--dataset", type=cli.INPUT, required=True, help="Data set (Parquet) with folds.")
@cli.name_option
@click.option("--embeddings", type=cli.INPUT, required=True, help="Its embeddings (Parquet) from embed.py.")
@click.option("--embeddings-card", type=cli.INPUT, required=True, help="The card (JSON) of the embeddings.")
@click.option("--model", type=cli.NAME, required=True, help="Name in the predictions.")
@click.option("--c-grid", type=cli.NUMBERS, help="Inverse penalties.  [default: 0.01,0.1,1,10,100]")
@cli.split_option
@cli.seed_option
@click.option("--out-dir", type=cli.OUTPUT_FOLDER, required=True, help="Folder for the probe (JSON).")
@click.option("--predictions", type=cli.OUTPUT, required=True, help="Probabilities of every sample (Parquet).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Record of the fit, with notes (JSON).")
def main(dataset: Path, name, embeddings, embeddings_card, model, c_grid, split, seed, out_dir, predictions, card):
    from lncprom import files, provenance
    from lncprom.application import record as application
    from lncprom.baseline import platt
    from lncprom.inference import probe as saved
    from lncprom.tables import dataset as dataset_table
    from lncprom.tables import embeddings as embeddings_table
    from lncprom.tables import predictions as predictions_table
    from lncprom.training import probe

    embedded, grid = probe.embedded(embeddings_card), c_grid or probe.C_GRID
    rows = dataset_table.of_split(dataset_table.read(dataset), split, dataset.name)
    given = embeddings_table.read(embeddings)
    done = probe.run(rows, name, dataset.name, model, seed, given, embedded, grid, cli.say)
    record = {"step": "train_probe", "dataset": name, "task": rows["task"][0]}
    inputs = {"dataset": dataset, "embeddings": embeddings}
    used = embedded | {"model": model, "seed": seed, "c_grid": grid}
    record |= provenance.of(done, "train_probe", inputs, used, [embeddings_card])
    predicted, record["counts"]["platt"] = platt.calibrated(done.predictions)
    place, about = out_dir / saved.FILE, out_dir / application.FILE
    facts = {"dataset": name, "model": model, "seed": seed, "truncation": embedded["truncation"]}
    with files.writing_all([place, about, predictions, card]) as beside:
        done.probe.save(beside[place])
        fitted = record["counts"]["platt"].get(model)
        application.write(application.of_training(rows, predicted, fitted, **facts), beside[about])
        predictions_table.write(predictions_table.of_split(predicted, split), beside[predictions])
        provenance.write(record, beside[card])


if __name__ == "__main__":
    main()
