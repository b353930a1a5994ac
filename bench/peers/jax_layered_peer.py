"""JAX on layered networks: `jax`, the whole step as one compiled program, on images with channels last."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from layered_problem import BLOCKS, CONVOLUTIONS, EPSILON, MOMENTUM, LayeredProblem, load_layered_problem, split
from protocol import THREADS, hold_to_cores, serve, serve_unsupported

hold_to_cores(THREADS)
os.environ["JAX_PLATFORMS"] = "cpu"

try:
    import jax
    import jax.numpy as jnp
    import jaxlib
    import numpy as np
    from jax import Array, lax
except ImportError as _error:
    serve_unsupported(f"JAX cannot be imported: {_error}.")

_Layer = Callable[[int, Array], Array]


class _Layered:
    """resnet8; the attack sees constant parameters, with batch normalisation folded into them."""

    def __init__(self, problem: LayeredProblem) -> None:
        self.problem, self.settings = problem, {"layout": "channels last", "attack": "folded batch normalisation"}
        self.images, self.labels = jnp.asarray(problem.images), jnp.asarray(problem.labels)
        self.mean, self.deviation = (jnp.asarray(v, jnp.float32) for v in (problem.mean, problem.deviation))
        self.updated = jax.jit(self.update, donate_argnums=0)

    def reset(self) -> None:
        """Sets parameters, statistics and velocities to the initial ones."""
        parts = [jnp.array(_window_first(part)) for part in split(self.problem.parameters)]
        statistics = [(jnp.zeros(outputs), jnp.ones(outputs)) for _, outputs, _, _ in CONVOLUTIONS]
        self.state = (parts, statistics, [jnp.zeros_like(part) for part in parts])

    def step(self) -> Array:
        """Does one step."""
        self.state, loss = self.updated(self.state)
        return loss

    def wait(self) -> None:
        """Returns when the parameters exist."""
        jax.block_until_ready(self.state)

    def parameters(self) -> np.ndarray:
        """In the problem's order."""
        parts = [np.asarray(part) for part in self.state[0]]
        return np.concatenate(
            [(part.transpose(3, 2, 0, 1) if part.ndim == 4 else part).reshape(-1) for part in parts]
        )

    def update(self, state: Any) -> tuple[Any, Array]:
        """The state after a step, and the loss before it."""
        parts, statistics, velocities = state
        images = self.attacked(parts, statistics) if self.problem.steps > 0 else self.images
        (loss, statistics), gradients = jax.value_and_grad(self.training_loss, has_aux=True)(
            parts, statistics, images
        )
        decay, momentum, rate = self.problem.weight_decay, self.problem.momentum, self.problem.learning_rate
        velocities = [momentum * v + g + decay * w for v, g, w in zip(velocities, gradients, parts)]
        return ([w - rate * v for w, v in zip(parts, velocities)], statistics, velocities), loss

    def loss(self, images: Array, layer: _Layer, dense: Array, biases: Array) -> Array:
        """Sum of cross-entropies; `layer` is a convolution with its batch normalisation."""
        value = jax.nn.relu(layer(0, (images - self.mean) / self.deviation))
        for shortcut, first, second in BLOCKS:
            body = layer(second, jax.nn.relu(layer(first, value)))
            value = jax.nn.relu(body + (value if shortcut is None else layer(shortcut, value)))
        scores = value.mean((1, 2)) @ dense.T + biases
        own = jnp.take_along_axis(scores, self.labels[:, None], 1)[:, 0]
        return (jax.nn.logsumexp(scores, 1) - own).sum()

    def training_loss(self, parts: list[Array], statistics: Any, images: Array) -> tuple[Array, Any]:
        """Mean loss with the statistics of the mini-batch, and the running ones after it."""
        moved = list(statistics)

        def layer(number: int, value: Array) -> Array:
            weights, scales, shifts = parts[3 * number : 3 * number + 3]
            value = _convolution(number, value, weights)
            mean, variance = value.mean((0, 1, 2)), value.var((0, 1, 2))
            count = value.size // value.shape[-1]
            batch = (mean, variance * (count / (count - 1)))
            moved[number] = tuple(
                (1 - MOMENTUM) * old + MOMENTUM * lax.stop_gradient(new) for old, new in zip(statistics[number], batch)
            )
            return (value - mean) * (scales * lax.rsqrt(variance + EPSILON)) + shifts

        loss = self.loss(images, layer, *parts[-2:]) / len(self.labels)
        return loss, moved

    def attacked(self, parts: list[Array], statistics: Any) -> Array:
        """The images after projected gradient ascent from zero."""
        folded = []
        for number, (mean, variance) in enumerate(statistics):
            weights, scales, shifts = parts[3 * number : 3 * number + 3]
            factors = scales * lax.rsqrt(variance + EPSILON)
            folded.append((weights * factors, shifts - mean * factors))

        def layer(number: int, value: Array) -> Array:
            weights, biases = folded[number]
            return _convolution(number, value, weights) + biases

        def ascend(_: int, shift: Array) -> Array:
            gradient = jax.grad(lambda shift: self.loss(self.images + shift, layer, *parts[-2:]))(shift)
            shift = shift + self.problem.step_size * jnp.sign(gradient)
            shift = jnp.clip(shift, -self.problem.radius, self.problem.radius)
            return jnp.clip(self.images + shift, 0, 1) - self.images

        return self.images + lax.fori_loop(0, self.problem.steps, ascend, jnp.zeros_like(self.images))


def _window_first(part: np.ndarray) -> np.ndarray:
    return part.transpose(2, 3, 1, 0) if part.ndim == 4 else part


def _convolution(number: int, value: Array, weights: Array) -> Array:
    _, _, window, stride = CONVOLUTIONS[number]
    padding = [(window // 2, window // 2)] * 2
    layout = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(value, weights, (stride, stride), padding, dimension_numbers=layout)


serve(
    versions={"jax": jax.__version__, "jaxlib": jaxlib.__version__, "numpy": np.__version__},
    contenders={"jax": _Layered},
    load=load_layered_problem,
)
