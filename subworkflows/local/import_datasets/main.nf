// Sheets of ready-made sets -> data sets in the same shape as those built from a genome; and sets that are only tested on.

include { IMPORT_DATASET } from '../../../modules/local/import_dataset'

workflow IMPORT_DATASETS {
    take:
    settings

    main:
    // lengths of all models, where they are known before any ready-made set is read
    def windows = settings.datasets ? [] : settings.lengths.values().flatten().unique().sort()
    def rows = settings.datasets.collect { row -> [row, [:]] } + settings.external.collect { row -> [row, [external: true, windows: windows]] }
    // [meta(id, task, tss_index, code), [train files], [dev files], [test files]]
    sets = channel.fromList(rows.collect { row, about ->
        [[id: row.name, task: row.name, tss_index: row.tss_index] + about + [code: settings.code], row.train, row.dev, row.test]
    })
    IMPORT_DATASET(sets, [seed: settings.given.seed])

    imported = IMPORT_DATASET.out.dataset.branch { meta, _dataset, _card ->
        external: meta.external
        trained: true
    }
    datasets = imported.trained
    external = imported.external
    composition = IMPORT_DATASET.out.composition.filter { table -> !(table.name - '.composition.tsv' in settings.external*.name) }

    emit:
    datasets
    external
    composition
}
