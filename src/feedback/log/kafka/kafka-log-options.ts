/** Mechanisms of SASL with a user name and a password. */
export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

/** Brokers, topic and credentials of a Kafka log. Structured data: it is copied to the state thread. */
export interface KafkaSettings {
  /** host:port of one or more brokers. The others of the cluster are found from them. */
  readonly brokers: readonly string[];
  /** Topic of the events. It must exist; its retention must be longer than the age of the oldest snapshot that is used. */
  readonly topic: string;
  /** TLS to the brokers; the three are PEM texts. Default: none. */
  readonly tls?: {
    /** Authorities that sign the certificates of the brokers. Default: those that Node trusts. */
    readonly ca?: string;
    /** Client certificate and its key, for brokers that require one. */
    readonly cert?: string;
    readonly key?: string;
  };
  /** Default: none. */
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string };
}

/** Settings and parts of a Kafka log. */
export interface KafkaLogOptions extends KafkaSettings {
  /** Bound of the bytes of events that are given to `append` and not durable yet. Default: 32 MiB. */
  readonly maxUnsyncedBytes?: number;
  /** Time of a request to a broker after which it has failed, in milliseconds. Default: 5000. */
  readonly requestTimeoutMs?: number;
  /** Released when the log is closed. */
  readonly owner?: Disposable;
  /** Writes one line to the log of the process. */
  readonly warn: (line: string) => void;
}
