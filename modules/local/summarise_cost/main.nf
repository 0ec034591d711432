// What the run cost: CPU-h, GPU-h and memory by step and by model, and what to ask next time.
process SUMMARISE_COST {
    tag "${meta.id}"
    label 'process_single'
    // another trace at each run, also at a resumed one
    cache false
    conda "${moduleDir}/environment.yml"

    input:
    val meta
    path trace

    output:
    path 'cost.html', emit: html
    path 'cost.tsv', emit: table
    path 'resources.config', emit: config

    script:
    """
    summarise_cost.py \\
        --trace ${trace} \\
        --datasets ${meta.datasets.join(',')} \\
        --models ${meta.models.join(',')} \\
        --gpus ${meta.gpus} \\
        --gpu-steps ${meta.gpu_steps.join(',')} \\
        --title '${meta.title}' \\
        --page cost.html \\
        --out cost.tsv \\
        --config resources.config
    """

    stub:
    """
    touch cost.html cost.tsv resources.config
    """
}
