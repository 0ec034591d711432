#!/usr/bin/env python3
"""Put all numbers, figures and cards of a run into one HTML file that needs nothing else to be read."""

from pathlib import Path

import click

from lncprom import cli


@click.command(help=__doc__)
@click.option("--cards", "cards_folder", type=cli.FOLDER, required=True, help="Folder of cards (*.json).")
@click.option("--metrics", type=cli.FOLDER, required=True, help="Folder of metrics (*.tsv) by evaluate.")
@click.option("--curves", type=cli.FOLDER, help="Folder of ROC and PR curves (*.tsv) by evaluate.")
@click.option("--composition", type=cli.FOLDER, help="Folder of composition by position (*.tsv).")
@click.option("--kmers", type=cli.FOLDER, help="Folder of weights by k-mer (*.tsv) by train_baseline.")
@click.option("--seeds", type=cli.FOLDER, help="Folder of tables over seeds (*.tsv) by evaluate.")
@click.option("--comparisons", type=cli.FOLDER, help="Folder of pairs of models (*.tsv) by compare_models.")
@click.option("--training", type=cli.FOLDER, help="Folder of losses by epoch (*.tsv) by finetune.")
@click.option("--tpm", type=cli.INPUT, help="TPM by biotype (TSV) by label_expression.")
@click.option("--importance", type=cli.FOLDER, help="Folder of folders by profile_importance.")
@click.option("--motifs", type=cli.FOLDER, help="Folder of folders by compare_motifs.")
@click.option("--dag", type=cli.INPUT, help="Graph of the pipeline's steps (SVG).")
@click.option("--versions", type=cli.INPUT, help="Process, tool, version (YAML).")
@click.option("--parameters", type=cli.INPUT, help="Parameters of the run (JSON).")
@click.option("--title", default="lncprom", show_default=True, help="Title of the page.")
@click.option("--out", type=cli.OUTPUT, required=True, help="The report (HTML).")
@cli.version_option
def main(title: str, out: Path, **paths: Path | None) -> None:
    from lncprom.report import inputs, page

    given = inputs.read(**paths)
    page.write(given, title, out)
    sets = given.metrics["dataset"].n_unique()
    click.echo(f"{sets:,} data sets, {out.stat().st_size / 1e6:.1f} MB: {out}", err=True)


if __name__ == "__main__":
    main()
