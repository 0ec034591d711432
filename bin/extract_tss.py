#!/usr/bin/env python3
"""Read a GTF and write one row per gene: its TSS, strand and biotype."""

from pathlib import Path

import click

from lncprom import cli

SOURCE = click.Choice(["auto", "gene", "canonical"])


@cli.command(help=__doc__)
@click.option("--gtf", type=cli.INPUT, required=True, help="Annotation (GTF) of Ensembl, GENCODE or RefSeq.")
@click.option("--biotype", "biotypes", multiple=True, help="Biotype to keep; repeat the option. Default: all.")
@click.option(
    "--tss-source",
    type=SOURCE,
    default="auto",
    help="5' end of the gene, or of its canonical (else basic) transcript; auto: canonical if transcripts are tagged.",
)
@click.option("--tss-support", "cage", type=cli.INPUT, help="CAGE peaks (BED6 of refTSS, BED9 of FANTOM5).")
@click.option("--support-distance", type=click.IntRange(0), default=50, help="Largest distance to a peak (bp).")
@click.option("--assembly-report", type=cli.INPUT, help="NCBI assembly report, if names are accessions.")
@click.option("--primary-only/--all-chromosomes", default=True, help="Drop scaffolds and patches.")
@click.option(
    "--max-left-out", type=cli.SHARE, default=0.25, help="Largest share of genes on sequences that are no chromosomes."
)
@click.option("--out", type=cli.OUTPUT, required=True, help="The genes table (Parquet).")
@click.option("--all-tss", type=cli.OUTPUT, required=True, help="Every annotated TSS of any biotype (BED6).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts, and losses by reason (JSON).")
@cli.upstream_option
def main(
    gtf: Path,
    biotypes,
    tss_source: str,
    cage,
    support_distance,
    assembly_report,
    primary_only,
    max_left_out,
    out,
    **rest,
):
    from lncprom import files, provenance
    from lncprom.genes import tss, tss_support
    from lncprom.tables import genes

    all_tss, card, upstream = (rest[name] for name in ("all_tss", "card", "upstream"))
    found = tss.transcription_starts(gtf, biotypes, tss_source, primary_only, max_left_out)
    parameters = {"biotypes": list(biotypes), "tss_source": found.source, "primary_only": primary_only}
    parameters |= {"max_left_out": max_left_out} if primary_only else {}
    inputs = {"gtf": gtf}
    if cage is not None:
        rows, counts, note = tss_support.add(found.genes, cage, support_distance, assembly_report)
        found = found._replace(genes=rows, counts=found.counts | counts, notes=[*found.notes, note])
        parameters |= {"support_distance": support_distance}
        inputs |= {"tss_support": cage, "assembly_report": assembly_report}
    record = provenance.of(found, "extract_tss", inputs, parameters, upstream)
    genes.write(found.genes, out)
    files.write_text(found.all_tss.write_csv(include_header=False, separator="\t"), all_tss)
    provenance.write(record, card)
    cli.say(*found.notes, f"{found.genes.height:,} genes kept, {sum(found.dropped.values()):,} dropped")


if __name__ == "__main__":
    main()
