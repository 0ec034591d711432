#!/usr/bin/env python3
"""Merge the tables of scan_genome into a bigWig of each strand and a BED of peaks."""

from pathlib import Path

import click

from lncprom import cli


@cli.command(help=__doc__)
@click.option("--scan", "scans", type=cli.INPUT, multiple=True, required=True, help="Table of scan_genome; repeat.")
@click.option("--fai", type=cli.INPUT, required=True, help="Index of the FASTA.")
@click.option("--step", type=click.IntRange(1), default=50, help="Distance of windows (bp), as in scan_genome.")
@click.option("--distance", type=click.IntRange(0), default=500, help="Peaks of a strand lie further apart (bp).")
@click.option("--min-probability", type=cli.SHARE, default=0.9, help="Lowest probability of a peak.")
@cli.upstream_option
@click.option("--plus", type=cli.OUTPUT, required=True, help="Logits of the forward strand (bigWig).")
@click.option("--minus", type=cli.OUTPUT, required=True, help="Logits of the reverse strand (bigWig).")
@click.option("--peaks", type=cli.OUTPUT, required=True, help="TSSs of peaks (BED6).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Windows and peaks (JSON).")
def main(scans: tuple[Path, ...], fai: Path, upstream, plus: Path, minus: Path, peaks: Path, card: Path, **rest):
    from lncprom import files, provenance
    from lncprom.application import tracks
    from lncprom.genome import bigwig

    with files.writing_all([plus, minus, peaks, card]) as beside:
        wigs = {"plus": beside[plus], "minus": beside[minus]}
        done = tracks.merge(
            scans, bigwig.lengths_of(fai), rest["step"], rest["distance"], rest["min_probability"], wigs
        )
        # with a header, since no window may reach the probability, and an empty file says nothing
        files.write_text("#" + done.peaks.write_csv(separator="\t"), beside[peaks])
        record = {"step": "merge_scan"} | provenance.of(done, "merge_scan", {"fai": fai}, rest, upstream)
        provenance.write(record, beside[card])
    cli.say(f"{done.counts['plus'] + done.counts['minus']:,} windows, {done.counts['peaks']:,} peaks")


if __name__ == "__main__":
    main()
