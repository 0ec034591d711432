// Data set x model x seed -> predictions and trained models.

include { TRAIN_BASELINE } from '../../../modules/local/train_baseline'
include { FINETUNE } from '../../../modules/local/finetune'
include { BRING_CHECKPOINTS } from '../bring_checkpoints'
include { isExplained } from '../check_parameters/facts'

// Runs of a language model on a data set: one a seed, and where it will be explained one on shuffled labels
def runsOf(meta, settings) {
    def runs = settings.seeds.collect { seed -> [seed: seed, control: ''] }
    return isExplained(meta, settings) && settings.given.shuffled_control ? runs + [[seed: settings.seeds[0], control: 'shuffled_labels']] : runs
}

workflow TRAIN_MODELS {
    take:
    datasets // [meta, dataset.parquet, card]
    settings

    main:
    def regressions = settings.models.findAll { model -> !model.tuned }
    def tuned = settings.models.findAll { model -> model.tuned }

    // a logistic regression has no chance in it: one seed is enough. The floors need to run once a data set
    TRAIN_BASELINE(
        datasets.combine(channel.fromList(regressions)).map { meta, dataset, card, model ->
            def about = [id: "${meta.id}.${model.name}".toString(), dataset: meta.id, model: model.name, family: model.family, seed: settings.seeds[0], control: '']
            [about + model.settings + [trivial_baselines: settings.given.trivial_baselines && model.first, code: settings.code], dataset, card]
        }
    )

    // [model, [checkpoint], [card]], the lists empty for a model that has none
    BRING_CHECKPOINTS(tuned, settings)
    FINETUNE(
        datasets
            .combine(BRING_CHECKPOINTS.out.checkpoints)
            .flatMap { meta, dataset, card, model, checkpoint, origin ->
                runsOf(meta, settings).collect { run ->
                    def id = "${meta.id}.${model.name}.seed${run.seed}${run.control ? '.shuffled' : ''}".toString()
                    def about = [id: id, dataset: meta.id, model: model.name, family: model.family] + run
                    [about + model.settings + [code: settings.code], dataset, [card] + origin, checkpoint]
                }
            }
    )

    // [meta, predictions.parquet], those of controls left out
    predictions = TRAIN_BASELINE.out.predictions.mix(FINETUNE.out.predictions.filter { meta, _table -> !meta.control })
    // [meta, model folder, card, [checkpoint]]
    models = TRAIN_BASELINE.out.model
        .map { meta, model, card -> [meta, model, card, []] }
        .mix(
            FINETUNE.out.model
                .map { meta, model, card -> [meta.model, meta, model, card] }
                .combine(BRING_CHECKPOINTS.out.checkpoints.map { model, checkpoint, _card -> [model.name, checkpoint] }, by: 0)
                .map { _name, meta, model, card, checkpoint -> [meta, model, card, checkpoint] }
        )
    kmers = TRAIN_BASELINE.out.kmers
    training = FINETUNE.out.training
    cards = TRAIN_BASELINE.out.card.mix(FINETUNE.out.card)

    emit:
    predictions
    models
    kmers
    training
    cards
}
