import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import {
  activation,
  convolution,
  createImageDataset,
  dense,
  evaluateRobustness,
  ImageData,
  imageAttackSuite,
  LayeredNetwork,
  loadImages,
  PatchNetwork,
  readNpz,
  readSafetensors,
  relu,
  saveImageDataset,
  standard,
  subset,
  train,
  wilsonInterval,
  writeNpz,
} from '../../src/index.js'
import { folderForCommands, linesOf, run, sentenceOf } from '../helpers/command-line.js'
import { describeLayered } from '../helpers/layered-cases.js'
import { projectRoot } from '../helpers/run-node.js'

const folder = folderForCommands()
const model = join(folder, 'weights.safetensors')
const input = { height: 28, width: 28, channels: 1 }
const few = ['--steps', '3', '--restarts', '1', '--images', '40']

const evaluate = (...args: string[]) => run(['evaluate', model, '--data', 'mnist', ...args])
const jsonOf = async (...args: string[]) => JSON.parse(linesOf(await evaluate(...args, '--json')).join('\n'))

async function firstImages(split: 'train' | 'test', count: number): Promise<ImageData> {
  return ImageData.fromImages(subset(await loadImages('mnist', { split }), { count }))
}

describeLayered('evaluate', () => {
  let network: LayeredNetwork

  beforeAll(async () => {
    const layers = [
      convolution({ channels: 4, window: 5, stride: 3 }),
      activation(relu()),
      dense({ units: 10 }),
    ]
    const fresh = LayeredNetwork.initialize({ input, layers, seed: 1 })
    const options = { objective: standard(), learningRate: 0.1, epochs: 2, batchSize: 50 }
    network = (await train(fresh, await firstImages('train', 1000), options).finished).network
    await network.save(model)
  })

  it('prints what the library measures, with intervals', async () => {
    const found = await jsonOf('--radius', '0.1', ...few, '--seed', '4')
    const { cleanAccuracy, robustAccuracy, outcomes, threat, flags } = await evaluateRobustness(
      network,
      await firstImages('test', 40),
      {
        attacks: imageAttackSuite({ norm: 'linf', radius: 0.1, steps: 3, restarts: 1 }),
        stopWhenFooled: true,
        seed: 4,
      },
    )
    const share = (value: number) => ({ value, ci95: wilsonInterval(Math.round(40 * value), 40), n: 40 })
    expect(found).toEqual({
      model,
      data: { set: 'mnist', split: 'test', official: true },
      threat,
      cleanAccuracy: share(cleanAccuracy),
      robustAccuracy: share(robustAccuracy),
      attacks: outcomes.map(({ name, accuracy }) => ({ name, standing: accuracy })),
      flags,
    })
    expect(cleanAccuracy).toBeGreaterThan(robustAccuracy)
  })

  it('prints lines to read', async () => {
    const lines = linesOf(await evaluate('--radius', '0.1', ...few))
    expect(lines[0]).toBe(`${model} on 40 test images of mnist`)
    expect(lines[1]).toMatch(/^clean accuracy {3}0\.\d{4} \(95 % interval 0\.\d{4} … [01]\.\d{4}\)$/)
    expect(lines[2]).toMatch(/^after pgd-3-linf-0\.1-input: 0\.\d{4}$/)
    expect(lines[3]).toMatch(/^after pgd-3-linf-0\.1-input-margin: 0\.\d{4}$/)
    expect(lines[4]).toMatch(/^robust accuracy {2}0\.\d{4} \(.*\) at linf 0\.1$/)
  })

  it('takes fractions, the other norm and another part', async () => {
    const args = ['--radius', '51/255', '--norm', 'l2', '--split', 'train', ...few]
    expect(await jsonOf(...args)).toMatchObject({
      threat: { norm: 'l2', radius: 0.2 },
      data: { split: 'train' },
    })
  })

  it('says that a radius in levels of 255 is too large', async () => {
    const lines = linesOf(await evaluate('--radius', '8', ...few))
    expect(lines.filter((line) => line.startsWith('flag radius-too-large: '))).toEqual([
      'flag radius-too-large: Radius 8 (linf) turns any input into any other, for inputs lie in [0, 1]. A radius of ' +
        '8 levels of 255 is 8/255 = 0.0314. See docs/flags/radius-too-large.md.',
    ])
  })

  it('writes the worst images, which fool the network as often', async () => {
    const file = join(folder, 'worst.safetensors')
    const { robustAccuracy, cleanAccuracy } = await jsonOf('--radius', '0.1', ...few, '--save-examples', file)
    const { tensors, metadata } = await readSafetensors(file)
    const [examples, images, labels, robust] = ['examples', 'images', 'labels', 'robust'].map((name) =>
      tensors.get(name),
    )
    expect(examples?.shape).toEqual([40, 28, 28, 1])
    expect(metadata).toEqual({
      norm: 'linf',
      radius: '0.1',
      cleanAccuracy: String(cleanAccuracy.value),
      robustAccuracy: String(robustAccuracy.value),
    })
    const data = await firstImages('test', 40)
    expect(images?.data).toEqual(data.images())
    expect(labels?.data).toEqual(data.labels())
    const inputs = data.inputs()
    const perturbation = inputs.map((input, index) => Number(examples?.data[index]) - input)
    expect(Math.max(...perturbation.map(Math.abs))).toBeCloseTo(0.1, 6)
    const { accuracy, margin } = await network.evaluate(data, { perturbation })
    expect(accuracy).toBe(robustAccuracy.value)
    expect(Array.from(robust!.data, Number)).toEqual(Array.from(margin, (value) => (value > 0 ? 1 : 0)))
  })

  it('takes images of a file, and refuses to write examples to another kind', async () => {
    const file = join(folder, 'first.npz')
    await saveImageDataset(subset(await loadImages('mnist', { split: 'test' }), { count: 12 }), file)
    const args = ['evaluate', model, '--data', file, '--radius', '0.1', '--steps', '1']
    const lines = linesOf(await run(args))
    expect(lines[0]).toBe(`${model} on 12 images of mnist`)
    for (const [more, sentence] of [
      [
        ['--split', 'test'],
        `Expected \`--split\` to be left out for ${file}, which is read whole, got 'test'.`,
      ],
      [
        ['--no-verify'],
        `Expected \`--no-verify\` to be left out for ${file}, which is nowhere official, got true.`,
      ],
      [['--data-dir', folder], `Expected \`--data-dir\` to be left out for ${file}, which is a path itself`],
      [['--images', '13'], 'Expected `--images` to be at most 12, the number of images there are, got 13.'],
    ] as const)
      expect(sentenceOf(await run([...args, ...more]), 2)).toContain(sentence)
    expect(sentenceOf(await run([...args, '--save-examples', 'worst.csv']), 2)).toBe(
      "Expected `--save-examples` to be a file that ends in .npz or .safetensors, got 'worst.csv'. [INVALID_ARGUMENT]",
    )
  })

  it('calls arrays of a file by their names, not as options, and says what there is instead', async () => {
    const file = join(folder, 'other.npz')
    await writeNpz(file, { tensors: new Map([['x_test', { shape: [1, 2], data: new Float32Array(2) }]]) })
    expect(sentenceOf(await run(['evaluate', model, '--data', file, '--radius', '0.1']), 1)).toBe(
      `Expected ${file} to hold \`images\` of N × height × width × channels bytes, got 'x_test' (Float32 of shape [1, 2]). [INVALID_FILE]`,
    )
  })

  it('prints the name that a file gives its images on the same line', async () => {
    const file = join(folder, 'named.npz')
    const images = subset(await loadImages('mnist', { split: 'test' }), { count: 3 })
    await saveImageDataset({ ...images, name: '\u001b[2Jnone\nclean accuracy   1' }, file)
    const lines = linesOf(await run(['evaluate', model, '--data', file, '--radius', '0.1', '--steps', '1']))
    expect(lines[0]).toBe(`${model} on 3 images of \\u001b[2Jnone\\nclean accuracy   1`)
  })

  it('tries before the attack whether the examples can be written', async () => {
    const file = join(folder, 'missing', 'worst.npz')
    // No figures are printed.
    expect(sentenceOf(await evaluate('--radius', '0.1', ...few, '--save-examples', file), 1)).toBe(
      `Expected ${file} to be writable, got ENOENT: no such file or directory. [WRITE_FAILED]`,
    )
  })

  it('writes what a program in Python finds too', async ({ skip }) => {
    const probe = spawnSync('python3', ['-c', 'import numpy, onnxruntime'])
    skip(probe.status !== 0, 'python3 with the modules numpy and onnxruntime is not installed')
    const [onnx, worst] = ['network.onnx', 'worst.npz'].map((name) => join(folder, name))
    linesOf(await run(['export', model, '--out', onnx!]))
    linesOf(await evaluate('--radius', '0.1', '--steps', '3', '--images', '200', '--save-examples', worst!))
    const script = join(projectRoot, 'examples', 'check_in_python.py')
    const { stdout, stderr, status } = spawnSync('python3', [script, onnx!, worst!], { encoding: 'utf8' })
    expect({ status, stderr: stderr.replace(/^.*cpuid_info.*\n/gm, '') }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^clean accuracy: 0\.\d{4} here, 0\.\d{4} reported$/m)
    expect(stdout).toMatch(/^robust accuracy: 0\.\d{4} here, 0\.\d{4} reported$/m)
    const other = join(folder, 'other.npz')
    const content = await readNpz(worst!)
    await writeNpz(other, { ...content, metadata: { ...content.metadata, robustAccuracy: '0.99' } })
    expect(spawnSync('python3', [script, onnx!, other]).status).toBe(1)
  })

  it('names what is wrong with the model, the data or an option', async () => {
    const patches = join(folder, 'patches.safetensors')
    await PatchNetwork.initialize({ classes: 10, dimension: 16, filtersPerClass: 2, seed: 1 }).save(patches)
    const empty = join(folder, 'empty.npz')
    const [images, labels] = [new Uint8Array(), new Uint8Array()]
    await saveImageDataset(createImageDataset({ name: 'none', images, labels, ...input, classes: 10 }), empty)
    const cases: [string[], 1 | 2, RegExp][] = [
      [[model, '--data', empty], 1, /empty.npz to hold images, got none\. \[INVALID_FILE\]$/],
      [
        [patches, '--data', 'mnist'],
        1,
        /patches.safetensors to hold a layered network, got a patch network: .*, evaluateRobustness measures it and .*\. \[INVALID_FILE\]$/,
      ],
      [
        [join(folder, 'none'), '--data', 'mnist'],
        1,
        /^Expected a file at .*none, found none\. \[FILE_NOT_FOUND\]$/,
      ],
      [[model, '--data', 'cifar10', '--data-dir', folder], 1, /run `robust-features data fetch cifar10`/],
      [
        [model, '--data', 'imagenet'],
        2,
        /^Expected `--data` to be one of 'mnist', .*'svhn' or a file that ends in \.npz or \.safetensors, or a folder of constructed images, got 'imagenet'/,
      ],
      [[model, '--data', 'mnist', '--steps', '0'], 2, /^Expected `--steps` to be an integer from 1/],
    ]
    for (const [args, code, sentence] of cases)
      expect(sentenceOf(await run(['evaluate', ...args, '--radius', '0.1']), code)).toMatch(sentence)
    for (const radius of ['-1', '1/0', '8/', 'eight'])
      expect(sentenceOf(await evaluate('--radius', radius), 2)).toMatch(
        /^Expected `--radius` to be a non-negative number, got .* \[INVALID_ARGUMENT\]$/,
      )
    expect(sentenceOf(await run(['evaluate', model, '--data', 'mnist']), 2)).toMatch(/--radius/)
  })

  it('refuses images of another size than the network takes', async () => {
    const small = join(folder, 'small.safetensors')
    const layers = [dense({ units: 10 })]
    await LayeredNetwork.initialize({ input: { ...input, height: 14 }, layers }).save(small)
    expect(sentenceOf(await run(['evaluate', small, '--data', 'mnist', '--radius', '0.1']), 2)).toBe(
      'Expected `--data` to be 14 × 28 × 1 images of at most 10 classes, got 28 × 28 × 1 of 10 classes. [INVALID_ARGUMENT]',
    )
  })
})
