#!/usr/bin/env python3
"""Apply trained models to sequences or promoters: mean score, calibrated probability, and what is unlike training."""

from pathlib import Path

import click

from lncprom import cli
from lncprom.inference import options


@cli.command(show_default=False, help=__doc__)
@click.option(
    "--regions", type=cli.INPUT, required=True, help="FASTA; BED6 or BED8 of promoters; or gene ids, one a line."
)
@click.option("--fasta", type=cli.INPUT, help="Genome of a BED or of gene ids, plain or bgzip.")
@click.option("--gtf", type=cli.INPUT, help="Annotation with the gene ids.")
@click.option("--assembly-report", type=cli.INPUT, help="NCBI assembly report, if chromosomes are named by accession.")
@options.model_options
@options.panels_option
@options.device_options
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Scores (Parquet).")
@click.option("--tsv", type=cli.OUTPUT, required=True, help="The same (TSV).")
@click.option("--bed", type=cli.OUTPUT, required=True, help="Promoters with a place, for a browser (BED9).")
@click.option("--card", type=cli.OUTPUT, required=True, help="What was scored by which models (JSON).")
def main(regions: Path, fasta, gtf, assembly_report, upstream, out: Path, tsv: Path, bed: Path, card: Path, **rest):
    from lncprom import files, provenance
    from lncprom.application import apply, ensemble, panels, release
    from lncprom.application import regions as reader
    from lncprom.tables.scores import SCORES

    models = ensemble.of_options(rest, cli.say)
    given = reader.read(regions, models, fasta, gtf, assembly_report)
    done = apply.apply(models, given, regions.name, cli.say)
    inputs = {"regions": regions, "fasta": fasta, "gtf": gtf, "assembly_report": assembly_report}
    inputs |= release.digests(rest["model_dir"], models.names)
    record = {"step": "apply_model", "name": regions.name, "kind": given.kind, "members": models.described()}
    record |= provenance.of(done, "apply_model", inputs, {"precision": rest["precision"]}, upstream)
    record["panels"] = panels.of_highest(models, done.scores, given.rows, rest["panels"])
    with files.writing_all([out, tsv, bed, card]) as beside:
        SCORES.write(done.scores, beside[out])
        done.scores.write_csv(beside[tsv], separator="\t")
        beside[bed].write_text(apply.bed(done.scores), encoding="utf-8", newline="\n")
        provenance.write(record, beside[card])
    cli.say(*(f"note: {note}" for note in done.notes), f"{done.scores.height:,} scores")


if __name__ == "__main__":
    main()
