import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Scope } from '../../../src/security/caller.js';
import { createToken } from '../../../src/security/token.js';

interface WrittenToken {
  readonly token: string;
  readonly entry: {
    readonly id: string;
    readonly name: string;
    readonly sha256: string;
    readonly scopes: readonly Scope[];
    readonly expires?: string;
  };
}

/** A callers file. */
export class CallersFolder implements Disposable {
  private readonly folder = mkdtempSync(join(tmpdir(), 'pairstream-callers-'));
  readonly path = join(this.folder, 'callers.yaml');
  private readonly tokens: WrittenToken[] = [];
  private readonly certificates: object[] = [];

  /** Adds a token. @returns the token */
  add(name: string, scopes: readonly Scope[], expires?: string): string {
    const { id, token, sha256 } = createToken();
    this.tokens.push({
      token,
      entry: { id, name, sha256, scopes, ...(expires === undefined ? {} : { expires }) },
    });
    this.write();
    return token;
  }

  addCertificate(subject: string, name: string, scopes: readonly Scope[]): void {
    this.certificates.push({ subject, name, scopes });
    this.write();
  }

  revoke(token: string): void {
    const at = this.tokens.findIndex((each) => each.token === token);
    this.tokens.splice(at, 1);
    this.write();
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  private write(): void {
    writeFileSync(
      this.path,
      stringify({ tokens: this.tokens.map(({ entry }) => entry), certificates: this.certificates }),
    );
  }
}
