// Imports point one way: native ← data, model ← attacks ← features ← training ← analysis ← sweeps ← experiments ← report ← cli.
const layers = [
  'native',
  'data|model',
  'attacks',
  'features',
  'training',
  'analysis',
  'sweeps',
  'experiments',
  'report',
  'cli',
]

const oneWay = layers.slice(0, -1).map((layer, index) => ({
  name: `${layer.replace('|', '-')}-imports-no-later-layer`,
  comment: `src/${layer} may import earlier layers only`,
  severity: 'error',
  from: { path: `^src/(${layer})/` },
  to: { path: `^src/(${layers.slice(index + 1).join('|')})/` },
}))

module.exports = {
  forbidden: [
    ...oneWay,
    {
      name: 'native-imports-nothing-of-ours',
      comment: 'src/native stands at the bottom',
      severity: 'error',
      from: { path: '^src/native/' },
      to: { path: '^src/', pathNot: '^src/native/' },
    },
    {
      name: 'reference-stands-alone',
      comment: 'The oracle shares no code with what it checks, only the types of the contract',
      severity: 'error',
      from: { path: '^src/reference/' },
      to: { path: '^src/', pathNot: '^src/(reference|native)/' },
    },
    {
      name: 'reference-imports-only-types-from-native',
      severity: 'error',
      from: { path: '^src/reference/' },
      to: { path: '^src/native/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-users-import-the-index',
      comment: 'src/index.ts re-exports; importing it from inside makes a cycle of the whole library',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-undeclared-package',
      comment: 'What ships may only import what package.json lists under dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      severity: 'warn',
      from: { orphan: true, path: '^src/', pathNot: '^src/((index|cli/main|.*\\.d)\\.ts$|report/browser/)' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
    },
  },
}
