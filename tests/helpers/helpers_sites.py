"""Sites tables for tests, from a line each, and chromosomes as text."""

import polars as pl

from lncprom.tables import sites


def sites_table(*lines: str, task: str = "task_a", transform: str = "none") -> pl.DataFrame:
    """One row for each `sample_id label chrom tss strand`; the negative's kind stays open."""
    rows = [line.split() for line in lines]
    table = pl.DataFrame(
        {
            "sample_id": [row[0] for row in rows],
            "label": [int(row[1]) for row in rows],
            "chrom": [row[2] for row in rows],
            "tss": [int(row[3]) for row in rows],
            "strand": [row[4] for row in rows],
        }
    )
    return complete(table, task, transform)


def complete(table: pl.DataFrame, task: str = "task_a", transform: str = "none") -> pl.DataFrame:
    """The frame with all columns of a sites table; those that it lacks are empty."""
    table = table.with_columns(task=pl.lit(task), transform=pl.lit(transform))
    absent = [name for name in sites.COLUMNS if name not in table.columns]
    return sites.check(table.with_columns(pl.lit(None).alias(name) for name in absent), "test")


def write_fasta(path, **chromosomes: str):
    path.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in chromosomes.items()))
    return path
