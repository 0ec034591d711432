// Data set x model x seed -> predictions.

include { TRAIN_BASELINE } from '../../../modules/local/train_baseline'

workflow TRAIN_MODELS {
    take:
    datasets // [meta, dataset.parquet, card]
    settings

    main:
    // a logistic regression has no chance in it: one seed is enough. The floors need to run once a data set
    baselines = datasets
        .combine(channel.fromList(settings.models))
        .map { meta, dataset, card, model ->
            def about = [
                id: "${meta.id}.${model.name}".toString(),
                dataset: meta.id,
                model: model.name,
                seed: settings.seeds[0],
                kmer_min: model.kmer_min,
                kmer_max: model.kmer_max,
                c_grid: model.c_grid,
                floors: settings.given.floors && model.first,
                code: settings.code,
            ]
            [about, dataset, card]
        }
    TRAIN_BASELINE(baselines)

    predictions = TRAIN_BASELINE.out.predictions
    kmers = TRAIN_BASELINE.out.kmers
    cards = TRAIN_BASELINE.out.card

    emit:
    predictions
    kmers
    cards
}
