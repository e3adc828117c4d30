import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';
import { freePort } from '../../../src/offline/bench/free-port.js';
import type { NodeSettings } from '../../../src/offline/bench/kafka/kafka-server.js';
import { createAuthority } from '../network/certificates.js';

const LOGIN = 'org.apache.kafka.common.security';
const ITERATIONS = 4_096;
/** Mechanisms by their numbers in Kafka's protocol. */
const SCRAM = [
  { mechanism: 1, hash: 'sha256', bytes: 32 },
  { mechanism: 2, hash: 'sha512', bytes: 64 },
] as const;
/** Users of PLAIN and their passwords. `mallory` may do nothing. */
const PLAIN_USERS = { alice: 'secret-of-alice', mallory: 'secret-of-mallory' };

/** Listeners of one broker, each with another security, and PEM files in a folder. */
export class SecureListeners {
  private constructor(
    private readonly folder: string,
    private readonly ports: Readonly<Record<'TLS' | 'MTLS' | 'SASL' | 'SASLTLS', number>>,
  ) {}

  /**
   * Chooses ports, and writes PEM files: ca, client and client-key of the broker's authority; other-ca, other and other-key of another
   * authority; no-pem is a text.
   */
  static async create(folder: string): Promise<SecureListeners> {
    const [authority, other] = [await createAuthority('kafka'), await createAuthority('other')];
    const broker = await authority.sign('broker', { ip: ['127.0.0.1'] });
    const [client, stranger] = [await authority.sign('client'), await other.sign('stranger')];
    const files = {
      ca: authority.certificate,
      broker: Buffer.concat([broker.key, Buffer.from('\n'), broker.certificate]),
      client: client.certificate,
      'client-key': client.key,
      'other-ca': other.certificate,
      other: stranger.certificate,
      'other-key': stranger.key,
      'no-pem': 'no PEM',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.pem`), text);
    const ports = {
      TLS: await freePort(),
      MTLS: await freePort(),
      SASL: await freePort(),
      SASLTLS: await freePort(),
    };
    return new SecureListeners(folder, ports);
  }

  /** host:port of a listener. */
  addressOf(listener: 'TLS' | 'MTLS' | 'SASL' | 'SASLTLS', host = '127.0.0.1'): string {
    return `${host}:${this.ports[listener]}`;
  }

  /** Path of a PEM file. */
  pem(name: string): string {
    return join(this.folder, `${name}.pem`);
  }

  /** Settings of the node. @param listeners for plain text and the controller */
  settingsOf(listeners: string): NodeSettings {
    const saslSettings = ['sasl', 'sasltls'].flatMap((name) => [
      [`listener.name.${name}.sasl.enabled.mechanisms`, 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512'],
      [
        `listener.name.${name}.plain.sasl.jaas.config`,
        `${LOGIN}.plain.PlainLoginModule required ${Object.entries(PLAIN_USERS)
          .map(([user, password]) => `user_${user}="${password}"`)
          .join(' ')};`,
      ],
      ...['scram-sha-256', 'scram-sha-512'].map((mechanism) => [
        `listener.name.${name}.${mechanism}.sasl.jaas.config`,
        `${LOGIN}.scram.ScramLoginModule required;`,
      ]),
    ]);
    return {
      listeners: [
        listeners,
        ...Object.entries(this.ports).map(([name, port]) => `${name}://127.0.0.1:${port}`),
      ].join(','),
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,MTLS:SSL,SASL:SASL_PLAINTEXT,SASLTLS:SASL_SSL',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': this.pem('broker'),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': this.pem('ca'),
      'listener.name.mtls.ssl.client.auth': 'required',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS;User:alice;User:bob;User:CN=client',
      ...Object.fromEntries(saslSettings),
    };
  }
}

/** Makes a user for both mechanisms of SCRAM. @param address of the listener for plain text */
export async function createScramUser(address: string, name: string, password: string): Promise<void> {
  const [host = '', port] = address.split(':');
  const connection = new Connection('administration');
  await connection.connect(host, Number(port));
  for (const { mechanism, hash, bytes } of SCRAM) {
    const salt = randomBytes(16);
    const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, bytes, hash);
    const credentials = { name, mechanism, iterations: ITERATIONS, salt, saltedPassword };
    await alterUserScramCredentialsV0.api.async(connection, [], [credentials]);
  }
  await connection.close();
}
