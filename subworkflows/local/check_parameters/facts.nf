// What the schema, the registries and the parameters say, as several scripts need it. It includes nothing (see values.nf).

// Parameter -> its description in nextflow_schema.json, and the title of its group
def parametersOf(schema) {
    def groups = new groovy.json.JsonSlurper().parseText(schema.text)['$defs'].values()
    return groups.collectMany { group -> group.properties.collect { name, facts -> [name, facts + [group: group.title]] } }.collectEntries()
}

// Task -> its entry in the registry
def tasksIn(root) {
    return new groovy.json.JsonSlurper().parseText(file("${root}/bin/lncprom/sites/tasks.json").text)
}

// Some parameters stand in the schema alone; a plain read of one that was not given prints a warning
def valueOf(params, name) {
    return params.containsKey(name) ? params[name] : null
}

// Task -> its window lengths, shortest first: '300,coding_vs_lncrna:1000' gives every task 300 bp, and one of them also 1,000
def lengthsByTask(tasks, lengths) {
    def entries = lengths.toString().tokenize(',')*.trim()*.tokenize(':')
    return tasks.toString().tokenize(',')*.trim().collectEntries { task ->
        [task, entries.findAll { entry -> entry.size() == 1 || entry[0] == task }*.last()*.toInteger().sort()]
    }
}

// Task between genes -> what its pairs are matched by: 'gc,coding_vs_lncrna:log_tpm' matches every one by GC, and one of them
// also by expression
def matchByTask(params, tasks) {
    def entries = (params.match ?: '').toString().tokenize(',')*.trim()*.tokenize(':')
    def between = tasks.subMap(params.tasks.toString().tokenize(',')*.trim()).findAll { _name, task -> !task.negatives.made && !task.regression }.keySet()
    return between.collectEntries { name -> [name, entries.findAll { entry -> entry.size() == 1 || entry[0] == name }*.last().unique().join(',')] }
        .findAll { _name, columns -> columns }
}

// Whether a data set is explained; a ready-made one has no length
// Name of the data set of a task, or of a kind of negatives and a way to split, at one length
def datasetName(id, suffix, length) {
    return "${id}${suffix}_${length}".toString()
}

def isInflation(params) {
    return params.inflation.toString() == 'true'
}

// The tasks of a run with their kind of negatives; with --inflation every kind of negatives once
def variantsOf(params, tasks) {
    def asked = tasks.subMap(params.tasks.toString().tokenize(',')*.trim())
    return isInflation(params)
        ? [substitute: 1, shuffle: 1, dinucleotide_shuffle: 1, genomic: 2, matched: 2].collect { kind, number ->
            [id: kind, task: tasks.find { _name, task -> task.number == number }.key, negatives: kind]
        }
        : asked.collect { name, task -> [id: name, task: name, negatives: task.negatives.made ? params["${task.negatives.made}_negatives"] : null] }
}

// The ways to assign folds: --fold_by; with --inflation all of them
def foldWaysOf(params) {
    return isInflation(params)
        ? ['sample', 'group', 'chromosome'].collect { by -> [id: "folds_by_${by}".toString(), by: by, suffix: ".${by}".toString()] }
        : [[id: 'folds', by: params.fold_by, suffix: '']]
}

// Pairs of tasks, or of ready-made sets, whose models are tested on each other; `declared`: those of the registry
def transfersOf(params, tasks) {
    def asked = params.tasks.toString().tokenize(',')*.trim()
    def declared = tasks.findAll { _name, task -> task.transfer }.collect { name, task -> [name, task.transfer] }.findAll { pair -> asked.containsAll(pair) }
    return (params.transfer ?: '').toString().tokenize(',')*.trim().collectMany { entry -> entry == 'declared' ? declared : [entry.tokenize(':')] }
}

// Assignments of folds of a data set, from 1 on; a ready-made one has its own
def splitsOf(meta, settings) {
    return meta.length == null ? [1] : (1..(settings.given.splits as Integer)).toList()
}

def isExplained(meta, settings) {
    def asked = settings.explained
    def ready = meta.length == null
    def named = meta.id in asked || 'all' in asked || (ready ? 'ready_made' in asked : meta.task in asked)
    return named && (ready || meta.id in asked || meta.length in settings.explained_lengths[meta.task])
}

// With --controls, each pretrained language model stands there once more for each of them; `of`: its name
def withControls(models, controls) {
    def changes = [random_init: [suffix: 'random', settings: [init: 'random']], probe: [suffix: 'probe', adapt: 'probe']]
    def language = models.findAll { model -> model.tuned && model.origin.kind != 'none' && model.settings.init != 'random' }
    return models + language.collectMany { model ->
        changes.subMap((controls ?: '').toString().tokenize(',')*.trim()).values().findAll { change -> change.adapt != model.adapt }.collect { change ->
            model + [name: "${model.name}_${change.suffix}".toString(), of: model.name, settings: model.settings + (change.settings ?: [:]), adapt: change.adapt ?: model.adapt]
        }
    }
}

// Whether a model is one of the sheet, neither a control nor a variant of --ablation
def isMain(model) {
    return !model.of && !model.ablation
}

// Whether a model is also trained on the fractions of --train_fractions
def isCurved(model) {
    return !model.ablation && !isProbe(model)
}

// Fractions of train below 1, as numbers without trailing zeros
def fractionsOf(params) {
    return (params.train_fractions ?: '').toString().tokenize(',').collect { text -> text.trim().toBigDecimal() }.findAll { number -> number < 1 }
        .collect { number -> number.stripTrailingZeros().toPlainString() }.unique()
}

// NAME:MODEL_A:MODEL_B:TOKENIZER for each model and its control, which `isControl` finds: that of --controls, or a row of the
// sheet with the same checkpoint that is a control in no other way (`isOther`)
def gains(name, models, isControl, isOther) {
    def controls = models.findAll { model -> isControl.call(model) }
    return controls.collectMany { control ->
        (models - controls)
            .findAll { model -> control.of ? control.of == model.name : control.origin == model.origin && isOther.call(control) == isOther.call(model) }
            .collect { model -> "${name}:${model.name}:${control.name}:${model.tokenizer}" }
    }
}

// Whether a model is not trained further: a logistic regression on its embeddings is
def isProbe(model) {
    return model.adapt == 'probe'
}

// Whether a model has no random part: the fit of a regression, also on embeddings by pretrained weights
def isWithoutChance(model) {
    return !model.tuned || isProbe(model) && model.settings.init != 'random'
}

// Seeds of the runs of a model
def seedsOf(model, settings) {
    return isWithoutChance(model) ? settings.seeds.take(1) : settings.seeds
}

// Rule of --contrasts -> what it declares: NAME:MODEL_A:MODEL_B
def contrastRules(models) {
    def main = models.findAll { model -> isMain(model) }
    def regressions = models.findAll { model -> model.family == 'logistic_regression' }
    def reference = regressions.find { model -> model.name == 'logistic_regression' } ?: regressions[0]
    def language = models.findAll { model -> !(model.family in ['logistic_regression', 'cnn']) }
    def isRandom = { model -> model.settings.init == 'random' }
    def isEmbedded = { model -> isProbe(model) }
    return [
        rung: main.collect { model -> "rung:${model.name}:rung" },
        logistic_regression: reference ? language.findAll { model -> isMain(model) && !isRandom.call(model) }.collect { model -> "logistic_regression:${model.name}:${reference.name}" } : [],
        pretraining_gain: gains('pretraining_gain', language, isRandom, isEmbedded),
        adaptation_gain: gains('adaptation_gain', language, isEmbedded, isRandom),
    ]
}

// An entry is a rule, or a pair MODEL_A:MODEL_B
def contrastsOf(asked, models) {
    def rules = contrastRules(models)
    return asked.toString().tokenize(',')*.trim().collectMany { entry -> rules.containsKey(entry) ? rules[entry] : ["pair:${entry}"] }*.toString()
}
