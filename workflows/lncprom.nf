// The whole graph on one page: data sets, models, metrics, report.
// Outputs are named in main, not in emit: under the strict parser of 25.04.0 `emit: name = value` fails at run time.

include { BUILD_DATASETS } from '../subworkflows/local/build_datasets'
include { IMPORT_DATASETS } from '../subworkflows/local/import_datasets'
include { AUDIT_LEAKS } from '../modules/local/audit_leaks'
include { TRAIN_MODELS } from '../subworkflows/local/train_models'
include { TRANSFER_MODELS } from '../subworkflows/local/transfer_models'
include { EXPLAIN_MODELS } from '../subworkflows/local/explain_models'
include { SUMMARISE } from '../subworkflows/local/summarise'

workflow LNCPROM {
    take:
    settings // a map: every parameter, lists split, paths resolved, and the digest of the code

    main:
    // datasets: [meta(id, task, length, code), dataset.parquet, dataset.json]
    BUILD_DATASETS(settings)
    IMPORT_DATASETS(settings)
    made = BUILD_DATASETS.out.datasets.mix(IMPORT_DATASETS.out.datasets)

    // leaks: a table for each data set; with --max_leakage nothing is trained before all are known
    AUDIT_LEAKS(made, settings.given.subMap('leak_k', 'max_leakage', 'seed'))
    audited = AUDIT_LEAKS.out.leaks.count()
    datasets = settings.given.max_leakage == null ? made : made.combine(audited).map { meta, dataset, card, _audits -> [meta, dataset, card] }

    // predictions: [meta(id, dataset, model, seed, code), predictions.parquet]
    TRAIN_MODELS(datasets, settings)

    // metrics: transfer.tsv, of sets that models were not trained on
    TRANSFER_MODELS(datasets, IMPORT_DATASETS.out.external, TRAIN_MODELS.out.models, TRAIN_MODELS.out.predictions, settings)

    // profiles, motifs: a folder for each data set and model
    EXPLAIN_MODELS(datasets, TRAIN_MODELS.out.models, TRAIN_MODELS.out.predictions, settings)

    SUMMARISE(
        datasets,
        TRAIN_MODELS.out.predictions,
        TRAIN_MODELS.out.fractions,
        BUILD_DATASETS.out.composition.mix(IMPORT_DATASETS.out.composition),
        BUILD_DATASETS.out.tpm,
        TRAIN_MODELS.out.kmers,
        TRAIN_MODELS.out.training,
        EXPLAIN_MODELS.out.profiles,
        EXPLAIN_MODELS.out.motifs,
        TRANSFER_MODELS.out.metrics,
        TRAIN_MODELS.out.cards.mix(EXPLAIN_MODELS.out.cards, TRANSFER_MODELS.out.card, AUDIT_LEAKS.out.card),
        AUDIT_LEAKS.out.leaks,
        AUDIT_LEAKS.out.homology,
        settings,
    )

    report = SUMMARISE.out.report

    emit:
    report
}
