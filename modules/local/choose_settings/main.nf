// Which settings of a model the final trainings take, by the dev loss of its trials.
process CHOOSE_SETTINGS {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(upstream, stageAs: 'upstream/*'), path(predictions, stageAs: 'trial?/*')

    output:
    tuple val(meta), path("${meta.id}.settings.json"), emit: settings
    path "${meta.id}.trials.tsv", emit: trials
    path "${meta.id}.trials.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def tables = [predictions].flatten().collect { table -> "--predictions ${table}" }.join(' ')
    def trials = meta.trials.collect { trial -> "--trial '${groovy.json.JsonOutput.toJson(trial)}'" }.join(' ')
    """
    choose_settings.py \\
        ${tables} \\
        ${trials} \\
        --dataset ${dataset} \\
        --name ${meta.dataset} \\
        --model ${meta.model} \\
        ${meta.split > 1 ? "--split ${meta.split}" : ''} \\
        --upstream ${upstream} \\
        --out ${meta.id}.trials.tsv \\
        --chosen ${meta.id}.settings.json \\
        --card ${meta.id}.trials.json
    """

    stub:
    """
    echo '{}' > ${meta.id}.settings.json
    touch ${meta.id}.trials.tsv ${meta.id}.trials.json
    """
}
