"""The loop: it learns what is there and nothing else, repeats itself bit by bit, and says what it does."""

import math

import numpy as np
import pytest
import torch

from helpers_training import CPU, TinyFamily, fit, planted, weights
from lncprom.inference import batches, predict
from lncprom.models import out_of_memory
from lncprom.training import collapse, loop, micro_batches, resume_state, run, trainable
from lncprom.training.loop import Diverged


def test_planted_motif__learned_and_its_label_shuffled_twin_not():
    learned = fit(TinyFamily(), planted())
    assert learned.best.dev_mcc > 0.9
    assert learned.best.train_loss < 0.2
    shuffled = fit(TinyFamily(), planted(shuffled=True), epochs=3)
    assert abs(shuffled.best.dev_mcc) < 0.35
    assert shuffled.best.dev_loss > math.log(2) - 0.05


def test_same_seed__same_weights_bit_by_bit_whatever_torch_drew_before_and_another_seed_others():
    found = []
    for drawn, seed in ((1, 7), (2, 7), (2, 8)):
        family = TinyFamily()
        torch.manual_seed(drawn)
        fit(family, planted(64), epochs=2, seed=seed)
        found.append(weights(family))
    assert found[0] == found[1] != found[2]


def test_best_epoch__its_weights_are_kept_though_later_ones_are_worse():
    family, data = TinyFamily(dropout=0.0), planted(64, shuffled=True)  # nothing to learn, so train is learnt by heart
    done = fit(family, data, epochs=12)
    losses = [row.dev_loss for row in done.epochs]
    assert len(done.epochs) == 12
    assert done.place.best_epoch == int(np.argmin(losses)) + 1 < 12
    found = predict.loss(predict.logits(family, data.dev, CPU), data.dev_answer)
    assert found == pytest.approx(min(losses), rel=1e-6)
    assert not family.module.training


def test_learning_rates__those_of_transformers_linear_schedule():
    from transformers import get_linear_schedule_with_warmup

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=3e-5)
    peer = get_linear_schedule_with_warmup(optimizer, num_warmup_steps=7, num_training_steps=40)
    for step in range(40):
        assert loop.learning_rate(step, 40, 7, 3e-5) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        optimizer.step()
        peer.step()


def test_weights__as_after_the_same_steps_of_plain_torch_adamw():
    family, plain, data = TinyFamily(dropout=0.0), TinyFamily(dropout=0.0), planted(64)
    settings = {"epochs": 1, "batch": 16, "learning_rate": 1e-2, "warmup_steps": 2, "weight_decay": 0.3}
    fit(family, data, **settings)
    decayed = [weight for weight in plain.module.parameters() if weight.ndim > 1]
    others = [weight for weight in plain.module.parameters() if weight.ndim == 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.3}, {"params": others, "weight_decay": 0}])
    order = batches.epoch(data.train.longest, 16, 7, 0)
    for step, chosen in enumerate(order):
        for group in optimizer.param_groups:
            group["lr"] = loop.learning_rate(step, len(order), 2, 1e-2)
        loss = torch.nn.functional.cross_entropy(
            plain.logits(data.train.ids[chosen].long()), torch.from_numpy(data.train_answer[chosen])
        )
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(plain.module.parameters(), 1.0)
        optimizer.step()
    for name, weight in family.trainable().items():
        torch.testing.assert_close(weight, plain.trainable()[name], rtol=1e-5, atol=1e-6)


# As torch says it of a GPU, of the main memory and of cuBLAS.
LACKS = (
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    MemoryError(),
)


def run_out_of_memory(family, above: int, lack: Exception = LACKS[0]) -> list[int]:
    """A hook that raises what torch raises, for more than so many rows at once; the sizes that it saw.

    It does so after the forward pass, when dropout has been drawn already.
    """
    sizes = []

    def hook(module, inputs, output):
        sizes.append(len(inputs[0]))
        if module.training and len(inputs[0]) > above:
            raise lack

    family.module.register_forward_hook(hook)
    return sizes


@pytest.mark.parametrize("lack", LACKS)
def test_out_of_memory_however_it_is_told__halved_to_the_weights_of_a_run_that_began_so(lack):
    short, small, data, told = TinyFamily(dropout=0.3), TinyFamily(dropout=0.3), planted(64), []
    sizes = run_out_of_memory(short, 4, lack)
    done = fit(short, data, told, epochs=2, batch=16)
    fit(small, data, epochs=2, batch=16, micro_batch=4)
    assert sizes[:4] == [16, 8, 4, 4]
    assert done.place.micro_batch == 4
    assert [line for line in told if line.startswith("out of memory")] == [
        "out of memory: from now on 8 sequences at a time, summed to the same batch",
        "out of memory: from now on 4 sequences at a time, summed to the same batch",
    ]
    assert weights(short) == weights(small)


def test_out_of_memory__the_gradients_of_the_undivided_batch_but_for_rounding():
    data, chosen, found = planted(60, ragged=True), np.arange(15), []
    label = torch.from_numpy(data.train_answer)
    for above in (15, 5):
        family = TinyFamily(dropout=0.0)
        family.module.train()
        run_out_of_memory(family, above)
        random = resume_state.random_state(CPU)
        loss, micro_batch = micro_batches.gradients(
            family, data.train, label, chosen, CPU, 15, random, lambda line: None
        )
        found.append([loss, *(weight.grad for weight in family.trainable().values())])
        assert micro_batch == {15: 15, 5: 3}[above]
    for whole, parts in zip(*found, strict=True):
        torch.testing.assert_close(whole, parts, rtol=1e-5, atol=1e-7)


def test_another_fault_of_torch__not_taken_for_a_lack_of_memory():
    family = TinyFamily()
    run_out_of_memory(family, 8, RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"))
    with pytest.raises(RuntimeError, match="size of tensor"):
        fit(family, planted(32), batch=16)


@pytest.mark.parametrize("lack", LACKS)
@pytest.mark.parametrize(
    ("where", "name", "what"),
    [(torch.nn.Module, "to", "the model's weights"), (trainable.AdamW, "step", "the optimizer's moments")],
)
def test_out_of_memory_where_nothing_can_be_halved__one_line_and_exit_1(monkeypatch, lack, where, name, what):
    def fail(*given, **how):
        raise lack

    monkeypatch.setattr(where, name, fail)
    with pytest.raises(
        out_of_memory.NoMemory, match=f"^CPU: no memory for {what}.*; take a machine with more"
    ) as stopped:
        fit(TinyFamily(), planted(32), epochs=1)
    assert stopped.value.exit_code == 1


def test_out_of_memory_with_one_sequence__one_line_and_exit_1():
    family = TinyFamily()
    run_out_of_memory(family, above=0)
    with pytest.raises(out_of_memory.NoMemory, match="no memory for one sequence of 40 tokens") as stopped:
        fit(family, planted(32))
    assert stopped.value.exit_code == 1


def test_loss_that_is_no_number__names_step_and_rate_and_is_exit_1():
    family = TinyFamily()
    calls = []

    def hook(module, inputs, output):
        calls.extend([1] * module.training)
        return output * float("nan") if module.training and len(calls) == 4 else output

    family.module.register_forward_hook(hook)
    with pytest.raises(Diverged) as stopped:
        fit(family, planted(64), batch=16, learning_rate=1e-2, warmup_steps=6)
    assert stopped.value.exit_code == 1
    assert str(stopped.value.message) == (
        "the loss is nan in step 4 (epoch 2) at learning rate 0.005; no checkpoint was saved before. "
        "Lower --learning-rate or raise --warmup-steps."
    )


def dead(family):
    """A model whose head says the same of everything."""
    family.module.register_forward_hook(lambda module, inputs, output: output * 0 + torch.tensor([0.1, 0.0]))
    return family


def test_model_that_calls_one_class__collapsed_and_stopped_unless_it_is_the_last_attempt():
    stopped = fit(dead(TinyFamily()), planted(64), epochs=4, warmup_steps=2, restarts=1)
    assert stopped.place.collapsed
    assert [row.collapsed for row in stopped.epochs] == ["all 16 dev sequences are called negative"]
    last = fit(dead(TinyFamily()), planted(64), epochs=4, warmup_steps=2, restarts=1, attempt=1)
    assert len(last.epochs) == 4
    assert last.place.collapsed


def test_epoch_within_the_warm_up__not_judged():
    done = fit(dead(TinyFamily()), planted(64), epochs=2, restarts=3, warmup_steps=100)
    assert [row.collapsed for row in done.epochs] == [run.NOT_JUDGED] * 2
    assert not done.place.collapsed


GUESS = "losses of 0.6925 on train and 0.6940 on dev are those of a guess, 0.6931"


@pytest.mark.parametrize(
    ("train_loss", "dev_loss", "dev", "why"),
    [
        (0.5, 0.6, [0.9, 0.2, 0.8, 0.1], ""),
        (0.6925, 0.694, [0.9, 0.2, 0.8, 0.1], GUESS),
        (0.6925, 0.68, [0.9, 0.2, 0.8, 0.1], ""),  # a slow epoch, but it has begun to learn
        (0.5, 0.7, [0.9, 0.6, 0.8, 0.7], "all 4 dev sequences are called positive"),
        (0.5, 0.7, [0.4, 0.1, 0.3, 0.2], "all 4 dev sequences are called negative"),
        (0.5, 0.6, [0.4, 0.1, 0.3, 0.2], ""),
    ],
)
def test_collapse__one_class_on_dev_or_losses_of_a_guess(train_loss, dev_loss, dev, why):
    label = np.array([0, 1, 0, 1])
    assert collapse.reason(train_loss, label, dev_loss, label, np.array(dev)) == why


def test_collapse__dev_of_one_class_called_so_is_none_nor_is_a_rare_class_never_called():
    assert collapse.reason(0.3, np.array([0, 1]), 0.3, np.array([1, 1]), np.array([0.9, 0.8])) == ""
    rare = np.array([0] * 19 + [1])
    assert collapse.reason(0.1, rare, 0.1, rare, np.full(20, 0.2)) == ""


def test_log__a_line_an_epoch_with_losses_mcc_speed_and_time_left():
    told = []
    fit(TinyFamily(), planted(64), told, epochs=2)
    assert len(told) == 2
    for word in ("epoch 2/2: train loss 0.", "dev loss 0.", "dev MCC ", " sequences/s, 0:00:00 left"):
        assert word in told[1]
