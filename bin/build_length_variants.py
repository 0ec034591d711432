#!/usr/bin/env python3
"""Write the data set of one length: each site with the sequence of its window."""

from pathlib import Path

import click

from lncprom import cli, provenance


@cli.command(help=__doc__)
@click.option("--sites", "sites_path", type=cli.INPUT, required=True, help="Sites of one task (Parquet).")
@click.option("--genome", "fasta", type=cli.INPUT, required=True, help="The genome of define_task (FASTA).")
@click.option("--length", type=int, required=True, help="Bases in a window; the TSS stands at index length-51.")
@cli.name_option
@click.option("--soft-mask", "bed", type=cli.INPUT, help="Runs of lower case (BED) of prepare_genome.")
@click.option("--max-n-share", type=cli.SHARE, default=0, help="Largest fraction of N in a window.")
@click.option("--max-lost", type=cli.SHARE, default=0.1, help="Largest fraction of lost sites.")
@cli.seed_option
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="The data set (Parquet).")
@click.option("--composition", "composition_path", type=cli.OUTPUT, required=True, help="Bases by position (TSV).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts, and losses by reason (JSON).")
def main(sites_path: Path, fasta: Path, bed, length, name, upstream, out: Path, composition_path, card: Path, **rest):
    from lncprom.datasets import composition, length_variants, summary
    from lncprom.genome.reader import Genome
    from lncprom.genome.soft_mask import SoftMask
    from lncprom.tables import dataset, sites

    rows = sites.read(sites_path)
    length_variants.refuse_beyond(length, rows, provenance.records(upstream))
    mask = SoftMask.read(bed) if bed else None
    built = length_variants.build(rows, Genome.open(fasta), length, source=sites_path.name, mask=mask, **rest)
    inputs = {"sites": sites_path, "genome": fasta, "soft_mask": bed}
    parameters = {"length": length} | rest
    record = summary.card("build_length_variants", name, built.rows, inputs, parameters, built.dropped, (), upstream)
    dataset.write(built.rows, out)
    dataset.COMPOSITION.write(composition.by_position(built.codes, built.rows, name), composition_path)
    provenance.write(record, card)
    cli.say(f"{built.rows.height:,} windows of {length} bp, {built.dropped.total():,} sites dropped")


if __name__ == "__main__":
    main()
