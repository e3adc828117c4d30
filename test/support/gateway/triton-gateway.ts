import { parseServerAddresses } from '../../../src/config/server-address.js';
import { type Config, loadConfig } from '../../../src/config/config.js';
import { PairstreamClient, type PredictOutput, ServerError } from '@pairstream/client';
import { type Gateway, startGateway } from '../../../src/gateway/gateway.js';
import { TWO_MODELS } from '../pipelines/cut-pipeline.js';
import type { PartRowRequest } from '../requests/example-rows.js';

/** Two engines answer alike to so much. */
const TOLERANCE = 1e-5;

/** A gateway on Triton that need not serve yet. */
export interface TritonGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly client: PairstreamClient;
  readonly target: string;
  /** Status and body of an admin page. */
  readonly admin: (path: string) => Promise<{ status: number; text: string }>;
}

/**
 * Starts a gateway in this process that runs its models on Triton servers.
 * @param targets host:port or dns:///host:port
 * @param config `pipeline` is TWO_MODELS unless it is given
 */
export async function startTritonGateway(
  targets: readonly string[],
  config: Partial<Config> = {},
): Promise<TritonGateway> {
  const gateway = await startGateway({
    ...loadConfig({}),
    grpcPort: 0,
    adminPort: 0,
    logLevel: 'silent',
    pipeline: TWO_MODELS,
    backend: 'triton',
    tritonUrls: parseServerAddresses(targets.join(','))!,
    ...config,
  });
  // Whether it comes to serve is looked at by the test.
  gateway.served.catch(() => undefined);
  const target = `127.0.0.1:${gateway.grpcPort}`;
  const client = new PairstreamClient({ target });
  return {
    gateway,
    client,
    target,
    admin: async (path) => {
      const response = await fetch(`http://127.0.0.1:${gateway.adminPort}${path}`);
      return { status: response.status, text: await response.text() };
    },
    [Symbol.asyncDispose]: async () => {
      client.close();
      await gateway.close();
    },
  };
}

/** Why a gateway is not ready; undefined when it is. */
export async function readiness({ admin }: TritonGateway): Promise<string | undefined> {
  const { status, text } = await admin('/readyz');
  if (status === 200) return undefined;
  return (JSON.parse(text) as { error: { release: { reason: string } } }).error.release.reason;
}

/** Largest difference between two answers to one message. */
export function farthest(seen: PredictOutput, expected: PredictOutput): number {
  const columns = (['reply', 'retweet', 'quote', 'like'] as const).map((target) => [
    [...seen[target]],
    [...expected[target]],
  ]);
  return Math.max(...columns.flatMap(([own, other]) => own!.map((value, i) => Math.abs(value - other![i]!))));
}

/**
 * What is wrong with the answers to messages: each must have exactly one, which is right.
 * @param allowed reasons that messages may be refused with; none: all of them must be answered in full
 */
export function wrongAnswers(
  answers: LoadReport['answers'],
  expected: PredictOutput,
  allowed: readonly string[] = [],
): string[] {
  if (answers.length === 0) return ['no message was sent'];
  return answers.flatMap((list, message) => {
    const [output] = list;
    if (output === undefined || list.length > 1) return `message ${message}: ${list.length} answers`;
    if (output instanceof ServerError)
      return allowed.includes(output.reason ?? '') ? [] : `message ${message}: ${output.message}`;
    const failedCount = output.rowStatus.length;
    if (failedCount > 0) return `message ${message}: ${failedCount} pairs failed`;
    const distance = farthest(output, expected);
    return distance < TOLERANCE ? [] : `message ${message}: ${distance} away`;
  });
}

/** What became of messages that were sent over and over. */
export interface LoadReport {
  /** Answers to each message, in the order the messages were sent. */
  readonly answers: readonly (PredictOutput | ServerError)[][];
}

/** Keeps messages on their way to a gateway over one stream until it is stopped. */
export class MessageLoad {
  private readonly stopping = new AbortController();
  private readonly answers: (PredictOutput | ServerError)[][] = [];
  private readonly done: Promise<void>;

  /** @param inFlight messages that are unanswered at a time */
  constructor(
    private readonly client: PairstreamClient,
    private readonly request: PartRowRequest,
    private readonly inFlight: number,
  ) {
    this.done = this.run();
  }

  /** Messages that were answered so far. */
  get answeredCount(): number {
    return this.answers.filter((list) => list.length > 0).length;
  }

  /** Waits for so many more answers. */
  async more(count: number): Promise<void> {
    const enough = this.answeredCount + count;
    while (this.answeredCount < enough) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Sends no more, and waits for what is on its way. */
  async stop(): Promise<LoadReport> {
    this.stopping.abort();
    await this.done;
    return { answers: this.answers };
  }

  private async run(): Promise<void> {
    const { answers, request, stopping } = this;
    const messages = function* (): Generator<PartRowRequest> {
      while (!stopping.signal.aborted) {
        answers.push([]);
        yield request;
      }
    };
    for await (const { index, output } of this.client.predictStream(messages(), {
      maxInFlight: this.inFlight,
    }))
      answers[index]!.push(output);
  }
}
