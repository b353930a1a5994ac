"""What every Python contender shares: one JSON object a line on stdin, one answer a line on stdout."""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

if TYPE_CHECKING:
    import numpy

THREADS = int(os.environ.get("BENCH_THREADS") or os.cpu_count() or 1)


class Unsupported(Exception):
    """A case that a contender cannot do, with one sentence that says why."""


class Contender(Protocol):
    """One implementation of a case; a step may return before its results exist."""

    settings: dict[str, Any]

    def reset(self) -> None:
        """Sets the weights to the initial ones."""

    def step(self) -> Any:
        """Does one step and returns the mean loss at the weights before its update."""

    def wait(self) -> None:
        """Returns when the results of all steps exist."""


@dataclass(frozen=True)
class Attack:
    """Projected gradient ascent in a ball around every patch."""

    steps: int
    norm: str
    radius: float

    @property
    def step_size(self) -> float:
        """The whole radius for a single step, else 2.5 radii spread over all."""
        return self.radius if self.steps == 1 else 2.5 * self.radius / self.steps

    def can_leave_ball(self, steps: int) -> bool:
        """Whether an l2 perturbation may be outside the ball after this many steps."""
        return steps * self.step_size > self.radius * (1 + 1e-6)


@dataclass(frozen=True)
class Problem:
    """The data (N x P x d), labels (N) and initial weights (k*m x d) of a case, and what to do with them."""

    inputs: numpy.ndarray
    labels: numpy.ndarray
    weights: numpy.ndarray
    classes: int
    learning_rate: float
    updates: bool
    attack: Attack | None

    @property
    def filters_per_class(self) -> int:
        """Filters that belong to one class."""
        return self.weights.shape[0] // self.classes

    def tile_samples(self, rows: int, workers: int) -> int:
        """Samples of a tile of about so many patches, such that all workers get equally many tiles."""
        count, patches, _ = self.inputs.shape
        tiles = -(-count * patches // (rows * workers)) * workers
        return -(-count // tiles)

    def require_l2_attack(self) -> None:
        """Refuses what the Gram algorithm cannot do."""
        if self.attack is None or self.attack.norm != "l2":
            raise Unsupported("The Gram algorithm applies to steps with an l2 attack only.")


def load_problem(case: dict[str, Any], folder: str) -> Problem:
    """Reads a problem folder; every array is row-major and little-endian."""
    import numpy  # Not at the top: a peer fixes the threads of BLAS before its first import.

    shape, step = case["shape"], case["step"]
    samples, patches, dimension = shape["samples"], shape["patches"], shape["dimension"]
    attack = step.get("attack")
    return Problem(
        inputs=numpy.fromfile(Path(folder, "inputs.f32"), "<f4").reshape(samples, patches, dimension),
        labels=numpy.fromfile(Path(folder, "labels.i32"), "<i4"),
        weights=numpy.fromfile(Path(folder, "weights.f32"), "<f4").reshape(-1, dimension),
        classes=shape["classes"],
        learning_rate=case["learningRate"],
        updates=step["updates"],
        attack=attack and Attack(attack["steps"], attack["norm"], case["radius"]),
    )


def hold_to_cores(count: int) -> None:
    """Keeps this process on so many cores; for frameworks that size their thread pool by them."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def serve_unsupported(reason: str) -> NoReturn:
    """Answers every request with the reason why this contender cannot run here."""
    for _ in sys.stdin:
        _reply({"unsupported": reason})
    sys.exit(0)


def serve(
    versions: dict[str, str],
    contenders: dict[str, Callable[[Any], Contender]],
    load: Callable[[dict[str, Any], str], Any] = load_problem,
) -> None:
    """Serves the contender that the command line names, on the problems that `load` reads."""
    if len(sys.argv) != 2 or sys.argv[1] not in contenders:
        sys.exit(f"Expected one contender of {', '.join(contenders)}, got {' '.join(sys.argv[1:])!r}.")
    make = contenders[sys.argv[1]]
    contender: Contender | None = None
    for line in sys.stdin:
        try:
            request = json.loads(line)
            if request["do"] == "prepare":
                contender = make(load(request["case"], request["problem"]))
                losses = _losses(contender, request)
                settings = {"threads": THREADS, **contender.settings}
                answer = {"losses": losses, "versions": versions, "settings": settings}
                _reply(answer | _trained(contender))
            elif contender is not None:
                _reply({"seconds": _seconds(contender, request["repetitions"])})
            else:
                raise ValueError("Expected `prepare` before `run`.")
        except Unsupported as reason:
            _reply({"unsupported": str(reason)})
        except Exception as error:
            _reply({"error": f"{type(error).__name__}: {error}"})
            raise


def _losses(contender: Contender, request: dict[str, Any]) -> list[float]:
    """The losses before each of the first updates, one where none is made; compiles and warms up."""
    contender.reset()
    steps = request["checkedSteps"] if request["case"]["step"]["updates"] else 1
    return [float(contender.step()) for _ in range(steps)]


def _trained(contender: Contender) -> dict[str, str]:
    """Of a layered network, the parameters after these updates."""
    if not hasattr(contender, "parameters"):
        return {}
    return {"parameters": base64.b64encode(contender.parameters().astype("<f4").tobytes()).decode()}


def _seconds(contender: Contender, repetitions: int) -> float:
    """Time of so many steps from the initial weights."""
    contender.reset()
    contender.wait()
    started = time.perf_counter()
    for _ in range(repetitions):
        contender.step()
    contender.wait()
    return time.perf_counter() - started


def _reply(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)
