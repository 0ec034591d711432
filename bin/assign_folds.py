#!/usr/bin/env python3
"""Assign every site a group (loci that overlap at the longest length) and a split: train, dev or test."""

from pathlib import Path

import click

from lncprom import cli

WAYS = click.Choice(["group", "homology", "chromosome", "sample"])


@cli.command(help=__doc__)
@click.option("--sites", type=cli.INPUT, multiple=True, required=True, help="Sites (Parquet); repeat for every task.")
@click.option("--out-dir", type=cli.OUTPUT_FOLDER, required=True, help="Folder for the tables, under their file names.")
@click.option("--window", type=click.IntRange(52), default=2000, help="Longest length that will be built.")
@click.option("--by", type=WAYS, default="group", help="What stays in one split (study: sample).")
@click.option("--genome", "fasta", type=cli.INPUT, help="The genome of define_task (FASTA), for --by homology.")
@click.option("--lengths", type=cli.INTEGERS, default=(), help="Lengths to compare by homology (default: --window).")
@click.option("--fractions", type=cli.SHARES, default="0.8,0.1,0.1", help="Fractions of train, dev, test.")
@click.option("--splits", type=click.IntRange(1), default=1, help="Number of independent assignments.")
@cli.seed_option
@cli.upstream_option
@click.option("--card", type=cli.OUTPUT, required=True, help="Groups, samples and fractions by task and split (JSON).")
def main(sites: tuple[Path, ...], out_dir: Path, fasta, fractions, upstream, card: Path, **rest) -> None:
    from lncprom import errors, files, provenance
    from lncprom.genome.reader import Genome
    from lncprom.sites import folds
    from lncprom.tables import sites as table

    folds.check_fractions(fractions)
    if rest["by"] == "homology" and not fasta:
        raise errors.InputError("--by homology: compares sequences. Give --genome, the FASTA of define_task.")
    if rest["lengths"] and (min(rest["lengths"]) < 52 or max(rest["lengths"]) > rest["window"]):
        raise errors.InputError(
            f"--lengths: not all are from 52 to {rest['window']} (--window). Give the built lengths."
        )
    outputs = folds.output_paths(sites, out_dir)
    genome = Genome.open(fasta) if rest["by"] == "homology" else None
    done = folds.assign({path.name: table.read(path) for path in sites}, fractions=fractions, genome=genome, **rest)
    inputs = {path.name: path for path in sorted(sites, key=lambda path: path.name)}
    inputs |= {"genome": fasta} if genome else {}
    parameters = {"window": rest["window"], "by": rest["by"], "fractions": fractions, "seed": rest["seed"]}
    parameters |= {"splits": rest["splits"]} if rest["splits"] > 1 else {}
    parameters |= {"lengths": sorted(rest["lengths"] or (rest["window"],))} if genome else {}
    record = provenance.of(done, "assign_folds", inputs, parameters, upstream)
    with files.writing_all([*outputs.values(), card]) as beside:
        for file, path in outputs.items():
            table.write(done.tables[file], beside[path])
        provenance.write(record, beside[card])
    cli.say(*done.notes, f"{done.counts['groups']:,} groups in {len(fractions)} splits")


if __name__ == "__main__":
    main()
