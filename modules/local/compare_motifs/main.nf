// What a model looks at, by name: patterns in the bases that weigh most, against known motifs.
process COMPARE_MOTIFS {
    tag "${meta.id}"
    label 'process_medium'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(importance, stageAs: 'scored/*'), path(upstream, stageAs: 'upstream/*')
    path motifs, stageAs: 'motifs/*'
    val options

    output:
    path "${meta.id}", emit: motifs
    path "${meta.id}.motifs.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('memelite'), eval('versions.py memelite'), topic: versions
    tuple val(task.process), val('pyjaspar'), eval('versions.py pyjaspar'), topic: versions

    script:
    // by a name of its own: the default parser hashes what is written as task.ext and a dot
    def place = task.ext
    def tables = [importance].flatten().collect { name -> "--importance ${name}" }.join(' ')
    def cards = [upstream].flatten().collect { name -> "--upstream ${name}" }.join(' ')
    // where compiled code is kept decides nothing about the result, so it is no input
    """
    export NUMBA_CACHE_DIR='${place.numba_cache}'
    compare_motifs.py \\
        ${tables} \\
        --dataset ${dataset} \\
        --name ${meta.dataset} \\
        --model ${meta.model} \\
        --method ${meta.method} \\
        ${motifs ? "--motifs ${motifs}" : "--jaspar-release ${options.jaspar_release}"} \\
        --fdr ${options.fdr} \\
        --seed ${options.seed} \\
        ${cards} \\
        --out-dir ${meta.id} \\
        --card ${meta.id}.motifs.json
    """

    stub:
    """
    mkdir ${meta.id}
    touch ${meta.id}.motifs.json
    """
}
