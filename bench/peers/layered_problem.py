"""A layered network's case: the problem's arrays, and resnet8's parameters apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

# Inputs, outputs, window and stride: the first convolution, then block by block that of its shortcut, where it halves
# the image, and the two of its body.
CONVOLUTIONS = [
    (3, 16, 3, 1),
    *((16, 16, 3, 1), (16, 16, 3, 1)),
    *((16, 32, 1, 2), (16, 32, 3, 2), (32, 32, 3, 1)),
    *((32, 64, 1, 2), (32, 64, 3, 2), (64, 64, 3, 1)),
]
# Numbers of a block's convolutions: shortcut, if any, and the two of its body.
BLOCKS = [(None, 1, 2), (3, 4, 5), (6, 7, 8)]
FEATURES, CLASSES = 64, 10
MOMENTUM, EPSILON = 0.1, 1e-5


@dataclass(frozen=True)
class LayeredProblem:
    """Images in [0, 1] (N x height x width x channels), labels (N), and what to do with them."""

    images: numpy.ndarray
    labels: numpy.ndarray
    parameters: numpy.ndarray
    mean: list[float]
    deviation: list[float]
    learning_rate: float
    momentum: float
    weight_decay: float
    steps: int
    radius: float
    step_size: float


def load_layered_problem(case: dict[str, Any], folder: str) -> LayeredProblem:
    """Reads a problem folder."""
    import numpy

    shape = case["shape"]
    images = numpy.fromfile(Path(folder, "images.u8"), "u1")
    return LayeredProblem(
        images=images.reshape(-1, shape["height"], shape["width"], shape["channels"]).astype("f4") / numpy.float32(255),
        labels=numpy.fromfile(Path(folder, "labels.u8"), "u1").astype("i8"),
        parameters=numpy.fromfile(Path(folder, "parameters.f32"), "<f4"),
        mean=case["normalization"]["mean"],
        deviation=case["normalization"]["deviation"],
        learning_rate=case["learningRate"],
        momentum=case["momentum"],
        weight_decay=case["weightDecay"],
        steps=(case["step"].get("attack") or {"steps": 0})["steps"],
        radius=case["radius"],
        step_size=case["stepSize"],
    )


def split(parameters: numpy.ndarray) -> list[numpy.ndarray]:
    """Weights, scales and shifts by convolution, then weights and biases of the dense layer."""
    shapes: list[tuple[int, ...]] = []
    for inputs, outputs, window, _ in CONVOLUTIONS:
        shapes += [(outputs, inputs, window, window), (outputs,), (outputs,)]
    shapes += [(CLASSES, FEATURES), (CLASSES,)]
    parts, first = [], 0
    for shape in shapes:
        parts.append(parameters[first : first + math.prod(shape)].reshape(shape))
        first += math.prod(shape)
    if first != len(parameters):
        raise ValueError(f"Expected {first} parameters, got {len(parameters)}.")
    return parts
