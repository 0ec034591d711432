#!/usr/bin/env python3
"""Write the report: all results, figures and cards of a run in one self-contained HTML file."""

from pathlib import Path

import click

from lncprom import cli


@cli.command(help=__doc__)
@click.option("--cards", type=cli.FOLDER, required=True, help="Folder of cards (JSON).")
@click.option("--metrics", type=cli.FOLDER, required=True, help="Folder of metrics (TSV) from evaluate.")
@click.option("--curves", type=cli.FOLDER, help="Folder of ROC and PR curves (TSV) from evaluate.")
@click.option("--composition", type=cli.FOLDER, help="Folder of base composition by position (TSV).")
@click.option("--kmers", type=cli.FOLDER, help="Folder of k-mer weights (TSV) from train_baseline.")
@click.option("--seeds", type=cli.FOLDER, help="Folder of metrics over seeds (TSV) from evaluate.")
@click.option("--reliability", type=cli.FOLDER, help="Folder of reliability curves (TSV) from evaluate.")
@click.option("--strata", type=cli.FOLDER, help="Folder of scores by stratum (TSV) from evaluate.")
@click.option("--learning-curve", type=cli.FOLDER, help="Folder of learning curves (TSV) from evaluate.")
@click.option("--comparisons", type=cli.FOLDER, help="Folder of model comparisons (TSV) from compare_models.")
@click.option("--leaks", type=cli.FOLDER, help="Folder of leaks (TSV) from audit_leaks.")
@click.option("--transfer", type=cli.INPUT, help="Metrics on sets that models were not trained on (TSV).")
@click.option("--claims", type=cli.INPUT, help="Claims of the run (TSV) from make_claims.")
@click.option("--training", type=cli.FOLDER, help="Folder of training logs (TSV) from finetune.")
@click.option("--tpm", type=cli.INPUT, help="TPM by biotype (TSV) from label_expression.")
@click.option("--importance", type=cli.FOLDER, help="Folder that holds the output folders of profile_importance.")
@click.option("--motifs", type=cli.FOLDER, help="Folder that holds the output folders of compare_motifs.")
@click.option("--dag", type=cli.INPUT, help="Graph of the pipeline's steps (SVG).")
@click.option("--versions", type=cli.INPUT, help="Versions of tools by process (YAML).")
@click.option("--parameters", type=cli.INPUT, help="Parameters of the run (JSON).")
@click.option("--methods", type=cli.OUTPUT, help="Methods of the run in words, ready to paste (Markdown).")
@click.option("--title", default="lncprom", help="Title of the page.")
@click.option("--out", type=cli.OUTPUT, required=True, help="The report (HTML).")
def main(title: str, out: Path, methods: Path | None, **paths: Path | None) -> None:
    from lncprom import files
    from lncprom.report import inputs, page
    from lncprom.report.methods import markdown

    given = inputs.read(**paths)
    files.write_text(page.render(given, title), out)
    if methods:
        files.write_text(markdown(given), methods)
    sets = given.metrics["dataset"].n_unique()
    cli.say(f"{sets:,} data sets, {out.stat().st_size / 1e6:.1f} MB: {out}")


if __name__ == "__main__":
    main()
