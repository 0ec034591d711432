#!/usr/bin/env python3
"""Score a data set by a model that was trained on another one: probabilities of its test samples."""

import click

from lncprom import cli
from lncprom.inference import options


@cli.command(show_default=False, help=__doc__)
@click.option("--trained-on", type=cli.INPUT, required=True, help="Data set (Parquet) that the model was trained on.")
@click.option("--predictions", type=cli.INPUT, required=True, help="The model's predictions of it (Parquet).")
@click.option(
    "--model-dir", type=cli.FOLDER, required=True, help="Folder of finetune.py, train_baseline.py or train_probe.py."
)
@click.option("--checkpoint", type=cli.FOLDER, help="With LoRA, or of a probe: the folder of the pretrained model.")
@click.option("--tested-on", type=cli.INPUT, required=True, help="Data set (Parquet) whose test split is scored.")
@click.option("--name", type=cli.NAME, required=True, help="The name of the data set to test on.")
@cli.option("--batch", type=int, default=128, help="Sequences at a time; on a CPU 4,096 tokens at most.")
@options.device_options
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Predictions, also of the model's own dev (Parquet).")
@click.option("--card", type=cli.OUTPUT, required=True, help="What was scored and left out (JSON).")
def main(trained_on, predictions, model_dir, checkpoint, tested_on, name, batch: int, upstream, out, card, **rest):
    from lncprom import files, provenance
    from lncprom.inference import predictor, transfer_scores
    from lncprom.tables import dataset
    from lncprom.tables import predictions as table

    trained, tested, own = dataset.read(trained_on), dataset.read(tested_on), table.read(predictions)
    model = predictor.of_folder(model_dir, checkpoint, batch, rest, cli.say)
    done = transfer_scores.score(trained, tested, own, name, model.predict)
    inputs = {"trained_on": trained_on, "predictions": predictions, "tested_on": tested_on}
    record = {"step": "score_transfer", "dataset": name, "task": tested["task"][0]}
    record |= provenance.of(done, "score_transfer", inputs, {"batch": batch, "precision": rest["precision"]}, upstream)
    with files.writing_all([out, card]) as beside:
        table.write(done.predictions, beside[out])
        provenance.write(record, beside[card])
    cli.say(*done.notes, f"{done.counts['samples']:,} samples")


if __name__ == "__main__":
    main()
