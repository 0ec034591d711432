// FASTA + GTF + expression + promoters -> one data set per task and length.

include { PREPARE_GENOME } from '../../../modules/local/prepare_genome'
include { EXTRACT_TSS } from '../../../modules/local/extract_tss'
include { LABEL_EXPRESSION } from '../../../modules/local/label_expression'
include { DEFINE_TASK } from '../../../modules/local/define_task'
include { SAMPLE_NEGATIVES } from '../../../modules/local/sample_negatives'
include { ASSIGN_FOLDS } from '../../../modules/local/assign_folds'
include { BUILD_LENGTH_VARIANTS } from '../../../modules/local/build_length_variants'

include { datasetName } from '../check_parameters/facts'

workflow BUILD_DATASETS {
    take:
    settings

    main:
    def given = settings.given
    def code = settings.code

    // [meta, genome.fa, genome.fa.fai, genome.json], and genome.soft_mask.bed
    PREPARE_GENOME(settings.fasta ? channel.of([[id: 'genome', code: code], settings.fasta]) : channel.empty())
    genome = PREPARE_GENOME.out.genome.map { _meta, fasta, fai, card -> [fasta, fai, card] }.first()

    // [meta, genes.parquet, card]
    EXTRACT_TSS(
        settings.gtf ? channel.of([[id: 'annotation', code: code], settings.gtf]) : channel.empty(),
        settings.biotypes,
        settings.tss_support,
        settings.assembly_report,
        [tss_source: given.tss_source, support_distance: given.support_distance, primary_only: given.primary_only, max_left_out: given.max_left_out],
    )
    LABEL_EXPRESSION(
        settings.expression ? EXTRACT_TSS.out.genes.map { meta, genes, card -> [meta + [id: 'labelled'], genes, card] } : channel.empty(),
        settings.expression,
        [
            exclude_tissues: given.exclude_tissues,
            high_percentile: given.high_percentile,
            low_percentile: given.low_percentile,
            rule: given.expression_rule,
            high_ties: given.high_ties,
            low_ties: given.low_ties,
            universe: given.universe,
            max_lost: given.max_without_expression,
            target: settings.variants.any { variant -> variant.task == 'expression_level' } ? given.expression_target : '',
        ],
    )
    genes = settings.expression ? LABEL_EXPRESSION.out.genes : EXTRACT_TSS.out.genes

    // [meta(id, task, negatives, code), sites.parquet, card]
    tasks = channel.fromList(settings.variants.collect { variant -> variant + [code: code] })
    DEFINE_TASK(
        tasks.combine(genes).map { meta, _genes_meta, table, card -> [meta, table, card] },
        settings.promoters,
        EXTRACT_TSS.out.all_tss.map { bed -> settings.promoters ? [bed, settings.promoters] : [bed] }.first(),
        genome,
        settings.assembly_report,
        [
            tata: given.tata,
            balance: given.balance,
            max_unplaced: given.max_unplaced,
            seed: given.seed,
            require_tss_support: given.require_tss_support,
            match: settings.match,
            caliper: given.caliper,
            bidirectional: 'bidirectional' in settings.strata,
        ],
    )
    defined = DEFINE_TASK.out.sites.branch { meta, _sites, _card ->
        made: meta.negatives
        whole: true
    }
    SAMPLE_NEGATIVES(
        defined.made.join(DEFINE_TASK.out.tss),
        genome,
        [
            window: settings.window,
            min_distance: given.min_distance,
            tolerance: given.match_tolerance,
            max_unmatched: given.max_unmatched,
            seed: given.seed,
        ],
    )
    sites = defined.whole.mix(SAMPLE_NEGATIVES.out.sites)

    // all tasks at once, in the order of their names: [metas, [sites.parquet, ...]]
    together = sites
        .map { meta, table, _card -> [meta, table] }
        .toSortedList { a, b -> a[0].id <=> b[0].id }
        .filter { rows -> rows }
        .flatMap { rows ->
            settings.fold_ways.collect { way -> [way + [code: code], rows.collect { meta, _table -> meta }, rows.collect { _meta, table -> table }] }
        }
    compared = settings.fold_ways.any { way -> way.by == 'homology' }
    ASSIGN_FOLDS(
        together,
        compared ? genome : [],
        [
            window: settings.window,
            lengths: compared ? settings.lengths.values().flatten().unique().sort() : [],
            fractions: given.fold_fractions,
            splits: given.splits as Integer,
            seed: given.seed,
        ],
    )
    // [meta, way, sites.parquet, card]
    folded = ASSIGN_FOLDS.out.sites.flatMap { way, metas, folder, card ->
        metas.collect { meta -> [meta, way, folder.resolve("${meta.id}.sites.parquet"), card] }
    }

    // [meta(id, task, length, code), dataset.parquet, card]
    variants = folded
        .combine(sites.map { meta, _table, card -> [meta, card] }, by: 0)
        .flatMap { meta, way, table, folds_card, card ->
            settings.lengths[meta.task].collect { length ->
                [[id: datasetName(meta.id, way.suffix, length), task: meta.task, length: length, code: code], table, [card, folds_card]]
            }
        }
    BUILD_LENGTH_VARIANTS(
        variants,
        genome,
        'repeat' in settings.strata ? PREPARE_GENOME.out.soft_mask.first() : [],
        [max_n_share: given.max_n_share, max_lost: given.max_lost, seed: given.seed],
    )

    datasets = BUILD_LENGTH_VARIANTS.out.dataset
    composition = BUILD_LENGTH_VARIANTS.out.composition
    tpm = LABEL_EXPRESSION.out.tpm

    emit:
    datasets
    composition
    tpm
}
