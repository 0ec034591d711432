// Predictions, cards and versions -> metrics and one report.

include { EVALUATE } from '../../../modules/local/evaluate'
include { REPORT } from '../../../modules/local/report'

// Files of a channel as one list in the order of their names, so that arrival decides nothing
def inOrder(files) {
    return files.toSortedList { a, b -> a.name <=> b.name }
}

workflow SUMMARISE {
    take:
    datasets // [meta, dataset.parquet, card]
    predictions // [meta, predictions.parquet]
    composition
    tpm
    kmers
    cards
    settings

    main:
    // [meta, dataset.parquet, card, [predictions.parquet, ...]]
    by_dataset = predictions
        .map { meta, table -> [meta.dataset, table] }
        .groupTuple(size: settings.models.size())
        .map { id, tables -> [id, tables.sort { table -> table.name }] }
    EVALUATE(
        datasets.map { meta, dataset, card -> [meta.id, meta, dataset, card] }.join(by_dataset).map { _id, meta, dataset, card, tables -> [meta, dataset, card, tables] },
        [bootstrap: settings.given.bootstrap, confidence: settings.given.confidence, seed: settings.given.seed],
    )

    versions = channel.topic('versions')
        .map { process, tool, version -> "${process.tokenize(':').last()}\t${tool}\t${version}" }
        .unique()
        .toSortedList()
        .map { rows -> written('versions.yml', versionsYaml(rows), settings) }
    parameters = written('params.json', settings.parameters + '\n', settings)

    REPORT(
        [id: 'report', title: settings.given.report_title, code: [settings.code, settings.report_code]],
        inOrder(datasets.map { _meta, _dataset, card -> card }.mix(cards, EVALUATE.out.card)),
        inOrder(EVALUATE.out.metrics),
        inOrder(EVALUATE.out.curves),
        inOrder(composition),
        inOrder(kmers),
        tpm.ifEmpty([]),
        settings.dag,
        versions,
        parameters,
    )

    report = REPORT.out.html

    emit:
    report
}

// Not collectFile: resumed with earlier parameters, it leaves the later ones' file in storeDir
def written(name, text, settings) {
    def path = file("${settings.outdir}/pipeline_info/${name}")
    path.parent.mkdirs()
    path.text = text
    return path
}

def versionsYaml(rows) {
    return rows*.tokenize('\t').groupBy { process, _tool, _version -> process }
        .collect { process, tools -> "${process}:\n" + tools.collect { _process, tool, version -> "  ${tool}: '${version}'\n" }.join('') }
        .join('')
}
