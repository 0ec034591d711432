// Where a model looks, as profiles, heat maps and browser tracks, and whether that can be believed.
process PROFILE_IMPORTANCE {
    tag "${meta.id}"
    label 'process_medium'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(importance, stageAs: 'scored/*'), path(curves, stageAs: 'scored/*'), path(heads, stageAs: 'scored/*'), path(predictions, stageAs: 'predictions/*'), path(upstream, stageAs: 'upstream/*')
    val options

    output:
    path "${meta.id}", emit: profiles
    path "${meta.id}.profiles.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('pyBigWig'), eval('versions.py pyBigWig'), topic: versions

    script:
    def tables = [importance].flatten().collect { name -> "--importance ${name}" }.join(' ')
    def curve_tables = [curves].flatten().collect { name -> "--curves ${name}" }.join(' ')
    def head_tables = [heads].flatten().collect { name -> "--heads ${name}" }.join(' ')
    def predicted = [predictions].flatten().collect { name -> "--predictions ${name}" }.join(' ')
    def cards = [upstream].flatten().collect { name -> "--upstream ${name}" }.join(' ')
    """
    profile_importance.py \\
        ${tables} \\
        ${curve_tables} \\
        ${head_tables} \\
        ${predicted} \\
        --dataset ${dataset} \\
        --name ${meta.dataset} \\
        --model ${meta.model} \\
        --bootstrap ${options.bootstrap} \\
        --confidence ${options.confidence} \\
        --seed ${options.seed} \\
        ${cards} \\
        --out-dir ${meta.id} \\
        --card ${meta.id}.profiles.json
    """

    stub:
    """
    mkdir ${meta.id}
    touch ${meta.id}.profiles.json
    """
}
