// How the run was started, configuration files of others, and whether the machine has what the run needs.

include { valueOf } from './facts'
include { editDistance ; mostSimilar } from './values'

// The run's folder, profiles and engine, what the user typed, and whether configuration files other than the pipeline's count
def contextOf(params, workflow, words) {
    def command = workflow.commandLine.toString()
    def named = (command =~ /\s-params-file[ =](?:'([^']+)'|"([^"]+)"|(\S+))/).collect { found -> found[1] ?: found[2] ?: found[3] }
    def parameterFiles = (named + [System.getenv('NXF_PARAMS_FILE')].findAll()).collect { name -> file(name, glob: false) }.findAll { path -> path.exists() }
    return [
        root: workflow.projectDir,
        profile: workflow.profile,
        engine: workflow.containerEngine,
        version: workflow.manifest.version,
        command: command,
        words: words,
        stub: workflow.stubRun,
        python: 'python3',
        parameters: parameterFiles.collect { path -> path.text }.join('\n'),
        foreign: valueOf(params, 'custom_config_base') || workflow.configFiles.any { path -> path.toString() != "${workflow.projectDir}/nextflow.config" },
    ]
}

// Whether the user wrote this name on the command line or in a file of parameters
def isTyped(name, context) {
    // Nextflow stores --min-distance also as minDistance
    def written = [name, name.replaceAll(/[A-Z]/) { letter -> "-${letter.toLowerCase()}" }].unique()
    def word = written.collect { form -> java.util.regex.Pattern.quote(form) }.join('|')
    def onCommandLine = java.util.regex.Pattern.compile("\\s--(?:${word})(?![\\w-])")
    def inFile = java.util.regex.Pattern.compile("(?m)(^|[{,\"'\\s])(?:${word})[\"']?\\s*:")
    return onCommandLine.matcher(context.command).find() || inFile.matcher(context.parameters).find()
}

def undeclared(params, properties) {
    def names = params.keySet()
    def copies = names.findAll { name -> name.contains('-') }.collect { name -> name.replaceAll(/-(\w)/) { found -> found[1].toUpperCase() } }
    return names.findAll { name -> !(name in properties) && !(name in copies) }
}

def mostSimilarParameter(name, properties) {
    return mostSimilar(name.replace('-', '_'), properties.keySet())
}

def unknownProblem(name, properties) {
    def engines = ['profile', 'resume', 'params-file', 'work-dir', 'config', 'stub-run', 'preview', 'ansi-log', 'offline', 'with-docker', 'with-singularity', 'with-apptainer', 'with-conda', 'with-trace', 'with-report', 'with-timeline', 'with-dag', 'bg', 'c', 'w']
    def engine = engines.find { option -> option.replace('-', '') == name.replaceAll('[-_]', '').toLowerCase() }
    return (engine
        ? "--${name} is an option of Nextflow, which takes one dash: -${engine}."
        : "--${name} is not a parameter. The most similar is --${mostSimilarParameter(name, properties)}.").toString()
}

// Words that are no option and no value of one; for -stub Nextflow itself adds `true`
def strayProblems(context) {
    def stray = context.words - (context.stub ? ['true'] : [])
    return !stray ? []
        : ["The command line contains ${stray.join(', ')}, which belongs to no parameter. Put commas between values (--lengths 200,300), no blanks between profiles (-profile demo,venv), and quotes around a path with * or ?.".toString()]
}

// Mistakes of the user. A site's configuration can have parameters of its own (--project): then only a name that resembles
// one of ours is a mistake
def unknownParameters(params, properties, context) {
    return undeclared(params, properties).findAll { name ->
        !context.foreign || (isTyped(name, context) && editDistance(name.replace('-', '_').toLowerCase(), mostSimilarParameter(name, properties)) <= 2)
    }
}

// Parameters that a site's configuration sets for other pipelines; those that describe the site are no news
def ignoredParameters(params, properties, context) {
    return (undeclared(params, properties) - unknownParameters(params, properties, context)).findAll { name -> !name.startsWith('config_profile_') }
}

def machineProblems(models, params, context) {
    def needsTorch = models.any { model -> model.tuned } || params.explain.toString().trim() != 'none'
    def kinds = needsTorch ? ['cpu', 'gpu'] : ['cpu']
    return environmentProblems(needsTorch, context) + engineProblems(context) + imageProblems(kinds, params, context) +
        dockerProblems(kinds, params, context) + revisionProblems(models, params)
}

def environmentProblems(needsTorch, context) {
    def profiles = context.profile.tokenize(',')
    if (!('venv' in profiles)) {
        def elsewhere = context.engine || context.foreign || context.stub || 'conda' in profiles || context.command.contains('-with-conda')
        def complaint = elsewhere ? null : complaintOf([context.python, '-c', 'import polars'])
        return complaint ? ["No environment is chosen, and ${context.python} has no packages for the steps (${complaint}). Add one of venv, conda, docker, singularity, apptainer to -profile.".toString()] : []
    }
    def missing = ['.venv', '.venv-gpu'].findAll { name -> !file("${context.root}/${name}/bin/activate").exists() }
    return [
        '.venv' in missing ? 'The profile venv needs the environment .venv, which does not exist. Create it: make venv' : null,
        needsTorch && '.venv-gpu' in missing
            ? 'Language models and explanations need the environment .venv-gpu, which does not exist. Create it (make venv-gpu), or use --models assets/models_baseline.csv --explain none.' : null,
    ].findAll()
}

// conf/labels.config lets these engines reach the GPU, the run states and the caches
def engineProblems(context) {
    return context.engine in [null, 'docker', 'apptainer', 'singularity'] ? []
        : ["lncprom does not run in ${context.engine}. Choose docker, apptainer or singularity, or run without containers (venv, conda).".toString()]
}

// Docker would look for a missing image on Docker Hub and report that access is denied. Under a scheduler each node has
// images of its own.
def dockerProblems(kinds, params, context) {
    if (context.engine != 'docker' || 'slurm' in context.profile.tokenize(',') || context.foreign || context.command.contains('process.container')) {
        return []
    }
    return kinds.findAll { kind -> !valueOf(params, "container_${kind}".toString()) }.collectMany { kind ->
        def image = "lncprom-${kind}:${context.version}".toString()
        def complaint = complaintOf(['docker', 'image', 'inspect', '--format', '-', image])
        complaint ? ["--container_${kind}: there is no image ${image} (${complaint}). Build it (make images IMAGES=${kind}) or name another.".toString()] : []
    }
}

// The last line that a failing command prints; null if it succeeds
def complaintOf(command) {
    try {
        def process = new ProcessBuilder(command).redirectErrorStream(true).start()
        def lines = process.inputStream.text.trim().readLines()
        return process.waitFor() == 0 ? null : (lines ? lines[-1] : "exit ${process.exitValue()}")
    }
    catch (IOException failure) {
        return failure.message.readLines()[0]
    }
}

// Apptainer and Singularity need the absolute path of a file; they look for any other name in a registry. By default the
// image is the file that `make sif` writes, unless another configuration names images.
def imageProblems(kinds, params, context) {
    if (!(context.engine in ['apptainer', 'singularity'])) {
        return []
    }
    return kinds.collectMany { kind ->
        def named = valueOf(params, "container_${kind}".toString())?.toString()
        def image = named ?: "${context.root}/images/lncprom-${kind}-${context.version}.sif"
        def absent = image.startsWith('/') && (named || !context.foreign) && !file(image, glob: false).exists()
        def relative = named ==~ /(?!\/|.*:\/\/).*\.(sif|simg|img)/
        return [
            absent ? "--container_${kind}: there is no image ${image}. Build it (make sif IMAGES=${kind}) or name another." : null,
            relative ? "--container_${kind} is ${named}, a relative path. Give the absolute path ${file(named, glob: false)}." : null,
        ].findAll()*.toString()
    }
}

// Only the hub knows the commit of a branch
def revisionProblems(models, params) {
    def moving = models.findAll { model -> model.tuned && model.origin.kind == 'hub' && model.origin.revision == 'main' }*.name
    return params.offline.toString() == 'true' && moving
        ? ["--offline: the revision of ${moving.join(', ')} is main, whose commit only the hub knows. With a network run pin_checkpoints.py --models ${params.models} --out pinned.csv, then give --models pinned.csv.".toString()] : []
}

def addressProblems(params) {
    def inputs = ['fasta', 'gtf', 'expression', 'promoters', 'tss_support', 'assembly_report', 'motifs', 'input', 'models']
    return params.offline.toString() != 'true' ? [] : inputs.findAll { name -> valueOf(params, name).toString() ==~ /(https?|ftp):.*/ }.collect { name ->
        "--offline: --${name} is an address. With a network run curl -LO ${params[name]}, then give the file.".toString()
    }
}
