// Predictions, cards and versions -> metrics and one report; the trace -> what it cost.

include { COMPARE_MODELS } from '../../../modules/local/compare_models'
include { EVALUATE } from '../../../modules/local/evaluate'
include { MAKE_CLAIMS } from '../../../modules/local/make_claims'
include { REPORT } from '../../../modules/local/report'
include { SUMMARISE_COST } from '../../../modules/local/summarise_cost'
include { isCurved ; isWithoutChance ; seedsOf ; splitsOf } from '../check_parameters/facts'

// Files of a channel as one list in the order of their names, so that arrival decides nothing
def inOrder(files) {
    return files.toSortedList { a, b -> a.name <=> b.name }
}

workflow SUMMARISE {
    take:
    datasets // [meta, dataset.parquet, card]
    predictions // [meta, predictions.parquet]
    fractions // the same after training on a fraction of train
    composition
    tpm
    kmers
    training
    profiles
    motifs
    transfer
    cards
    leaks
    homology // [meta, homology.parquet]
    settings

    main:
    def started = workflow.start.toInstant().toEpochMilli()
    def trained = settings.models.collect { model -> seedsOf(model, settings).size() }.sum()
    // [meta, dataset.parquet, card, [predictions.parquet, ...]]
    predicted = predictions
        .map { meta, table -> [meta.dataset, table] }
        .combine(datasets.map { meta, _dataset, _card -> [meta.id, trained * splitsOf(meta, settings).size()] }, by: 0)
        .map { id, table, number -> [groupKey(id, number), table] }
        .groupTuple()
        .map { key, tables -> [key.groupTarget, tables.sort { table -> table.name }] }
    together = datasets
        .map { meta, dataset, card -> [meta.id, meta, dataset, card] }
        .join(predicted)
        .map { _id, meta, dataset, card, tables -> [meta, dataset, card, tables] }
    def options = [confidence: settings.given.confidence, seed: settings.given.seed]
    // [meta, dataset.parquet, card, [predictions.parquet, ...], homology.parquet or nothing]
    nearest = 'homology' in settings.strata
        ? together.map { meta, dataset, card, tables -> [meta.id, meta, dataset, card, tables] }
            .join(homology.map { meta, table -> [meta.id, table] })
            .map { _id, meta, dataset, card, tables, table -> [meta, dataset, card, tables, table] }
        : together.map { meta, dataset, card, tables -> [meta, dataset, card, tables, []] }
    // the same, and the predictions of learning curves
    def curved = settings.fractions.size() * settings.seeds.size() * settings.models.count { model -> isCurved(model) }
    withCurves = curved
        ? nearest.map { meta, dataset, card, tables, table -> [meta.id, meta, dataset, card, tables, table] }
            .join(fractions.map { meta, table -> [meta.dataset, table] }.groupTuple(size: curved))
            .map { _id, meta, dataset, card, tables, table, parts -> [meta, dataset, card, tables, table, parts.sort { part -> part.name }] }
        : nearest.map { meta, dataset, card, tables, table -> [meta, dataset, card, tables, table, []] }
    EVALUATE(
        withCurves,
        options + [prevalence: settings.given.prevalence, strata: settings.strata.join(',')],
    )
    def withoutChance = settings.models.findAll { model -> isWithoutChance(model) }*.name
    COMPARE_MODELS(together, options + [contrasts: settings.contrasts, no_chance: withoutChance])
    MAKE_CLAIMS([id: 'claims', code: settings.code], inOrder(COMPARE_MODELS.out.comparisons), inOrder(COMPARE_MODELS.out.card))

    versions = channel.topic('versions')
        .map { process, tool, version -> "${process.tokenize(':').last()}\t${tool}\t${version}" }
        .unique()
        .toSortedList()
        .map { rows -> written('versions.yml', versionsYaml(rows + ["PIPELINE\tNextflow\t${workflow.nextflow.version}".toString()]), settings) }
    parameters = written('params.json', settings.parameters + '\n', settings)

    REPORT(
        [id: 'report', title: settings.given.report_title, code: [settings.code, settings.report_code]],
        inOrder(datasets.map { _meta, _dataset, card -> card }.mix(cards, EVALUATE.out.card, COMPARE_MODELS.out.card, MAKE_CLAIMS.out.card)),
        inOrder(EVALUATE.out.metrics),
        inOrder(EVALUATE.out.curves),
        inOrder(EVALUATE.out.seeds),
        inOrder(COMPARE_MODELS.out.comparisons),
        MAKE_CLAIMS.out.claims,
        inOrder(composition),
        inOrder(kmers),
        inOrder(training),
        inOrder(profiles),
        inOrder(motifs),
        tpm.ifEmpty([]),
        settings.dag,
        versions,
        parameters,
        inOrder(EVALUATE.out.reliability),
        inOrder(leaks),
        transfer.ifEmpty([]),
        inOrder(EVALUATE.out.strata),
        inOrder(EVALUATE.out.learning_curve),
    )

    // no version of this one: the channel of versions, which REPORT waits for, would wait for it
    SUMMARISE_COST(
        datasets.map { meta, _dataset, _card -> meta.id }.toSortedList().map { names ->
            [id: 'cost', title: settings.given.report_title, datasets: names, models: settings.models*.name, gpus: settings.given.gpus ?: 0, gpu_steps: gpuSteps()]
        },
        // a copy, closed before the task begins: another machine may see the trace itself late
        REPORT.out.html
            .map { _html -> traceOf(settings, started) }
            .filter { text -> text }
            .collectFile(name: 'trace.txt'),
    )

    report = REPORT.out.html

    emit:
    report
}

// Not collectFile: resumed with earlier parameters, it leaves the later ones' file in storeDir
def written(name, text, settings) {
    def path = file("${settings.outdir}/pipeline_info/${name}", glob: false)
    path.parent.mkdirs()
    path.text = text
    return path
}

def versionsYaml(rows) {
    return rows*.tokenize('\t').groupBy { process, _tool, _version -> process }
        .collect { process, tools -> "${process}:\n" + tools.collect { _process, tool, version -> "  ${tool}: '${version}'\n" }.join('') }
        .join('')
}

// The modules with the label process_gpu
def gpuSteps() {
    return ['APPLY_MODEL', 'EMBED', 'FINETUNE', 'SCAN_GENOME', 'SCORE_ATTENTION', 'SCORE_TRANSFER', 'SCORE_VARIANTS']
}

// What the engine has written of its trace, as text; empty where it keeps none, or one that cannot be summed
def traceOf(settings, started) {
    def path = file("${settings.outdir}/pipeline_info/trace.txt", glob: false)
    // an earlier run's, if older than this one: -with-trace and trace.file may lead to another place
    def ours = path.exists() && path.lastModified() >= started
    if (!ours) {
        log.info("No report/cost.html: this run writes no ${path}, from which costs are summed")
        return ''
    }
    def columns = path.withReader { reader -> reader.readLine() }?.tokenize('\t') ?: []
    def missing = ['name', 'status', 'realtime'] - columns
    def multiline = columns.intersect(['script', 'env'])
    if (missing || multiline) {
        log.info("No report/cost.html: ${path} has ${missing ? "no column ${missing.join(', ')}" : "cells of several lines (${multiline.join(', ')})"}; change trace.fields")
        return ''
    }
    def withUnits = path.readLines().drop(1).find { line -> !((line.split('\t') as List)[columns.indexOf('realtime')] ==~ /\d+|-/) }
    if (withUnits) {
        log.info("No report/cost.html: ${path} has times with units. Set trace.raw = true")
        return ''
    }
    // a task's line follows what it gives on: REPORT's own comes last, a moment later
    (1..50).find { _times -> path.text.contains(':REPORT (') || pause() }
    return path.text
}

def pause() {
    sleep(100)
    return false
}
