// The two sheets a user writes, as rows and as what is wrong with them: [rows: [maps], faults: [lines]].
// What each column means: docs/howto/own_model.md, docs/howto/own_data.md.

def cellsOf(line) {
    return line.split(',', -1)*.trim()
}

// Rows by column name, each with the number of its line; a sheet is a plain CSV without quotes
def rowsOf(sheet, needed, allowed) {
    def lines = sheet.text.replace('\uFEFF', '').readLines()
    def header = lines ? cellsOf(lines[0]) : []
    def missing = needed - header
    def unknown = header - allowed
    def numbered = lines.withIndex(1).drop(1).findAll { line, _number -> line.trim() && !line.startsWith('#') }
    def uneven = numbered.findAll { line, _number -> cellsOf(line).size() != header.size() }
    def faults = [
        missing.collect { column -> "${sheet.name}: no column ${column}; its first line names ${needed.join(',')}" },
        unknown.collect { column -> "${sheet.name}: unknown column ${column}; the columns are ${allowed.join(',')}" },
        uneven.collect { line, number -> "${sheet.name}, line ${number}: ${cellsOf(line).size()} cells, the header has ${header.size()}" },
        numbered ? [] : ["${sheet.name}: no rows; write one for each entry"],
    ].flatten()
    def rows = faults ? [] : numbered.collect { line, number -> [header, cellsOf(line)].transpose().collectEntries() + [line: number] }
    return [rows: rows, faults: faults*.toString() + nameFaults(sheet, rows)]
}

def nameFaults(sheet, rows) {
    def odd = rows.findAll { row -> !(row.name ==~ /[A-Za-z0-9_][A-Za-z0-9_.-]*/) }
    def twice = rows.groupBy { row -> row.name }.findAll { _name, same -> same.size() > 1 }
    return [
        odd.collect { row -> "${sheet.name}, line ${row.line}: the name '${row.name}' may hold letters, digits, '_', '.' and '-' only, and begins with none of the last two" },
        twice.collect { name, same -> "${sheet.name}, lines ${same*.line.join(' and ')}: the name ${name} stands twice; names are unique" },
    ].flatten()*.toString()
}

// A cell of the datasets sheet: one table, or two FASTA files (positives;negatives); relative to the sheet
def filesIn(cell, sheet) {
    return (cell ?: '').tokenize(';')*.trim().collect { name -> name.startsWith('/') || name.contains('://') ? file(name) : sheet.parent.resolve(name) }
}

def datasetRows(sheet) {
    def read = rowsOf(sheet, ['name', 'train'], ['name', 'train', 'dev', 'test', 'tss_index'])
    def faults = read.rows.collectMany { row ->
        def odd = ['train', 'dev', 'test'].findAll { fold -> row[fold] ==~ /.*[$`"\\].*/ }
            .collect { fold -> "${sheet.name}, line ${row.line}: ${row[fold]}: \$, `, \" and \\ in a path break the job scripts; rename the file" }
        def absent = ['train', 'dev', 'test'].collectMany { fold -> filesIn(row[fold], sheet) }.findAll { path -> path.scheme == 'file' && !path.isFile() }
        def untold = row.train ? [] : ["${sheet.name}, line ${row.line}: ${row.name} has no train file"]
        def index = !row.tss_index || row.tss_index ==~ /\d+/ ? [] : ["${sheet.name}, line ${row.line}: tss_index ${row.tss_index} is not a whole number"]
        odd + untold + index + absent.collect { path -> "${sheet.name}, line ${row.line}: ${path} does not exist; paths are relative to the sheet" }
    }
    def rows = read.rows.collect { row ->
        [
            name: row.name,
            tss_index: row.tss_index ? row.tss_index as Integer : null,
            train: filesIn(row.train, sheet),
            dev: filesIn(row.dev, sheet),
            test: filesIn(row.test, sheet),
        ]
    }
    return [rows: rows, faults: read.faults + faults*.toString()]
}

def regressionColumns() {
    return ['kmer_min', 'kmer_max', 'c_grid']
}

def tunedColumns() {
    return ['checkpoint', 'revision', 'truncation', 'epochs', 'batch', 'micro_batch', 'learning_rate', 'warmup_steps', 'weight_decay', 'clip', 'restarts', 'precision', 'options']
}

// Family -> what the package's registry says of it
def familiesOf(registry) {
    return new groovy.json.JsonSlurper().parseText(registry.text)
}

// What is wrong with the cells of a logistic regression; each may be empty
def regressionFaults(row) {
    def lengths = [row.kmer_min ?: '3', row.kmer_max ?: '6']
    def grid = (row.c_grid ?: '1').tokenize(';')*.trim()
    def words = lengths.every { length -> length ==~ /[1-8]/ }
    return [
        words ? null : "kmer_min and kmer_max are whole numbers from 1 to 8, not ${lengths.join(' and ')}",
        words && lengths[0].toInteger() > lengths[1].toInteger() ? "kmer_min ${lengths[0]} is above kmer_max ${lengths[1]}" : null,
        grid.every { c -> c.isNumber() && c.toBigDecimal() > 0 } ? null : "c_grid ${row.c_grid} is not a list of positive numbers by semicolons",
    ].findAll { fault -> fault != null }
}

def tunedFaults(row, family, sheet) {
    def whole = [epochs: 1, batch: 1, micro_batch: 0, warmup_steps: 0, restarts: 0].findAll { name, least -> row[name] && !(row[name] ==~ /\d{1,9}/ && row[name].toInteger() >= least) }
    def rates = ['learning_rate', 'clip'].findAll { name -> row[name] && !(row[name].isNumber() && row[name].toBigDecimal() > 0) }
    def numbers = ['weight_decay'].findAll { name -> row[name] && !(row[name].isNumber() && row[name].toBigDecimal() >= 0) }
    def words = [truncation: ['tss', 'right', 'left', 'chunk', 'error'], precision: ['auto', 'bf16', 'fp32']].findAll { name, allowed -> row[name] && !(row[name] in allowed) }
    def odd = (row.options ?: '').tokenize(';')*.trim().findAll { option -> !(option ==~ /[a-z_]+=[A-Za-z0-9_. +-]+/) }
    return whole.collect { name, least -> "${name} ${row[name]} is not a whole number from ${least} up" }
        .plus(rates.collect { name -> "${name} ${row[name]} is not a number above 0" })
        .plus(numbers.collect { name -> "${name} ${row[name]} is not a number from 0 up" })
        .plus(words.collect { name, allowed -> "${name} ${row[name]} is not one of ${allowed.join(', ')}" })
        .plus(odd.collect { option -> "the option '${option}' is not name=value; write lora_r=8;lora_targets=query value" })
        .plus(checkpointFaults(row, family, sheet))
}

def checkpointFaults(row, family, sheet) {
    def cell = row.checkpoint ?: ''
    if (!family.checkpoint) {
        return cell ? ["${row.family} is trained from scratch; leave its checkpoint empty"] : []
    }
    if (!cell) {
        return ["${row.name} has no checkpoint; name a folder, or owner/name of a hub and its revision"]
    }
    if (isMade(cell)) {
        return cell ==~ /demo:(dnabert_[3-6]|dnabert2|nucleotide_transformer)/ ? [] : ["${cell} is no checkpoint of the demo"]
    }
    if (cell ==~ /.*[$`'"\\].*/) {
        return ["${cell}: quotes, \$, ` and \\ in a path break the job scripts; rename the folder"]
    }
    def folder = folderOf(cell, sheet)
    if (folder.exists()) {
        return folder.isDirectory() ? [] : ["the checkpoint ${cell} is a file; name the folder that it lies in"]
    }
    if (cell.startsWith('/') || cell.startsWith('.') || cell.contains('://') || !(cell ==~ /[A-Za-z0-9][\w.-]*\/[\w.-]+/)) {
        return ["the checkpoint ${cell} is neither a folder (relative to the sheet) nor owner/name of a hub"]
    }
    return row.revision ==~ /[0-9a-f]{40}|main/ ? [] : ["the checkpoint ${cell} needs a revision: the commit's 40 hexadecimal digits, so that a later run gets the same weights"]
}

def isMade(cell) {
    return cell.startsWith('demo:')
}

def folderOf(cell, sheet) {
    return cell.startsWith('/') || cell.contains('://') ? file(cell) : sheet.parent.resolve(cell)
}

// Where a row's checkpoint comes from: [kind: none | demo | folder | hub, id, ...]
def originOf(row, sheet) {
    def cell = row.checkpoint ?: ''
    if (!cell) {
        return [kind: 'none']
    }
    if (isMade(cell)) {
        return [kind: 'demo', id: cell.substring(5)]
    }
    def folder = folderOf(cell, sheet)
    return folder.exists()
        ? [kind: 'folder', id: cell, folder: folder]
        : [kind: 'hub', id: "${cell.replace('/', '--')}.${row.revision.take(8)}".toString(), checkpoint: cell, revision: row.revision, family: row.family]
}

def modelRows(sheet, registry) {
    def families = familiesOf(registry)
    def names = ['logistic_regression'] + families.keySet().toList()
    def read = rowsOf(sheet, ['name', 'family'], ['name', 'family'] + tunedColumns() + regressionColumns())
    def faults = read.rows.collectMany { row ->
        def regression = row.family == 'logistic_regression'
        def known = row.family in names
        def strange = !known ? ["the family ${row.family} of ${row.name} is not one of ${names.join(', ')}"] : regression ? regressionFaults(row) : tunedFaults(row, families[row.family], sheet)
        def foreign = (regression ? tunedColumns() : regressionColumns()).findAll { column -> known && row[column] }
            .collect { column -> "${column} is no setting of the family ${row.family}; leave the cell empty" }
        def reserved = row.name in ['gc_cpg', 'biotype'] ? ["${row.name} is the name of a floor; choose another"] : []
        (strange + foreign + reserved).collect { fault -> "${sheet.name}, line ${row.line}: ${fault}".toString() }
    }
    def regressions = read.rows.findAll { row -> row.family == 'logistic_regression' }
    def rows = faults + read.faults ? [] : read.rows.collect { row ->
        row.family == 'logistic_regression' ? regressionRow(row, row == regressions[0]) : tunedRow(row, families[row.family], sheet)
    }
    return [rows: rows, faults: read.faults + faults]
}

def regressionRow(row, first) {
    return [
        name: row.name,
        family: row.family,
        tuned: false,
        first: first,
        settings: [kmer_min: row.kmer_min ?: '3', kmer_max: row.kmer_max ?: '6', c_grid: (row.c_grid ?: '0.01;0.1;1;10;100').replace(';', ',')],
    ]
}

def tunedRow(row, family, sheet) {
    def given = tunedColumns().minus(['checkpoint', 'revision', 'options']).collectEntries { column -> [column, row[column] ?: ''] }
    // a list within an option stands by blanks in the sheet, by commas in the script
    def options = (row.options ?: '').tokenize(';')*.trim()*.replaceAll(/ +/, ',')
    return [name: row.name, family: row.family, tuned: true, attention: family.attention, origin: originOf(row, sheet), settings: given + [options: options]]
}
