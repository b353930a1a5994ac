/** The part of jstat used here; the package ships no types. */
declare module 'jstat' {
  interface Distribution<Parameters extends number[]> {
    /** The value below which a share `p` of the distribution lies. */
    inv(p: number, ...parameters: Parameters): number
  }
  const jstat: {
    readonly studentt: Distribution<[degreesOfFreedom: number]>
    readonly normal: Distribution<[mean: number, standardDeviation: number]>
  }
  export = jstat
}
