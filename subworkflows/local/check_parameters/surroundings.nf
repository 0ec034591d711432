// What surrounds a run: how it was asked for, configuration files of others, and whether the machine has what it needs.

// Some parameters stand in the schema alone; asking the engine for one that was not given prints a warning
def given(params, name) {
    return params.containsKey(name) ? params[name] : null
}

// How the run was asked for: its folder, profiles and engine, what was typed, and whether other configuration files than
// the pipeline's own had a say
def surroundingsOf(params, workflow) {
    def line = workflow.commandLine.toString()
    def sheet = (line =~ /\s-params-file[ =](?:'([^']+)'|"([^"]+)"|(\S+))/).collect { found -> found[1] ?: found[2] ?: found[3] }
    def typed = sheet + [System.getenv('NXF_PARAMS_FILE')].findAll()
    return [
        root: workflow.projectDir,
        profile: workflow.profile,
        engine: workflow.containerEngine,
        version: workflow.manifest.version,
        command: line,
        parameters: typed.collect { name -> file(name) }.findAll { path -> path.exists() }.collect { path -> path.text }.join('\n'),
        foreign: given(params, 'custom_config_base') || workflow.configFiles.any { path -> path.toString() != "${workflow.projectDir}/nextflow.config" },
    ]
}

// By the user, in so many letters: on the command line, or in a file of parameters
def isTyped(name, place) {
    // Nextflow files what is written with hyphens under a name of its own too
    def written = [name, name.replaceAll(/[A-Z]/) { letter -> "-${letter.toLowerCase()}" }].unique()
    def word = written.collect { form -> java.util.regex.Pattern.quote(form) }.join('|')
    def onCommandLine = java.util.regex.Pattern.compile("\\s--(?:${word})(?![\\w-])")
    def inFile = java.util.regex.Pattern.compile("(?m)(^|[{,\"'\\s])(?:${word})[\"']?\\s*:")
    return onCommandLine.matcher(place.command).find() || inFile.matcher(place.parameters).find()
}

def unknownParameters(params, properties) {
    // Nextflow files --min-distance under two names; the one as typed is enough
    def names = params.keySet()
    def echoes = names.findAll { name -> name.contains('-') }.collect { name -> name.replaceAll(/-(\w)/) { found -> found[1].toUpperCase() } }
    return names.findAll { name -> !(name in properties) && !(name in echoes) }
}

// Edits that turn one word into the other (Levenshtein)
def distance(a, b) {
    def first = (0..b.size()).toList()
    def last = (0..<a.size()).inject(first) { above, i ->
        (0..<b.size()).inject([i + 1]) { row, j ->
            row + [[row[j] + 1, above[j + 1] + 1, above[j] + (a[i] == b[j] ? 0 : 1)].min()]
        }
    }
    return last[-1]
}

def nearest(word, words) {
    return words.min { candidate -> distance(word.toLowerCase(), candidate.toLowerCase()) }
}

def nearestParameter(name, properties) {
    return nearest(name.replace('-', '_'), properties.keySet())
}

// Mistakes of the user. Where a site's configuration has a say, it may ask for parameters of its own (--project, say): what
// is typed then is a mistake only where it is nearly one of ours
def strangeParameters(params, properties, place) {
    return unknownParameters(params, properties).findAll { name ->
        !place.foreign || (isTyped(name, place) && distance(name.replace('-', '_').toLowerCase(), nearestParameter(name, properties)) <= 2)
    }
}

// What a site's configuration sets for other pipelines too; that it describes itself is no news
def foreignParameters(params, properties, place) {
    return (unknownParameters(params, properties) - strangeParameters(params, properties, place)).findAll { name -> !name.startsWith('config_profile_') }
}

// Said before hours of work, not when the first task that needs it is reached
def machineFaults(models, params, place) {
    def wanted = models.any { model -> model.tuned } || params.explain.toString().trim() != 'none'
    return environmentFaults(wanted, place) + engineFaults(place) + imageFaults(wanted, params, place) +
        dockerFaults(wanted, params, place) + offlineFaults(models, params)
}

def environmentFaults(wanted, place) {
    if (!('venv' in place.profile.tokenize(','))) {
        return []
    }
    def missing = ['.venv', '.venv-gpu'].findAll { name -> !file("${place.root}/${name}/bin/activate").exists() }
    return [
        '.venv' in missing ? 'profile venv: .venv is not there; make it by: make venv' : null,
        wanted && '.venv-gpu' in missing
            ? 'profile venv: language models and explanations need .venv-gpu, which is not there; make it by: make venv-gpu (or use --models assets/models_baseline.csv --explain none)' : null,
    ].findAll()
}

// conf/labels.config tells the others how a container is let at a GPU, the state of trainings and the caches
def engineFaults(place) {
    return place.engine in [null, 'docker', 'apptainer', 'singularity'] ? []
        : ["${place.engine}: lncprom runs in docker, apptainer, singularity, or without containers (venv, conda); choose one of these".toString()]
}

// Docker would ask Docker Hub for the image that `make images` builds, and say that access is denied. Under a scheduler
// each node has images of its own.
def dockerFaults(wanted, params, place) {
    if (place.engine != 'docker' || 'slurm' in place.profile.tokenize(',') || place.foreign || place.command.contains('process.container')) {
        return []
    }
    return (wanted ? ['cpu', 'gpu'] : ['cpu']).findAll { kind -> !given(params, "container_${kind}".toString()) }.collectMany { kind ->
        def image = "lncprom-${kind}:${place.version}".toString()
        def said = wordsOf(['docker', 'image', 'inspect', '--format', '-', image])
        said ? ["--container_${kind}: there is no image ${image} (${said}); build it by: make images IMAGES=${kind}, or name another".toString()] : []
    }
}

// What a command complains of, in one line; nothing where it ends well
def wordsOf(command) {
    try {
        def process = new ProcessBuilder(command).redirectErrorStream(true).start()
        def said = process.inputStream.text.trim().readLines()
        return process.waitFor() == 0 ? null : (said ? said[-1] : "exit ${process.exitValue()}")
    }
    catch (IOException fault) {
        return fault.message.readLines()[0]
    }
}

// Apptainer and Singularity take a file by its absolute path; any other name is one in a registry to the engine. Without
// a name it is the file that `make sif` writes, unless another configuration names images by itself.
def imageFaults(wanted, params, place) {
    if (!(place.engine in ['apptainer', 'singularity'])) {
        return []
    }
    return (wanted ? ['cpu', 'gpu'] : ['cpu']).collectMany { kind ->
        def named = given(params, "container_${kind}".toString())?.toString()
        def image = named ?: "${place.root}/images/lncprom-${kind}-${place.version}.sif"
        def absent = image.startsWith('/') && (named || !place.foreign) && !file(image).exists()
        def relative = named ==~ /(?!\/|.*:\/\/).*\.(sif|simg|img)/
        return [
            absent ? "--container_${kind}: there is no image ${image}; build it by: make sif IMAGES=${kind}, or name another" : null,
            relative ? "--container_${kind} ${named}: not an absolute path, so that the engine would ask a registry for it; write ${file(named)}" : null,
        ].findAll()*.toString()
    }
}

// Which commit a branch is only the hub knows
def offlineFaults(models, params) {
    def moving = models.findAll { model -> model.tuned && model.origin.kind == 'hub' && model.origin.revision == 'main' }*.name
    return params.offline.toString() == 'true' && moving
        ? ["--offline: which commit main is can be asked of a hub alone: ${moving.join(', ')}; where there is a network run pin_checkpoints.py --models ${params.models} --out pinned.csv, and give --models pinned.csv".toString()] : []
}

// Inputs given by address are fetched where Nextflow is started
def remoteFaults(params) {
    def inputs = ['fasta', 'gtf', 'expression', 'promoters', 'assembly_report', 'motifs', 'input', 'models']
    return params.offline.toString() != 'true' ? [] : inputs.findAll { name -> given(params, name).toString() ==~ /(https?|ftp):.*/ }.collect { name ->
        "--offline: --${name} is an address; where there is a network run curl -LO ${params[name]}, and give the file".toString()
    }
}
