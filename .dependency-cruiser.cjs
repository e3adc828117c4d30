// Rules for the imports of src/ and packages/. .layers.cjs lists the rooms.
const MAY_IMPORT = require('./.layers.cjs');
/** Matches a folder of src/, or one file of that name. */
const inRoom = (room) => `^src/${room}(/|\\.ts$)`;
/** Folders that the installed package leaves out. */
const REPOSITORY_ONLY = ['offline', 'cli/offline'];
const layers = Object.entries(MAY_IMPORT).map(([from, to]) => ({
  name: `layer:${from}`,
  comment: `src/${from} may import only: ${to.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: inRoom(from) },
  to: { path: '^src/', pathNot: [from, ...to].map(inRoom) },
}));
const onlyFrom = (pkg, folders) => ({
  name: `only:${pkg}`,
  severity: 'error',
  from: { path: '^src/', pathNot: [...folders.map(inRoom), '\\.spec\\.ts$'] },
  to: { path: `node_modules/${pkg}/` },
});
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^(src|packages)/', pathNot: '(cli/main|\\.d)\\.ts$' },
      to: {},
    },
    {
      name: 'src-not-to-test',
      severity: 'error',
      comment: 'a spec that needs test/support lies in test/, by capability',
      from: { path: '^(src|packages)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'not-to-unlisted',
      severity: 'error',
      comment: 'every imported package is listed in package.json',
      from: { path: '^(src|packages)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], pathNot: ['node_modules/@types'] },
    },
    {
      name: 'shipped-code-not-to-dev-packages',
      severity: 'error',
      comment: 'the installed package has no devDependencies; it leaves out src/offline and src/cli/offline',
      from: { path: '^(src|packages)/', pathNot: ['\\.spec\\.ts$', ...REPOSITORY_ONLY.map(inRoom)] },
      to: { dependencyTypes: ['npm-dev'], pathNot: ['node_modules/@types'] },
    },
    {
      name: 'shipped-code-not-to-offline',
      severity: 'error',
      comment: 'the one way from shipped code is the import of a module that may be missing',
      from: { path: '^src/', pathNot: ['\\.spec\\.ts$', ...REPOSITORY_ONLY.map(inRoom)] },
      to: { path: REPOSITORY_ONLY.map(inRoom), dependencyTypesNot: ['dynamic-import'] },
    },
    ...layers,
    {
      name: 'unlisted-folder',
      severity: 'error',
      comment: 'every folder of src/ has a row in MAY_IMPORT',
      from: { path: '^src/[^/]+/', pathNot: Object.keys(MAY_IMPORT).map(inRoom) },
      to: {},
    },
    {
      name: 'packages-stand-alone',
      severity: 'error',
      comment: 'a package imports its own files and the packages that its package.json lists',
      from: { path: '^packages/' },
      to: { path: '^(src|test|scripts)/' },
    },
    onlyFrom('@grpc/grpc-js', ['gateway/grpc']),
    onlyFrom('onnxruntime-node', ['backends/onnx']),
    onlyFrom('apache-arrow', ['files']),
    onlyFrom('lmdb', ['feedback/log', 'offline/bench/event-log']),
    onlyFrom('@platformatic/kafka', ['feedback/log/kafka', 'offline/bench/kafka']),
    onlyFrom('prom-client', ['telemetry']),
    onlyFrom('@observablehq/plot', ['offline/charts']),
    {
      name: 'pure-layers-no-nest-no-io',
      severity: 'error',
      from: {
        path: '^src/(errors|concurrency|files|statistics|features|ensemble|scoring/batching)/|^src/(backends/backend|pairs/murmur3)\\.ts$',
        pathNot: '(\\.spec\\.ts|-(file|folder)\\.ts)$',
      },
      to: { path: '(node_modules/@nestjs/|^(node:)?(fs|net|http|http2|child_process)$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
