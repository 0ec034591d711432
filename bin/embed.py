#!/usr/bin/env python3
"""Embed the sequences of a data set by a language model that is not trained further, from one forward pass."""

import time
from pathlib import Path

import click

from lncprom import cli
from lncprom.inference import options
from lncprom.training.options import INITS, family_options


@cli.command(show_default=False, help=__doc__)
@click.option("--dataset", type=cli.INPUT, required=True, help="Data set (Parquet); it needs no folds.")
@cli.name_option
@click.option("--family", required=True, help="As in the models sheet.")
@click.option("--checkpoint", type=cli.FOLDER, help="Folder of the pretrained model; cnn has none.")
@click.option("--option", "given", multiple=True, metavar="NAME=VALUE", help="Of the family; repeat it.")
@cli.option(
    "--init",
    type=click.Choice(INITS),
    default=INITS[0],
    help="Weights: the checkpoint's, or random.",
)
@cli.option("--truncation", type=click.Choice(options.TRUNCATIONS), default="tss", help="Of long ones.")
@click.option(
    "--layers", type=cli.INTEGERS, help="Layers; 0: embeddings.  [default: 0, those at 1/4, 1/2, 3/4, the last]"
)
@cli.option("--poolings", type=cli.NAMES, default="mean,max", help="Of mean, max, cls and last.")
@cli.option("--batch", type=click.IntRange(1), default=128, help="Sequences at a time; on a CPU 4,096 tokens at most.")
@options.device_options
@cli.seed_option
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Embeddings by layer, pooling and sample (Parquet).")
@click.option("--card", type=cli.OUTPUT, required=True, help="What was embedded, how, and what it took (JSON).")
def main(dataset: Path, name, family, checkpoint, given, init, truncation, layers, poolings, batch, out, card, **rest):
    from lncprom import files, provenance
    from lncprom.inference import device, embed
    from lncprom.tables import dataset as dataset_table
    from lncprom.tables import embeddings

    seed, upstream, machine = rest.pop("seed"), rest.pop("upstream"), options.machine(rest)
    rows = dataset_table.read(dataset)
    began = time.perf_counter()
    with device.threads(machine.threads):
        model = embed.opened(family, checkpoint, family_options(given), init, seed, machine)
        layers = layers or embed.at_depths(model.depth)
        done = embed.embed(rows, dataset.name, model, truncation, layers, poolings, machine, batch, cli.say)
    seconds = time.perf_counter() - began
    used = {"family": family, "options": dict(model.options), "init": init, "truncation": truncation, "seed": seed}
    used |= {"layers": layers, "poolings": poolings, "precision": machine.precision}
    inputs = {"dataset": dataset, "checkpoint": {"file": checkpoint and checkpoint.name, "sha256": model.digest()}}
    record = {"step": "embed", "dataset": name, "task": rows["task"][0]}
    record |= provenance.of(done, "embed", inputs, used, upstream)
    record["run"] = {"device": machine.name, "threads": machine.threads, "seconds": round(seconds, 3)}
    with files.writing_all([out, card]) as beside:
        embeddings.write(done.samples, done.parts, beside[out])
        provenance.write(record, beside[card])
    cli.say(*done.notes, f"{rows.height:,} samples, layers {', '.join(map(str, layers))}, {seconds:.1f} s")


if __name__ == "__main__":
    main()
