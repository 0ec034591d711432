// The sheets that a user writes, checked against assets/schema_*.json: [rows: [maps], problems: [messages]].

include { isRemote ; valueProblems } from '../check_parameters/values'

def cellsOf(line) {
    return line.split(',', -1)*.trim()
}

// The cells of a row; Excel writes commas for empty columns on the right
def rowOf(line, width) {
    def cells = cellsOf(line)
    return cells.drop(width).any() ? cells : cells.take(width)
}

// A sheet that is no CSV: an Excel workbook, or cells separated otherwise
def separatorProblem(sheet, text, first) {
    if (text.startsWith('PK')) {
        return "${sheet.name} is an Excel workbook. Save it as CSV (comma separated).".toString()
    }
    def other = !first.contains(',') ? [semicolons: ';', tabs: '\t'].find { _name, character -> first.contains(character) } : null
    return other ? "${sheet.name} separates its cells by ${other.key}. Save it as CSV with commas.".toString() : null
}

// Rows by column name, each with its line number; a sheet is a plain CSV without quotes
def readSheet(sheet, entry, unique = true) {
    def columns = entry.properties.keySet().toList()
    def text = sheet.text.replace('\uFEFF', '')
    def lines = text.readLines()
    def separator = separatorProblem(sheet, text, lines ? lines[0] : '')
    if (separator) {
        return [rows: [], problems: [separator]]
    }
    def named = lines ? cellsOf(lines[0]) : []
    def header = named.take(named.findLastIndexOf { cell -> cell } + 1)
    def numbered = lines.withIndex(1).drop(1).findAll { line, _number -> cellsOf(line).any() && !line.startsWith('#') }
    def uneven = numbered.findAll { line, _number -> rowOf(line, header.size()).size() != header.size() }
    def problems = [
        (entry.required - header).collect { column -> "${sheet.name} has no column ${column}. Name ${entry.required.join(', ')} in its first line." },
        (header - columns).collect { column -> "${sheet.name} has an unknown column ${column}. The columns are ${columns.join(', ')}." },
        uneven.collect { line, number -> "${sheet.name}, line ${number}: ${cellsOf(line).size()} cells, the header has ${header.size()}. Add or remove commas." },
        numbered ? [] : ["${sheet.name} has no rows. Write one row for each entry."],
    ].flatten()
    def rows = problems ? [] : numbered.collect { line, number -> [header, rowOf(line, header.size())].transpose().collectEntries() + [line: number] }
    def repeated = !unique ? [] : rows.groupBy { row -> row.name }.findAll { _name, same -> same.size() > 1 }
        .collect { name, same -> "${sheet.name}, lines ${same*.line.join(' and ')}: the name ${name} is repeated. Give each row its own name." }
    return [rows: rows, problems: (problems + repeated)*.toString() + rows.collectMany { row -> rowProblems(row, sheet, entry) }]
}

def rowProblems(row, sheet, entry) {
    def place = "${sheet.name}, line ${row.line}"
    def filled = entry.properties.findAll { column, _facts -> row[column] }
    def empty = entry.required.findAll { column -> !row[column] }.collect { column -> "${place}: ${column} is empty. Fill in the cell.".toString() }
    def invalid = filled.collectMany { column, facts -> valueProblems("${place}: ${column}", row[column], facts) }
    // in the sheet of models: columns that belong to other families
    def foreign = entry['if'] ? (row.family == entry['if'].properties.family['const'] ? entry.then : entry['else']).properties.keySet() : []
    return empty + invalid + filled.keySet().findAll { column -> column in foreign }
        .collect { column -> "${place}: ${column} is not a setting of the family ${row.family}. Leave the cell empty.".toString() }
}

def entryOf(schema) {
    return new groovy.json.JsonSlurper().parseText(schema.text).items
}

// A cell of a sheet of data sets: one table, or two FASTA files (positives;negatives), relative to the sheet
def filesIn(cell, sheet) {
    return (cell ?: '').tokenize(';')*.trim().collect { name -> absolutePath(name, sheet) }
}

def absolutePath(name, sheet) {
    return name.startsWith('/') || isRemote(name) ? file(name, glob: false) : sheet.parent.resolve(name)
}

// The sheet of --input or of --external, whose positives and negatives are a test split
def readDatasets(sheet, schema) {
    def read = readSheet(sheet, entryOf(schema))
    def columns = ['train', 'dev', 'test', 'positives', 'negatives']
    def files = read.rows.collectMany { row -> columns.collectMany { split -> filesIn(row[split], sheet).collect { path -> [row.line, path] } } }
    def missing = files.findAll { _line, path -> path.scheme == 'file' && !path.isFile() }
        .collect { line, path -> "${sheet.name}, line ${line}: the file ${path} does not exist. Give paths relative to the sheet.".toString() }
    def rows = read.problems ? [] : read.rows.collect { row ->
        [
            name: row.name,
            tss_index: row.tss_index ? row.tss_index as Integer : null,
            train: filesIn(row.train, sheet),
            dev: filesIn(row.dev, sheet),
            test: ['test', 'positives', 'negatives'].collectMany { column -> filesIn(row[column], sheet) },
        ]
    }
    return [rows: rows, problems: read.problems + missing]
}

// `families`: what the package's registry says of each
def readModels(sheet, schema, families) {
    def entry = entryOf(schema)
    def read = readSheet(sheet, entry)
    def wrong = read.rows.findAll { row -> row.family in families }.collectMany { row ->
        (checkpointProblems(row, families[row.family], sheet) + familyProblems(row, families[row.family])).collect { problem -> "${sheet.name}, line ${row.line}: ${problem}".toString() }
    } + read.rows.findAll { row -> row.family == 'logistic_regression' }.collectMany { row ->
        regressionProblems(row).collect { problem -> "${sheet.name}, line ${row.line}: ${problem}".toString() }
    }
    def regressions = read.rows.findAll { row -> !(row.family in families) }
    def rows = read.problems || wrong ? [] : read.rows.collect { row ->
        def settings = entry[row.family in families ? 'then' : 'else'].properties.keySet().collectEntries { column -> [column, row[column] ?: ''] }
        row.family in families ? tunedModel(row, settings, families[row.family], sheet) : regressionModel(row, settings, row == regressions[0])
    }
    return [rows: rows, problems: read.problems + wrong]
}

def checkpointProblems(row, family, sheet) {
    def cell = row.checkpoint ?: ''
    if (!family.checkpoint) {
        def filled = ['checkpoint', 'init'].findAll { column -> row[column] }
        return filled.collect { column -> "models of the family ${row.family} are trained from scratch. Leave the ${column} empty." }
    }
    if (!cell) {
        return ["${row.name} has no checkpoint. Name a folder, or owner/name of a model hub and its revision."]
    }
    if (isDemo(cell)) {
        return cell ==~ /demo:(dnabert_[3-6]|dnabert2|nucleotide_transformer)/ ? [] : ["the demo has no checkpoint ${cell}. Give demo:dnabert_3 to demo:dnabert_6, demo:dnabert2 or demo:nucleotide_transformer."]
    }
    def folder = absolutePath(cell, sheet)
    if (folder.exists()) {
        return folder.isDirectory() ? [] : ["the checkpoint ${cell} is a file. Name the folder that contains it."]
    }
    if (!(cell ==~ /[A-Za-z0-9][\w.-]*\/[\w.-]+/)) {
        return ["the checkpoint ${cell} is neither a folder nor owner/name of a model hub. Give the folder relative to the sheet."]
    }
    return row.revision ? [] : ["the checkpoint ${cell} has no revision. Give the commit's 40 hexadecimal digits, so that a later run gets the same weights."]
}

// Rank of LoRA in the options of a row, as text; null where they say nothing
def rankOf(row) {
    return optionsIn(row.options).find { pair -> pair.startsWith('lora_r=') }?.substring(7)
}

// How a model is adapted to a data set; where the cell is empty, as the options say. `lora` of a family: its default rank
def adaptOf(row, family) {
    return row.adapt ?: ((rankOf(row) ?: family.lora ?: 0).toString() == '0' ? 'full' : 'lora')
}

def familyProblems(row, family) {
    def rank = rankOf(row)
    def against = row.adapt == 'full' && rank && rank != '0' || row.adapt == 'lora' && rank == '0'
    def training = ['epochs', 'batch', 'micro_batch', 'learning_rate', 'warmup_steps', 'weight_decay', 'clip', 'restarts']
    return [
        row.adapt == 'lora' && family.lora == null ? "the family ${row.family} has no LoRA. Give full or probe in the column adapt." : null,
        row.adapt == 'probe' && !family.checkpoint ? "adapt is probe, but models of the family ${row.family} are trained from scratch. Leave the cell empty." : null,
        row.tokenizer && family.tokenizer ? "tokenizer is no setting of the family ${row.family}, whose tokens are ${family.tokenizer}. Leave the cell empty." : null,
        against ? "adapt is ${row.adapt}, but the options say lora_r=${rank}. Remove one of them." : null,
    ].findAll() + (row.adapt == 'probe' ? training.findAll { column -> row[column] }.collect { column -> "${column} is no setting of a probe, whose language model is not trained. Leave the cell empty." } : [])
}

def isDemo(cell) {
    return cell.startsWith('demo:')
}

// Where a checkpoint comes from: [kind: none | demo | folder | hub, id, ...]
def originOf(row, sheet) {
    def cell = row.checkpoint ?: ''
    if (!cell) {
        return [kind: 'none']
    }
    if (isDemo(cell)) {
        return [kind: 'demo', id: cell.substring(5)]
    }
    def folder = absolutePath(cell, sheet)
    return folder.exists()
        ? [kind: 'folder', id: cell, folder: folder]
        : [kind: 'hub', id: "${cell.replace('/', '--')}.${row.revision.take(8)}".toString(), checkpoint: cell, revision: row.revision, family: row.family]
}

// name=value pairs of a cell, in which blanks separate the items of a list
def optionsIn(cell) {
    return (cell ?: '').tokenize(';')*.trim().findAll { pair -> pair.contains('=') }
}

def regressionOptions(row) {
    return optionsIn(row.options).collectEntries { pair -> pair.split('=', 2).toList() }
}

def regressionProblems(row) {
    def sets = ['kmers', 'position_ladder', 'gapped_kmers'] // FEATURE_SETS of bin/lncprom/baseline/classifier.py
    def given = regressionOptions(row)
    def features = given.features ?: 'kmers'
    def unknown = given.keySet().findAll { name -> name != 'features' }
    def foreign = features == 'kmers' ? [] : ['kmer_min', 'kmer_max'].findAll { column -> row[column] }
    return unknown.collect { name -> "the family logistic_regression has no option ${name}. Its option is features." } +
        (features in sets ? [] : ["the feature set ${features} is unknown. Give one of ${sets.join(', ')}."]) +
        foreign.collect { column -> "${column} is a setting of features=kmers. Leave the cell empty." }
}

// Lists in a cell are separated by semicolons, in the scripts' options by commas
def regressionModel(row, settings, first) {
    def given = [features: regressionOptions(row).features ?: '', c_grid: settings.c_grid.replace(';', ',')]
    return [name: row.name, family: row.family, tuned: false, first: first, settings: settings + given]
}

// A list within an option: blanks in the cell, commas in the script's option
def tunedModel(row, settings, family, sheet) {
    def options = optionsIn(row.options)*.replaceAll(/ +/, ',')
    def given = settings.findAll { column, _value -> !(column in ['checkpoint', 'revision', 'adapt', 'tokenizer']) }
    def rank = row.adapt in ['full', 'lora'] && family.lora != null && !rankOf(row) ? ["lora_r=${row.adapt == 'full' ? 0 : 8}".toString()] : []
    return [name: row.name, family: row.family, tuned: true, adapt: adaptOf(row, family), attention: family.attention, tokenizer: family.tokenizer ?: row.tokenizer ?: 'own', origin: originOf(row, sheet), settings: given + [options: options + rank]]
}
