"""Checks in Python what `robust-features evaluate` reports, with a network and the worst images it found:

    robust-features export weights.safetensors --out network.onnx
    robust-features evaluate weights.safetensors --data mnist --radius 0.1 --save-examples worst.npz
    python3 check_in_python.py network.onnx worst.npz

Needs `pip install numpy onnxruntime`. Fails where an accuracy differs by more than an image in a thousand, for a score
may be rounded differently, or where an image lies outside of the ball.
"""

import json
import sys

import numpy as np
import onnxruntime

network, examples_file = sys.argv[1:]
session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
with np.load(examples_file) as file:
    reported = json.loads(file["metadata.json"])
    clean = file["images"].astype(np.float32) / 255
    examples, labels = file["examples"], file["labels"]


def accuracy(images):
    """Share of images whose own class has the largest score; images are N x height x width x channels in [0, 1]."""
    batches = np.array_split(images, max(1, len(images) // 256))
    scores = [session.run(["scores"], {"images": batch.transpose(0, 3, 1, 2)})[0] for batch in batches]
    return np.mean(np.concatenate(scores).argmax(axis=1) == labels)


def norm(perturbations):
    flat = perturbations.reshape(len(perturbations), -1).astype(np.float64)
    return np.linalg.norm(flat, ord=np.inf if reported["norm"] == "linf" else 2, axis=1).max()


agree = True
for name, key, images in [
    ("clean", "cleanAccuracy", clean),
    ("robust", "robustAccuracy", examples),
]:
    here, there = accuracy(images), float(reported[key])
    print(f"{name} accuracy: {here:.4f} here, {there:.4f} reported")
    agree &= abs(here - there) * len(labels) <= max(1, len(labels) / 1000)

radius = float(reported["radius"])
largest = norm(examples - clean)
print(f"largest perturbation: {largest:.6f} in {reported['norm']}, radius {radius:.6f}")
inside = largest <= radius * (1 + 1e-5) + 1e-6 and examples.min() >= 0 and examples.max() <= 1
sys.exit(0 if agree and inside else 1)
