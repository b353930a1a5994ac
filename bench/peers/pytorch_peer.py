"""PyTorch: `pytorch-eager`, `pytorch-compiled`, `pytorch-gram`, `pytorch-ordinary` (eager autograd).

Milliseconds of the one-step case at medium and of pgd-10-l2 at wide, 2 threads of a busy AMD Zen 4 machine:
tiles on two Python threads 54 and 68 in place, 52 and 65 compiled; whole arrays with PyTorch's own threads
101 and 86 in place, 116 and 98 compiled; tiles with its own threads 104 and 92. Broadcasting the residual by
class over a fourth axis took 121 of processor time at medium, repeated by filter 75. At wide, the Gram
algorithm takes 11 to 14 compiled on tiles, 13 in place on whole arrays; it is compiled here.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from protocol import THREADS, Problem, Unsupported, serve, serve_unsupported

# The tuned contenders split the samples themselves and leave one thread to each operation.
_POOL_THREADS = 1 if sys.argv[1:] == ["pytorch-ordinary"] else THREADS
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = str(THREADS // _POOL_THREADS)

try:
    import numpy as np
    import torch
    from torch import Tensor
except (ImportError, OSError) as _error:
    serve_unsupported(f"PyTorch cannot be imported: {_error}.")

torch.set_num_threads(THREADS // _POOL_THREADS)
torch.set_flush_denormal(True)

# A tile's rows: enough work a product to hide the interpreter's, few enough to stay in the cache.
_TILE_PRODUCT, _MOST_ROWS, _GRAM_ROWS = 13_000_000, 4096, 2048
_TINY = 1e-30

# Of one tile, (weights, inputs, labels as rows of a unit matrix): the sums of gradients and of losses.
_Part = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


class _Network:
    """What the contenders share: shapes, scores from sums by filter, residuals and losses."""

    def __init__(self, problem: Problem) -> None:
        self.patches, self.classes = problem.inputs.shape[1], problem.classes
        self.filters, self.dimension = problem.weights.shape
        self.attack, self.updates = problem.attack, problem.updates
        self.ones = torch.ones(1, 1, self.patches)

    def sum_of_patches(self, values: Tensor) -> Tensor:
        """Sums by sample and filter, as a product with ones."""
        by_patch = values.view(-1, self.patches, self.filters)
        return torch.bmm(self.ones.expand(len(by_patch), 1, self.patches), by_patch)

    def class_scores(self, by_filter: Tensor) -> Tensor:
        """Sums of the filters of every class."""
        return by_filter.view(len(by_filter), self.classes, -1).sum(2)

    def residual(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Gradient of the sum of losses with respect to the scores, repeated for all filters and patches."""
        residual = torch.softmax(scores, 1) - targets
        return residual.repeat_interleave(self.filters // self.classes, 1)[:, None, :]


def _loss(scores: Tensor, targets: Tensor) -> Tensor:
    """Sum of cross-entropies."""
    return (torch.logsumexp(scores, 1) - (scores * targets).sum(1)).sum()


class _Eager(_Network):
    """One worker's buffers for a tile, filled in place."""

    def __init__(self, problem: Problem, samples: int) -> None:
        super().__init__(problem)
        rows = samples * self.patches
        self.clean, self.response, self.slope, self.value = (
            torch.empty(rows, self.filters) for _ in range(4)
        )
        self.shift, self.ascent = (torch.empty(rows, self.dimension) for _ in range(2))
        self.norms = torch.empty(rows, 1)
        self.product = torch.empty(self.filters, self.dimension)

    def __call__(self, weights: Tensor, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Sums of gradients and of losses of one tile."""
        rows = slice(len(inputs))
        clean = torch.mm(inputs, weights.t(), out=self.clean[rows])
        scores = self.scores(clean, rows)
        if not self.updates:
            return self.product, _loss(scores, targets)
        if self.attack is not None:
            inputs, scores = self.perturb(weights, inputs, targets, scores)
        derivative = self.derivative(scores, targets, rows)
        return torch.mm(derivative.t(), inputs, out=self.product), _loss(scores, targets)

    def perturb(
        self, weights: Tensor, inputs: Tensor, targets: Tensor, scores: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The perturbed inputs and their scores."""
        rows = slice(len(inputs))
        clean, shift, ascent, norms = self.clean[rows], self.shift[rows], self.ascent[rows], self.norms[rows]
        size, radius = self.attack.step_size, self.attack.radius
        for number in range(1, self.attack.steps + 1):
            torch.mm(self.derivative(scores, targets, rows), weights, out=ascent)
            factors = size if self.attack.norm == "linf" else _row_factors(ascent, size, norms)
            if self.attack.norm == "linf":
                ascent.sign_()
            if number == 1:
                torch.mul(ascent, factors, out=shift)
            elif self.attack.norm == "linf":
                shift.add_(ascent, alpha=size)
            else:
                shift.addcmul_(ascent, factors)
            if self.attack.can_leave_ball(number):
                if self.attack.norm == "linf":
                    shift.clamp_(-radius, radius)
                else:
                    shift.mul_(_row_factors(shift, radius, norms).clamp_max_(1))
            scores = self.scores(torch.addmm(clean, shift, weights.t(), out=self.response[rows]), rows)
        return shift.add_(inputs), scores

    def scores(self, response: Tensor, rows: slice) -> Tensor:
        """Class scores; leaves the slope of the activation in `slope`."""
        value = torch.clamp(response, 0, 1, out=self.value[rows])
        slope = torch.mul(value, value, out=self.slope[rows])
        cubes = self.sum_of_patches(value.mul_(slope))
        linear = self.sum_of_patches(torch.clamp_min(response, 1, out=value))
        # u^3 / 3 + max(z, 1) - 1, where u is z cut to 0..1
        return self.class_scores(cubes / 3 + (linear - self.patches))

    def derivative(self, scores: Tensor, targets: Tensor, rows: slice) -> Tensor:
        """Turns `slope` into the gradient of the sum of losses with respect to the responses."""
        slope = self.slope[rows]
        slope.view(-1, self.patches, self.filters).mul_(self.residual(scores, targets))
        return slope


def _row_factors(values: Tensor, length: float, out: Tensor) -> Tensor:
    """Factors, one a row, that give the rows this length; finite where a row is zero."""
    torch.linalg.vector_norm(values, dim=1, keepdim=True, out=out)
    return out.clamp_min_(_TINY).reciprocal_().mul_(length)


class _Functional(_Network):
    """The same without buffers of its own, for the compiler to fuse."""

    def __call__(self, weights: Tensor, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Sums of gradients and of losses of one tile."""
        clean = inputs @ weights.t()
        if not self.updates:
            return torch.zeros_like(weights), _loss(self.scores_and_slope(clean)[0], targets)
        if self.attack is None:
            derivative, scores = self.derivative(clean, targets)
            return derivative.t() @ inputs, _loss(scores, targets)
        shift = self.perturbation(weights, clean, targets)
        derivative, scores = self.derivative(torch.addmm(clean, shift, weights.t()), targets)
        return derivative.t() @ (inputs + shift), _loss(scores, targets)

    def perturbation(self, weights: Tensor, clean: Tensor, targets: Tensor) -> Tensor:
        """Projected gradient ascent from zero."""
        size, radius, shift = self.attack.step_size, self.attack.radius, None
        for number in range(1, self.attack.steps + 1):
            response = clean if shift is None else torch.addmm(clean, shift, weights.t())
            gradient = self.derivative(response, targets)[0] @ weights
            if self.attack.norm == "linf":
                move = size * torch.sign(gradient)
            else:
                move = gradient * (size / _row_norms(gradient, gradient))
            shift = move if shift is None else shift + move
            if self.attack.can_leave_ball(number):
                if self.attack.norm == "linf":
                    shift = shift.clamp(-radius, radius)
                else:
                    shift = shift * (radius / _row_norms(shift, shift)).clamp_max(1)
        return shift

    def scores_and_slope(self, response: Tensor) -> tuple[Tensor, Tensor]:
        """Class scores and slope of the activation."""
        cut = response.clamp(0, 1)
        slope = cut * cut
        value = slope * cut / 3 + (response.clamp_min(1) - 1)
        return self.class_scores(self.sum_of_patches(value)), slope

    def derivative(self, response: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Gradient of the sum of losses with respect to the responses, and the scores."""
        scores, slope = self.scores_and_slope(response)
        by_patch = slope.view(-1, self.patches, self.filters) * self.residual(scores, targets)
        return by_patch.view(-1, self.filters), scores


def _row_norms(left: Tensor, right: Tensor) -> Tensor:
    """Root of <left, right> by row, never zero."""
    return (left * right).sum(1, keepdim=True).sqrt().clamp_min(_TINY)


class _Gram(_Functional):
    """With the l2 attack on coefficients of the filters: perturbation C W, its responses Y = C W W^T."""

    def __call__(self, weights: Tensor, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Sums of gradients and of losses of one tile."""
        clean, gram = inputs @ weights.t(), weights @ weights.t()
        coefficients = moved = None
        for number in range(1, self.attack.steps + 1):
            derivative, _ = self.derivative(clean if moved is None else clean + moved, targets)
            image = derivative @ gram
            factors = self.attack.step_size / _row_norms(derivative, image)
            if moved is None:
                coefficients, moved = derivative * factors, image * factors
            else:
                coefficients, moved = coefficients + derivative * factors, moved + image * factors
            if self.attack.can_leave_ball(number):
                factors = (self.attack.radius / _row_norms(coefficients, moved)).clamp_max(1)
                coefficients, moved = coefficients * factors, moved * factors
        derivative, scores = self.derivative(clean + moved, targets)
        gradient = torch.addmm(derivative.t() @ inputs, derivative.t() @ coefficients, weights)
        return gradient, _loss(scores, targets)


class _Tiled:
    """A step as shares of tiles, one share a thread; PyTorch lets go of the interpreter in its operations."""

    def __init__(self, problem: Problem, make: Callable[[Problem, int], _Part], rows: int) -> None:
        _, patches, dimension = problem.inputs.shape
        samples = problem.tile_samples(rows, _POOL_THREADS)
        self.problem, self.settings = problem, {"tileSamples": samples}
        inputs = torch.from_numpy(problem.inputs).view(-1, dimension).split(samples * patches)
        targets = torch.eye(problem.classes)[torch.from_numpy(problem.labels).long()].split(samples)
        self.shares = [list(zip(inputs, targets))[worker::_POOL_THREADS] for worker in range(_POOL_THREADS)]
        self.shares = [share for share in self.shares if share]
        self.parts = [make(problem, samples) for _ in self.shares]
        self.gradients = [torch.empty(problem.weights.shape) for _ in self.shares]
        self.weights = torch.empty(problem.weights.shape)
        self.pool = ThreadPoolExecutor(
            len(self.shares), initializer=torch.set_flush_denormal, initargs=(True,)
        )

    def reset(self) -> None:
        """Sets the weights to the initial ones."""
        self.weights.copy_(torch.from_numpy(self.problem.weights))

    def share(self, worker: int) -> Tensor:
        """Adds up one worker's gradient; returns the sum of its losses."""
        with torch.inference_mode():
            part, gradient, loss = self.parts[worker], self.gradients[worker].zero_(), torch.zeros(())
            for inputs, targets in self.shares[worker]:
                added, added_loss = part(self.weights, inputs, targets)
                gradient += added
                loss += added_loss
            return loss

    @torch.inference_mode()
    def step(self) -> Tensor:
        """Does one step."""
        loss = sum(self.pool.map(self.share, range(len(self.shares))))
        if self.problem.updates:
            rate = self.problem.learning_rate / len(self.problem.labels)
            self.weights.sub_(sum(self.gradients), alpha=rate)
        return loss / len(self.problem.labels)

    def wait(self) -> None:
        """PyTorch is synchronous on CPUs."""


def _rows(problem: Problem) -> int:
    return max(1, min(_MOST_ROWS, _TILE_PRODUCT // problem.weights.size))


def _compiled(problem: Problem, network: _Functional, rows: int) -> _Tiled:
    """Compiles for every size of tile before the pool starts."""
    if shutil.which(os.environ.get("CXX", "g++")) is None:
        raise Unsupported("torch.compile needs a C++ compiler at run time, and there is none.")
    part = torch.compile(network, dynamic=False, fullgraph=True)
    tiled = _Tiled(problem, lambda *_: part, rows)
    weights = torch.from_numpy(problem.weights)
    with torch.inference_mode():
        for inputs, targets in {len(tile[0]): tile for share in tiled.shares for tile in share}.values():
            part(weights, inputs, targets)
    return tiled


def _gram(problem: Problem) -> _Tiled:
    problem.require_l2_attack()
    return _compiled(problem, _Gram(problem), _GRAM_ROWS)


class _Ordinary:
    """Autograd of the formulas on whole arrays, as an ordinary user writes it."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.settings = problem, {}
        self.inputs, self.labels = torch.from_numpy(problem.inputs), torch.from_numpy(problem.labels).long()

    def reset(self) -> None:
        """Sets the weights to the initial ones."""
        self.weights = torch.from_numpy(self.problem.weights.copy()).requires_grad_()

    def step(self) -> Tensor:
        """Does one step."""
        inputs = self.inputs if self.problem.attack is None else self.inputs + self.perturbation()
        if not self.problem.updates:
            with torch.no_grad():
                return torch.nn.functional.cross_entropy(self.scores(inputs), self.labels)
        loss = torch.nn.functional.cross_entropy(self.scores(inputs), self.labels)
        (gradient,) = torch.autograd.grad(loss, self.weights)
        with torch.no_grad():
            self.weights -= self.problem.learning_rate * gradient
        return loss.detach()

    def wait(self) -> None:
        """PyTorch is synchronous on CPUs."""

    def scores(self, inputs: Tensor) -> Tensor:
        """Class scores."""
        response = inputs @ self.weights.T
        value = torch.where(response > 1, response - 2 / 3, torch.relu(response) ** 3 / 3)
        return value.sum(dim=1).view(len(inputs), self.problem.classes, -1).sum(dim=2)

    def perturbation(self) -> Tensor:
        """Projected gradient ascent from zero."""
        attack, shift = self.problem.attack, torch.zeros_like(self.inputs)
        for _ in range(attack.steps):
            shift.requires_grad_()
            scores = self.scores(self.inputs + shift)
            loss = torch.nn.functional.cross_entropy(scores, self.labels, reduction="sum")
            (gradient,) = torch.autograd.grad(loss, shift)
            with torch.no_grad():
                if attack.norm == "l2":
                    norm = gradient.norm(dim=2, keepdim=True).clamp(min=_TINY)
                    shift = shift + attack.step_size * gradient / norm
                    norm = shift.norm(dim=2, keepdim=True).clamp(min=_TINY)
                    shift = shift * (attack.radius / norm).clamp(max=1)
                else:
                    shift = (shift + attack.step_size * gradient.sign()).clamp(-attack.radius, attack.radius)
        return shift.detach()


serve(
    versions={"torch": torch.__version__, "numpy": np.__version__},
    contenders={
        "pytorch-eager": lambda problem: _Tiled(problem, _Eager, _rows(problem)),
        "pytorch-compiled": lambda problem: _compiled(problem, _Functional(problem), _rows(problem)),
        "pytorch-gram": _gram,
        "pytorch-ordinary": _Ordinary,
    },
)
