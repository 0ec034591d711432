#!/usr/bin/env python3
"""Score the sequences of a FASTA by a trained model: the probability of the positive class of each."""

from pathlib import Path

import click

from lncprom import cli
from lncprom.inference import options

CUT = click.Choice(options.TRUNCATIONS)


@cli.command(show_default=False, help=__doc__)
@click.option("--fasta", type=cli.INPUT, required=True, help="Sequences in the gene's direction, may be compressed.")
@click.option(
    "--model-dir", type=cli.FOLDER, required=True, help="Folder of finetune.py, train_baseline.py or train_probe.py."
)
@click.option("--checkpoint", type=cli.FOLDER, help="With LoRA, or of a probe: the folder of the pretrained model.")
@click.option("--truncation", type=CUT, help="Of sequences that are too long.  [default: as in training]")
@click.option("--tss-index", type=int, help="0-based index of the TSS in each sequence.  [default: as in training]")
@cli.option("--batch", type=int, default=128, help="Sequences at a time; on a CPU 4,096 tokens at most.")
@options.device_options
@click.option(
    "--out",
    type=cli.OUTPUT,
    required=True,
    help="id, probability and, of a regression, prediction (TSV), in the order of the FASTA.",
)
def main(fasta: Path, model_dir: Path, checkpoint, truncation, tss_index, batch: int, out: Path, **rest) -> None:
    from lncprom import files
    from lncprom.inference import fasta_scores, predictor

    model = predictor.of_folder(model_dir, checkpoint, batch, rest, cli.say, truncation, tss_index)
    with files.writing(out) as beside, open(beside, "w", newline="\n") as table:
        seen = fasta_scores.score(fasta, table, model.predict, cli.say, model.lengths, model.scale)
    cli.say(seen)


if __name__ == "__main__":
    main()
