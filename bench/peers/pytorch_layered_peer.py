"""PyTorch on layered networks: `pytorch-eager`, `pytorch-compiled`, `pytorch-float64` (for the checks).

Milliseconds of processor time of cnn-pgd-step, 2 threads of a busy AMD Zen 4 machine: compiled with batch
normalisation folded into the convolutions while attacking 775, with tiles on two Python threads 856; eager 835 and
889, not folded 936. Of cnn-standard-step: compiled 144, eager 155, channels first 210.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from layered_problem import BLOCKS, CONVOLUTIONS, EPSILON, MOMENTUM, LayeredProblem, load_layered_problem, split
from protocol import THREADS, Unsupported, serve, serve_unsupported

for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = str(THREADS)

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
    from torch import Tensor
except (ImportError, OSError) as _error:
    serve_unsupported(f"PyTorch cannot be imported: {_error}.")

torch.set_num_threads(THREADS)
torch.set_flush_denormal(True)

_Layer = Callable[[int, Tensor], Tensor]


class _Layered:
    """resnet8 with channels last; the attack sees constant parameters, with batch normalisation folded into them."""

    def __init__(self, problem: LayeredProblem, dtype: torch.dtype, compiled: bool) -> None:
        self.problem, self.dtype = problem, dtype
        self.settings = {"layout": "channels last", "attack": "folded batch normalisation"}
        images = torch.from_numpy(problem.images).permute(0, 3, 1, 2).to(dtype)
        self.images = images.contiguous(memory_format=torch.channels_last)
        self.labels = torch.from_numpy(problem.labels)
        self.mean, self.deviation = (
            torch.tensor(values, dtype=dtype).view(1, 3, 1, 1) for values in (problem.mean, problem.deviation)
        )
        self.loss: Callable[..., Tensor] = self.training_loss
        self.ascend: Callable[..., Tensor] = self.ascent_step
        if compiled:
            if shutil.which(os.environ.get("CXX", "g++")) is None:
                raise Unsupported("torch.compile needs a C++ compiler at run time, and there is none.")
            self.loss = torch.compile(self.training_loss, dynamic=False)
            self.ascend = torch.compile(self.ascent_step_by_transform, dynamic=False)

    def reset(self) -> None:
        """Sets parameters, statistics and velocities to the initial ones."""
        self.parts = [
            _channels_last(torch.from_numpy(part).to(self.dtype, copy=True)).requires_grad_()
            for part in split(self.problem.parameters)
        ]
        self.means = [torch.zeros(outputs, dtype=self.dtype) for _, outputs, _, _ in CONVOLUTIONS]
        self.variances = [torch.ones(outputs, dtype=self.dtype) for _, outputs, _, _ in CONVOLUTIONS]
        self.optimizer = torch.optim.SGD(
            self.parts,
            lr=self.problem.learning_rate,
            momentum=self.problem.momentum,
            weight_decay=self.problem.weight_decay,
            foreach=True,
        )

    def step(self) -> Tensor:
        """Does one step."""
        images = self.attacked() if self.problem.steps > 0 else self.images
        loss = self.loss(images, self.parts)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def wait(self) -> None:
        """PyTorch is synchronous on CPUs."""

    def parameters(self) -> np.ndarray:
        """In the problem's order."""
        return np.concatenate([part.detach().contiguous().flatten().numpy() for part in self.parts])

    def scores(self, images: Tensor, layer: _Layer, dense: Tensor, biases: Tensor) -> Tensor:
        """Class scores; `layer` is a convolution with its batch normalisation."""
        value = F.relu(layer(0, (images - self.mean) / self.deviation))
        for shortcut, first, second in BLOCKS:
            body = layer(second, F.relu(layer(first, value)))
            value = F.relu(body + (value if shortcut is None else layer(shortcut, value)))
        return F.linear(value.mean((2, 3)), dense, biases)

    def training_loss(self, images: Tensor, parts: list[Tensor]) -> Tensor:
        """Mean cross-entropy with the statistics of the mini-batch; moves the running ones."""

        def layer(number: int, value: Tensor) -> Tensor:
            weights, scales, shifts = parts[3 * number : 3 * number + 3]
            running = (self.means[number], self.variances[number])
            return F.batch_norm(
                _convolution(number, value, weights), *running, scales, shifts, True, MOMENTUM, EPSILON
            )

        return F.cross_entropy(self.scores(images, layer, *parts[-2:]), self.labels)

    @torch.no_grad()
    def attacked(self) -> Tensor:
        """The images after projected gradient ascent from zero."""
        folded = []
        for number, (mean, variance) in enumerate(zip(self.means, self.variances)):
            weights, scales, shifts = self.parts[3 * number : 3 * number + 3]
            factors = scales * (variance + EPSILON).rsqrt()
            folded += [weights * factors[:, None, None, None], shifts - mean * factors]
        folded += [part.detach() for part in self.parts[-2:]]
        shift = torch.zeros_like(self.images)
        for _ in range(self.problem.steps):
            shift = self.ascend(shift, folded)
        return self.images + shift

    def attack_loss(self, shift: Tensor, folded: list[Tensor]) -> Tensor:
        """Sum of cross-entropies with running statistics."""

        def layer(number: int, value: Tensor) -> Tensor:
            return _convolution(number, value, *folded[2 * number : 2 * number + 2])

        scores = self.scores(self.images + shift, layer, *folded[-2:])
        return F.cross_entropy(scores, self.labels, reduction="sum")

    def ascent_step(self, shift: Tensor, folded: list[Tensor]) -> Tensor:
        """One step, its gradient from the tape."""
        with torch.enable_grad():
            shift = shift.requires_grad_()
            (gradient,) = torch.autograd.grad(self.attack_loss(shift, folded), shift)
        return self.projected(shift.detach() + self.problem.step_size * gradient.sign())

    def ascent_step_by_transform(self, shift: Tensor, folded: list[Tensor]) -> Tensor:
        """The same for the compiler, which takes in no tape."""
        gradient = torch.func.grad(self.attack_loss)(shift, folded)
        return self.projected(shift + self.problem.step_size * gradient.sign())

    def projected(self, shift: Tensor) -> Tensor:
        """Onto the ball, and the image onto [0, 1]."""
        shift = shift.clamp(-self.problem.radius, self.problem.radius)
        return (self.images + shift).clamp(0, 1) - self.images


def _convolution(number: int, value: Tensor, weights: Tensor, biases: Tensor | None = None) -> Tensor:
    _, _, window, stride = CONVOLUTIONS[number]
    return F.conv2d(value, weights, biases, stride, window // 2)


def _channels_last(part: Tensor) -> Tensor:
    return part.contiguous(memory_format=torch.channels_last) if part.dim() == 4 else part


serve(
    versions={"torch": torch.__version__, "numpy": np.__version__},
    contenders={
        "pytorch-eager": lambda problem: _Layered(problem, torch.float32, compiled=False),
        "pytorch-compiled": lambda problem: _Layered(problem, torch.float32, compiled=True),
        "pytorch-float64": lambda problem: _Layered(problem, torch.float64, compiled=False),
    },
    load=load_layered_problem,
)
