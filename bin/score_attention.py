#!/usr/bin/env python3
"""Score every base of promoters by how much a trained model attends to it, or its logits move with it."""

from pathlib import Path

import click

from lncprom import cli
from lncprom.attribution import options


@cli.command(show_default=False, help=__doc__)
@click.option("--dataset", type=cli.INPUT, required=True, help="Data set (Parquet) with folds.")
@cli.name_option
@click.option("--model-dir", type=cli.FOLDER, required=True, help="Folder that finetune.py or train_baseline.py wrote.")
@click.option("--checkpoint", type=cli.FOLDER, help="With LoRA: the folder of the pretrained model.")
@click.option("--model", type=cli.NAME, required=True, help="The model's name in the predictions.")
@click.option("--family", required=True, help="Its family, as in the models sheet; logistic_regression for that.")
@cli.option("--seed", type=cli.SEED, default=42, help="Seed of its training.")
@click.option("--trained-on", default="", help="Data set that the model was trained on, if another.  [default: --name]")
@options.options
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Score of every base by every method (Parquet).")
@click.option("--curves", type=cli.OUTPUT, required=True, help="Effects of deletion and insertion (TSV).")
@click.option("--heads", type=cli.OUTPUT, required=True, help="What each attention head looks at (TSV).")
@click.option("--card", type=cli.OUTPUT, required=True, help="What was explained, how, and what was seen (JSON).")
def main(dataset: Path, model_dir: Path, checkpoint, upstream, out, curves, heads, card: Path, **rest) -> None:
    from lncprom import files, provenance
    from lncprom.attribution import explain, explained_model, outputs
    from lncprom.tables import dataset as dataset_table
    from lncprom.tables import importance
    from lncprom.tables.attribution import DELETION, HEADS

    request, machine = options.parsed(rest)
    explained_model.check_cards(upstream, request.learnt_from)
    rows = dataset_table.read(dataset)
    done = explain.explain(rows, dataset.name, request, model_dir, checkpoint, machine, cli.say)
    record = outputs.card(done, request, machine, dataset, model_dir, upstream)
    with files.writing_all([out, curves, heads, card]) as beside:
        importance.write(outputs.table(done), beside[out])
        DELETION.write(done.curves, beside[curves])
        HEADS.write(done.heads, beside[heads])
        provenance.write(record, beside[card])


if __name__ == "__main__":
    main()
