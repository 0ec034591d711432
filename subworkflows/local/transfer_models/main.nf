// Trained models on sets that they were not trained on -> one table: trained on by tested on.

include { SCORE_TRANSFER } from '../../../modules/local/score_transfer'
include { EVALUATE_TRANSFER } from '../../../modules/local/evaluate_transfer'

// Whether models of a data set are tested on another one: an external set, or one of a declared pair at the same length
def isTested(trained, tested, transfers) {
    def declared = [[trained.task, tested.task], [tested.task, trained.task]].any { pair -> pair in transfers }
    return tested.external || declared && trained.length == tested.length
}

def inOrder(files) {
    return files.unique().toSortedList { a, b -> a.name <=> b.name }
}

workflow TRANSFER_MODELS {
    take:
    datasets // [meta, dataset.parquet, card]
    external // the same of sets that are only tested on
    models // [meta, model folder, card, [checkpoint]]
    predictions // [meta, predictions.parquet]
    settings

    main:
    // [trained on, dataset.parquet, tested on, its dataset.parquet, its card]
    pairs = datasets.combine(datasets.mix(external))
        .filter { trained, _dataset, _card, tested, _other, _origin -> isTested(trained, tested, settings.transfers) }
        .map { trained, dataset, _card, tested, other, origin -> [trained.id, dataset, tested.id, other, origin] }
    // those of the first split, without controls: [trained on, meta, model folder, card, [checkpoint], predictions.parquet]
    ran = models
        .filter { meta, _model, _card, _checkpoint -> meta.split == 1 && !meta.control }
        .map { meta, model, card, checkpoint -> [meta.id, meta, model, card, checkpoint] }
        .join(predictions.filter { meta, _table -> meta.split == 1 }.map { meta, table -> [meta.id, table] })
        .map { _id, meta, model, card, checkpoint, table -> [meta.dataset, meta, model, card, checkpoint, table] }
    // [meta, predictions.parquet]
    SCORE_TRANSFER(
        pairs.combine(ran, by: 0).map { _trained, dataset, tested, other, origin, meta, model, card, checkpoint, table ->
            def about = [id: "${meta.id}.on.${tested}".toString(), tested_on: tested, model: meta.model, precision: meta.precision, code: meta.code]
            [about, dataset, table, model, checkpoint, other, [card, origin]]
        }
    )
    EVALUATE_TRANSFER(
        pairs.map { trained, _dataset, tested, _other, _origin -> "${trained}:${tested}".toString() }.toSortedList()
            .filter { names -> names }
            .map { names -> [id: 'transfer', pairs: names, code: settings.code] },
        inOrder(pairs.flatMap { _trained, dataset, _tested, other, _origin -> [dataset, other] }),
        inOrder(SCORE_TRANSFER.out.predictions.map { _meta, table -> table }),
        inOrder(pairs.map { _trained, _dataset, _tested, _other, origin -> origin }),
        [confidence: settings.given.confidence, seed: settings.given.seed, prevalence: settings.given.prevalence],
    )

    metrics = EVALUATE_TRANSFER.out.metrics
    card = EVALUATE_TRANSFER.out.card

    emit:
    metrics
    card
}
