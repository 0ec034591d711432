#!/usr/bin/env python3
"""Score how variants change a model's score of the promoters whose windows hold them."""

from pathlib import Path

import click

from lncprom import cli, provenance
from lncprom.inference import options

SOURCE = click.Choice(["auto", "gene", "canonical"])


@cli.command(help=__doc__)
@click.option("--vcf", type=cli.INPUT, help="Variants (VCF, plain or bgzip).")
@click.option("--saturate", type=cli.INPUT, help="Regions (BED) of which all SNVs are scored.")
@click.option("--fasta", type=cli.INPUT, required=True, help="Genome of the variants' assembly, plain or bgzip.")
@click.option("--gtf", type=cli.INPUT, help="Annotation whose genes' TSSs give the promoters.")
@click.option("--promoters", type=cli.INPUT, help="In its place: promoters (BED6, or EPD's BED8).")
@click.option("--tss-source", type=SOURCE, default="auto", help="As of extract_tss.")
@click.option("--assembly-report", type=cli.INPUT, help="NCBI assembly report, if names are accessions.")
@options.model_options
@options.panels_option
@click.option("--null", type=click.IntRange(0), default=100, help="Matched changes in other promoters per variant.")
@click.option("--max-mismatches", type=cli.SHARE, default=0.01, help="Largest share of variants whose REF differs.")
@cli.seed_option
@options.device_options
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, help="Effects of the VCF's variants (TSV).")
@click.option("--out-vcf", type=cli.OUTPUT, help="The VCF with effects in INFO; bgzip if it ends with .gz.")
@click.option("--out-saturation", type=cli.REPLACED_FOLDER, help="Folder for saturation.tsv and heat maps (SVG).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts, and losses by reason (JSON).")
def main(card: Path, upstream, **given) -> None:
    from lncprom.application import ensemble, release, score_variants

    score_variants.check(given)
    models = ensemble.of_options(given, cli.say)
    done = score_variants.run(models, given)
    names = ("vcf", "saturate", "fasta", "gtf", "promoters", "assembly_report")
    inputs = {name: given[name] for name in names} | release.digests(given["model_dir"], models.names)
    parameters = {name: given[name] for name in ("tss_source", "null", "max_mismatches", "seed", "precision")}
    record = {"step": "score_variants", "name": (given["vcf"] or given["saturate"]).name, "members": models.described()}
    record["panels"] = done.panels
    provenance.write(record | provenance.of(done, "score_variants", inputs, parameters, upstream), card)
    cli.say(*done.notes, done.summary)


if __name__ == "__main__":
    main()
