#!/usr/bin/env python3
"""Print docs/benchmarks/task_sizes.md: sizes of the tasks between genes, and what matching leaves, in GTEx."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bin"))

from lncprom.genes import expression_labels, expression_table, tss  # noqa: E402
from lncprom.sites import matching, tasks  # noqa: E402

GTF = "Homo_sapiens.GRCh38.109.genes_only.gtf.gz"
GCT = "GTEx_V7_gene_median_tpm.gct.gz"
STUDY = "Bladder,Cervix - *,Fallopian Tube"
TISSUES = {
    "study's exclusions": "study",
    "also without Kidney - Cortex": f"{STUDY},Kidney - Cortex",
    "also without Testis": f"{STUDY},Testis",
}
WITHIN = ("lncrna_expressed_vs_silent", "lncrna_high_vs_low", "lncrna_broad_vs_specific", "coding_high_vs_low")
CALIPERS = (0.005, 0.01, 0.05, 0.2)
QUARTILES = (0.25, 0.5, 0.75)


def sizes(genes: dict[str, pl.DataFrame], counts: dict[str, int]) -> list[str]:
    """Rows: positives and negatives of each task by the tissues that count."""
    rows = ["| task | " + " | ".join(f"{name} ({counts[name]} tissues)" for name in genes) + " |", "|---" * 4 + "|"]
    for name in (*WITHIN, "high_vs_low_expression", "coding_vs_lncrna"):
        pools = tasks.get(name).positives, tasks.get(name).negatives
        cells = [" / ".join(f"{pool.of(table).height:,}" for pool in pools) for table in genes.values()]
        rows.append(f"| `{name}` | {' | '.join(cells)} |")
    return rows


def by_biotype(genes: pl.DataFrame) -> list[str]:
    """Rows: quartiles of mean, breadth and tau by biotype."""
    rows = ["| | protein-coding | lncRNA |", "|---|---|---|"]
    parts = [genes.filter(pl.col("biotype") == kind) for kind in ("protein_coding", "lncRNA")]
    found = [part.drop_nulls("max_tpm") for part in parts]
    expressed = [part.filter(pl.col("max_tpm") >= 1) for part in found]
    rows.append(f"| genes with a row in GTEx | {' | '.join(f'{part.height:,}' for part in found)} |")
    rows.append(f"| 1 TPM or more in some tissue | {' | '.join(f'{part.height:,}' for part in expressed)} |")
    for title, column, of in (
        ("mean log2(TPM + 1), quartiles", "mean_log_tpm", found),
        ("breadth, quartiles of those of 1 TPM", "breadth", expressed),
        ("tau, quartiles of those of 1 TPM", "tau", expressed),
    ):
        cells = (" ".join(f"{part[column].quantile(q, 'linear'):.2f}" for q in QUARTILES) for part in of)
        rows.append(f"| {title} | {' | '.join(cells)} |")
    for title, rule in (
        ("tau of 0.85 or more, of those of 1 TPM", pl.col("tau") >= 0.85),
        ("1 TPM in every tissue", pl.col("breadth") == 1),
    ):
        rows.append(f"| {title} | {' | '.join(f'{part.select(rule.mean()).item():.0%}' for part in expressed)} |")
    return rows


def balance(genes: pl.DataFrame) -> list[str]:
    """Rows: pairs of coding and lncRNA genes, and what expression alone says of the class, by caliper."""
    rows = ["| genes | caliper (sd) | pairs | difference before, after (sd) | AUROC before, after |", "|---" * 5 + "|"]
    known = genes.drop_nulls("mean_log_tpm").filter(pl.col("biotype").is_in(["protein_coding", "lncRNA"]))
    known = known.with_columns(label=(pl.col("biotype") == "protein_coding").cast(pl.Int8), sample_id="gene_id")
    for least in (0, 0.5):
        table = known.filter(pl.col("mean_log_tpm") >= least).sort("gene_id")
        for caliper in CALIPERS:
            found = matching.match(table, None, ("log_tpm",), caliper, 300).balance
            before, after = found["log_tpm"]["before"], found["log_tpm"]["after"]
            pairs = [[of[name] for of in (before, after)] for name in ("standardised_difference", "auroc")]
            cells = " | ".join(f"{one:.3f}, {other:.3f}" for one, other in pairs)
            whose = f"mean of {least} or more" if least else "all"
            rows.append(f"| {whose} | {caliper} | {found['pairs']:,} | {cells} |")
    return rows


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True, help=f"Folder of {GTF} and {GCT}.")
def main(data: Path) -> None:
    starts = tss.transcription_starts(data / GTF, ["protein_coding", "lncRNA"]).genes
    table, genes, counts = expression_table.read(data / GCT), {}, {}
    for name, exclude in TISSUES.items():
        found = expression_labels.label(starts, table, expression_labels.Rule(exclude_tissues=exclude), source=GCT)
        genes[name], counts[name] = found.genes, found.counts["tissues"]
    first = next(iter(genes.values()))
    click.echo(
        TEXT.format(
            sizes="\n".join(sizes(genes, counts)),
            by_biotype="\n".join(by_biotype(first)),
            balance="\n".join(balance(first)),
        ),
        nl=False,
    )


TEXT = """\
# Sizes of the tasks between genes

Made by `python benchmarks/task_sizes.py --data FOLDER > docs/benchmarks/task_sizes.md` from Ensembl 109 (one line a
gene) and the median TPM of GTEx V7: every chromosome, before promoters are placed on a genome and classes are
balanced. The sizes need no sequence. Scores of the logistic regression and of the trivial baselines on these tasks
need the whole genome, which the authors of this repository did not have; they are missing here.

## Positives / negatives

{sizes}

In the study's task `high_vs_low_expression`, highly expressed genes are nearly all protein-coding, so that the
biotype answers it. The tasks within a biotype cannot be answered so.

## Expression by biotype

With the study's exclusions. Breadth is the fraction of tissues with 1 TPM or more; tau is 0 for a gene that is
expressed alike in all tissues and 1 for a gene of one tissue.

{by_biotype}

## Coding and lncRNA genes matched by expression

`coding_vs_lncrna` with `--match log_tpm`: as many pairs as the caliper allows. The difference is that of the classes'
means of mean log2(TPM + 1), in standard deviations before matching; AUROC: how well expression alone separates them.
A wide caliper pairs at the edge of both distributions, always in one direction, so that the AUROC rises again: the
default is 0.005.

{balance}
"""


if __name__ == "__main__":
    main()
