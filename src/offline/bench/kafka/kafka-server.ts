import { Admin } from '@platformatic/kafka';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../free-port.js';

/** Text that Kafka writes when it serves. */
const STARTED = 'Kafka Server started';
/** Exit status of scripts/kafka-broker.sh on a machine without Java or Maven. */
const MISSING_STATUS = 3;
const RETRIES = 20;
const RETRY_DELAY_MS = 200;

/** A topic to create. */
export interface NewTopic {
  readonly name: string;
  readonly partitionCount: number;
  /** Settings of the topic, for instance retention.ms. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Node ids of the replicas of every partition, the preferred leader first. Default: one replica on any node. */
  readonly replicas?: readonly number[];
}

/** Settings of a node, by the names of Kafka. They replace those of scripts/kafka-broker.sh. */
export type NodeSettings = Readonly<Record<string, string>>;

/** One Kafka node on this machine, broker and controller, with its data in a temporary folder and ports of its own. */
export class KafkaServer implements AsyncDisposable {
  private readonly folder = mkdtempSync(join(tmpdir(), 'kafka-'));
  private child: ChildProcess | undefined;

  private constructor(
    private readonly root: string,
    private readonly port: number,
    private readonly controllerPort: number,
    added: NodeSettings,
  ) {
    const lines = Object.entries(added).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(this.folder, 'added.properties'), lines.join(''));
  }

  /**
   * Starts a broker without topics. The first start on a machine downloads Kafka.
   * @param root of the repository
   * @param settingsOf gives settings of the node; its argument is the setting `listeners` of a node without them
   * @returns undefined if this machine lacks Java or Maven
   */
  static async start(
    root: string,
    settingsOf: (listeners: string) => NodeSettings | Promise<NodeSettings> = () => ({}),
  ): Promise<KafkaServer | undefined> {
    const [port, controllerPort] = [await freePort(), await freePort()];
    const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`;
    const server = new KafkaServer(root, port, controllerPort, await settingsOf(listeners));
    return (await server.start()) ? server : undefined;
  }

  /** Starts another broker of this cluster. This node is the only controller. @param id of the new node, 2 or more */
  async addNode(id: number): Promise<KafkaServer> {
    const port = await freePort();
    const node = new KafkaServer(this.root, port, this.controllerPort, {
      'process.roles': 'broker',
      'node.id': String(id),
      listeners: `PLAINTEXT://127.0.0.1:${port}`,
    });
    await node.start();
    return node;
  }

  /** host:port, the same after a restart. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Process id of the running broker. */
  get processId(): number | undefined {
    return this.child?.pid;
  }

  /** Starts the broker on the data that it had, and waits until it serves. @returns false if this machine lacks Java or Maven */
  async start(): Promise<boolean> {
    const args = [this.folder, String(this.port), String(this.controllerPort)];
    const child = spawn(join(this.root, 'scripts/kafka-broker.sh'), args, {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    return await new Promise<boolean>((resolve, reject) => {
      let output = '';
      const onText = (text: string): void => {
        output += text;
        if (output.includes(STARTED)) resolve(true);
      };
      child.stdout.setEncoding('utf8').on('data', onText);
      child.stderr.setEncoding('utf8').on('data', onText);
      child.once('close', (status) => {
        if (status === MISSING_STATUS) resolve(false);
        else reject(new Error(`Kafka did not start:\n${output}`));
      });
    });
  }

  /** Ends the broker. @param signal SIGTERM: in order; SIGKILL: at once */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }

  /** Creates a topic, and waits until the broker knows it. */
  async createTopic({ name, partitionCount, settings = {}, replicas }: NewTopic): Promise<void> {
    const configs = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
    const assignments = Array.from({ length: partitionCount }, (_, partition) => ({
      partition,
      brokers: [...(replicas ?? [])],
    }));
    const places = replicas === undefined ? { partitions: partitionCount, replicas: 1 } : { assignments };
    await this.administer(async (admin) => {
      await admin.createTopics({ topics: [name], ...places, configs });
      const isKnown = (): Promise<boolean> =>
        admin.metadata({ topics: [name], forceUpdate: true }).then(
          () => true,
          () => false,
        );
      while (!(await isKnown())) await setTimeout(RETRY_DELAY_MS);
    });
  }

  /** Runs a step with a client for administration. */
  async administer<T>(step: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Admin({
      clientId: 'administration',
      bootstrapBrokers: [this.address],
      retries: RETRIES,
      retryDelay: RETRY_DELAY_MS,
    });
    try {
      return await step(admin);
    } finally {
      await admin.close();
    }
  }

  /** Ends the broker and removes its data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
