#!/usr/bin/env python3
"""Score windows along chromosomes, both strands, by trained models; merge_scan.py makes tracks and peaks of it."""

from pathlib import Path

import click

from lncprom import cli
from lncprom.inference import options


@cli.command(show_default=False, help=__doc__)
@click.option("--fasta", type=cli.INPUT, required=True, help="Genome, plain or bgzip.")
@click.option("--chrom", help="Only this sequence of the FASTA.  [default: all]")
@cli.option("--first", type=click.IntRange(0), default=0, help="First position of a TSS (0-based).")
@click.option("--last", type=click.IntRange(1), help="The position after the last.  [default: the end]")
@click.option("--regions", type=cli.INPUT, help="Only TSSs in these regions (BED).")
@cli.option("--step", type=click.IntRange(1), default=50, help="Distance of windows (bp).")
@cli.option("--max-n-share", type=cli.SHARE, default=0, help="Largest fraction of N in a window.")
@click.option("--soft-mask", type=cli.INPUT, help="Repeats of the genome (BED of prepare_genome).")
@cli.option("--max-repeat-share", type=cli.SHARE, default=1, help="Largest fraction of repeats in a window.")
@options.model_options
@options.device_options
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Logit of each strand at each TSS (Parquet).")
@click.option("--card", type=cli.OUTPUT, required=True, help="What was scanned by which models (JSON).")
def main(fasta: Path, chrom: str | None, first: int, last: int | None, out: Path, card: Path, **rest) -> None:
    from lncprom import files, provenance
    from lncprom.application import ensemble, regions, release, scan
    from lncprom.genome.reader import Genome
    from lncprom.genome.soft_mask import SoftMask
    from lncprom.tables.scores import SCAN

    models, genome = ensemble.of_options(rest, cli.say), Genome.open(fasta)
    only = regions.stretches(rest["regions"], genome) if rest["regions"] else None
    mask = SoftMask.read(rest["soft_mask"]) if rest["soft_mask"] else None
    settings = scan.Settings(rest["step"], rest["max_n_share"], rest["max_repeat_share"], mask)
    inputs = {"fasta": fasta, "regions": rest["regions"], "soft_mask": rest["soft_mask"]}
    counts = {"windows": 0, "models": len(models.members)}
    with files.writing_all([out, card]) as beside, SCAN.writing(beside[out]) as add:
        for name in [chrom] if chrom else genome.names:
            stretch = scan.Stretch(name, first, last or genome.lengths.get(name, 1))
            here = None if only is None else only.get(name, regions.NOWHERE)
            for rows in scan.scan(models, genome, stretch, settings, here):
                add(rows)
                counts["windows"] += 2 * rows.height - rows["plus"].null_count() - rows["minus"].null_count()
            cli.say(f"{name}: {counts['windows']:,} windows so far")
        parameters = settings._replace(mask=None)._asdict() | {"chrom": chrom, "first": first, "last": last}
        inputs |= release.digests(rest["model_dir"], models.names)
        record = {"step": "scan_genome", "members": models.described()}
        record |= provenance.make(
            "scan_genome", inputs=inputs, parameters=parameters, counts=counts, upstream=rest["upstream"]
        )
        provenance.write(record, beside[card])


if __name__ == "__main__":
    main()
