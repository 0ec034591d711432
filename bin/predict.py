#!/usr/bin/env python3
"""Score the sequences of a FASTA by a model that finetune.py trained: the probability of the positive class of each."""

from pathlib import Path

import click

from lncprom import cli, finetuning_options

CUT = click.Choice(finetuning_options.TRUNCATIONS)


@click.command(help=__doc__)
@click.option("--fasta", type=cli.INPUT, required=True, help="Sequences in the gene's direction, plain or gzipped.")
@click.option("--model-dir", type=cli.FOLDER, required=True, help="Folder that finetune.py wrote.")
@click.option("--checkpoint", type=cli.FOLDER, help="With LoRA: the folder of the pretrained model.")
@click.option("--truncation", type=CUT, help="Of sequences that are too long.  [default: as in training]")
@click.option("--tss-index", type=int, help="0-based index of the TSS in each sequence.  [default: as in training]")
@click.option(
    "--batch", type=int, default=128, show_default=True, help="Sequences at a time; on a CPU 4,096 tokens at most."
)
@finetuning_options.device_options
@click.option("--out", type=cli.OUTPUT, required=True, help="id, probability (TSV), in the order of the FASTA.")
@cli.version_option
def main(fasta: Path, model_dir: Path, checkpoint, truncation, tss_index, batch: int, out: Path, **rest) -> None:
    from lncprom import files, finetuned, precision, scoring

    def tell(line: str) -> None:
        click.echo(line, err=True)

    machine = finetuning_options.machine(rest)
    opened = finetuned.open_folder(model_dir, checkpoint).cut_as(truncation, tss_index)
    opened.family.module.to(machine.device)
    with precision.threads(machine.threads), files.writing(out) as beside, open(beside, "w", newline="\n") as table:
        done = scoring.score(fasta, table, opened.family, machine, opened.truncation, opened.tss_index, batch, tell)
    tell(f"{done.sequences:,} sequences, {done.cut:,} cut; {done.bases_share:.1%} of all bases were seen")


if __name__ == "__main__":
    main()
