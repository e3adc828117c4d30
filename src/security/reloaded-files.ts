import { unwatchFile, watchFile } from 'node:fs';
import { PairstreamError } from '../errors/pairstream-error.js';

/** Time between two checks of a file, milliseconds. The check follows symbolic links, as Kubernetes replaces mounted secrets. */
const CHECK_MS = 1_000;
/** Time from a change to the reading, so that files that are replaced one after the other are read together, milliseconds. */
const SETTLE_MS = 1_500;

/** Told of each time that changed files are read. */
export interface ReloadObserver<T> {
  reloaded(value: T): void;
  /** The former value stays in use. */
  failed(error: PairstreamError): void;
}

/** A value that is read from files, and read anew when one of them changes. A value that cannot be read leaves the former in use. */
export class ReloadedFiles<T> {
  private value: T;
  private timer: NodeJS.Timeout | undefined;
  private readonly listeners = new Set<(value: T) => void>();
  private readonly onChange = (): void => {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reload(), SETTLE_MS);
    this.timer.unref();
  };

  /** @throws the error of `read` */
  constructor(
    private readonly paths: readonly string[],
    private readonly read: () => T,
    private readonly observer: ReloadObserver<T>,
  ) {
    this.value = read();
    for (const path of paths) watchFile(path, { interval: CHECK_MS, persistent: false }, this.onChange);
  }

  /** The value that was read last without an error. */
  get current(): T {
    return this.value;
  }

  /** Calls a listener with each new value. @returns function that ends it */
  subscribe(listener: (value: T) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Stops watching the files. */
  close(): void {
    clearTimeout(this.timer);
    for (const path of this.paths) unwatchFile(path, this.onChange);
  }

  private reload(): void {
    try {
      this.value = this.read();
    } catch (error) {
      this.observer.failed(PairstreamError.from(error));
      return;
    }
    for (const listener of this.listeners) listener(this.value);
    this.observer.reloaded(this.value);
  }
}
