// What several scripts ask. It includes nothing: under the strict parser of 25.04 a script that includes others may be
// included but once.

def propertiesOf(schema) {
    def groups = new groovy.json.JsonSlurper().parseText(schema.text)['$defs'].values()
    return groups.collectMany { group -> group.properties.collect { name, facts -> [name, facts + [group: group.title]] } }.collectEntries()
}

def tasksOf(registry) {
    return new groovy.json.JsonSlurper().parseText(registry.text)
}

def splitList(value) {
    return value.toString().tokenize(',')*.trim()
}

def familiesIn(root) {
    return file("${root}/bin/lncprom/models/families.json")
}

// Task -> its window lengths, shortest first: '300,coding_vs_lncrna:1000' gives every task 300 bp, and one of them 1,000 bp too
def lengthsByTask(tasks, lengths) {
    def entries = splitList(lengths)*.tokenize(':')
    return splitList(tasks).collectEntries { task ->
        [task, entries.findAll { entry -> entry.size() == 1 || entry[0] == task }*.last()*.toInteger().sort()]
    }
}

// Is this data set to be explained? A ready-made one has no length
def isExplained(meta, settings) {
    def asked = settings.explained
    def ready = meta.length == null
    def named = meta.id in asked || 'all' in asked || (ready ? 'ready_made' in asked : meta.task in asked)
    return named && (ready || meta.id in asked || meta.length in settings.explained_lengths[meta.task])
}
