// Everything that must be known before any task: the help text, all problems of a call at once, and the settings that the
// workflows take. Ranges and columns come from nextflow_schema.json and assets/schema_*.json; what only a step can see, the
// step checks.

include { applyProblems ; applySettings ; modelsIn } from './apply'
include { entryOf ; readDatasets ; readModels ; readSheet } from '../read_sheets'
include { contrastRules ; datasetName ; foldWaysOf ; isInflation ; isProbe ; lengthsByTask ; matchByTask ; parametersOf ; tasksIn ; transfersOf ; valueOf ; variantsOf ; withControls } from './facts'
include { addressProblems ; contextOf ; ignoredParameters ; machineProblems ; strayProblems ; unknownParameters ; unknownProblem } from './machine'
include { digestsOf ; makeFolders ; settingsOf } from './settings'
include { mostSimilar ; splitList ; valueProblems } from './values'

def helpText(schema, manifest) {
    def properties = parametersOf(schema)
    def width = properties.keySet().collect { name -> name.size() }.max() + 2
    def lines = properties.groupBy { _name, facts -> facts.group }.collectMany { group, members ->
        ['', group] + members.collect { name, facts ->
            def choice = facts['enum'] ? " (${facts['enum'].join(', ')})" : ''
            def standard = facts['default'] != null && facts['default'] != '' ? " [${facts['default']}]" : ''
            "  --${name.padRight(width)}${facts.description}${choice}${standard}"
        }
    }
    return ([
        "${manifest.name.tokenize('/').last()} ${manifest.version}: ${manifest.description}",
        '',
        'nextflow run main.nf -profile <demo|test|paper>,<venv|docker|singularity|apptainer|conda>[,slurm,gpu] --outdir results',
    ] + lines).join('\n') + '\n'
}

// A -params-file can hold lists where the command line has commas
def withoutLists(params) {
    return params.collectEntries { name, value -> [name, value instanceof List ? value.join(',') : value] }
}

// Stops the run with all problems of the call, or returns its settings
def checkParameters(given, workflow, words) {
    def params = withoutLists(given)
    def schema = file("${workflow.projectDir}/nextflow_schema.json")
    def context = contextOf(params, workflow, words)
    def checked = checkCall(params, schema, context)
    if (checked.problems) {
        error(checked.problems.join('\n'))
    }
    makeFolders(params, workflow.workDir)
    if (params.apply) {
        return applySettings(params, checked.sheets, digestsOf(workflow.projectDir))
    }
    def settings = settingsOf(params, schema, checked.sheets, workflow.projectDir)
    warnOf(params, ignoredParameters(params, parametersOf(schema), context), settings, tasksIn(workflow.projectDir))
    return settings
}

def warnOf(params, ignored, settings, tasks) {
    if (ignored) {
        log.warn("lncprom ignores these parameters of a configuration file: ${ignored.join(', ')}")
    }
    def own = builtDatasets(params, tasks) + settings.datasets*.name + settings.external*.name
    def others = files("${params.outdir}/datasets/*.parquet").collect { path -> path.baseName }.findAll { name -> !(name in own) }.sort()
    if (others) {
        log.warn("${params.outdir} contains data sets of another run, which this run does not change: ${others.join(', ')}")
    }
    def published = settings.models.findAll { model -> model.tuned && !isProbe(model) && model.origin.kind in ['hub', 'folder'] }*.name
    if (settings.models.any { model -> model.of && !isProbe(model) } && settings.given.tune.toString().toInteger() < 3) {
        log.warn('Random twins are trained with the learning rates of their models. Add --tune 3, so that each gets its own')
    }
    if (published && !settings.given.gpus) {
        log.warn("The CPU fine-tunes ${published.join(', ')}, which takes days at the size of published models. Add -profile gpu or --gpus to use GPUs")
    }
}

// All problems of a call as messages, and the two sheets where there are none before them
def checkCall(params, schema, context) {
    def properties = parametersOf(schema)
    def tasks = tasksIn(context.root)
    properties.tasks.items = [type: 'string', 'enum': tasks.keySet().toList()]
    properties.lengths.prefixes = splitList(params.tasks)
    properties.match.prefixes = splitList(params.tasks)
    def unknown = unknownParameters(params, properties, context).collect { name -> unknownProblem(name, properties) }
    def invalid = properties.collectMany { name, facts -> parameterProblems(name, valueOf(params, name), facts) }
    def missing = missingProblems(params) + addressProblems(params)
    if (params.apply && !unknown && !invalid) {
        def models = file(params.apply, glob: false)
        def given = modelsIn(models, models.isFile() ? readSheet(models, entryOf(file("${context.root}/assets/schema_apply.json")), false) : null)
        return [problems: strayProblems(context) + missing + applyProblems(params, given) + machineProblems([[tuned: true, origin: [kind: 'folder']]], params, context), sheets: given]
    }
    def combined = invalid ? [] : combinationProblems(params, tasks, context)
    def problems = strayProblems(context) + unknown + invalid + missing + combined
    if (problems) {
        return [problems: problems, sheets: null]
    }
    def models = readModels(file(params.models, glob: false), file("${context.root}/assets/schema_models.json"), familiesIn(context.root))
    def sheets = [
        datasets: params.input ? readDatasets(file(params.input, glob: false), file("${context.root}/assets/schema_input.json")) : [rows: [], problems: []],
        external: params.external ? readDatasets(file(params.external, glob: false), file("${context.root}/assets/schema_external.json")) : [rows: [], problems: []],
        models: models + [rows: withControls(models.rows, params.controls)],
    ]
    return [problems: sheetProblems(params, sheets, tasks) + transferProblems(params, sheets.datasets.rows*.name, tasks) + contrastProblems(params, sheets.models.rows, context.root) + machineProblems(sheets.models.rows, params, context), sheets: sheets]
}

def familiesIn(root) {
    return new groovy.json.JsonSlurper().parseText(file("${root}/bin/lncprom/models/families.json").text)
}

def parameterProblems(name, value, facts) {
    if (value == null) {
        return []
    }
    if (value.toString() == 'true' && facts.type != 'boolean') {
        // the engine takes a value that begins with a hyphen for the next parameter, unless both are one word
        return ["--${name} has no value. Write --${name}=${facts.examples ? facts.examples[0] : 'VALUE'}.".toString()]
    }
    return valueProblems("--${name}", value, facts)
}

def missingProblems(params) {
    return valueOf(params, 'outdir') ? [] : ['--outdir is missing. Name a folder for the results.']
}

// What no single parameter shows, and no step would see in time
def combinationProblems(params, tasks, context) {
    def building = params.fasta || params.gtf || params.expression || params.promoters
    def asked = splitList(params.tasks)
    def onExpression = tasks.findAll { name, task -> name in asked && [task.positives, task.negatives].any { side -> side.where?.keySet()?.any { column -> column != 'biotype' } } }.keySet()
    def lengths = lengthsByTask(params.tasks, params.lengths)
    def matches = matchByTask(params, tasks)
    def matched = matches.values().collectMany { columns -> splitList(columns) }
    def defined = matches.findAll { task, columns -> 'log_tpm' in splitList(columns) && [tasks[task].positives, tasks[task].negatives].any { side -> side.where?.containsKey('mean_log_tpm') } }.keySet()
    def onSupport = [params.require_tss_support.toString() == 'true' ? '--require_tss_support' : null, 'tss_support' in matched ? '--match tss_support' : null].findAll()
    def longest = lengths.values().flatten().max() ?: 0
    def without = lengths.findAll { _task, built -> !built }.keySet()
    def repeated = lengths.collectMany { task, built -> built.countBy { length -> length }.findAll { _length, times -> times > 1 }.keySet().collect { length -> "${task}:${length}" } }
    return [
        building || params.input ? null : withoutInput(context),
        building && !params.fasta ? '--fasta is missing. Give the genome from which data sets are built.' : null,
        building && !params.gtf ? '--gtf is missing. Give the annotation from which data sets are built.' : null,
        building && !params.expression && onExpression ? "--expression is missing. Give the table that labels ${onExpression.join(', ')}, or remove the task from --tasks." : null,
        building && !params.expression && 'log_tpm' in matched ? '--expression is missing. Give the table that --match log_tpm compares.' : null,
        building && !params.tss_support && onSupport ? "--tss_support is missing. Give the CAGE peaks for ${onSupport.join(' and ')}." : null,
        building && params.match && !matches ? '--match is for tasks between genes, such as coding_vs_lncrna. Add one to --tasks, or leave it out.' : null,
        defined ? "--match log_tpm: expression defines the classes of ${defined.join(', ')}, so no pair agrees in it. Name the task to match, e.g. coding_vs_lncrna:log_tpm." : null,
        matches && params.fold_by == 'chromosome' ? '--fold_by chromosome divides the pairs of --match. Give --fold_by group.' : null,
        without ? "--lengths is ${params.lengths}, without a length for ${without.join(', ')}. Add a length, or remove the task from --tasks." : null,
        splitList(params.baselines).size() > 1 && splitList(params.baselines).any { name -> name in ['all', 'none'] }
            ? "--baselines is ${params.baselines}, but all and none stand alone. Remove the other entries." : null,
        splitList(params.strata).size() > 1 && 'none' in splitList(params.strata)
            ? "--strata is ${params.strata}, but none stands alone. Remove it." : null,
        variantsOf(params, tasks).any { variant -> !(variant.task in asked) } ? '--inflation needs the two tasks with made negatives. Give --tasks biological_vs_artificial,promoter_vs_nonpromoter.' : null,
        repeated ? "--lengths is ${params.lengths}, which gives ${repeated.join(', ')} twice. Remove one." : null,
        params.group_length && params.group_length.toString().toInteger() < longest
            ? "--group_length is ${params.group_length}, below the longest window of ${longest} bp. Give at least ${longest}, so that overlapping loci stay in one split." : null,
    ].findAll { problem -> problem != null }*.toString()
}

def withoutInput(context) {
    def own = context.profile.tokenize(',').find { profile -> profile in ['demo', 'test'] }
    return own
        ? "The parameters of the profile ${own} did not arrive. Nextflow 25.10.0 to 25.10.6 ignores them with NXF_SYNTAX_PARSER=v2 (nextflow#6623): use 25.10.7 or later, or NXF_SYNTAX_PARSER=v1."
        : 'The run has no input. Give --fasta and --gtf to build data sets, or --input with ready-made data sets, or -profile demo.'
}

// Names in the sheets and in --explain that collide or do not exist
def sheetProblems(params, sheets, tasks) {
    def readyMade = sheets.datasets.rows*.name
    def built = builtDatasets(params, tasks)
    def taken = readyMade.findAll { name -> name in built }
    def trained = sheets.external.rows*.name.findAll { name -> name in built + readyMade }
    def pairs = (readyMade.toSet() + built).collectMany { name -> sheets.models.rows.collect { model -> "${name}.${model.name}".toString() } }
    def repeated = taken ? [] : pairs.countBy { pair -> pair }.findAll { _pair, times -> times > 1 }.keySet()
    def explainable = ['all', 'none', 'ready_made'] + tasks.keySet() + built + readyMade
    def unknown = splitList(params.explain).findAll { name -> !(name in explainable) }
    return sheets.datasets.problems + sheets.external.problems + sheets.models.problems +
        trained.collect { name -> "${file(params.external, glob: false).name}: models of this run are trained on a data set with the name ${name}. Choose another name.".toString() } +
        unknown.collect { name -> "--explain contains ${name}, which is no task and no data set of this run. The most similar is ${mostSimilar(name, explainable)}.".toString() } +
        taken.collect { name -> "${file(params.input, glob: false).name}: this run builds a data set with the name ${name}. Choose another name.".toString() } +
        repeated.collect { pair -> "${pair} is the name of two pairs of data set and model. Rename one of them.".toString() }
}

// Entries of --contrasts that are neither a rule nor two models of this run
def contrastProblems(params, models, root) {
    def rules = contrastRules(models)
    def named = new groovy.json.JsonSlurper().parseText(file("${root}/assets/schema_models.json").text).items.properties.name.not['enum']
    def known = models*.name + named
    def pairs = splitList(params.contrasts).findAll { entry -> !rules.containsKey(entry) }
    def unknown = models ? pairs.findAll { pair ->
        def parts = pair.tokenize(':')
        parts.size() != 2 || parts[0] == parts[1] || !(parts[0] in known - 'rung') || !(parts[1] in known)
    } : []
    def none = models && !pairs && !rules.subMap(splitList(params.contrasts)).values().flatten()
    return unknown.collect { entry ->
        "--contrasts contains ${entry}. Give one of ${rules.keySet().join(', ')}, or MODEL_A:MODEL_B with two of ${known.join(', ')}.".toString()
    } + (none ? ["--contrasts is ${params.contrasts}, which compares no models of this run. Add rung.".toString()] : [])
}

// Entries of --transfer that are no two tasks or ready-made sets of this run with a length in common
def transferProblems(params, readyMade, tasks) {
    def asked = params.fasta ? splitList(params.tasks) : []
    def lengths = lengthsByTask(params.tasks, params.lengths)
    def pairs = transfersOf(params, tasks)
    def known = asked + readyMade
    def unknown = pairs.flatten().findAll { name -> !(name in known) }.unique()
    def apart = unknown ? [] : pairs.findAll { a, b -> a == b || (a in asked) != (b in asked) || a in asked && !lengths[a].intersect(lengths[b]) }
    return unknown.collect { name -> "--transfer contains ${name}, which is no task and no ready-made data set of this run. Give two of ${known.join(', ')}.".toString() } +
        apart.collect { a, b -> "--transfer contains ${a}:${b}, which are not two sets with a length in common. Give two tasks at one length, or two ready-made data sets.".toString() } +
        (params.transfer && !pairs ? ["--transfer is ${params.transfer}, but the registry declares no pair within --tasks. Give TASK_A:TASK_B.".toString()] : []) +
        (params.transfer && isInflation(params) ? ['--transfer does not go with --inflation, which builds no data set of a task. Remove one.'] : [])
}

def builtDatasets(params, tasks) {
    def lengths = lengthsByTask(params.tasks, params.lengths)
    return !params.fasta ? [] : variantsOf(params, tasks).collectMany { variant ->
        foldWaysOf(params).collectMany { way -> (lengths[variant.task] ?: []).collect { length -> datasetName(variant.id, way.suffix, length) } }
    }
}

// States of finished trainings: of no use once the whole run has succeeded
def removeFinishedStates(given, workflow) {
    def params = withoutLists(given)
    def schema = file("${workflow.projectDir}/assets/schema_input.json")
    def own = builtDatasets(params, tasksIn(workflow.projectDir)) + (params.input ? readDatasets(file(params.input, glob: false), schema).rows*.name : [])
    files("${valueOf(params, 'checkpoint_dir') ?: "${workflow.workDir}/training"}/*/*.finished")
        .findAll { path -> own.any { name -> path.parent.name.startsWith("${name}.") } }
        .each { path -> path.delete() }
}
