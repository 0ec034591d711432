#!/usr/bin/env python3
"""Make a small checkpoint in the published format, that stands in for a real one in the demo."""

from pathlib import Path

import click

from lncprom import cli

KINDS = ("dnabert_3", "dnabert_4", "dnabert_5", "dnabert_6", "dnabert2", "nucleotide_transformer")


@cli.command(help=__doc__)
@click.option("--kind", type=click.Choice(KINDS), required=True, help="Family, and k of DNABERT.")
@cli.seed_option
@click.option("--out-dir", type=cli.REPLACED_FOLDER, required=True, help="Folder for the checkpoint.")
@click.option("--card", type=cli.OUTPUT, required=True, help="Its sizes and how its weights came about (JSON).")
def main(kind: str, seed: int, out_dir: Path, card: Path):
    from lncprom import files, provenance
    from lncprom.demo import checkpoints as demo_checkpoints
    from lncprom.models import checkpoints

    with files.writing_all([card]) as beside, files.writing_folder(out_dir, checkpoints.CONFIG) as folder:
        made = demo_checkpoints.make(kind, seed, folder, cli.say)
        record = provenance.of(made, "make_checkpoint", {}, {"kind": kind, "seed": seed})
        provenance.write(record, beside[card])


if __name__ == "__main__":
    main()
