#!/usr/bin/env python3
"""Read a GTF and write one row per gene: its TSS, strand and biotype."""

from pathlib import Path

import click

from lncprom import cli

SOURCE = click.Choice(["gene", "canonical"])


@cli.command(help=__doc__)
@click.option("--gtf", type=cli.INPUT, required=True, help="Annotation (GTF) of Ensembl, GENCODE or RefSeq.")
@click.option("--biotype", "biotypes", multiple=True, help="Biotype to keep; repeat the option. Default: all.")
@click.option(
    "--tss-source", type=SOURCE, default="gene", help="5' end of the gene, or of its canonical (else basic) transcript."
)
@click.option("--primary-only/--all-chromosomes", default=True, help="Drop scaffolds and patches.")
@click.option(
    "--max-left-out", type=cli.SHARE, default=0.25, help="Largest share of genes on sequences that are no chromosomes."
)
@click.option("--out", type=cli.OUTPUT, required=True, help="The genes table (Parquet).")
@click.option("--all-tss", type=cli.OUTPUT, required=True, help="Every annotated TSS of any biotype (BED6).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts, and losses by reason (JSON).")
@cli.upstream_option
def main(gtf: Path, biotypes, tss_source: str, primary_only, max_left_out, out, all_tss, card, upstream):
    from lncprom import files, provenance
    from lncprom.genes import tss
    from lncprom.tables import genes

    found = tss.transcription_starts(gtf, biotypes, tss_source, primary_only, max_left_out)
    parameters = {"biotypes": list(biotypes), "tss_source": tss_source, "primary_only": primary_only}
    parameters |= {"max_left_out": max_left_out} if primary_only else {}
    record = provenance.of(found, "extract_tss", {"gtf": gtf}, parameters, upstream)
    genes.write(found.genes, out)
    files.write_text(found.all_tss.write_csv(include_header=False, separator="\t"), all_tss)
    provenance.write(record, card)
    cli.say(*found.notes, f"{found.genes.height:,} genes kept, {sum(found.dropped.values()):,} dropped")


if __name__ == "__main__":
    main()
