#!/usr/bin/env python3
"""Label genes with high or low expression in all tissues."""

from dataclasses import asdict
from pathlib import Path

import click

from lncprom import cli

TIES = click.Choice(["exclude", "include"])


@cli.command(help=__doc__)
@click.option("--genes", "table", type=cli.INPUT, required=True, help="Genes (Parquet) of extract_tss.")
@click.option("--expression", type=cli.INPUT, required=True, help="TPM by gene and tissue: GCT 1.2, 1.3 or TSV.")
@click.option("--exclude-tissues", default="study", help="study, none, or names and globs separated by commas.")
@click.option("--high-percentile", type=float, default=75, help="High: above it in a tissue.")
@click.option("--low-percentile", type=float, default=25, help="Low: at or below it in a tissue.")
@click.option("--rule", default="all", help="In how many tissues: all, or a fraction such as 0.9.")
@click.option("--high-ties", type=TIES, default="exclude", help="Genes at the high percentile.")
@click.option("--low-ties", type=TIES, default="include", help="Genes at the low percentile.")
@click.option("--universe", type=cli.NAMES, default="protein_coding,lncRNA", help="Biotypes to label.")
@click.option("--target", help="For the task expression_level: mean, max, breadth, tau, tissue:NAME or all-tissues.")
@click.option("--max-lost", type=cli.SHARE, default=0.5, help="Largest fraction without expression.")
@click.option("--out", type=cli.OUTPUT, required=True, help="The genes with labels (Parquet).")
@click.option("--tpm-table", type=cli.OUTPUT, required=True, help="Mean and sd of TPM by biotype (TSV).")
@click.option("--expression-table", type=cli.OUTPUT, help="Expression and its quantile by gene and tissue (Parquet).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Counts by label, and losses by reason (JSON).")
@cli.upstream_option
def main(table: Path, expression: Path, rule: str, max_lost: float, out: Path, tpm_table: Path, card: Path, **rest):
    from lncprom import provenance
    from lncprom.genes import expression_labels
    from lncprom.genes.expression_table import read
    from lncprom.tables import genes

    upstream, expression_table, target = (rest.pop(name) for name in ("upstream", "expression_table", "target"))
    settings = expression_labels.Rule(share=expression_labels.share_of(rule), **rest)
    found = expression_labels.label(genes.read(table), read(expression), settings, max_lost, expression.name, target)
    inputs, parameters = {"genes": table, "expression": expression}, asdict(settings) | {"max_lost": max_lost}
    parameters |= {"target": target} if target else {}
    record = provenance.of(found, "label_expression", inputs, parameters, upstream)
    genes.write(found.genes, out)
    genes.TPM.write(found.tpm, tpm_table)
    if expression_table is not None:
        genes.EXPRESSION.write(found.expression, expression_table)
    provenance.write(record, card)
    cli.say(*found.notes, ", ".join(f"{number:,} {label}" for label, number in found.counts["expression"].items()))


if __name__ == "__main__":
    main()
