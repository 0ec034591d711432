#!/usr/bin/env python3
"""Define a task: its positives, and its negatives where these are genes, as sites on the genome."""

from pathlib import Path

import click

from lncprom import cli

TATA = click.Choice(["exclude", "only", "any"])


@cli.command(help=__doc__)
@click.option("--task", "name", required=True, help="A task of the registry, e.g. coding_vs_lncrna.")
@click.option("--genes", "table", type=cli.INPUT, required=True, help="Genes (Parquet), with labels for task 3.")
@click.option("--promoters", "bed", type=cli.INPUT, help="Promoters: BED6 (TSS: its 5' end) or EPD's BED8.")
@click.option("--genome", "fasta", type=cli.INPUT, required=True, help="Genome (FASTA, plain or bgzip).")
@click.option("--assembly-report", type=cli.INPUT, help="NCBI assembly report, if names are accessions.")
@click.option("--tata", type=TATA, default="exclude", help="Promoters with a TATA box (tasks 1, 2).")
@click.option("--balance/--no-balance", default=True, help="Down-sample the larger class.")
@click.option(
    "--max-unplaced", type=cli.SHARE, default=0.1, help="Largest fraction that the FASTA lacks; 1: it is a part."
)
@click.option("--require-tss-support", is_flag=True, help="Keep genes whose TSS has CAGE support (tasks of genes).")
@click.option("--match", type=cli.NAMES, help="Pair genes alike in log_tpm, gc, cpg, tss_support.")
@click.option("--caliper", type=click.FloatRange(0, min_open=True), default=0.005, help="In standard deviations.")
@click.option("--window", type=click.IntRange(51, min_open=True), default=300, help="Window of GC and CpG (bp).")
@cli.seed_option
@click.option("--all-tss", type=cli.INPUT, multiple=True, help="TSSs that negatives avoid (BED); repeat the option.")
@click.option("--bidirectional", is_flag=True, help="Mark promoters with a TSS of --all-tss upstream, other strand.")
@click.option("--out", type=cli.OUTPUT, required=True, help="The sites (Parquet), under the FASTA's chromosome names.")
@click.option("--out-tss", type=cli.OUTPUT, help="The TSSs of --all-tss under the FASTA's chromosome names (BED6).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts by class and losses by reason (JSON).")
@cli.upstream_option
def main(name, table: Path, bed, fasta, assembly_report, all_tss, bidirectional, out, out_tss, card, upstream, **rest):
    from lncprom import files, provenance
    from lncprom.errors import InputError
    from lncprom.genes import promoter_bed
    from lncprom.genome.reader import Genome
    from lncprom.sites import define, tasks
    from lncprom.tables import genes, sites

    if bidirectional and not all_tss:
        raise InputError("--bidirectional: no TSSs to look for. Give --all-tss, as extract_tss writes them.")
    task, settings, genome = tasks.get(name), define.Settings(**rest), Genome.open(fasta)
    bed = bed if task.of_promoters else None
    starts = promoter_bed.read(bed) if bed else None
    avoid = define.tss_to_avoid(all_tss, genome, assembly_report) if bidirectional or out_tss else None
    others = avoid if bidirectional else None
    found = define.define(task, genes.read(table), starts, genome, settings, assembly_report, others)
    inputs = {"genes": table, "promoters": bed, "genome": fasta, "assembly_report": assembly_report}
    inputs |= {f"all_tss_{number}": path for number, path in enumerate(all_tss, 1)}
    record = provenance.of(found, "define_task", inputs, define.parameters(task, settings), upstream)
    if out_tss is not None:
        files.write_text(avoid.write_csv(include_header=False, separator="\t"), out_tss)
    sites.write(found.sites, out)
    provenance.write(record, card)
    cli.say(*found.notes, f"{found.sites.height:,} sites, {sum(found.dropped.values()):,} dropped")


if __name__ == "__main__":
    main()
