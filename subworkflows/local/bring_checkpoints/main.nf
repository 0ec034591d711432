// Rows of the models sheet -> the folder of each model's checkpoint: the user's, a hub's, or a tiny one for the demo.

include { DOWNLOAD_CHECKPOINT } from '../../../modules/local/download_checkpoint'
include { MAKE_CHECKPOINT } from '../../../modules/local/make_checkpoint'

workflow BRING_CHECKPOINTS {
    take:
    rows // a list: the models that are fine-tuned
    settings

    main:
    def of = rows.groupBy { model -> model.origin.kind }
    def hub = (of.hub ?: []).collect { model -> model.origin }.unique()
    def demo = (of.demo ?: []).collect { model -> model.origin }.unique()
    DOWNLOAD_CHECKPOINT(
        channel.fromList(hub.collect { origin ->
            [id: origin.id, checkpoint: origin.checkpoint, revision: origin.revision, family: origin.family, code: settings.code]
        })
    )
    MAKE_CHECKPOINT(channel.fromList(demo.collect { origin -> [id: origin.id, kind: origin.id, seed: settings.given.seed, code: settings.code] }))

    // [id, checkpoint, card]
    brought = DOWNLOAD_CHECKPOINT.out.checkpoint
        .join(DOWNLOAD_CHECKPOINT.out.card)
        .mix(MAKE_CHECKPOINT.out.checkpoint.join(MAKE_CHECKPOINT.out.card))
        .map { meta, checkpoint, card -> [meta.id, checkpoint, card] }
    waiting = channel.fromList(((of.hub ?: []) + (of.demo ?: [])).collect { model -> [model.origin.id, model] })

    // [model, [checkpoint], [card]]
    checkpoints = waiting
        .combine(brought, by: 0)
        .map { _id, model, checkpoint, card -> [model, [checkpoint], [card]] }
        .mix(
            channel.fromList((of.folder ?: []).collect { model -> [model, [model.origin.folder], []] }),
            channel.fromList((of.none ?: []).collect { model -> [model, [], []] }),
        )

    emit:
    checkpoints
}
