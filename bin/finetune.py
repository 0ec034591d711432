#!/usr/bin/env python3
"""Fine-tune a genome language model on a data set; killed at any moment, the same command goes on where it was."""

from pathlib import Path

from lncprom.training import signals

if __name__ == "__main__":
    signals.from_the_start()

import click

from lncprom import cli
from lncprom.training import options


@cli.command(show_default=False, help=__doc__)
@click.option("--dataset", type=cli.INPUT, required=True, help="Data set (Parquet) with folds.")
@cli.name_option
@options.options
@cli.split_option
@cli.fraction_option
@click.option("--trial", is_flag=True, help="Leave test out: a trial of settings must not see it.")
@cli.seed_option
@cli.upstream_option
@click.option("--out-dir", type=cli.REPLACED_FOLDER, required=True, help="Folder for the fine-tuned model.")
@click.option("--predictions", type=cli.OUTPUT, required=True, help="Probabilities of every sample (Parquet).")
@click.option("--keep-finished", is_flag=True, help="Leave its best weights in the folder of states.")
@click.option("--training", type=cli.OUTPUT, required=True, help="Losses and MCC of every epoch (TSV).")
@click.option("--card", type=cli.OUTPUT, required=True, help="What was trained, how, and what it took (JSON).")
def main(dataset: Path, name: str, split: int, seed: int, upstream, out_dir, predictions, training, card, **rest):
    from lncprom import files, provenance
    from lncprom.application import record as application
    from lncprom.baseline import platt
    from lncprom.inference import device, saved_model
    from lncprom.tables import dataset as dataset_table
    from lncprom.tables import predictions as predictions_table
    from lncprom.training import finetune, outputs

    with signals.ending():
        files.refuse_foreign(out_dir, saved_model.FILE)
        keep_finished, trial = rest.pop("keep_finished"), rest.pop("trial")
        request, settings, machine = options.parsed(name, seed, rest)
        if machine.device.type == "cpu":
            device.keep_memory()
        rows = dataset_table.of_split(dataset_table.read(dataset), split, dataset.name)
        rows = dataset_table.without_test(rows) if trial else rows
        done = finetune.finetune(rows, dataset.name, request, settings, machine, cli.say)
        record = outputs.card(done, request, rows, dataset, upstream)
        predicted, record["counts"]["platt"] = platt.calibrated(done.predictions)
        with (
            files.writing_all([predictions, training, card]) as beside,
            files.writing_folder(out_dir, saved_model.FILE) as at,
        ):
            outputs.save(done, request, rows, at)
            fitted = record["counts"]["platt"].get(request.model)
            facts = {"dataset": name, "model": request.model, "seed": seed, "truncation": request.truncation}
            application.write(application.of_training(rows, predicted, fitted, **facts), at / application.FILE)
            predictions_table.write(
                predictions_table.of_split(predicted, split, request.train_fraction), beside[predictions]
            )
            files.write_text(outputs.epochs(done, request), beside[training])
            provenance.write(record, beside[card])
        done.end(keep_finished)


if __name__ == "__main__":
    main()
