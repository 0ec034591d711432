#!/usr/bin/env python3
"""Draw the importance of one model on one data set by position, say how far to believe it, put it on the genome."""

from pathlib import Path

import click

from lncprom import cli

FILES = {"type": cli.INPUT, "multiple": True}


@cli.command(help=__doc__)
@click.option("--importance", **FILES, required=True, help="Scores by base (Parquet) by score_attention; repeat.")
@click.option("--curves", **FILES, help="Deletion and insertion (TSV) by score_attention; repeat.")
@click.option("--heads", **FILES, help="Attention by head (TSV) by score_attention; repeat.")
@click.option("--predictions", **FILES, help="The model's predictions (Parquet), for panels; repeat.")
@click.option("--dataset", type=cli.INPUT, required=True, help="The data set (Parquet).")
@cli.name_option
@click.option("--model", type=cli.NAME, required=True, help="The model's name.")
@click.option("--fai", type=cli.INPUT, help="Index of the genome, for chromosome lengths.  [default: what is seen]")
@click.option("--sample", "asked", multiple=True, help="A sample (id) to show a panel of; repeat.")
@click.option("--region", type=click.IntRange(1), default=80, help="Bases upstream of the TSS.")
@click.option("--bootstrap", type=click.IntRange(0), default=1000, help="Bootstrap replicates; 0: no intervals.")
@cli.confidence_option
@cli.seed_option
@cli.upstream_option
@click.option("--out-dir", type=cli.REPLACED_FOLDER, required=True, help="Folder for all results; replaced.")
@click.option("--card", type=cli.OUTPUT, required=True, help="What was drawn, and what to mind (JSON).")
def main(name: str, model: str, upstream, out_dir: Path, card: Path, **rest) -> None:
    from lncprom import files, provenance
    from lncprom.profiles import means, outputs

    settings = means.Settings(**{field: rest.pop(field) for field in means.Settings._fields})
    with files.writing_all([card]) as beside, files.writing_folder(out_dir, outputs.MARK) as folder:
        done = outputs.write(rest, name, model, settings, folder, cli.say)
        parameters = settings._asdict() | {"samples": list(rest["asked"])}
        record = {"step": "profile_importance", "dataset": name, "model": model}
        record |= provenance.make("profile_importance", parameters=parameters, upstream=upstream, **done)
        provenance.write(record, beside[card])


if __name__ == "__main__":
    main()
