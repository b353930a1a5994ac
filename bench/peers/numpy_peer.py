"""NumPy: `numpy` (cache-sized tiles on a pool of threads), `numpy-gram`, `numpy-ordinary`.

Milliseconds of the one-step case at medium and of pgd-10-l2 at wide, 2 threads of a busy AMD Zen 4 machine:
tiles on two Python threads 49 and 54; whole arrays with the same in-place functions and BLAS's own threads
187 and 356; tiles with BLAS's own threads 176 and 393. By operation on a tile of 512 x 128 or 512 x 100:
`clip` 14 us, `maximum` then `minimum` 59; sums over patches as a product with ones 6, `einsum` 17, `sum` 19;
`vecdot` 9, `einsum` 16; `sign` 31, `copysign` 46, against `clip` of a huge gradient 14. Smaller tiles lost to
the interpreter: small one-step 1.45 with tiles of 3150 rows, 1.7 with 1600, 2.6 with 800.
NumPy has no switch to flush denormals; none occur here.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from protocol import THREADS, Problem, serve, serve_unsupported

# The tuned contenders split the samples themselves and leave one thread to each product.
_POOL_THREADS = 1 if sys.argv[1:] == ["numpy-ordinary"] else THREADS
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = str(THREADS // _POOL_THREADS)

try:
    import numpy as np
except ImportError as _error:
    serve_unsupported(f"NumPy cannot be imported: {_error}.")

# A tile's rows: enough work a product to hide the interpreter's, few enough to stay in the cache.
_TILE_PRODUCT, _MOST_ROWS, _GRAM_ROWS = 18_000_000, 4096, 2048
_ZERO, _ONE, _TINY = np.float32(0), np.float32(1), np.float32(1e-30)


class _Tile:
    """One worker's buffers for a few samples at a time, and its share of the weight gradient and the loss."""

    # Only the direction of an ascent counts; a sign step gets by with one `clip` when gradients are huge.
    ascent_scale = _ONE

    def __init__(self, problem: Problem, samples: int) -> None:
        _, self.patches, self.dimension = problem.inputs.shape
        self.problem, self.samples, self.filters = problem, samples, len(problem.weights)
        self.by_filter = (samples * self.patches, self.filters)
        self.by_dimension = (samples * self.patches, self.dimension)
        self.response, self.slope, self.value = (np.empty(self.by_filter, np.float32) for _ in range(3))
        self.norms = np.empty(samples * self.patches, np.float32)
        self.ones = np.ones((1, self.patches), np.float32)
        self.sums = np.empty((2, samples, 1, self.filters), np.float32)
        self.product, self.gradient = (np.empty_like(problem.weights) for _ in range(2))

    def share(self, starts: range, weights: np.ndarray, transposed: np.ndarray) -> None:
        """Adds up gradient and loss over the tiles that begin at the samples `starts`."""
        self.weights, self.transposed = weights, transposed
        self.gradient.fill(0)
        self.loss = 0.0
        for start in starts:
            inputs = self.problem.inputs[start : start + self.samples]
            self.labels = self.problem.labels[start : start + self.samples]
            self.rows = len(inputs) * self.patches
            self.add(inputs.reshape(self.rows, self.dimension))

    def add(self, inputs: np.ndarray) -> None:
        """Adds the loss of one tile, and its gradient where the case has updates."""
        self.add_loss(self.scores(np.matmul(inputs, self.transposed, out=self.response[: self.rows])))
        if self.problem.updates:
            self.add_product(self.derivative(), inputs)

    def scores(self, response: np.ndarray) -> np.ndarray:
        """Class scores; leaves the slope of the activation in `slope`."""
        slope, value = self.slope[: self.rows], self.value[: self.rows]
        np.clip(response, _ZERO, _ONE, out=value)
        np.multiply(value, value, out=slope)
        np.multiply(value, slope, out=value)
        cubes = self.sum_of_patches(value, self.sums[0])
        np.maximum(response, _ONE, out=value)
        # u^3 / 3 + max(z, 1) - 1, where u is z cut to 0..1
        by_filter = cubes / 3 + (self.sum_of_patches(value, self.sums[1]) - self.patches)
        by_class = by_filter.reshape(len(cubes), self.problem.classes, -1)
        self.last_scores = by_class.sum(2)
        return self.last_scores

    def sum_of_patches(self, values: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Sums by sample and filter, as a product with ones."""
        samples = len(self.labels)
        return np.matmul(self.ones, values.reshape(samples, self.patches, -1), out=out[:samples])

    def derivative(self, scale: np.float32 = _ONE) -> np.ndarray:
        """Turns `slope` into the scaled gradient of the sum of losses with respect to the responses."""
        scores = self.last_scores
        residual = np.exp(scores - scores.max(1, keepdims=True))
        residual /= residual.sum(1, keepdims=True)
        residual[np.arange(len(scores)), self.labels] -= 1
        residual *= scale
        by_filter = np.repeat(residual, self.filters // self.problem.classes, axis=1)
        slope = self.slope[: self.rows]
        by_sample = slope.reshape(len(scores), self.patches, -1)
        np.multiply(by_sample, by_filter[:, None, :], out=by_sample)
        return slope

    def add_loss(self, scores: np.ndarray) -> None:
        """Adds the cross-entropies."""
        largest = scores.max(1)
        logarithms = np.log(np.exp(scores - largest[:, None]).sum(1)) + largest
        self.loss += float((logarithms - scores[np.arange(len(scores)), self.labels]).sum())

    def add_product(self, derivative: np.ndarray, inputs: np.ndarray) -> None:
        """Adds to the weight gradient."""
        self.gradient += np.matmul(derivative.T, inputs, out=self.product)

    def row_factors(self, left: np.ndarray, right: np.ndarray, length: float) -> np.ndarray:
        """Factors, one a row, that make the root of <left, right> this length; finite where that is zero."""
        norms = np.vecdot(left, right, out=self.norms[: self.rows])
        np.sqrt(norms, out=norms)
        np.maximum(norms, _TINY, out=norms)
        return np.divide(np.float32(length), norms, out=norms)[:, None]


class _AttackedTile(_Tile):
    """With projected gradient ascent: the perturbation stays in the cache for all its steps."""

    def __init__(self, problem: Problem, samples: int) -> None:
        super().__init__(problem, samples)
        self.clean = np.empty(self.by_filter, np.float32)
        self.shift, self.ascent = (np.empty(self.by_dimension, np.float32) for _ in range(2))
        self.move = {"l2": self.move_l2, "linf": self.move_linf}[problem.attack.norm]
        if problem.attack.norm == "linf":
            self.ascent_scale = np.float32(1e30)

    def add(self, inputs: np.ndarray) -> None:
        """Adds one tile."""
        rows, attack = self.rows, self.problem.attack
        shift, ascent, response = self.shift[:rows], self.ascent[:rows], self.response[:rows]
        clean = np.matmul(inputs, self.transposed, out=self.clean[:rows])
        self.scores(clean)
        for number in range(1, attack.steps + 1):
            np.matmul(self.derivative(self.ascent_scale), self.weights, out=shift if number == 1 else ascent)
            self.move(shift, ascent, number)
            np.matmul(shift, self.transposed, out=response)
            response += clean
            self.scores(response)
        self.add_loss(self.last_scores)
        shift += inputs
        self.add_product(self.derivative(), shift)

    def move_l2(self, shift: np.ndarray, ascent: np.ndarray, number: int) -> None:
        """A step along the gradient; the first gradient is in `shift`, the others in `ascent`."""
        attack = self.problem.attack
        if number == 1:
            shift *= self.row_factors(shift, shift, attack.step_size)
            return
        ascent *= self.row_factors(ascent, ascent, attack.step_size)
        shift += ascent
        if attack.can_leave_ball(number):
            shift *= np.minimum(self.row_factors(shift, shift, attack.radius), _ONE)

    def move_linf(self, shift: np.ndarray, ascent: np.ndarray, number: int) -> None:
        """A step along the gradient's signs."""
        attack = self.problem.attack
        step_size, radius = np.float32(attack.step_size), np.float32(attack.radius)
        if number == 1:
            np.clip(shift, -step_size, step_size, out=shift)
            return
        np.clip(ascent, -step_size, step_size, out=ascent)
        shift += ascent
        if attack.can_leave_ball(number):
            np.clip(shift, -radius, radius, out=shift)


class _GramTile(_Tile):
    """With the l2 attack on coefficients of the filters: perturbation C W, its responses Y = C W W^T."""

    def __init__(self, problem: Problem, samples: int) -> None:
        problem.require_l2_attack()
        super().__init__(problem, samples)
        self.clean, self.coefficients, self.moved, self.image = (
            np.empty(self.by_filter, np.float32) for _ in range(4)
        )
        self.cross, self.cross_product = (
            np.empty((self.filters, self.filters), np.float32) for _ in range(2)
        )

    def share(self, starts: range, weights: np.ndarray, transposed: np.ndarray) -> None:
        """Adds up gradient and loss over the tiles that begin at the samples `starts`."""
        self.gram = weights @ transposed
        self.cross.fill(0)
        super().share(starts, weights, transposed)
        self.gradient += self.cross @ weights

    def add(self, inputs: np.ndarray) -> None:
        """Adds one tile."""
        rows, attack = self.rows, self.problem.attack
        coefficients, moved, image = self.coefficients[:rows], self.moved[:rows], self.image[:rows]
        clean = np.matmul(inputs, self.transposed, out=self.clean[:rows])
        self.scores(clean)
        for number in range(1, attack.steps + 1):
            derivative = self.derivative()
            np.matmul(derivative, self.gram, out=image)
            factors = self.row_factors(derivative, image, attack.step_size)
            if number == 1:
                np.multiply(derivative, factors, out=coefficients)
                np.multiply(image, factors, out=moved)
            else:
                derivative *= factors
                image *= factors
                coefficients += derivative
                moved += image
                if attack.can_leave_ball(number):
                    factors = np.minimum(self.row_factors(coefficients, moved, attack.radius), _ONE)
                    coefficients *= factors
                    moved *= factors
            self.scores(np.add(clean, moved, out=self.response[:rows]))
        self.add_loss(self.last_scores)
        derivative = self.derivative()
        self.add_product(derivative, inputs)
        self.cross += np.matmul(derivative.T, coefficients, out=self.cross_product)


class _Tiled:
    """A step as shares of tiles, one a thread; NumPy lets go of the interpreter inside its functions."""

    def __init__(self, problem: Problem, tile: type[_Tile], rows: int) -> None:
        self.problem = problem
        samples = problem.tile_samples(rows, _POOL_THREADS)
        starts = range(0, len(problem.inputs), samples)
        self.tiles = [tile(problem, samples) for _ in range(min(_POOL_THREADS, len(starts)))]
        self.starts = [starts[worker :: len(self.tiles)] for worker in range(len(self.tiles))]
        self.pool = ThreadPoolExecutor(len(self.tiles))
        self.settings: dict[str, Any] = {"tileSamples": samples, "blasThreads": THREADS // _POOL_THREADS}

    def reset(self) -> None:
        """Sets the weights to the initial ones."""
        self.weights = self.problem.weights.copy()

    def step(self) -> float:
        """Does one step."""
        transposed = np.ascontiguousarray(self.weights.T)
        work = [
            self.pool.submit(tile.share, starts, self.weights, transposed)
            for tile, starts in zip(self.tiles, self.starts)
        ]
        for share in work:
            share.result()
        if self.problem.updates:
            rate = np.float32(self.problem.learning_rate / len(self.problem.labels))
            self.weights -= rate * sum(tile.gradient for tile in self.tiles)
        return sum(tile.loss for tile in self.tiles) / len(self.problem.labels)

    def wait(self) -> None:
        """NumPy is synchronous."""


class _Ordinary:
    """The formulas on whole arrays, as an ordinary user writes them; NumPy has no autodiff."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.settings = problem, {}

    def reset(self) -> None:
        """Sets the weights to the initial ones."""
        self.weights = self.problem.weights.copy()

    def step(self) -> float:
        """Does one step."""
        problem, inputs = self.problem, self.problem.inputs
        if problem.attack is not None:
            inputs = inputs + self.perturbation()
        loss, derivative = self.loss_and_derivative(inputs)
        if problem.updates:
            gradient = np.tensordot(derivative, inputs, axes=((0, 1), (0, 1))) / len(inputs)
            self.weights -= problem.learning_rate * gradient
        return loss

    def wait(self) -> None:
        """NumPy is synchronous."""

    def loss_and_derivative(self, inputs: np.ndarray) -> tuple[float, np.ndarray]:
        """Mean loss, and the derivative of each sample's loss with respect to its responses."""
        samples, classes = np.arange(len(inputs)), self.problem.classes
        response = inputs @ self.weights.T
        value = np.where(response > 1, response - 2 / 3, np.maximum(response, 0) ** 3 / 3)
        scores = value.sum(axis=1).reshape(len(inputs), classes, -1).sum(axis=2)
        scores = scores - scores.max(axis=1, keepdims=True)
        logarithms = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        residual = np.exp(logarithms)
        residual[samples, self.problem.labels] -= 1
        by_filter = np.repeat(residual, self.problem.filters_per_class, axis=1)
        derivative = np.clip(response, 0, 1) ** 2 * by_filter[:, np.newaxis, :]
        return -logarithms[samples, self.problem.labels].mean(), derivative

    def perturbation(self) -> np.ndarray:
        """Projected gradient ascent from zero."""
        attack, inputs = self.problem.attack, self.problem.inputs
        shift = np.zeros_like(inputs)
        for _ in range(attack.steps):
            _, derivative = self.loss_and_derivative(inputs + shift)
            gradient = derivative @ self.weights
            if attack.norm == "l2":
                norm = np.linalg.norm(gradient, axis=2, keepdims=True)
                shift = shift + attack.step_size * gradient / np.maximum(norm, 1e-30)
                norm = np.linalg.norm(shift, axis=2, keepdims=True)
                shift = shift * np.minimum(1, attack.radius / np.maximum(norm, 1e-30))
            else:
                shift = np.clip(shift + attack.step_size * np.sign(gradient), -attack.radius, attack.radius)
        return shift


def _tuned(problem: Problem) -> _Tiled:
    rows = max(1, min(_MOST_ROWS, _TILE_PRODUCT // problem.weights.size))
    return _Tiled(problem, _Tile if problem.attack is None else _AttackedTile, rows)


serve(
    versions={"numpy": np.__version__},
    contenders={
        "numpy": _tuned,
        "numpy-gram": lambda problem: _Tiled(problem, _GramTile, _GRAM_ROWS),
        "numpy-ordinary": _Ordinary,
    },
)
