/** The parts of npm's own libraries used here; they ship no types. */
declare module '@npmcli/config' {
  class Config {
    constructor(options: {
      definitions: unknown
      flatten: unknown
      shorthands: unknown
      nerfDarts?: unknown
      npmPath: string
      argv: readonly string[]
    })
    load(): Promise<void>
    /** Options in the form that npm's libraries take: registry, credentials, proxy, certificates, retries. */
    readonly flat: Readonly<Record<string, unknown>>
  }
  export = Config
}

declare module '@npmcli/config/lib/definitions/index.js' {
  const definitions: {
    readonly definitions: { readonly registry: { readonly default: string } }
    readonly flatten: unknown
    readonly shorthands: unknown
    readonly nerfDarts: unknown
  }
  export = definitions
}

declare module 'npm-registry-fetch' {
  interface PackageStream {
    on(event: 'error', listener: (error: Error) => void): void
    pipe(destination: NodeJS.WritableStream): void
  }
  interface RegistryFetch {
    (url: string, options: Readonly<Record<string, unknown>>): Promise<{ readonly body: PackageStream }>
    json(url: string, options: Readonly<Record<string, unknown>>): Promise<unknown>
  }
  const registryFetch: RegistryFetch
  export = registryFetch
}
