// One value, of a parameter or of a cell in a sheet, against its description in a JSON schema. It includes nothing: under
// the strict parser of 25.04 a script that includes others can be included only once.

def splitList(value) {
    return value.toString().tokenize(',')*.trim()
}

def isRemote(path) {
    return path ==~ /^[a-z][a-z0-9+.-]*:\/\/.*/
}

// A list of messages; empty for a valid value. `label` names the value in them: `--bootstrap`, or `models.csv, line 2: epochs`
def valueProblems(label, value, facts) {
    def text = value.toString()
    if (facts.type == 'boolean') {
        return text in ['true', 'false'] ? [] : ["${label} is ${text}. Give true or false.".toString()]
    }
    if (facts.items) {
        return listProblems(label, splitList(text), facts)
    }
    if (facts.type in ['integer', 'number']) {
        return isNumber(text, facts) ? [] : ["${label} is ${text}. Give ${describedNumber(facts)}.".toString()]
    }
    if (facts['enum'] && !(text in facts['enum'])) {
        return ["${label} is ${text}. Give one of ${facts['enum'].join(', ')}.".toString()]
    }
    if (facts.pattern && !(text ==~ facts.pattern) || text in (facts.not ? facts.not['enum'] : [])) {
        return ["${label} is ${text}. ${facts.errorMessage ?: "Give a value that matches ${facts.pattern}."}".toString()]
    }
    return facts.format in ['file-path', 'directory-path'] ? pathProblems(label, text, facts.format == 'file-path') : []
}

def isNumber(text, facts) {
    if (facts.type == 'integer' ? !(text ==~ /-?\d+/) : !text.isNumber()) {
        return false
    }
    def number = text.toBigDecimal()
    return !(facts.minimum != null && number < facts.minimum || facts.exclusiveMinimum != null && number <= facts.exclusiveMinimum ||
        facts.maximum != null && number > facts.maximum || facts.exclusiveMaximum != null && number >= facts.exclusiveMaximum)
}

// "a whole number above 51", "a number from 0 to 1"
def describedNumber(facts) {
    def kind = facts.type == 'integer' ? 'a whole number' : 'a number'
    if (facts.minimum != null && facts.maximum != null) {
        return "${kind} from ${facts.minimum} to ${facts.maximum}".toString()
    }
    def words = [minimum: 'of at least', exclusiveMinimum: 'above', maximum: 'at most', exclusiveMaximum: 'below']
    def limits = words.findAll { name, _word -> facts[name] != null }.collect { name, word -> "${word} ${facts[name]}" }
    return "${kind} ${limits.join(' and ')}".toString().trim()
}

// An entry may begin with one of `prefixes` and a colon
def listProblems(label, entries, facts) {
    def repeated = entries.countBy { entry -> entry }.findAll { _entry, times -> times > 1 }.keySet()
    def invalid = entries.collectMany { entry ->
        def prefix = (facts.prefixes ?: []).find { name -> entry.startsWith("${name}:") }
        if (facts.prefixes && !prefix && entry.contains(':')) {
            return ["${label} names ${entry.tokenize(':')[0]}, which is not in --tasks. Add it there, or remove ${entry}.".toString()]
        }
        def item = prefix ? entry.substring(prefix.size() + 1) : entry
        def problems = valueProblems("An entry of ${label}", item, facts.items)
        def similar = facts.items['enum'] ? " The most similar is ${mostSimilar(item, facts.items['enum'])}." : ''
        return problems.collect { problem -> problem + similar }
    }
    def empty = entries ? [] : ["${label} is an empty list. Give at least one entry.".toString()]
    return empty + repeated.collect { entry -> "${label} contains ${entry} twice. Remove one.".toString() } + invalid
}

def pathProblems(label, text, isFile) {
    if (text ==~ /.*[$`"\\].*/) {
        return ["${label} is ${text}. Rename it: \$, `, \" and \\ in a path break the job scripts.".toString()]
    }
    if (isRemote(text)) {
        return []
    }
    def path = file(text, glob: false)
    if (isFile) {
        def pattern = text ==~ /.*[*?\[{].*/
        def fault = path.isDirectory() ? 'is a folder' : pattern ? 'is a pattern, and no file has it as its name' : 'does not exist'
        return path.isFile() ? [] : ["${label} is ${text}, which ${fault}. Give the path of ${pattern ? 'one' : 'a'} file.".toString()]
    }
    def ancestor = withParents(path).find { place -> place.exists() }
    if (ancestor == null || !ancestor.isDirectory()) {
        return ["${label} is ${text}, but ${ancestor} is not a folder. Choose another place.".toString()]
    }
    return java.nio.file.Files.isWritable(ancestor) ? [] : ["${label} is ${text}, but the folder ${ancestor} is not writable. Choose another place.".toString()]
}

def withParents(path) {
    return path == null ? [] : [path] + withParents(path.parent)
}

// Edits that turn one word into the other (Levenshtein)
def editDistance(a, b) {
    def first = (0..b.size()).toList()
    def last = (0..<a.size()).inject(first) { above, i ->
        (0..<b.size()).inject([i + 1]) { row, j ->
            row + [[row[j] + 1, above[j + 1] + 1, above[j] + (a[i] == b[j] ? 0 : 1)].min()]
        }
    }
    return last[-1]
}

def mostSimilar(word, words) {
    return words.min { candidate -> editDistance(word.toLowerCase(), candidate.toLowerCase()) }
}
