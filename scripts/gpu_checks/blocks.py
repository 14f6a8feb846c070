"""All blocks, the most informative ones first."""

from __future__ import annotations

from gpu_checks import embedding, machine, speed, training
from gpu_checks.block import Block

_MODELS = ("scipy", "sklearn", "safetensors")

BLOCKS = (
    Block("machine", machine.check_machine, 8),
    Block("models", training.check_models, 60, _MODELS),
    Block("cpu_and_gpu", training.check_cpu_and_gpu, 20, _MODELS),
    Block("vectors", embedding.check_vectors, 12, ("scipy",)),
    Block("out_of_memory", embedding.check_out_of_memory, 10, ("scipy",)),
    Block("tests", machine.check_tests, 30, ("pytest", "peft", "scipy")),
    Block("failure", machine.check_failure, 15, ("scipy",)),
    Block("batches", training.check_batches, 15, _MODELS),
    Block("resume", training.check_resume, 25, _MODELS),
    Block("embedding_resume", embedding.check_embedding_resume, 30, ("scipy", "filelock")),
    Block("finetuning", embedding.check_finetuning, 45, ("peft", "scipy")),
    Block("hundred_epochs", training.check_hundred_epochs, 60, _MODELS),
    Block("speed_0.6B", speed.speed_check("0.6B"), 45, ("scipy",)),
    Block("two_processes", embedding.check_two_processes, 25, _MODELS),
    Block("speed_4B", speed.speed_check("4B"), 45, ("scipy",)),
    Block("speed_8B", speed.speed_check("8B"), 60, ("scipy",)),
    Block("second_gpu", machine.check_second_gpu, 15, _MODELS),
)


def chosen(only: list[str] | None, minutes: float | None) -> list[Block]:
    """Return the blocks that were named, or those that fit into some minutes, in order.

    Raises
    ------
    KeyError
        If a block does not exist.
    """
    by_name = {block.name: block for block in BLOCKS}
    blocks = list(BLOCKS) if only is None else [by_name[name] for name in only]
    if minutes is None:
        return blocks
    taken: list[Block] = []
    for block in blocks:
        if sum(one.seconds for one in taken) + block.seconds <= 60 * minutes:
            taken.append(block)
    return taken
