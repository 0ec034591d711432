#!/usr/bin/env python3
"""Rewrite a genome (FASTA, plain or compressed) as plain upper-case FASTA, one line per sequence, and its soft-mask."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from lncprom import cli, provenance


@cli.command(help=__doc__)
@click.option(
    "--fasta", type=cli.INPUT, required=True, help="Genome (FASTA: plain, gzip, bgzip, bzip2 or xz; may be masked)."
)
@click.option("--out-fasta", type=cli.OUTPUT, default="genome.fa", help="The genome (FASTA).")
@click.option("--out-fai", type=cli.OUTPUT, default="genome.fa.fai", help="Its index (.fai).")
@click.option("--out-mask", type=cli.OUTPUT, help="Runs of lower case (BED); default: beside --out-fasta.")
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts of sequences and bases (JSON).")
def main(fasta: Path, out_fasta: Path, out_fai: Path, out_mask: Path | None, card: Path) -> None:
    from lncprom.genome import prepare

    out_mask = out_mask or out_fasta.with_suffix(".soft_mask.bed")
    with ThreadPoolExecutor(1) as beside:  # hash the file while it is rewritten
        facts = beside.submit(provenance.digest, fasta)
        prepared = prepare.rewrite(fasta, out_fasta, out_fai, out_mask)
        record = provenance.make("prepare_genome", inputs={"fasta": facts.result()}, counts=prepared._asdict())
    # the digest of the download stands for the genome made of it, so that later cards need not hash gigabytes again
    record["outputs"] = {out_fasta.name: record["inputs"]["fasta"]}
    provenance.write(record, card)
    cli.say(f"{prepared.sequences:,} sequences, {prepared.bases:,} bases, {prepared.n:,} of them N")


if __name__ == "__main__":
    main()
