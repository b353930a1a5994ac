"""TensorFlow in `tf.function`: `tensorflow` (hand-written gradients), `tensorflow-ordinary` (GradientTape).

Milliseconds of the one-step case at medium and of pgd-10-l2 at wide, 2 threads of a busy AMD Zen 4 machine:
two loops over tiles side by side 46 and 52, their bodies compiled by XLA (`jit_compile`) 43 and 63. Processor
time a thread, under more load: the whole batch 70 and 105, by XLA 60 and 85; one loop of parallel iterations
65 and 65; all tiles unrolled 52 and 58, but that graph grows with the data. It flushes denormals itself.
"""

from __future__ import annotations

import os
import sys

from protocol import THREADS, Problem, hold_to_cores, serve, serve_unsupported

hold_to_cores(THREADS)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    import numpy as np
    import tensorflow as tf
except ImportError as _error:
    serve_unsupported(f"TensorFlow cannot be imported: {_error}.")

# The tuned contender runs one loop a thread side by side; operations of the ordinary one share all threads.
_LOOPS = 1 if sys.argv[1:] == ["tensorflow-ordinary"] else THREADS
tf.config.threading.set_intra_op_parallelism_threads(THREADS // _LOOPS)
tf.config.threading.set_inter_op_parallelism_threads(_LOOPS)

_TILE_ROWS = 1024
_TINY = 1e-30


class _Network:
    """The formulas on a tile, whose rows are the patches of its samples."""

    def __init__(self, problem: Problem) -> None:
        self.patches, self.classes = problem.inputs.shape[1], problem.classes
        self.filters, self.attack, self.updates = len(problem.weights), problem.attack, problem.updates

    def part(self, weights: tf.Tensor, inputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Sums of gradients and of losses of one tile."""
        clean = tf.matmul(inputs, weights, transpose_b=True)
        if not self.updates:
            return tf.zeros_like(weights), _loss(self.scores_and_slope(clean)[0], targets)
        if self.attack is None:
            derivative, scores = self.derivative(clean, targets)
            return tf.matmul(derivative, inputs, transpose_a=True), _loss(scores, targets)
        shift = self.perturbation(weights, clean, targets)
        derivative, scores = self.derivative(clean + tf.matmul(shift, weights, transpose_b=True), targets)
        return tf.matmul(derivative, inputs + shift, transpose_a=True), _loss(scores, targets)

    def perturbation(self, weights: tf.Tensor, clean: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Projected gradient ascent from zero, its steps unrolled."""
        size, radius, shift = self.attack.step_size, self.attack.radius, None
        for number in range(1, self.attack.steps + 1):
            response = clean if shift is None else clean + tf.matmul(shift, weights, transpose_b=True)
            gradient = tf.matmul(self.derivative(response, targets)[0], weights)
            if self.attack.norm == "linf":
                move = size * tf.sign(gradient)
            else:
                move = gradient * (size / _row_norms(gradient))
            shift = move if shift is None else shift + move
            if self.attack.can_leave_ball(number):
                if self.attack.norm == "linf":
                    shift = tf.clip_by_value(shift, -radius, radius)
                else:
                    shift = shift * tf.minimum(radius / _row_norms(shift), 1)
        return shift

    def scores_and_slope(self, response: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Class scores and the slope of the activation, u^2 for u = z cut to 0..1."""
        cut = tf.clip_by_value(response, 0, 1)
        slope = cut * cut
        value = slope * cut * (1 / 3) + (tf.maximum(response, 1) - 1)
        by_filter = tf.reduce_sum(tf.reshape(value, (-1, self.patches, self.filters)), 1)
        by_class = tf.reshape(by_filter, (-1, self.classes, self.filters // self.classes))
        return tf.reduce_sum(by_class, 2), slope

    def derivative(self, response: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Gradient of the sum of losses with respect to the responses, and the scores."""
        scores, slope = self.scores_and_slope(response)
        residual = tf.repeat(tf.nn.softmax(scores) - targets, self.filters // self.classes, axis=1)
        by_patch = residual[:, None, :] * tf.reshape(slope, (-1, self.patches, self.filters))
        return tf.reshape(by_patch, (-1, self.filters)), scores


def _row_norms(values: tf.Tensor) -> tf.Tensor:
    """Lengths of the rows, never zero."""
    return tf.maximum(tf.sqrt(tf.reduce_sum(values * values, 1, keepdims=True)), _TINY)


def _loss(scores: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Sum of cross-entropies; a sample that only fills up the last tile has no target and no loss."""
    losses = tf.reduce_sum(targets, 1) * tf.reduce_logsumexp(scores, 1)
    return tf.reduce_sum(losses - tf.reduce_sum(scores * targets, 1))


class _Tiled:
    """One `tf.function`: for every thread a loop over cache-sized tiles, which run side by side."""

    def __init__(self, problem: Problem) -> None:
        count, patches, dimension = problem.inputs.shape
        samples = problem.tile_samples(_TILE_ROWS, _LOOPS)
        tiles = -(-count // (samples * _LOOPS))
        self.problem, self.settings = problem, {"tileSamples": samples, "loops": _LOOPS}
        self.weights = tf.Variable(problem.weights)
        targets = np.eye(problem.classes, dtype=np.float32)[problem.labels]
        padding = ((0, tiles * _LOOPS * samples - count), (0, 0))
        inputs = np.pad(problem.inputs, (*padding, (0, 0))).reshape(
            _LOOPS, tiles, samples * patches, dimension
        )
        targets = np.pad(targets, padding).reshape(_LOOPS, tiles, samples, -1)
        self.inputs, self.targets = ([tf.constant(loop) for loop in values] for values in (inputs, targets))
        part = _Network(problem).part

        def loop(weights: tf.Tensor, inputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            def add(tile: tf.Tensor, gradient: tf.Tensor, loss: tf.Tensor) -> tuple[tf.Tensor, ...]:
                added, added_loss = part(weights, inputs[tile], targets[tile])
                return tile + 1, gradient + added, loss + added_loss

            start = (tf.constant(0), tf.zeros_like(weights), tf.constant(0.0))
            _, gradient, loss = tf.while_loop(
                lambda tile, *_: tile < tiles, add, start, parallel_iterations=1
            )
            return gradient, loss

        @tf.function
        def update(inputs: list[tf.Tensor], targets: list[tf.Tensor]) -> tf.Tensor:
            weights = self.weights.read_value()
            gradients, losses = zip(*(loop(weights, *share) for share in zip(inputs, targets)))
            if problem.updates:
                self.weights.assign_sub(tf.add_n(gradients) * (problem.learning_rate / count))
            return tf.add_n(losses) / count

        self.update = update

    def reset(self) -> None:
        """Sets the weights to the initial ones."""
        self.weights.assign(self.problem.weights)

    def step(self) -> tf.Tensor:
        """Does one step."""
        self.loss = self.update(self.inputs, self.targets)
        return self.loss

    def wait(self) -> None:
        """Fetches the weights."""
        self.weights.numpy()


class _Ordinary:
    """GradientTape on the formulas in one `tf.function`, as an ordinary user writes it."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.settings = problem, {}
        self.inputs, self.labels = tf.constant(problem.inputs), tf.constant(problem.labels)
        self.weights = tf.Variable(problem.weights)
        attack, count = problem.attack, len(problem.labels)

        def losses(inputs: tf.Tensor) -> tf.Tensor:
            response = tf.einsum("npd,fd->npf", inputs, self.weights)
            value = tf.where(response > 1, response - 2 / 3, tf.nn.relu(response) ** 3 / 3)
            by_class = tf.reshape(tf.reduce_sum(value, axis=1), (count, problem.classes, -1))
            scores = tf.reduce_sum(by_class, axis=2)
            return tf.nn.sparse_softmax_cross_entropy_with_logits(self.labels, scores)

        def perturb(inputs: tf.Tensor) -> tf.Tensor:
            shift = tf.zeros_like(inputs)
            for _ in range(attack.steps):
                with tf.GradientTape() as tape:
                    tape.watch(shift)
                    loss = tf.reduce_sum(losses(inputs + shift))
                gradient = tape.gradient(loss, shift)
                if attack.norm == "l2":
                    norm = tf.norm(gradient, axis=2, keepdims=True)
                    shift += attack.step_size * gradient / tf.maximum(norm, _TINY)
                    norm = tf.norm(shift, axis=2, keepdims=True)
                    shift *= tf.minimum(1.0, attack.radius / tf.maximum(norm, _TINY))
                else:
                    shift += attack.step_size * tf.sign(gradient)
                    shift = tf.clip_by_value(shift, -attack.radius, attack.radius)
            return inputs + shift

        @tf.function
        def update(inputs: tf.Tensor) -> tf.Tensor:
            if attack is not None:
                inputs = perturb(inputs)
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(losses(inputs))
            if problem.updates:
                self.weights.assign_sub(problem.learning_rate * tape.gradient(loss, self.weights))
            return loss

        self.update = update

    def reset(self) -> None:
        """Sets the weights to the initial ones."""
        self.weights.assign(self.problem.weights)

    def step(self) -> tf.Tensor:
        """Does one step."""
        return self.update(self.inputs)

    def wait(self) -> None:
        """Fetches the weights."""
        self.weights.numpy()


serve(
    versions={"tensorflow": tf.__version__, "numpy": np.__version__},
    contenders={"tensorflow": _Tiled, "tensorflow-ordinary": _Ordinary},
)
