import type { Figure } from '../../analysis/figure.js'
import type { StagedTask, StageTask } from '../depth/image-stages.js'
import type { Judged } from '../depth/stage-probes.js'
import type { StageSeed } from '../depth/stage-records.js'
import { IMAGE_TRAININGS } from '../image-task.js'
import { seedFigure } from './seed-figure.js'

/** What the probes of each stage see, and how strong and dense the features of the data set are. */
export function stageFigures(task: StagedTask, measured: readonly StageSeed[]): Figure[] {
  const { dataset, probe } = task
  return [
    probeFigure(task, measured, {
      id: `${dataset}-probes`,
      caption:
        'x_R and x_NR have the features of an adversarially trained network alone, and those of one of standard training.',
      judged: { robust: 'x_R', nonRobust: 'x_NR' },
    }),
    probeFigure(task, measured, {
      id: `${dataset}-probes-attacked`,
      caption: `Attacked: by PGD of ${probe.attackSteps} steps on the network itself.`,
      judged: { clean: 'clean', attacked: 'attacked' },
    }),
    extentFigure(task, measured),
  ]
}

function probeFigure(
  { dataset, stages }: StagedTask,
  measured: readonly StageSeed[],
  { id, caption, judged }: { id: string; caption: string; judged: Partial<Record<Judged, string>> },
): Figure {
  return seedFigure(
    {
      id,
      title: `Linear probes after each stage, ${dataset}`,
      caption,
      kind: 'bars',
      x: { field: 'stage', title: 'stage' },
      y: { field: 'accuracy', title: 'accuracy of the probe', domain: [0, 1] },
      color: { field: 'series', title: 'test images and network' },
    },
    Object.entries(judged).flatMap(([kind, name]) =>
      IMAGE_TRAININGS.flatMap((training) =>
        stages.map((place, stage) => ({
          x: `${stage + 1} ${place.name}`,
          series: `${name}, ${training}`,
          values: measured.flatMap(({ accuracies }) => accuracies[training][stage]?.[kind as Judged] ?? []),
        })),
      ),
    ),
  )
}

function extentFigure({ dataset }: StageTask, measured: readonly StageSeed[]): Figure {
  return {
    id: `${dataset}-features`,
    title: `How strong and how dense features are, ${dataset}`,
    caption: 'One point a seed. Strength is the size of a number that carries a feature, in [0, 1].',
    kind: 'points',
    x: { field: 'numbers', title: 'numbers of an image that carry a feature', scale: 'log' },
    y: { field: 'strength', title: 'strength' },
    color: { field: 'features', title: 'features' },
    rows: measured.flatMap(({ extent: { robust, nonRobust } }) => [
      ...(robust === undefined ? [] : [{ features: 'robust', ...robust }]),
      ...(nonRobust === undefined ? [] : [{ features: 'non-robust', ...nonRobust }]),
    ]),
  }
}
