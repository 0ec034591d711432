#!/usr/bin/env python3
"""Copy a trained model into a folder for others, with digests of its files and a Hugging Face model card."""

from pathlib import Path

import click

from lncprom import cli


@cli.command(help=__doc__)
@click.option("--model-dir", type=cli.FOLDER, required=True, help="Folder that finetune.py or train_baseline.py wrote.")
@click.option("--card", type=cli.INPUT, required=True, help="Card of that training (JSON).")
@click.option("--metrics", type=cli.INPUT, help="Metrics of evaluate (TSV), for the model card.")
@click.option("--licence", type=cli.NAME, help="Licence of the weights, such as mit.")
@click.option("--out", type=cli.REPLACED_FOLDER, required=True, help="The folder.")
def main(model_dir: Path, card: Path, metrics: Path | None, licence: str | None, out: Path) -> None:
    from lncprom import files, provenance
    from lncprom.application import release
    from lncprom.provenance import MODEL_RECORD as RECORD

    files.refuse_foreign(out, RECORD)
    with files.writing_folder(out, RECORD) as beside:
        release.make(model_dir, provenance.read(card), release.read_metrics(metrics), licence, beside)
    cli.say(
        f"{len(list(out.iterdir()))} files, {sum(path.stat().st_size for path in out.iterdir()) / 1e6:.1f} MB: {out}"
    )


if __name__ == "__main__":
    main()
