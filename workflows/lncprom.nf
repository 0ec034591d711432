// The whole graph on one page: data sets, models, metrics, report.
// Outputs are named in main, not in emit: under the strict parser of 25.04.0 `emit: name = value` fails at run time.

include { BUILD_DATASETS } from '../subworkflows/local/build_datasets'
include { IMPORT_DATASETS } from '../subworkflows/local/import_datasets'
include { TRAIN_MODELS } from '../subworkflows/local/train_models'
include { EXPLAIN_MODELS } from '../subworkflows/local/explain_models'
include { SUMMARISE } from '../subworkflows/local/summarise'

workflow LNCPROM {
    take:
    settings // a map: every parameter, lists split, paths resolved, and the digest of the code

    main:
    // datasets: [meta(id, task, length, code), dataset.parquet, dataset.json]
    BUILD_DATASETS(settings)
    IMPORT_DATASETS(settings)
    datasets = BUILD_DATASETS.out.datasets.mix(IMPORT_DATASETS.out.datasets)

    // predictions: [meta(id, dataset, model, seed, code), predictions.parquet]
    TRAIN_MODELS(datasets, settings)

    // profiles, motifs: a folder for each data set and model
    EXPLAIN_MODELS(datasets, TRAIN_MODELS.out.models, TRAIN_MODELS.out.predictions, settings)

    SUMMARISE(
        datasets,
        TRAIN_MODELS.out.predictions,
        BUILD_DATASETS.out.composition.mix(IMPORT_DATASETS.out.composition),
        BUILD_DATASETS.out.tpm,
        TRAIN_MODELS.out.kmers,
        TRAIN_MODELS.out.training,
        EXPLAIN_MODELS.out.profiles,
        EXPLAIN_MODELS.out.motifs,
        TRAIN_MODELS.out.cards.mix(EXPLAIN_MODELS.out.cards),
        settings,
    )

    report = SUMMARISE.out.report

    emit:
    report
}
