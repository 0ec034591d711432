// A sheet of ready-made sets -> data sets in the same shape as those built from a genome.

include { IMPORT_DATASET } from '../../../modules/local/import_dataset'

workflow IMPORT_DATASETS {
    take:
    settings

    main:
    // [meta(id, task, tss_index, code), [train files], [dev files], [test files]]
    sets = channel.fromList(settings.datasets.collect { row ->
        [[id: row.name, task: row.name, tss_index: row.tss_index, code: settings.code], row.train, row.dev, row.test]
    })
    IMPORT_DATASET(sets, [seed: settings.given.seed])

    datasets = IMPORT_DATASET.out.dataset
    composition = IMPORT_DATASET.out.composition

    emit:
    datasets
    composition
}
