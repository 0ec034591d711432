// Parameters against nextflow_schema.json: the help text, what is wrong with them (all of it at once),
// and the settings that the workflows take, lists split and paths resolved.

include { datasetRows ; modelRows } from '../read_sheets'
include { familiesIn ; lengthsByTask ; propertiesOf ; splitList ; tasksOf } from './facts'
include { foreignParameters ; given ; machineFaults ; nearest ; nearestParameter ; remoteFaults ; strangeParameters } from './surroundings'

def helpLine(name, facts, width) {
    def given = facts['default'] != null && facts['default'] != '' ? " [${facts['default']}]" : ''
    def choice = facts['enum'] ? " (${facts['enum'].join(', ')})" : ''
    return "  --${name.padRight(width - 2)}${facts.description}${choice}${given}"
}

def helpText(schema, manifest) {
    def properties = propertiesOf(schema)
    def width = properties.keySet().collect { name -> name.size() }.max() + 4
    def groups = properties.values().collect { facts -> facts.group }.unique()
    def lines = groups.collectMany { group ->
        def members = properties.findAll { _name, facts -> facts.group == group && !facts.hidden }
        def rows = members.collect { name, facts -> helpLine(name, facts, width) }
        return ['', group] + rows
    }
    return ([
        "${manifest.name.tokenize('/').last()} ${manifest.version}: ${manifest.description}",
        '',
        'nextflow run main.nf -profile <demo|test|paper>,<venv|docker|singularity|apptainer|conda>[,slurm,gpu] --outdir results',
    ] + lines).join('\n') + '\n'
}

def isRemote(path) {
    return path ==~ /^[a-z][a-z0-9+.-]*:\/\/.*/
}

def wholeNumber(value) {
    return value instanceof Integer || value instanceof Long || value.toString() ==~ /-?\d+/
}

def aNumber(value) {
    return value instanceof Number || value.toString().isNumber()
}

// What is wrong with one value: a list of lines, empty where nothing is
def faultsOf(name, value, facts) {
    if (value == null) {
        return []
    }
    if (value.toString() == 'true' && facts.type != 'boolean') {
        // the engine takes a value that begins with a hyphen for the next parameter, unless both are one word
        def joined = facts.examples ? ", joined by a sign: --${name}=${facts.examples[0]}" : ''
        return ["--${name}: no value follows; it takes ${article(facts.type)}${joined}".toString()]
    }
    return valueFaults(value, value.toString(), facts).collect { fault -> "--${name} ${value}: ${fault}".toString() }
}

def valueFaults(value, text, facts) {
    if (facts.type == 'boolean') {
        return text in ['true', 'false'] ? [] : ['neither true nor false']
    }
    if (facts.type == 'integer' && !wholeNumber(value)) {
        return ['not a whole number']
    }
    if (facts.type == 'number' && !aNumber(value)) {
        return ['not a number']
    }
    if (facts.type in ['integer', 'number']) {
        return rangeFaults(text.toBigDecimal(), facts)
    }
    if (facts['enum'] && !(text in facts['enum'])) {
        return ["not one of ${facts['enum'].join(', ')}"]
    }
    if (facts.items) {
        return listFaults(splitList(text), facts.items, facts.prefixes ?: [])
    }
    if (facts.pattern && !(text ==~ facts.pattern)) {
        return [facts.errorMessage ?: "does not match ${facts.pattern}"]
    }
    if (facts.format == 'file-path' && text ==~ /.*[$`"\\].*/) {
        return ['$, `, " and \\ in a path break the job scripts; rename the file or link to it']
    }
    if (facts.format == 'file-path' && !isRemote(text) && !file(text).isFile()) {
        return [file(text).isDirectory() ? 'a folder, a file is wanted' : 'no such file']
    }
    return facts.format == 'directory-path' && !isRemote(text) ? writableFaults(text) : []
}

def article(type) {
    return [integer: 'a whole number', number: 'a number', string: 'text'][type] ?: type
}

def rangeFaults(number, facts) {
    return [
        facts.minimum != null && number < facts.minimum ? "less than ${facts.minimum}" : null,
        facts.exclusiveMinimum != null && number <= facts.exclusiveMinimum ? "must be greater than ${facts.exclusiveMinimum}" : null,
        facts.maximum != null && number > facts.maximum ? "more than ${facts.maximum}" : null,
        facts.exclusiveMaximum != null && number >= facts.exclusiveMaximum ? "must be less than ${facts.exclusiveMaximum}" : null,
    ].findAll { fault -> fault != null }
}

def listFaults(entries, items, prefixes) {
    def twice = entries.countBy { entry -> entry }.findAll { _entry, times -> times > 1 }.keySet()
    def wrong = entries.collectMany { entry ->
        def prefix = prefixes.find { name -> entry.startsWith("${name}:") }
        def part = prefix ? entry.substring(prefix.size() + 1) : entry
        if (items['enum'] && !(part in items['enum'])) {
            return ["${part} is not one of ${items['enum'].join(', ')}; the nearest is ${nearest(part, items['enum'])}"]
        }
        if (items.type == 'integer' && !wholeNumber(part) || items.type == 'number' && !aNumber(part)) {
            return ["${part} is not ${article(items.type)}"]
        }
        return items.type in ['integer', 'number'] ? rangeFaults(part.toBigDecimal(), items).collect { fault -> "${part}: ${fault}" } : []
    }
    return (entries ? [] : ['an empty list']) + twice.collect { part -> "${part} stands twice" } + wrong
}

def writableFaults(folder) {
    def path = file(folder)
    def ancestor = parentsOf(path).find { place -> place.exists() }
    if (ancestor == null || !ancestor.isDirectory()) {
        return ["${ancestor} is not a folder"]
    }
    return java.nio.file.Files.isWritable(ancestor) ? [] : ["${ancestor} is not writable; choose another place"]
}

def parentsOf(path) {
    return path == null ? [] : [path] + parentsOf(path.parent)
}

// What no single parameter shows
def combinationFaults(params, tasks) {
    def building = params.fasta || params.gtf || params.expression || params.promoters
    def wanted = tasks.findAll { name, _task -> name in splitList(params.tasks) }
    def onExpression = wanted.findAll { _name, task -> usesExpression(task) }.keySet()
    def lengths = lengthsByTask(params.tasks, params.lengths)
    def longest = lengths.values().flatten().max() ?: 0
    def without = lengths.findAll { _task, built -> !built }.keySet()
    def twice = lengths.collectMany { task, built -> built.countBy { length -> length }.findAll { _length, times -> times > 1 }.keySet().collect { length -> "${task}:${length}" } }
    def fractions = splitList(params.fold_fractions)*.toBigDecimal()
    return [
        given(params, 'outdir') ? null : '--outdir: missing; name a folder for the results',
        building || params.input ? null : 'nothing to do: give --fasta and --gtf to build data sets, or --input with ready-made ones (or -profile demo)',
        building && !params.fasta ? '--fasta: missing; the genome is needed to build data sets' : null,
        building && !params.gtf ? '--gtf: missing; the annotation is needed to build data sets' : null,
        building && !params.expression && onExpression ? "--expression: missing; ${onExpression.join(', ')} is labelled by it (or leave it out of --tasks)" : null,
        without ? "--lengths ${params.lengths}: no length for ${without.join(', ')}; add one, or leave the task out of --tasks" : null,
        twice ? "--lengths ${params.lengths}: gives ${twice.join(', ')} twice; leave one out" : null,
        params.low_percentile.toBigDecimal() >= params.high_percentile.toBigDecimal()
            ? "--low_percentile ${params.low_percentile}: not below --high_percentile ${params.high_percentile}" : null,
        fractions.any { share -> share <= 0 } || (fractions.sum() - 1).abs() > 1e-9
            ? "--fold_fractions ${params.fold_fractions}: each must be above 0, and together they must be 1" : null,
        params.group_length && params.group_length.toString().toInteger() < longest
            ? "--group_length ${params.group_length}: less than the greatest of --lengths, ${longest}; loci that overlap at that length would come into different folds" : null,
    ].findAll { fault -> fault != null }*.toString()
}

def usesExpression(task) {
    return [task.positives, task.negatives].any { side -> side.where?.containsKey('expression') }
}

// Parameters that a site's configuration brings, and this pipeline does not have
def foreignIn(params, schema, place) {
    return foreignParameters(params, propertiesOf(schema), place)
}

def problemsOf(params, schema, registry, place) {
    def properties = propertiesOf(schema)
    def tasks = tasksOf(registry)
    properties.tasks.items = [type: 'string', 'enum': tasks.keySet().toList()]
    properties.lengths.prefixes = splitList(params.tasks)
    def unknown = strangeParameters(params, properties, place).collect { name ->
        "--${name}: no such parameter; the nearest is --${nearestParameter(name, properties)}".toString()
    }
    def faults = properties.collectMany { name, facts -> faultsOf(name, given(params, name), facts) }
    // combinations are of values that are right by themselves; only what is missing is said beside other faults
    def combined = faults ? missingFaults(params) : combinationFaults(params, tasks)
    // sheets are read by then
    def remote = remoteFaults(params)
    def sheets = faults || unknown || combined || remote ? [] : sheetFaults(params, tasks, place)
    return unknown + faults + combined + remote + sheets
}

def missingFaults(params) {
    return given(params, 'outdir') ? [] : ['--outdir: missing; name a folder for the results']
}

def sheetFaults(params, tasks, place) {
    def datasets = params.input ? datasetRows(file(params.input)) : [rows: [], faults: []]
    def models = modelRows(file(params.models), familiesIn(place.root))
    def built = params.fasta ? builtNames(params) : []
    def taken = datasets.rows*.name.findAll { name -> name in built }
    def pairs = (datasets.rows*.name + built).collectMany { name -> models.rows.collect { model -> "${name}.${model.name}".toString() } }
    def twice = pairs.countBy { pair -> pair }.findAll { _pair, times -> times > 1 && !taken }.keySet()
    def explainable = ['all', 'none', 'ready_made'] + tasks.keySet() + built + datasets.rows*.name
    def strange = splitList(params.explain).findAll { name -> !(name in explainable) }
    return datasets.faults + models.faults + machineFaults(models.rows, params, place)
        .plus(strange.collect { name -> "--explain ${name}: no task and no data set of this run; the nearest is ${nearest(name, explainable)}" })
        .plus(taken.collect { name -> "${file(params.input).name}: ${name} is the name of a data set that this run builds; choose another" })
        .plus(twice.collect { pair -> "${pair}: two pairs of data set and model come to this name; rename one" })*.toString()
}

def builtNames(params) {
    return lengthsByTask(params.tasks, params.lengths).collectMany { task, lengths -> lengths.collect { length -> "${task}_${length}".toString() } }
}

def datasetNames(params) {
    return (params.fasta ? builtNames(params) : []) + (params.input ? datasetRows(file(params.input)).rows*.name : [])
}

// What this run's trainings came to: of no use once the whole run has succeeded
def forgetTrainings(params, workDir) {
    def mine = datasetNames(params)
    files("${given(params, 'checkpoint_dir') ?: "${workDir}/training"}/*/*.finished")
        .findAll { path -> mine.any { name -> path.parent.name.startsWith("${name}.") } }
        .each { path -> path.delete() }
}

// Data sets that lie in --outdir and are none of this run's
def strangersIn(params) {
    def mine = datasetNames(params)
    return files("${params.outdir}/datasets/*.parquet").collect { path -> path.baseName }.findAll { name -> !(name in mine) }.sort()
}
