"""External sets and transfer in the report: a row for each pair and model, beside the model's own test score."""

import json

import helpers_report
from lncprom.report import methods
from lncprom.tables.metrics import TRANSFER

NAME = "promoter_vs_nonpromoter_300"


def row(kind, tested_on, model, metric, mean):
    of = (kind, NAME, tested_on, 300, model, "raw", metric, 1, mean, None, mean - 0.1, mean + 0.1, None)
    return (*of, 613, 300, 600, 14, 92, 7)


def test_transfer_table__sections_by_kind_with_what_stands_in_train_and_the_notes(tmp_path):
    given = helpers_report.make(tmp_path, ("promoter_vs_nonpromoter",), (300,), ())
    scores = {("external", "lab"): 0.31, ("transfer", "coding_300"): 0.42}
    rows = [
        row(*of, model, metric, value)
        for of, value in scores.items()
        for model in ("gc_cpg", "logistic_regression")
        for metric in ("mcc", "auroc", "brier")
    ]
    given["--transfer"] = tmp_path / "transfer.tsv"
    TRANSFER.write(TRANSFER.frame(rows), given["--transfer"])
    card = {"step": "evaluate_transfer", "parameters": {}, "counts": {}, "notes": ["x.on.lab: 7 left out <here>"]}
    (given["--cards"] / "transfer.json").write_text(json.dumps(card))
    html = helpers_report.rendered(given)
    section = html[html.index('<section id="transfer">') :].split("</section>")[0]
    external, transfer = section.split('id="transfer-transfer"')
    assert external.count("31.0</data>") == transfer.count("42.0</data>") == 2
    assert '0.310</data> <span class="ci">[0.210, 0.410]' in external
    for number in ("613", "14", "92", "7", "600"):
        assert external.count(f'<td class="n">{number}</td>') == 2
    assert "coding_300" in transfer
    assert "coding_300" not in external
    assert "x.on.lab: 7 left out &lt;here&gt;" in section
    assert 'href="#transfer"' in html
    said = " ".join(methods.markdown(helpers_report.read(given)).split())
    assert "All models were also scored on lab, which no model was trained on" in said
    assert "the test split of another data set (Task 2: promoter vs non-promoter, 300 bp to coding_300)" in said


def test_no_transfer__no_section(tmp_path):
    html = helpers_report.rendered(helpers_report.make(tmp_path, ("promoter_vs_nonpromoter",), (300,), ()))
    assert 'id="transfer"' not in html
    assert 'href="#transfer"' not in html
    assert "also scored on" not in html
