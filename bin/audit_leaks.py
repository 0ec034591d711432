#!/usr/bin/env python3
"""Find samples of dev and test that resemble train: copies, near duplicates, overlaps, shared chunks, same genes."""

from pathlib import Path

import click

from lncprom import cli, provenance


@cli.command(help=__doc__)
@click.option("--dataset", "path", type=cli.INPUT, required=True, help="The data set (Parquet), with folds.")
@cli.name_option
@click.option(
    "--leak-k", type=click.Choice(["auto", "10", "12"]), default="auto", help="Bases of words that a pair must share."
)
@click.option("--max-leakage", type=cli.SHARE, help="Largest fraction of test samples that leak. Default: report only.")
@cli.seed_option
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Samples by kind of leak and by similarity (TSV).")
@click.option("--pairs", "pairs_path", type=cli.OUTPUT, required=True, help="The most similar pairs (TSV).")
@click.option("--homology", type=cli.OUTPUT, required=True, help="Nearest train sample of each tested one (Parquet).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts, and how much the search finds (JSON).")
def main(path: Path, name, leak_k, max_leakage, seed, upstream, out, pairs_path, homology, card: Path) -> None:
    from lncprom.datasets import leaks
    from lncprom.tables import dataset
    from lncprom.tables.leaks import HOMOLOGY, PAIRS

    rows = dataset.read(path)
    dataset.require_folds(rows, path.name)
    done = leaks.audit(rows, seed, None if leak_k == "auto" else int(leak_k))
    found = leaks.table(done.samples, name)
    parameters = {"leak_k": leak_k, "max_leakage": max_leakage, "seed": seed}
    record = provenance.of(done, "audit_leaks", {"dataset": path}, parameters, upstream)
    leaks.LEAKS.write(found, out)
    PAIRS.write(done.pairs.head(leaks.MOST_PAIRS), pairs_path)
    HOMOLOGY.write(done.samples.select(*HOMOLOGY.columns), homology)
    provenance.write({"step": "audit_leaks", "dataset": name} | record, card)
    if max_leakage is not None:
        leaks.refuse(found, max_leakage, path.name)
    cli.say(*record["notes"], *leaks.in_words(found))


if __name__ == "__main__":
    main()
