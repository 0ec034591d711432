"""report_scores.py: one page of scores, flags, peaks and the models' calibration, well-formed and without addresses."""

import re

import helpers_variants
from helpers_baseline import random_sequences
from helpers_genome import write_fasta
from helpers_page import Frame, show


def test_scores_and_a_scan__their_numbers_on_one_page(step, trained, work, tmp_path):
    models = ("--model-dir", trained("position_ladder") / "model", "--model-dir", trained("cnn") / "model")
    texts = random_sequences(12, 60)
    write_fasta(tmp_path / "x.fa", {f"s{number}": text for number, text in enumerate(texts)} | {"odd": "AT" * 30})
    write_fasta(tmp_path / "g.fa", {"chr1": random_sequences(1, 3000)[0]})
    at = {"out": "a.scores.parquet", "tsv": "a.scores.tsv", "bed": "a.scores.bed", "card": "a.scores.json"}
    given = (word for option, name in at.items() for word in (f"--{option}", work / name))
    assert step("apply_model", "--regions", tmp_path / "x.fa", *models, *given).exit_code == 0
    given = ("--out", work / "a.scan.parquet", "--card", work / "a.scan.json")
    assert step("scan_genome", "--fasta", tmp_path / "g.fa", *models, *given).exit_code == 0
    at = {"plus": "a.plus.bw", "minus": "a.minus.bw", "peaks": "a.peaks.bed", "card": "a.peaks.json"}
    given = [word for option, name in at.items() for word in (f"--{option}", work / name)]
    given += ["--scan", work / "a.scan.parquet", "--fai", tmp_path / "g.fa.fai", "--min-probability", 0.5]
    assert step("merge_scan", *given, "--upstream", work / "a.scan.json").exit_code == 0
    genome = helpers_variants.genome(tmp_path)
    given = ("--promoters", helpers_variants.bed(tmp_path / "p.bed"), "--null", 0, "--fasta", genome)
    base = helpers_variants.bases()[170]  # in the first promoter's motif
    rows = [("1", 171, base, other) for other in "ACGT" if other != base]
    at = ("--out", work / "a.variants.tsv", "--out-vcf", work / "a.vcf", "--card", work / "a.variants.json")
    path = helpers_variants.vcf(tmp_path / "x.vcf", rows)
    assert step("score_variants", "--vcf", path, *given, *models, *at).exit_code == 0
    cards = [word for kind in ("scores", "peaks", "variants") for word in ("--card", work / f"a.{kind}.json")]
    cards += ["--variants", work / "a.variants.tsv"]
    given = ("--scores", work / "a.scores.parquet", "--peaks", work / "a.peaks.bed", *cards, "--out", work / "p.html")
    result = step("report_scores", *given)
    assert result.exit_code == 0, result.output
    page = (work / "p.html").read_text()
    assert "13 sequences of x.fa (FASTA)" in page
    assert page.count("<figure>") == 2
    assert "3 alleles that can be scored; 3 lie in windows of promoters, which makes 3 effects" in page
    assert f">1:171 {base}&gt;" in page
    assert not re.search(r"(src|href)=\"https?:", page)
    header, *peaks = (work / "a.peaks.bed").read_text().splitlines()
    assert f"{len(peaks):,} peaks of a probability of 0.5 or more" in page
    (work / "a.peaks.bed").write_text(header + "\n")  # no window may reach the probability
    given = ("--peaks", work / "a.peaks.bed", "--card", work / "a.peaks.json", "--out", work / "none.html")
    assert step("report_scores", *given).exit_code == 0
    assert "; 0 peaks of a probability" in (work / "none.html").read_text()
    assert re.search(r'<th scope="row">kmers</th><td class="n">[1-9]', page)
    assert page.count('<svg class="bars"') == 3
    assert page.count('<svg class="acgt"') == 2 * 3
    measure = "document.documentElement.scrollWidth"
    widths, console = show({f"at {width}": Frame(page, measure, width) for width in (390, 1280)}, {})
    assert console == []
    assert widths == {"at 390": 390, "at 1280": 1280}
