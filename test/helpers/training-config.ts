/** A training as `train` and sweeps take it, over in a moment. */
export const tinyTraining = {
  data: {
    kind: 'patchDistribution',
    classes: 2,
    dimension: 8,
    robustPatches: 1,
    nonRobustPatches: 4,
    robustStrength: 2,
    nonRobustStrength: 0.5,
    samples: 10,
    testSamples: 10,
  },
  network: { filtersPerClass: 2, initialScale: 0.1 },
  training: { learningRate: 0.1, iterations: 5 },
} as const
