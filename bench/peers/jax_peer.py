"""JAX: `jax` (hand-written gradients), `jax-gram`, `jax-ordinary` (autodiff).

Milliseconds of the one-step case at medium and of pgd-10-l2 at wide, 2 threads of a busy AMD Zen 4 machine:
a scan over tiles on two devices 43 and 47; under more load, where this took 90 and 82, the whole batch on one
device took 184 and 142, a scan on one device 127 and 103, the whole batch on two devices 166 and 104.
Tiles of 256 and 2048 rows, 512-bit vectors, fast minimum and maximum and inputs + shift before the product
changed nothing or lost. Sums over patches took 71 (small one-step 2.0) as a product with ones, 85 (2.7) as a
reduction. Unrolling the ascent gained nothing, but with the Gram algorithm it took 8.0 instead of 9.2.
XLA flushes denormals in its own threads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from protocol import THREADS, Problem, hold_to_cores, serve, serve_unsupported

hold_to_cores(THREADS)
os.environ["JAX_PLATFORMS"] = "cpu"
if sys.argv[1:] != ["jax-ordinary"]:
    # One device a thread, each of which works on its share of the samples alone.
    os.environ["XLA_FLAGS"] = (
        f"--xla_force_host_platform_device_count={THREADS} --xla_cpu_multi_thread_eigen=false"
    )

try:
    import jax
    import jax.numpy as jnp
    import jaxlib
    import numpy as np
    from jax import Array, lax
    from jax.sharding import NamedSharding, PartitionSpec
except ImportError as _error:
    serve_unsupported(f"JAX cannot be imported: {_error}.")

_TILE_ROWS = 512
_TINY = 1e-30

# Of one tile, (weights, inputs, labels as rows of a unit matrix): the sums of gradients and of losses.
_Part = Callable[[Array, Array, Array], tuple[Array, Array]]


def _row_norms(left: Array, right: Array) -> Array:
    """Root of <left, right> by row, never zero."""
    return jnp.maximum(jnp.sqrt((left * right).sum(1, keepdims=True)), _TINY)


class _Network:
    """The formulas on a tile, whose rows are the patches of its samples."""

    def __init__(self, problem: Problem) -> None:
        self.patches, self.classes = problem.inputs.shape[1], problem.classes
        self.filters, self.attack = len(problem.weights), problem.attack

    def scores_and_slope(self, response: Array) -> tuple[Array, Array]:
        """Class scores and the slope of the activation; patches are summed by a product with ones."""
        cut = jnp.clip(response, 0, 1)
        slope = cut * cut
        value = slope * cut / 3 + (jnp.maximum(response, 1) - 1)
        by_patch = value.reshape(-1, self.patches, self.filters)
        by_filter = jnp.einsum("npf,p->nf", by_patch, jnp.ones(self.patches, jnp.float32))
        return by_filter.reshape(len(by_filter), self.classes, -1).sum(2), slope

    def loss(self, scores: Array, targets: Array) -> Array:
        """Sum of cross-entropies; a sample that only fills up the last tile has no target and no loss."""
        return (targets.sum(1) * jax.nn.logsumexp(scores, 1) - (scores * targets).sum(1)).sum()

    def derivative(self, response: Array, targets: Array) -> tuple[Array, Array]:
        """Gradient of the sum of losses with respect to the responses, and the scores."""
        scores, slope = self.scores_and_slope(response)
        residual = jnp.repeat(jax.nn.softmax(scores) - targets, self.filters // self.classes, axis=1)
        derivative = residual[:, None, :] * slope.reshape(-1, self.patches, self.filters)
        return derivative.reshape(-1, self.filters), scores

    def ascend(self, state: Any, move: Callable[[Any, bool], Any], unroll: bool = False) -> Any:
        """The ascent after its first step; the projection is left out as long as it cannot do anything."""
        steps = self.attack.steps
        inside = next((n for n in range(2, steps + 1) if self.attack.can_leave_ball(n)), steps + 1) - 1
        for first, last, projects in ((1, inside, False), (inside, steps, True)):
            if last > first:
                body = lambda _, state, projects=projects: move(state, projects)  # noqa: E731
                state = lax.fori_loop(first, last, body, state, unroll=unroll)
        return state

    def forward(self, weights: Array, inputs: Array, targets: Array) -> tuple[Array, Array]:
        """The loss alone."""
        scores, _ = self.scores_and_slope(inputs @ weights.T)
        return jnp.zeros_like(weights), self.loss(scores, targets)

    def standard(self, weights: Array, inputs: Array, targets: Array) -> tuple[Array, Array]:
        """Without an attack."""
        derivative, scores = self.derivative(inputs @ weights.T, targets)
        return derivative.T @ inputs, self.loss(scores, targets)

    def attacked(self, weights: Array, inputs: Array, targets: Array) -> tuple[Array, Array]:
        """With projected gradient ascent on the inputs."""
        size, radius = self.attack.step_size, self.attack.radius
        clean = inputs @ weights.T

        def direction(response: Array) -> Array:
            gradient = self.derivative(response, targets)[0] @ weights
            if self.attack.norm == "linf":
                return size * jnp.sign(gradient)
            return gradient * (size / _row_norms(gradient, gradient))

        def move(shift: Array, projects: bool) -> Array:
            shift = shift + direction(clean + shift @ weights.T)
            if not projects:
                return shift
            if self.attack.norm == "linf":
                return jnp.clip(shift, -radius, radius)
            return shift * jnp.minimum(radius / _row_norms(shift, shift), 1)

        shift = self.ascend(direction(clean), move)
        derivative, scores = self.derivative(clean + shift @ weights.T, targets)
        return derivative.T @ (inputs + shift), self.loss(scores, targets)

    def attacked_by_gram(self, weights: Array, inputs: Array, targets: Array) -> tuple[Array, Array]:
        """With the l2 attack on coefficients of the filters: perturbation C W, its responses Y = C W W^T."""
        size, radius = self.attack.step_size, self.attack.radius
        clean, gram = inputs @ weights.T, weights @ weights.T

        def direction(response: Array) -> tuple[Array, Array]:
            derivative, _ = self.derivative(response, targets)
            image = derivative @ gram
            factors = size / _row_norms(derivative, image)
            return derivative * factors, image * factors

        def move(state: tuple[Array, Array], projects: bool) -> tuple[Array, Array]:
            coefficients, moved = jax.tree.map(jnp.add, state, direction(clean + state[1]))
            if not projects:
                return coefficients, moved
            factors = jnp.minimum(radius / _row_norms(coefficients, moved), 1)
            return coefficients * factors, moved * factors

        coefficients, moved = self.ascend(direction(clean), move, unroll=True)
        derivative, scores = self.derivative(clean + moved, targets)
        gradient = derivative.T @ inputs + (derivative.T @ coefficients) @ weights
        return gradient, self.loss(scores, targets)


class _Tiled:
    """One jitted step: a share of the samples on every device, each a scan over cache-sized tiles."""

    def __init__(self, problem: Problem, part: _Part) -> None:
        count = len(problem.inputs)
        samples = problem.tile_samples(_TILE_ROWS, THREADS)
        tiles = -(-count // (samples * THREADS)) * THREADS
        self.problem, self.settings = problem, {"tileSamples": samples, "devices": THREADS}
        mesh = jax.make_mesh((THREADS,), ("devices",))
        split, self.whole = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in (("devices",), ()))
        targets = np.eye(problem.classes, dtype=np.float32)[problem.labels]
        self.inputs, self.targets = (
            jax.device_put(_padded(values, tiles * samples).reshape(tiles, -1, values.shape[-1]), split)
            for values in (problem.inputs, targets)
        )

        def shard(weights: Array, inputs: Array, targets: Array) -> tuple[Array, Array]:
            def add(
                total: tuple[Array, Array], tile: tuple[Array, Array]
            ) -> tuple[tuple[Array, Array], None]:
                return jax.tree.map(jnp.add, total, part(weights, *tile)), None

            total, _ = lax.scan(add, (jnp.zeros_like(weights), jnp.float32(0)), (inputs, targets))
            gradient, loss = lax.psum(total, "devices")
            return weights - (problem.learning_rate / count) * gradient, loss / count

        specs = {"in_specs": (PartitionSpec(), split.spec, split.spec), "out_specs": PartitionSpec()}
        mapped = jax.shard_map(shard, mesh=mesh, check_vma=False, **specs)
        self.update = jax.jit(mapped, donate_argnums=0)

    def reset(self) -> None:
        """Sets the weights to the initial ones."""
        self.weights = jax.device_put(self.problem.weights, self.whole)
        self.loss = jnp.float32(0)

    def step(self) -> Array:
        """Does one step; of two in flight each can hold a thread that the other's sum over devices waits for."""
        self.weights, self.loss = self.update(self.weights, self.inputs, self.targets)
        return jax.block_until_ready(self.loss)

    def wait(self) -> None:
        """Blocks until the steps are done."""
        jax.block_until_ready((self.weights, self.loss))


def _padded(values: np.ndarray, samples: int) -> np.ndarray:
    """Zero samples at the end; they have no slope, so they add nothing to a gradient."""
    return np.concatenate([values, np.zeros((samples - len(values), *values.shape[1:]), values.dtype)])


class _Ordinary:
    """Autodiff of the formulas in one jit, as an ordinary user writes it."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.settings = problem, {}
        self.inputs, self.labels = jnp.asarray(problem.inputs), jnp.asarray(problem.labels)
        attack, classes = problem.attack, problem.classes

        def losses(weights: Array, inputs: Array) -> Array:
            response = inputs @ weights.T
            value = jnp.where(response > 1, response - 2 / 3, jnp.maximum(response, 0) ** 3 / 3)
            scores = value.sum(1).reshape(len(inputs), classes, -1).sum(2)
            logarithms = jax.nn.log_softmax(scores)
            return -jnp.take_along_axis(logarithms, self.labels[:, None], 1)

        def perturb(weights: Array, inputs: Array) -> Array:
            ascent = jax.grad(lambda shift: losses(weights, inputs + shift).sum())

            def move(_: int, shift: Array) -> Array:
                gradient = ascent(shift)
                if attack.norm == "linf":
                    return jnp.clip(
                        shift + attack.step_size * jnp.sign(gradient), -attack.radius, attack.radius
                    )
                norm = jnp.linalg.norm(gradient, axis=2, keepdims=True)
                shift = shift + attack.step_size * gradient / jnp.maximum(norm, _TINY)
                norm = jnp.linalg.norm(shift, axis=2, keepdims=True)
                return shift * jnp.minimum(1, attack.radius / jnp.maximum(norm, _TINY))

            return inputs + lax.fori_loop(0, attack.steps, move, jnp.zeros_like(inputs))

        @jax.jit
        def update(weights: Array, inputs: Array) -> tuple[Array, Array]:
            if attack is not None:
                inputs = perturb(weights, inputs)
            loss, gradient = jax.value_and_grad(lambda weights: losses(weights, inputs).mean())(weights)
            return weights - problem.learning_rate * gradient, loss

        self.update = (
            update if problem.updates else jax.jit(lambda weights, inputs: losses(weights, inputs).mean())
        )

    def reset(self) -> None:
        """Sets the weights to the initial ones."""
        self.weights = jnp.array(self.problem.weights)
        self.last: Any = self.weights

    def step(self) -> Array:
        """Starts one step."""
        if not self.problem.updates:
            self.last = self.update(self.weights, self.inputs)
            return self.last
        self.weights, loss = self.update(self.weights, self.inputs)
        self.last = self.weights
        return loss

    def wait(self) -> None:
        """Blocks until the steps are done."""
        jax.block_until_ready(self.last)


def _tuned(problem: Problem) -> _Tiled:
    network = _Network(problem)
    if not problem.updates:
        return _Tiled(problem, network.forward)
    return _Tiled(problem, network.standard if problem.attack is None else network.attacked)


def _gram(problem: Problem) -> _Tiled:
    problem.require_l2_attack()
    return _Tiled(problem, _Network(problem).attacked_by_gram)


serve(
    versions={"jax": jax.__version__, "jaxlib": jaxlib.__version__, "numpy": np.__version__},
    contenders={"jax": _tuned, "jax-gram": _gram, "jax-ordinary": _Ordinary},
)
