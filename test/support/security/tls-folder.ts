import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../../src/config/config.js';
import {
  type Authority,
  type Certificate,
  type CertificateNames,
  createAuthority,
} from '../network/certificates.js';

const LOOPBACK = { dns: ['localhost'], ip: ['127.0.0.1'] };

/** A folder with the certificate of a gateway, its key, and the authorities. */
export class TlsFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'pairstream-tls-'));

  private constructor(
    readonly serverAuthority: Authority,
    readonly clientAuthority: Authority,
  ) {}

  static async create(): Promise<TlsFolder> {
    const folder = new TlsFolder(
      await createAuthority('server authority'),
      await createAuthority('client authority'),
    );
    folder.write('ca.pem', folder.serverAuthority.certificate);
    folder.write('client-ca.pem', folder.clientAuthority.certificate);
    await folder.rotate();
    return folder;
  }

  /** Path of a file of the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Settings of a gateway with this certificate. */
  get settings(): Pick<Config, 'tlsCertificate' | 'tlsKey'> {
    return { tlsCertificate: this.file('server.pem'), tlsKey: this.file('server.key') };
  }

  /** The same as environment variables. */
  get environment(): Record<string, string> {
    return {
      PAIRSTREAM_TLS_CERTIFICATE: this.file('server.pem'),
      PAIRSTREAM_TLS_KEY: this.file('server.key'),
    };
  }

  /** TLS of a client without a certificate. */
  get clientTls(): { readonly rootCertificates: Buffer } {
    return { rootCertificates: this.serverAuthority.certificate };
  }

  /** Replaces certificate and key of the gateway. @returns the new ones */
  async rotate(names: CertificateNames = {}): Promise<Certificate> {
    const made = await this.serverAuthority.sign('localhost', { ...LOOPBACK, ...names });
    this.write('server.pem', made.certificate);
    this.write('server.key', made.key);
    return made;
  }

  /** Writes a file that nobody else can read, in one step. */
  write(name: string, content: Buffer | string): void {
    writeFileSync(`${this.file(name)}.new`, content, { mode: 0o600 });
    chmodSync(`${this.file(name)}.new`, 0o600);
    renameSync(`${this.file(name)}.new`, this.file(name));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
