// A published checkpoint: config, vocabulary and weights of one commit. The only task that may use a network.
process DOWNLOAD_CHECKPOINT {
    tag "${meta.id}"
    label 'process_medium'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    val meta

    output:
    tuple val(meta), path("${meta.id}.checkpoint"), emit: checkpoint
    tuple val(meta), path("${meta.id}.checkpoint.json"), emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('huggingface_hub'), eval('versions.py huggingface_hub'), topic: versions

    script:
    // by a name of its own: the default parser hashes what is written as task.ext and a dot
    def place = task.ext
    // the commit and its digests decide what arrives, whatever folder, hub or mirror it comes from: those are no inputs,
    // so that a cache that was moved trains nothing anew
    def endpoint = place.endpoint ? "--endpoint '${place.endpoint}'" : ''
    """
    download_checkpoint.py \\
        --checkpoint '${meta.checkpoint}' \\
        --revision '${meta.revision}' \\
        --family ${meta.family} \\
        --cache '${place.cache}' \\
        ${endpoint} \\
        ${place.offline ? '--offline' : ''} \\
        --out-dir ${meta.id}.checkpoint \\
        --card ${meta.id}.checkpoint.json
    """

    stub:
    """
    mkdir ${meta.id}.checkpoint
    touch ${meta.id}.checkpoint.json
    """
}
