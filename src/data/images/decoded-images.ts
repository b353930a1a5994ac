/** What a data set's files hold: images channels last and row-major, labels from 0. */
export interface DecodedImages {
  readonly images: Uint8Array
  readonly labels: Uint8Array
  readonly height: number
  readonly width: number
  readonly channels: number
}
