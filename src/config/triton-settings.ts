import { z } from 'zod';
import { hostAndPort } from './listen-host.js';
import { parseServerAddresses, type ServerAddress } from './server-address.js';
import { choice, integer, optionalText, type Setting } from './setting-kinds.js';

const HEADERS = /^([a-z0-9_.-]+=[^,]*(,[a-z0-9_.-]+=[^,]*)*)?$/;

function headerOf(text: string): [string, string][] {
  const at = text.indexOf('=');
  return at < 0 ? [] : [[text.slice(0, at), text.slice(at + 1)]];
}

/** Settings of the Triton backend. They have no effect without PAIRSTREAM_BACKEND=triton. */
export const TRITON_SETTINGS = {
  tritonUrls: {
    variable: 'PAIRSTREAM_TRITON_URLS',
    schema: z.string().transform((value, context) => {
      const addresses = parseServerAddresses(value);
      if (addresses !== undefined) return addresses;
      context.addIssue('expected host:port or dns:///host:port, several separated by commas');
      return z.NEVER;
    }),
    defaultText: '127.0.0.1:8001',
    show: (addresses) =>
      addresses
        .map(({ host, port, isName }) => `${isName ? 'dns:///' : ''}${hostAndPort(host, port)}`)
        .join(','),
    meaning:
      'gRPC addresses of Triton servers, separated by commas: host:port for one server, dns:///host:port for every address of a name. Names are resolved every ten seconds',
  } satisfies Setting<readonly ServerAddress[]>,
  tritonSharedMemoryMb: integer(
    'PAIRSTREAM_TRITON_SHARED_MEMORY_MB',
    256,
    [0, 65_536],
    'Maximum shared memory (/dev/shm) for tensors to Triton servers on the same machine, in MiB. 0 sends all tensors by gRPC',
  ),
  tritonTls: choice('PAIRSTREAM_TRITON_TLS', ['off', 'on'], 'TLS for connections to Triton'),
  tritonTlsCa: optionalText(
    'PAIRSTREAM_TRITON_TLS_CA',
    "PEM file of the authorities that sign Triton's certificate. Empty: the authorities that Node trusts",
  ),
  tritonTlsCertificate: optionalText(
    'PAIRSTREAM_TRITON_TLS_CERTIFICATE',
    'PEM file of the client certificate, for servers that require one (mTLS)',
  ),
  tritonTlsKey: optionalText(
    'PAIRSTREAM_TRITON_TLS_KEY',
    'PEM file of the private key of the client certificate',
  ),
  tritonTlsServerName: optionalText(
    'PAIRSTREAM_TRITON_TLS_SERVER_NAME',
    "Name that Triton's certificate must have. Empty: the host of its URL, which for dns:/// is an IP address",
  ),
  tritonHeaders: {
    variable: 'PAIRSTREAM_TRITON_HEADERS',
    schema: z
      .string()
      .regex(HEADERS, 'expected name=value, several separated by commas')
      .transform((value) => new Map(value.split(',').flatMap(headerOf))),
    defaultText: '',
    // Values may be credentials.
    isSecret: true,
    show: (headers) => [...headers.keys()].map((name) => `${name}=***`).join(','),
    meaning:
      'Headers of every call to Triton, as name=value separated by commas, for instance for restricted protocols',
  } satisfies Setting<ReadonlyMap<string, string>>,
  tritonMaxFailures: integer(
    'PAIRSTREAM_TRITON_MAX_FAILURES',
    3,
    [1, 1_000],
    'Number of failed calls in a row that eject a model on a Triton server. The model gets calls again when it answers its golden rows correctly',
  ),
  tritonHedgePercent: integer(
    'PAIRSTREAM_TRITON_HEDGE_PERCENT',
    0,
    [0, 100],
    'Largest share of model calls that are hedged, in percent: a late call is sent to a second Triton server with fewer rows in flight, and the first answer is used. 0 turns hedging off',
  ),
  tritonHedgeDelayMs: integer(
    'PAIRSTREAM_TRITON_HEDGE_DELAY_MS',
    0,
    [0, 60_000],
    'Time after which an unanswered model call is hedged, in milliseconds. 0 means the 95th percentile of the last 256 calls of the model',
  ),
  tritonReload: choice(
    'PAIRSTREAM_TRITON_RELOAD',
    ['off', 'on'],
    'Reloads a model that fails its calls and its golden rows on a Triton server: unloads and loads it there through the model repository API, for every client of the server. Needs servers with --model-control-mode=explicit',
  ),
  tritonReloadTimeoutS: integer(
    'PAIRSTREAM_TRITON_RELOAD_TIMEOUT_S',
    120,
    [1, 3_600],
    'Time limit of one reload of a model on a Triton server, in seconds. A failed reload is repeated at growing intervals, at most one minute apart',
  ),
} as const;
