// Predictions, cards and versions -> metrics and one report.

include { COMPARE_MODELS } from '../../../modules/local/compare_models'
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
    training
    profiles
    motifs
    cards
    settings

    main:
    def trained = settings.models.collect { model -> model.tuned ? settings.seeds.size() : 1 }.sum()
    // [meta, dataset.parquet, card, [predictions.parquet, ...]]
    predicted = predictions
        .map { meta, table -> [meta.dataset, table] }
        .groupTuple(size: trained)
        .map { id, tables -> [id, tables.sort { table -> table.name }] }
    together = datasets
        .map { meta, dataset, card -> [meta.id, meta, dataset, card] }
        .join(predicted)
        .map { _id, meta, dataset, card, tables -> [meta, dataset, card, tables] }
    def options = [bootstrap: settings.given.bootstrap, confidence: settings.given.confidence, seed: settings.given.seed]
    EVALUATE(together, options)
    // one model alone has nothing to be compared with
    COMPARE_MODELS(settings.models.size() > 1 ? together : channel.empty(), options)

    versions = channel.topic('versions')
        .map { process, tool, version -> "${process.tokenize(':').last()}\t${tool}\t${version}" }
        .unique()
        .toSortedList()
        .map { rows -> written('versions.yml', versionsYaml(rows), settings) }
    parameters = written('params.json', settings.parameters + '\n', settings)

    REPORT(
        [id: 'report', title: settings.given.report_title, code: [settings.code, settings.report_code]],
        inOrder(datasets.map { _meta, _dataset, card -> card }.mix(cards, EVALUATE.out.card, COMPARE_MODELS.out.card)),
        inOrder(EVALUATE.out.metrics),
        inOrder(EVALUATE.out.curves),
        inOrder(EVALUATE.out.seeds),
        inOrder(COMPARE_MODELS.out.comparisons),
        inOrder(composition),
        inOrder(kmers),
        inOrder(training),
        inOrder(profiles),
        inOrder(motifs),
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
