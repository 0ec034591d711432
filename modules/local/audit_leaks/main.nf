// Samples of dev and test that resemble train: copies, near duplicates, overlaps, shared chunks, same genes.
process AUDIT_LEAKS {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(upstream, stageAs: 'upstream/*')
    val options

    output:
    tuple val(meta), path("${meta.id}.homology.parquet"), emit: homology
    path "${meta.id}.leaks.tsv", emit: leaks
    path "${meta.id}.leak_pairs.tsv", emit: pairs
    path "${meta.id}.leaks.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    """
    audit_leaks.py \\
        --dataset ${dataset} \\
        --name ${meta.id} \\
        --leak-k ${options.leak_k} \\
        ${options.max_leakage == null ? '' : "--max-leakage ${options.max_leakage}"} \\
        --seed ${options.seed} \\
        --upstream ${upstream} \\
        --out ${meta.id}.leaks.tsv \\
        --pairs ${meta.id}.leak_pairs.tsv \\
        --homology ${meta.id}.homology.parquet \\
        --card ${meta.id}.leaks.json
    """

    stub:
    """
    touch ${meta.id}.homology.parquet ${meta.id}.leaks.tsv ${meta.id}.leak_pairs.tsv ${meta.id}.leaks.json
    """
}
