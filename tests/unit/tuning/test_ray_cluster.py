"""The actor between trainings and search, without a cluster."""

from __future__ import annotations

import asyncio

from theta.tuning.ray_cluster import Questions
from theta.tuning.training import Task


def test_each_training_gets_its_own_answer() -> None:
    async def scene() -> list[str]:
        questions = Questions()
        tasks = [Task(number, {}, 0) for number in range(2)]
        asked = [asyncio.create_task(questions.ask(task, 1, -5.0)) for task in tasks]
        first, second = await questions.next(), await questions.next()
        assert (first[1], second[1]) == tuple(tasks)
        assert first[2:] == (1, -5.0)
        await questions.answer(second[0], "stop")
        await questions.answer(first[0], "go on")
        return [await one for one in asked]

    assert asyncio.run(scene()) == ["go on", "stop"]
