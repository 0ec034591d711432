#!/usr/bin/env python3
"""Name what a model looks at: patterns in the bases that weigh most, known motifs and core promoter elements."""

from pathlib import Path

import click

from lncprom import cli

MARK = "motifs.tsv"
SOURCE = click.Choice(["windows", "seqlets"])


@cli.command(help=__doc__)
@click.option("--importance", type=cli.INPUT, multiple=True, required=True, help="Importance (Parquet); repeat: seeds.")
@click.option("--dataset", type=cli.INPUT, required=True, help="The data set that was explained (Parquet).")
@cli.name_option
@click.option("--model", type=cli.NAME, required=True, help="The model's name in the models sheet.")
@click.option("--method", default="auto", help="Of importance; auto: integrated_gradients, if there.")
@click.option("--source", type=SOURCE, default="windows", help="Best two windows of 9, or seqlets.")
@click.option("--motifs", type=cli.INPUT, help="Known motifs (MEME or JASPAR format) instead of JASPAR's release.")
@click.option("--jaspar-release", default="JASPAR2024", help="Vertebrate CORE of pyjaspar's release.")
@click.option("--fdr", type=click.FloatRange(0, 1, True), default=0.05, help="Rate for q-values.")
@cli.seed_option
@cli.upstream_option
@click.option("--out-dir", type=cli.REPLACED_FOLDER, required=True, help="Folder for tables, logos, motifs.meme.")
@click.option("--card", type=cli.OUTPUT, required=True, help="What was found, named and left out (JSON).")
def main(importance, dataset: Path, name, model, method, motifs, jaspar_release, upstream, out_dir, card: Path, **rest):
    from lncprom import files, provenance
    from lncprom.motifs import compare, controls, databases, outputs, sequences_and_scores
    from lncprom.tables import dataset as dataset_table

    compare.prefer_own_cache()
    files.refuse_foreign(out_dir, MARK)
    database = databases.load(motifs, jaspar_release, rest["seed"])
    rows = dataset_table.read(dataset)
    scored = sequences_and_scores.read(importance, rows, name, model, method, dataset.name)
    settings = controls.Settings(name, model, **rest)
    tables, patterns, facts = compare.compare(scored, rows, database, settings)
    inputs = {f"importance_{at}" if at > 1 else "importance": path for at, path in enumerate(importance, start=1)}
    inputs |= {"dataset": dataset, "motifs": motifs}
    record = outputs.card(facts, scored.method, database, settings, inputs, upstream)
    with files.writing_all([card]) as beside, files.writing_folder(out_dir, MARK) as at:
        outputs.write(tables, patterns, at)
        provenance.write(record, beside[card])


if __name__ == "__main__":
    main()
