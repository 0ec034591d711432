// A ready-made set of sequences and labels as a data set like those built here.
process IMPORT_DATASET {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(train, stageAs: 'train?/*'), path(dev, stageAs: 'dev?/*'), path(test, stageAs: 'test?/*')
    val options

    output:
    tuple val(meta), path("${meta.id}.parquet"), path("${meta.id}.dataset.json"), emit: dataset
    path "${meta.id}.composition.tsv", emit: composition
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def folds = [train: train, dev: dev, test: test]
        .collectMany { fold, files -> [files].flatten().collect { table -> "--${fold} ${table}" } }
        .join(' ')
    def windows = (meta.windows ?: []).collect { length -> "--window ${length}" }.join(' ')
    """
    import_dataset.py \\
        --name ${meta.id} \\
        ${folds} \\
        ${meta.tss_index == null ? '' : "--tss-index ${meta.tss_index}"} \\
        ${windows} \\
        --seed ${options.seed} \\
        --out ${meta.id}.parquet \\
        --composition ${meta.id}.composition.tsv \\
        --card ${meta.id}.dataset.json
    """

    stub:
    """
    touch ${meta.id}.parquet ${meta.id}.composition.tsv ${meta.id}.dataset.json
    """
}
