import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { expect, it } from 'vitest'
import { constructedImageGrid } from '../../src/experiments/figures/constructed-image-grid.js'
import { firstOfEachClass, imageGrid } from '../../src/experiments/image-grid.js'
import { writeImageGrids } from '../../src/experiments/write-image-grids.js'
import { subset } from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { describeLayered, randomImageData, randomImages } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const text = { id: 'random-images', title: 'Random images', caption: 'Rows: one of each class.' }

describeLayered('a grid of images', () => {
  const data = randomImageData(1, { count: 7 }).select([4, 2, 1, 5, 0, 3, 6])
  const inverted = randomImages(2, { count: 6 })

  it('has the first image of each class among the images of all its columns', () => {
    expect([...data.labels()]).toEqual([1, 2, 1, 2, 0, 0, 0])
    expect(firstOfEachClass(data)).toEqual([4, 0, 1])
    expect(firstOfEachClass(data, 4)).toEqual([0, 1])
    const short = subset(inverted, { count: 4 })
    const { columns } = imageGrid(text, [
      ['original', data],
      ['other', short],
    ])
    expect(columns.map(({ name, images }) => [name, images.count])).toEqual([
      ['original', 2],
      ['other', 2],
    ])
    expect(columns[0]!.images.images).toEqual(data.images(0, 2))
    expect(columns[1]!.images.images).toEqual(subset(inverted, { count: 2 }).images)
  })

  it('says of constructed images what they are, and of targeted ones where they went', () => {
    const grid = (kind: 'robust' | 'targeted-next') =>
      constructedImageGrid({
        dataset: 'mnist',
        split: 'test',
        seed: 4,
        originals: data,
        sets: [[kind, inverted]],
      })
    expect(grid('robust').columns.map(({ name }) => name)).toEqual(['original', 'robust'])
    expect(grid('robust').caption).toMatch(/first test image of each class.* seed 4, [^:]*\.$/)
    expect(grid('targeted-next').caption).toMatch(/moved to .* the next class \(targeted-next\)\.$/)
  })

  it('is written as a picture with its description, to the same bytes again, and not without grids', async () => {
    const directory = temporaryFolder()
    const grid = imageGrid(text, [
      ['original', data],
      ['other', inverted],
    ])
    const files = () =>
      ['images.json', join('images', 'random-images.png')].map((name) => readFileSync(join(directory, name)))
    await writeImageGrids(directory, [grid])
    const [description, picture] = files()
    expect(JSON.parse(description!.toString())).toEqual([{ ...text, columns: ['original', 'other'] }])
    // 7 × 9 images enlarged sevenfold, gaps of 2: two columns, three rows.
    expect(PNG.sync.read(picture!)).toMatchObject({ width: 2 * 65 + 2, height: 3 * 51 + 2 })
    await writeImageGrids(directory, [grid])
    expect(files()).toEqual([description, picture])
    expect(readdirSync(join(directory, 'images'))).toEqual(['random-images.png'])
    await writeImageGrids(directory, [])
    expect(existsSync(join(directory, 'images.json'))).toBe(false)
  })

  it('names a folder that cannot be written', async () => {
    const grid = imageGrid(text, [['original', data]])
    await failure('WRITE_FAILED', () => writeImageGrids('/dev/null/run', [grid]))
    const directory = temporaryFolder()
    // A folder in the place of the list cannot be removed like a file.
    mkdirSync(join(directory, 'images.json'))
    expect(await failure('WRITE_FAILED', () => writeImageGrids(directory, []))).toContain(
      `Expected ${join(directory, 'images.json')} to be writable`,
    )
  })
})
