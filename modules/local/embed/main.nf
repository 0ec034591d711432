// Embeddings of a data set by a language model that is not trained further, pretrained or with random weights.
process EMBED {
    tag "${meta.id}"
    label 'process_gpu'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(upstream, stageAs: 'upstream/*'), path(checkpoint, stageAs: 'pretrained/*')

    output:
    tuple val(meta), path("${meta.id}.embeddings.parquet"), path("${meta.id}.embeddings.json"), emit: embeddings
    path "${meta.id}.embeddings.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('torch'), eval('versions.py torch'), topic: versions

    script:
    // by a name of its own: the default parser hashes what is written as task.ext and a dot
    def place = task.ext
    def given = ['init', 'truncation', 'precision'].findAll { name -> meta[name] }.collect { name -> "--${name} ${meta[name]}" }
    def options = meta.options.collect { option -> "--option '${option}'" }
    def cards = [upstream].flatten().collect { card -> "--upstream ${card}" }
    """
    embed.py \\
        --dataset ${dataset} \\
        --name ${meta.dataset} \\
        --family ${meta.family} \\
        --checkpoint ${checkpoint} \\
        ${(given + options).join(' ')} \\
        --seed ${meta.seed} \\
        --device ${task.accelerator ? 'cuda' : 'cpu'} \\
        ${place.require_gpu ? '--require-gpu' : ''} \\
        --threads ${task.cpus} \\
        ${cards.join(' ')} \\
        --out ${meta.id}.embeddings.parquet \\
        --card ${meta.id}.embeddings.json
    """

    stub:
    """
    touch ${meta.id}.embeddings.parquet ${meta.id}.embeddings.json
    """
}
