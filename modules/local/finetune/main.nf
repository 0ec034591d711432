// A language model fine-tuned on one data set with one seed; a retry goes on where the attempt before was stopped.
process FINETUNE {
    tag "${meta.id}"
    label 'process_gpu'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(upstream, stageAs: 'upstream/*'), path(checkpoint, stageAs: 'pretrained/*')

    output:
    tuple val(meta), path("${meta.id}.predictions.parquet"), emit: predictions
    tuple val(meta), path("${meta.id}.model"), path("${meta.id}.finetune.json"), emit: model
    tuple val(meta), path("${meta.id}.training.tsv"), emit: training
    path "${meta.id}.finetune.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('torch'), eval('versions.py torch'), topic: versions

    script:
    // by a name of its own: the default parser hashes what is written as task.ext and a dot
    def place = task.ext
    // empty cells of the models sheet are left to the script's defaults
    def columns = ['init', 'truncation', 'epochs', 'batch', 'micro_batch', 'learning_rate', 'warmup_steps', 'weight_decay', 'clip', 'restarts', 'precision']
    def given = (columns - (meta.trial ?: [:]).keySet()).findAll { name -> meta[name] }.collect { name -> "--${name.replace('_', '-')} ${meta[name]}" }
    // of a trial of settings, or of the trial that was kept
    def tried = (meta.trial ?: [:]).collect { name, value -> "--${name.replace('_', '-')} ${value}" }
    def options = meta.options.collect { option -> "--option '${option}'" }
    def cards = [upstream].flatten().collect { card -> "--upstream ${card}" }
    // where and how often the state is saved, and whether a CPU will do, decide nothing about the result: no inputs, so
    // that a change of them trains nothing anew. What a run came to is kept until the whole run has succeeded (main.nf):
    // if Nextflow is gone when the outputs are there, -resume asks for them again
    """
    finetune.py \\
        --dataset ${dataset} \\
        --name ${meta.dataset} \\
        --family ${meta.family} \\
        --model ${meta.model} \\
        ${checkpoint ? "--checkpoint ${checkpoint}" : ''} \\
        ${(given + tried + options).join(' ')} \\
        ${meta.control == 'shuffled_labels' ? '--shuffle-labels' : meta.control == 'trial' ? '--trial' : ''} \\
        ${meta.split > 1 ? "--split ${meta.split}" : ''} \\
        ${meta.train_fraction ? "--train-fraction ${meta.train_fraction}" : ''} \\
        --seed ${meta.seed} \\
        --device ${task.accelerator ? 'cuda' : 'cpu'} \\
        ${place.require_gpu ? '--require-gpu' : ''} \\
        --threads ${task.cpus} \\
        --checkpoint-dir '${place.state_dir}/${meta.id}' \\
        --keep-finished \\
        ${place.save_seconds ? "--save-seconds ${place.save_seconds}" : ''} \\
        --code ${meta.code} \\
        ${cards.join(' ')} \\
        --out-dir ${meta.id}.model \\
        --predictions ${meta.id}.predictions.parquet \\
        --training ${meta.id}.training.tsv \\
        --card ${meta.id}.finetune.json
    """

    stub:
    """
    mkdir ${meta.id}.model
    touch ${meta.id}.predictions.parquet ${meta.id}.training.tsv ${meta.id}.finetune.json
    """
}
