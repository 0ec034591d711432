#!/usr/bin/env python3
"""Compare models on the test fold of a data set: paired differences with intervals, declared contrasts first."""

from pathlib import Path

import click

from lncprom import cli

CONTRAST = (
    "Declared comparison NAME:MODEL_A:MODEL_B; MODEL_B may be rung, the best trivial baseline on dev; of a gain also "
    "its tokens, :TOKENIZER; repeat."
)


@cli.command(help=__doc__)
@click.option("--predictions", type=cli.INPUT, multiple=True, required=True, help="Predictions (Parquet); repeat.")
@click.option("--dataset", type=cli.INPUT, required=True, help="Their data set (Parquet).")
@cli.name_option
@click.option("--contrast", "declared", multiple=True, help=CONTRAST)
@click.option("--no-chance", multiple=True, help="Model trained without chance: one seed is enough; repeat.")
@cli.confidence_option
@click.option("--permutations", type=click.IntRange(0), default=2000, help="Random swaps; 0: no p_swap.")
@cli.seed_option
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Differences, one row per pair of models and metric (TSV).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Record of the comparison, with notes (JSON).")
def main(predictions, dataset: Path, name: str, declared, no_chance, out: Path, card: Path, **rest):
    from lncprom import files, provenance
    from lncprom.evaluation import compare, contrasts, predicted
    from lncprom.tables import dataset as dataset_table
    from lncprom.tables.metrics import COMPARISONS

    upstream = rest.pop("upstream")
    given, rows, settings = predicted.named(predictions), dataset_table.read(dataset), compare.Settings(**rest)
    asked = [contrasts.Contrast.read(text) for text in declared]
    done = compare.compare(given, rows, name, dataset.name, asked, no_chance, settings, cli.say)
    inputs = {"dataset": dataset} | {f"predictions {file}": path for file, path in given.items()}
    parameters = {"contrasts": list(declared), "no_chance": list(no_chance)} | settings._asdict()
    record = {"step": "compare_models", "dataset": name, "task": rows["task"][0]}
    record |= provenance.of(done, "compare_models", inputs, parameters, upstream)
    with files.writing_all([out, card]) as beside:
        COMPARISONS.write(done.table, beside[out])
        provenance.write(record, beside[card])


if __name__ == "__main__":
    main()
