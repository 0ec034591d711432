#!/usr/bin/env python3
"""Define a task: its positives, and its negatives where these are genes, as sites on the genome."""

from pathlib import Path

import click

from lncprom import cli

TATA = click.Choice(["exclude", "only", "any"])


@click.command(help=__doc__)
@click.option("--task", "name", required=True, help="A task of the registry, e.g. coding_vs_lncrna.")
@click.option("--genes", "table", type=cli.INPUT, required=True, help="Genes (Parquet), labelled for task 3.")
@click.option("--promoters", "bed", type=cli.INPUT, help="BED6 (its 5' end is the TSS) or EPD's BED8 (thick part's).")
@click.option("--genome", "fasta", type=cli.INPUT, required=True, help="FASTA, plain or bgzip.")
@click.option("--assembly-report", type=cli.INPUT, help="NCBI's, where chromosomes are named by accession.")
@click.option("--tata", type=TATA, default="exclude", show_default=True, help="Promoters with a TATA box (tasks 1, 2).")
@click.option("--balance/--no-balance", default=True, show_default=True, help="Down-sample the larger class.")
@click.option(
    "--max-unplaced",
    type=cli.SHARE,
    default=0.1,
    show_default=True,
    help="Share that may lie on chromosomes the FASTA lacks; 1: it is a part of the genome.",
)
@cli.seed_option
@click.option("--out", type=cli.OUTPUT, required=True, help="The sites (Parquet).")
@click.option("--card", type=cli.OUTPUT, required=True, help="How many of which class, what was dropped (JSON).")
@cli.upstream_option
@cli.version_option
def main(name, table: Path, bed: Path, fasta: Path, assembly_report: Path, out: Path, card: Path, upstream, **rest):
    from lncprom import provenance
    from lncprom.genes import promoter_bed
    from lncprom.genome.reader import Genome
    from lncprom.sites import define, tasks
    from lncprom.tables import genes, sites

    task, settings = tasks.get(name), define.Settings(**rest)
    bed = bed if task.of_promoters else None
    starts = promoter_bed.read(bed) if bed else None
    found = define.define(task, genes.read(table), starts, Genome.open(fasta), settings, assembly_report)
    record = provenance.make(
        step="define_task",
        inputs={"genes": table, "promoters": bed, "genome": fasta, "assembly_report": assembly_report},
        parameters=define.parameters(task, settings),
        counts=found.counts,
        dropped=found.dropped,
        notes=found.notes,
        upstream=upstream,
    )
    sites.write(found.sites, out)
    provenance.write(record, card)
    for line in (*found.notes, f"{found.sites.height:,} sites, {sum(found.dropped.values()):,} dropped"):
        click.echo(line, err=True)


if __name__ == "__main__":
    main()
