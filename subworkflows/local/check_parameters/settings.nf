// Parameters -> the settings that the workflows take: lists split, paths resolved, and digests of the code.

include { contrastsOf ; foldWaysOf ; fractionsOf ; isInflation ; isMain ; lengthsByTask ; matchByTask ; parametersOf ; tasksIn ; transfersOf ; valueOf ; variantsOf } from './facts'
include { splitList } from './values'

// Values by type: a -params-file can hold "false" as text, which Groovy takes for true
def typed(params, properties) {
    return params.collectEntries { name, value ->
        [name, properties[name]?.type == 'boolean' && value != null ? value.toString() == 'true' : value]
    }
}

// Digests of the code that computes the numbers: the engine's cache does not look into bin/lncprom. Explanations and the
// report have digests of their own, so that a change in them trains no model again. The style of figures and the figures
// of the study belong to both.
def digestsOf(root) {
    def parts = [report: 'report/.+|plot_style.py|study.py', explain: '(attribution|profiles|motifs)/.+|plot_style.py|study.py']
    def sources = files("${root}/bin/lncprom/**.{py,json,html,md}") + files("${root}/containers/{cpu,gpu}/requirements.lock")
    def members = parts.collectEntries { part, places -> [part, sources.findAll { source -> source.toString() ==~ ".*/lncprom/(${places})" }] }
    members.code = sources - members.report - members.explain
    return members.collectEntries { part, files ->
        [part, files.sort { source -> source.toString() }.collect { source -> source.text }.join('\n').md5()]
    }
}

// Folders that tasks write to outside their own, created here so that a container can mount them
def makeFolders(params, workDir) {
    file(valueOf(params, 'checkpoint_dir') ?: "${workDir}/training", glob: false).mkdirs()
    file("${workDir}/numba", glob: false).mkdirs()
    file(valueOf(params, 'checkpoint_cache') ?: "${System.getenv('HOME')}/.cache/lncprom/checkpoints", glob: false).mkdirs()
}

// An empty list leaves an optional path input out
def fileOrNone(value) {
    return value ? file(value, glob: false) : []
}

// With --ablation truncation, each language model stands there once more for every other way to cut long sequences
def withAblation(models, ablation) {
    def variants = models.findAll { model -> ablation == 'truncation' && model.tuned && model.origin.kind != 'none' && isMain(model) }.collectMany { model ->
        (['tss', 'right', 'left', 'chunk'] - (model.settings.truncation ?: 'tss')).collect { way ->
            model + [name: "${model.name}.cut_${way}".toString(), settings: model.settings + [truncation: way], ablation: true]
        }
    }
    return models + variants
}

// With --inflation, one model of each kind: logistic regression, network from scratch, language model
def modelsOf(models, params) {
    def kinds = models.groupBy { model -> model.tuned ? model.origin.kind == 'none' ? 'network' : 'language model' : 'regression' }
    return isInflation(params) ? kinds.values()*.first() : models
}

def settingsOf(params, schema, sheets, root) {
    def properties = parametersOf(schema)
    def digests = digestsOf(root)
    def lengths = lengthsByTask(params.tasks, params.lengths)
    def values = typed(params, properties)
    def reported = values.findAll { name, _value -> properties[name] && !(properties[name].group in ['Where it runs', 'Containers', 'Other']) && name != 'outdir' }
    def models = modelsOf(sheets.models.rows, params)
    return [
        code: digests.code,
        explain_code: digests.explain,
        report_code: digests.report,
        fasta: fileOrNone(params.fasta),
        gtf: fileOrNone(params.gtf),
        expression: fileOrNone(params.expression),
        promoters: fileOrNone(params.promoters),
        tss_support: fileOrNone(params.tss_support),
        assembly_report: fileOrNone(params.assembly_report),
        variants: variantsOf(params, tasksIn(root)),
        fold_ways: foldWaysOf(params),
        lengths: lengths,
        match: matchByTask(params, tasksIn(root)),
        window: params.group_length ? params.group_length as Integer : lengths.values().flatten().max(),
        biotypes: params.biotypes == 'all' ? [] : splitList(params.biotypes),
        seeds: splitList(params.seeds)*.toLong(),
        baselines: splitList(params.baselines).join(','),
        datasets: sheets.datasets.rows,
        external: sheets.external.rows,
        transfers: transfersOf(params, tasksIn(root)),
        models: withAblation(models, params.ablation),
        fractions: fractionsOf(params),
        strata: splitList(params.strata) - 'none',
        contrasts: contrastsOf(params.contrasts, models),
        motifs: fileOrNone(params.motifs),
        explained: splitList(params.explain),
        explained_lengths: lengths.collectEntries { task, built ->
            [task, params.explain_lengths ? splitList(params.explain_lengths)*.toInteger() : [300 in built ? 300 : built.min()]]
        },
        dag: file("${root}/assets/dag.svg"),
        outdir: params.outdir,
        parameters: groovy.json.JsonOutput.prettyPrint(groovy.json.JsonOutput.toJson(reported.sort())),
        given: values,
    ]
}
