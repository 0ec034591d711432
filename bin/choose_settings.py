#!/usr/bin/env python3
"""Choose a model's settings among trials, by their loss on dev; test samples take no part."""

import json
from pathlib import Path

import click

from lncprom import cli


@cli.command(help=__doc__)
@click.option("--predictions", type=cli.INPUT, multiple=True, required=True, help="Of each trial, in order; repeat.")
@click.option("--trial", "settings", multiple=True, required=True, help="Its settings (JSON), in the same order.")
@click.option("--dataset", type=cli.INPUT, required=True, help="Their data set (Parquet).")
@cli.name_option
@click.option("--model", type=cli.NAME, required=True, help="The model's name.")
@cli.split_option
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="One row for each trial (TSV).")
@click.option("--chosen", type=cli.OUTPUT, required=True, help="The settings that are kept (JSON).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Record of the choice (JSON).")
def main(predictions: tuple[Path, ...], settings: tuple[str, ...], dataset: Path, name, model, split, upstream, **out):
    from lncprom import files, provenance
    from lncprom.evaluation import trials
    from lncprom.tables import dataset as dataset_table
    from lncprom.tables.training import TRIALS

    asked = [json.loads(text) for text in settings]
    rows = dataset_table.of_split(dataset_table.read(dataset), split, dataset.name)
    losses, group = trials.read(predictions, asked, rows, dataset.name)
    found = trials.choose(losses, group)
    table = trials.table(found, asked, name, model, split)
    made = provenance.make(
        "choose_settings",
        inputs={"dataset": dataset} | {f"trial {at}": path for at, path in enumerate(predictions, start=1)},
        parameters={"model": model, "split": split},
        counts={"trials": len(asked), "kept": found.trial, "settings": asked[found.trial - 1]},
        notes=[f"{model}: {found.note}"],
        upstream=upstream,
    )
    record = {"step": "choose_settings", "dataset": name, "task": rows["task"][0]} | made
    with files.writing_all([out["out"], out["chosen"], out["card"]]) as beside:
        TRIALS.write(table, beside[out["out"]])
        files.write_text(json.dumps(asked[found.trial - 1]) + "\n", beside[out["chosen"]])
        provenance.write(record, beside[out["card"]])
    cli.say(found.note)


if __name__ == "__main__":
    main()
