// The import graph of src/, lowest layer first. A folder may import only the folders listed for it.
/** @type {Record<string, string[]>} */
const MAY_IMPORT = {
  errors: [],
  gen: [],
  wire: ['gen', 'errors'],
  hashing: [],
  tensor: ['errors'],
  pairs: ['hashing', 'tensor', 'errors'],
  text: ['hashing', 'tensor', 'errors'],
  lookups: ['hashing', 'tensor', 'errors'],
  features: ['pairs', 'text', 'lookups', 'hashing', 'tensor', 'errors'],
  inference: ['tensor', 'errors'],
  ensemble: ['inference', 'tensor', 'errors'],
  batching: ['inference', 'tensor', 'errors'],
  evaluation: ['pairs', 'errors'],
  config: ['errors'],
  telemetry: ['errors'],
  'backends/onnx': ['inference', 'tensor', 'errors', 'config'],
  'backends/null': ['inference', 'errors'],
  releases: ['inference', 'ensemble', 'features', 'lookups', 'text', 'tensor', 'errors', 'config'],
  replay: ['pairs', 'features', 'lookups', 'text', 'tensor', 'errors'],
  dataplane: [
    'releases', 'features', 'ensemble', 'batching', 'inference', 'pairs', 'lookups', 'text', 'tensor', 'telemetry', 'config', 'errors',
  ],
  world: ['pairs', 'text', 'evaluation', 'errors'],
  client: ['wire', 'pairs', 'gen', 'errors'],
  'ingress/grpc': ['dataplane', 'wire', 'pairs', 'releases', 'telemetry', 'config', 'gen', 'errors'],
  admin: ['dataplane', 'releases', 'telemetry', 'config', 'errors'],
  gateway: ['admin', 'ingress/grpc', 'dataplane', 'releases', 'backends/onnx', 'inference', 'telemetry', 'config', 'errors'],
  cli: [
    'gateway', 'client', 'world', 'replay', 'evaluation', 'dataplane', 'releases', 'backends/onnx', 'ensemble', 'batching', 'inference',
    'features', 'pairs', 'lookups', 'text', 'tensor', 'telemetry', 'config', 'gen', 'errors',
  ],
};
const esc = (s) => s.replace(/\//g, '\\/');
const layers = Object.entries(MAY_IMPORT).map(([from, to]) => ({
  name: `layer:${from}`,
  comment: `src/${from} may import only: ${to.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${esc(from)}/` },
  to: { path: '^src/', pathNot: [from, ...to].map((f) => `^src/${esc(f)}/`) },
}));
const onlyFrom = (pkg, folders) => ({
  name: `only:${pkg}`,
  severity: 'error',
  from: { path: '^src/', pathNot: [...folders.map((f) => `^src/${esc(f)}/`), '\\.spec\\.ts$'] },
  to: { path: `node_modules/${pkg}/` },
});
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: 'cli/main\\.ts$' }, to: {} },
    { name: 'src-not-to-test', severity: 'error', from: { path: '^src/', pathNot: '\\.spec\\.ts$' }, to: { path: '^(test|bench)/' } },
    {
      name: 'not-to-unlisted',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: ['node_modules/@types'] },
    },
    ...layers,
    {
      name: 'unlisted-folder',
      severity: 'error',
      comment: 'every folder of src/ has a row in MAY_IMPORT',
      from: { path: '^src/[^/]+/', pathNot: Object.keys(MAY_IMPORT).map((f) => `^src/${esc(f)}/`) },
      to: {},
    },
    onlyFrom('@grpc/grpc-js', ['ingress/grpc', 'client']),
    onlyFrom('onnxruntime-node', ['backends/onnx']),
    onlyFrom('apache-arrow', ['tensor']),
    onlyFrom('prom-client', ['telemetry']),
    {
      name: 'pure-layers-no-nest-no-io',
      severity: 'error',
      from: { path: '^src/(errors|hashing|tensor|text|lookups|inference|features|ensemble|batching)/', pathNot: '(\\.spec\\.ts|-file\\.ts)$' },
      to: { path: '(node_modules/@nestjs/|^(node:)?(fs|net|http|http2|child_process)$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'require', 'node', 'default', 'types'], exportsFields: ['exports'] },
  },
};
