// Data set x model x seed -> predictions and trained models.

include { DOWNLOAD_CHECKPOINT } from '../../../modules/local/download_checkpoint'
include { EMBED } from '../../../modules/local/embed'
include { MAKE_CHECKPOINT } from '../../../modules/local/make_checkpoint'
include { TRAIN_BASELINE } from '../../../modules/local/train_baseline'
include { TRAIN_PROBE } from '../../../modules/local/train_probe'
include { CHOOSE_SETTINGS } from '../../../modules/local/choose_settings'
include { FINETUNE ; FINETUNE as TRY_SETTINGS } from '../../../modules/local/finetune'
include { isCurved ; isExplained ; isMain ; isProbe ; seedsOf ; splitsOf } from '../check_parameters/facts'

// Runs of a language model on a split of a data set: one per seed and, on the first split of one that is explained, one on
// shuffled labels
def runsOf(meta, model, split, settings) {
    def runs = settings.seeds.collect { seed -> [seed: seed, split: split, control: ''] }
    def control = split == 1 && isExplained(meta, settings) && isMain(model) && settings.given.shuffled_control
    return control ? runs + [[seed: settings.seeds[0], split: 1, control: 'shuffled_labels']] : runs
}

// Settings of the trials of --tune, the first those of the models sheet: three learning rates, another way to cut, two more
def trialsOf(number) {
    return [[:], [rate_factor: 0.333], [rate_factor: 3], [truncation: 'chunk'], [rate_factor: 0.111], [rate_factor: 9]].take(number)
}

// Runs on fractions of the first split's train, with every seed, which also draws the fraction
def fractionRuns(model, split, settings) {
    return split == 1 && isCurved(model) ? [settings.fractions, settings.seeds].combinations().collect { fraction, seed -> [seed: seed, split: 1, control: '', train_fraction: fraction] } : []
}

// The first split stands in no name
def splitName(split) {
    return split > 1 ? ".split${split}" : ''
}

def runName(meta, model, run) {
    return "${meta.id}.${model.name}.seed${run.seed}${splitName(run.split)}${run.control ? '.shuffled' : ''}${run.train_fraction ? ".fraction${run.train_fraction}" : ''}".toString()
}

def cellName(meta, model, split) {
    return "${meta.id}.${model.name}${splitName(split)}".toString()
}

workflow TRAIN_MODELS {
    take:
    datasets // [meta, dataset.parquet, card]
    settings

    main:
    def regressions = settings.models.findAll { model -> !model.tuned }
    def tuned = settings.models.findAll { model -> model.tuned }
    def byOrigin = tuned.groupBy { model -> model.origin.kind }
    def origins = ['hub', 'demo'].collectEntries { kind -> [kind, (byOrigin[kind] ?: []).collect { model -> model.origin }.unique()] }

    // [meta, predictions.parquet], [meta, model folder, card]. Logistic regression has no random part: one seed is enough. The
    // trivial baselines run once per data set
    TRAIN_BASELINE(
        datasets.combine(channel.fromList(regressions)).flatMap { meta, dataset, card, model ->
            splitsOf(meta, settings).collectMany { split ->
                def about = [dataset: meta.id, model: model.name, family: model.family] + model.settings + [code: settings.code]
                def whole = [id: cellName(meta, model, split), seed: settings.seeds[0], split: split, control: '', baselines: model.first ? settings.baselines : 'none']
                def parts = fractionRuns(model, split, settings).collect { run -> run + [id: runName(meta, model, run), baselines: 'none'] }
                ([whole] + parts).collect { run -> [about + run, dataset, card] }
            }
        }
    )

    // [meta, checkpoint folder], [meta, card]
    DOWNLOAD_CHECKPOINT(
        channel.fromList(origins.hub.collect { origin ->
            [id: origin.id, checkpoint: origin.checkpoint, revision: origin.revision, family: origin.family, code: settings.code]
        })
    )
    // [meta, checkpoint folder], [meta, card]
    MAKE_CHECKPOINT(channel.fromList(origins.demo.collect { origin -> [id: origin.id, kind: origin.id, seed: settings.given.seed, code: settings.code] }))

    // [model, [checkpoint], [card]]; the lists are empty for a model without one
    ready = DOWNLOAD_CHECKPOINT.out.checkpoint
        .join(DOWNLOAD_CHECKPOINT.out.card)
        .mix(MAKE_CHECKPOINT.out.checkpoint.join(MAKE_CHECKPOINT.out.card))
        .map { meta, checkpoint, card -> [meta.id, checkpoint, card] }
    checkpoints = channel.fromList(((byOrigin.hub ?: []) + (byOrigin.demo ?: [])).collect { model -> [model.origin.id, model] })
        .combine(ready, by: 0)
        .map { _id, model, checkpoint, card -> [model, [checkpoint], [card]] }
        .mix(
            channel.fromList((byOrigin.folder ?: []).collect { model -> [model, [model.origin.folder], []] }),
            channel.fromList((byOrigin.none ?: []).collect { model -> [model, [], []] }),
        )

    // [meta, dataset.parquet, card, model, split, [checkpoint], [card]]
    cells = datasets.combine(checkpoints.filter { model, _checkpoint, _card -> !isProbe(model) }).flatMap { meta, dataset, card, model, checkpoint, origin ->
        splitsOf(meta, settings).collect { split -> [meta, dataset, card, model, split, checkpoint, origin] }
    }

    // [meta, embeddings.parquet, card]: once for all splits
    EMBED(
        datasets.combine(checkpoints.filter { model, _checkpoint, _card -> isProbe(model) }).flatMap { meta, dataset, card, model, checkpoint, origin ->
            seedsOf(model, settings).collect { seed ->
                def about = [id: "${meta.id}.${model.name}.seed${seed}".toString(), dataset: meta.id, model: model.name, family: model.family, seed: seed]
                [about + model.settings.subMap(['init', 'truncation', 'precision', 'options']) + [code: settings.code], dataset, [card] + origin, checkpoint]
            }
        }
    )
    // [meta, predictions.parquet], [meta, model folder, card]
    TRAIN_PROBE(
        EMBED.out.embeddings.map { meta, embeddings, card -> [meta.dataset, meta, embeddings, card] }
            .combine(datasets.map { meta, dataset, _card -> [meta.id, meta, dataset] }, by: 0)
            .flatMap { _dataset, about, embeddings, card, meta, dataset ->
                splitsOf(meta, settings).collect { split ->
                    def run = [id: "${about.id}${splitName(split)}".toString(), split: split, control: '']
                    [about.subMap(['dataset', 'model', 'family', 'seed', 'precision', 'code']) + run, dataset, embeddings, card]
                }
            }
    )

    // the settings of each cell: [id of the cell, settings]
    def trials = trialsOf(settings.given.tune as Integer)
    tried = cells.filter { _meta, _dataset, _card, model, _split, _checkpoint, _origin -> trials && !model.ablation }
    TRY_SETTINGS(
        tried.flatMap { meta, dataset, card, model, split, checkpoint, origin ->
            trials.withIndex(1).collect { trial, number ->
                def about = [id: "${cellName(meta, model, split)}.trial${number}".toString(), dataset: meta.id, model: model.name, family: model.family]
                def run = [seed: settings.seeds[0], split: split, control: 'trial', trial: trial, number: number, cell: cellName(meta, model, split)]
                [about + run + model.settings + [code: settings.code], dataset, [card] + origin, checkpoint]
            }
        }
    )
    CHOOSE_SETTINGS(
        TRY_SETTINGS.out.predictions
            .map { meta, table -> [groupKey(meta.cell, trials.size()), [meta.number, table]] }
            .groupTuple()
            .map { key, tables -> [key.groupTarget, tables.sort { numbered -> numbered[0] }.collect { _number, table -> table }] }
            .join(tried.map { meta, dataset, card, model, split, _checkpoint, _origin ->
                [cellName(meta, model, split), [id: cellName(meta, model, split), dataset: meta.id, model: model.name, split: split, trials: trials, code: settings.code], dataset, card]
            })
            .map { _cell, tables, about, dataset, card -> [about, dataset, card, tables] }
    )
    chosen = CHOOSE_SETTINGS.out.settings.map { meta, kept -> [meta.id, new groovy.json.JsonSlurper().parseText(kept.text)] }
        .mix(
            cells.filter { _meta, _dataset, _card, model, _split, _checkpoint, _origin -> !trials || model.ablation }
                .map { meta, _dataset, _card, model, split, _checkpoint, _origin -> [cellName(meta, model, split), [:]] }
        )

    // [meta, predictions.parquet], [meta, model folder, card]
    FINETUNE(
        cells
            .map { meta, dataset, card, model, split, checkpoint, origin -> [cellName(meta, model, split), meta, dataset, card, model, split, checkpoint, origin] }
            .combine(chosen, by: 0)
            .flatMap { _cell, meta, dataset, card, model, split, checkpoint, origin, kept ->
                (runsOf(meta, model, split, settings) + fractionRuns(model, split, settings)).collect { run ->
                    def about = [id: runName(meta, model, run), dataset: meta.id, model: model.name, family: model.family] + run
                    [about + model.settings + (kept ? [trial: kept] : [:]) + [code: settings.code], dataset, [card] + origin, checkpoint]
                }
            }
    )

    // [meta, predictions.parquet], without those of controls; those after training on a fraction of train
    predicted = TRAIN_BASELINE.out.predictions.mix(TRAIN_PROBE.out.predictions, FINETUNE.out.predictions)
    predictions = predicted.filter { meta, _table -> !meta.control && !meta.train_fraction }
    fractions = predicted.filter { meta, _table -> meta.train_fraction }
    // [meta, model folder, card, [checkpoint]]
    models = TRAIN_BASELINE.out.model
        .map { meta, model, card -> [meta, model, card, []] }
        .mix(
            FINETUNE.out.model.mix(TRAIN_PROBE.out.model)
                .map { meta, model, card -> [meta.model, meta, model, card] }
                .combine(checkpoints.map { model, checkpoint, _card -> [model.name, checkpoint] }, by: 0)
                .map { _name, meta, model, card, checkpoint -> [meta, model, card, checkpoint] }
        )
        .filter { meta, _model, _card, _checkpoint -> !meta.train_fraction }
    // for the report: those of the first split
    kmers = TRAIN_BASELINE.out.kmers.filter { meta, _table -> meta.split == 1 && !meta.train_fraction }.map { _meta, table -> table }
    training = FINETUNE.out.training.filter { meta, _table -> meta.split == 1 && !meta.train_fraction }.map { _meta, table -> table }
    cards = models.filter { meta, _model, _card, _checkpoint -> meta.split == 1 }.map { _meta, _model, card, _checkpoint -> card }.mix(CHOOSE_SETTINGS.out.card)

    emit:
    predictions
    fractions
    models
    kmers
    training
    cards
}
