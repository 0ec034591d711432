// Logistic regression on embeddings of a language model; layer, pooling and penalty are chosen on dev.
process TRAIN_PROBE {
    tag "${meta.id}"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(embeddings), path(embeddings_card)

    output:
    tuple val(meta), path("${meta.id}.predictions.parquet"), emit: predictions
    tuple val(meta), path("${meta.id}.model"), path("${meta.id}.probe.json"), emit: model
    path "${meta.id}.probe.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('scipy'), eval('versions.py scipy'), topic: versions

    script:
    """
    train_probe.py \\
        --dataset ${dataset} \\
        --name ${meta.dataset} \\
        --embeddings ${embeddings} \\
        --embeddings-card ${embeddings_card} \\
        --model ${meta.model} \\
        ${meta.split > 1 ? "--split ${meta.split}" : ''} \\
        --seed ${meta.seed} \\
        --out-dir ${meta.id}.model \\
        --predictions ${meta.id}.predictions.parquet \\
        --card ${meta.id}.probe.json
    """

    stub:
    """
    mkdir ${meta.id}.model
    touch ${meta.id}.predictions.parquet ${meta.id}.probe.json
    """
}
