#!/usr/bin/env python3
"""Give each positive of a task one negative: made from its own bases, or found elsewhere in the genome."""

from pathlib import Path

import click

from lncprom import cli

KINDS = click.Choice(["genomic", "matched", "substitute", "shuffle", "dinucleotide_shuffle"])
FROM_0 = click.IntRange(0)
ABOVE_0 = click.FloatRange(0, 1, min_open=True)


@cli.command(help=__doc__)
@click.option("--sites", "table", type=cli.INPUT, required=True, help="Positives (Parquet) of define_task.")
@click.option("--genome", "fasta", type=cli.INPUT, required=True, help="The genome of define_task (FASTA).")
@click.option("--kind", type=KINDS, required=True, help="Genomic windows (the first two) or transformed positives.")
@click.option("--avoid", type=cli.INPUT, multiple=True, help="TSSs to avoid (--out-tss of define_task); repeatable.")
@click.option("--window", type=click.IntRange(52), default=300, help="Longest length that will be built.")
@click.option("--min-distance", type=FROM_0, default=1000, help="Bases between a negative and any TSS.")
@click.option("--tolerance", type=ABOVE_0, default=0.05, help="matched: in GC content and CpG o/e.")
@click.option("--max-unmatched", type=cli.SHARE, default=0, help="matched: largest fraction left out.")
@cli.seed_option
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Positives and negatives (Parquet).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts, losses and how well they match (JSON).")
def main(table: Path, fasta: Path, kind: str, avoid, out: Path, card: Path, upstream, **rest):
    from lncprom import files, provenance
    from lncprom.genome.reader import Genome
    from lncprom.sites import negatives
    from lncprom.tables import sites

    settings = negatives.Settings(kind=kind, **rest)
    genome = Genome.open(fasta) if kind in sites.GENOMIC_KINDS else None
    found = negatives.sample(sites.read(table), genome, avoid, settings, table.name, cli.say)
    inputs = {"sites": table} | negatives.inputs(kind, fasta, avoid)
    record = provenance.of(found, "sample_negatives", inputs, negatives.parameters(settings), upstream)
    with files.writing_all([out, card]) as beside:
        sites.write(found.sites, beside[out])
        provenance.write(record, beside[card])
    cli.say(*found.notes, f"{found.sites.height:,} sites, {sum(found.dropped.values()):,} dropped")


if __name__ == "__main__":
    main()
