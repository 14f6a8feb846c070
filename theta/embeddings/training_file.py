"""An unfinished fine-tuning on disk."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta.embeddings.training import Training
from theta.storage import Damaged, read_checked, replacing_file, write_checked

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingFile:
    """The state of an unfinished fine-tuning, as safetensors.

    Attributes
    ----------
    path : Path
        Named after all that the adapter depends on, so what is there is of this training.
    """

    path: Path

    def write(self, training: Training) -> None:
        """Replace the file by the state of a training; a crash leaves the old one."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, parameter in training.parameters().items():
            state = {"weights": parameter.detach(), **training.optimizer.state[parameter]}
            # Exact in single precision, and NumPy has no bfloat16.
            arrays |= {f"{key}.{name}": value.float().cpu().numpy() for key, value in state.items()}
        with replacing_file(self.path) as new:
            write_checked(new, arrays, {"losses": json.dumps(training.losses)})

    def restore(self, training: Training) -> None:
        """Give a fresh training the state that was written, if there is one."""
        import torch

        if not self.path.exists():
            return
        try:
            arrays, facts = read_checked(self.path)
            losses = json.loads(facts["losses"])
        except Damaged as error:
            log.warning("%s; fine-tuning starts again.", error)
            return
        parameters = training.parameters()
        numbers = {name: number for number, name in enumerate(parameters)}
        state: dict[int, dict[str, torch.Tensor]] = {number: {} for number in numbers.values()}
        for key, array in arrays.items():
            kind, _, name = key.partition(".")
            tensor = torch.from_numpy(array)
            if kind == "weights":
                with torch.no_grad():
                    parameters[name].copy_(tensor)
            else:
                state[numbers[name]][kind] = tensor
        groups = training.optimizer.state_dict()["param_groups"]
        training.optimizer.load_state_dict({"state": state, "param_groups": groups})
        training.losses[:] = losses
