// Logistic regression on features of k-mers, and the trivial baselines that any model has to beat.
process TRAIN_BASELINE {
    tag "${meta.id}"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(upstream, stageAs: 'upstream/*')

    output:
    tuple val(meta), path("${meta.id}.predictions.parquet"), emit: predictions
    tuple val(meta), path("${meta.id}.model"), path("${meta.id}.baseline.json"), emit: model
    tuple val(meta), path("${meta.id}.kmers.tsv"), emit: kmers
    path "${meta.id}.kmers.svg", emit: plot
    path "${meta.id}.baseline.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('scipy'), eval('versions.py scipy'), topic: versions

    script:
    // the script has the defaults of empty cells in the sheet of models
    def settings = ['features', 'kmer_min', 'kmer_max', 'c_grid'].findAll { name -> meta[name] }.collect { name -> "--${name.replace('_', '-')} ${meta[name]}" }
    """
    train_baseline.py \\
        --dataset ${dataset} \\
        --name ${meta.dataset} \\
        --model ${meta.model} \\
        ${settings.join(' ')} \\
        --baselines ${meta.baselines} \\
        ${meta.split > 1 ? "--split ${meta.split}" : ''} \\
        ${meta.train_fraction ? "--train-fraction ${meta.train_fraction}" : ''} \\
        --seed ${meta.seed} \\
        --upstream ${upstream} \\
        --out-dir ${meta.id}.model \\
        --predictions ${meta.id}.predictions.parquet \\
        --kmers ${meta.id}.kmers.tsv \\
        --plot ${meta.id}.kmers.svg \\
        --card ${meta.id}.baseline.json
    """

    stub:
    """
    mkdir ${meta.id}.model
    touch ${meta.id}.predictions.parquet ${meta.id}.kmers.tsv ${meta.id}.kmers.svg ${meta.id}.baseline.json
    """
}
