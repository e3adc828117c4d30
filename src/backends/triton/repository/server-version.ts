import { PairstreamError } from '../../../errors/pairstream-error.js';

/** A version of NVIDIA Triton. */
export interface ServerVersion {
  /** Minor version of the server core: 51 of 2.51.0. */
  readonly minor: number;
  /** For people: `2.51 (24.10)`, core version and container release. */
  readonly label: string;
}

const MONTHS = 12;
/** A release whose core version is known; there is one a month, except for the one that was left out. */
const KNOWN = { month: 24 * MONTHS + 10, minor: 51 };
const LEFT_OUT_MONTH = 25 * MONTHS + 7;

/** The newest release these rules were written for. */
export const NEWEST_SERVER: ServerVersion = serverVersion(73);

/** Since this one FIL's keys have their new names: 2.61 (25.09). */
export const RENAMED_KEYS_MINOR = 61;

/**
 * Reads a container release (`24.10`) or a core version (`2.51`, `2.51.0`; a server's metadata has it).
 * @throws PairstreamError INVALID_CONFIG for anything else
 */
export function parseServerVersion(text: string): ServerVersion {
  const core = /^2\.(\d{1,3})(\.\d+)?$/.exec(text)?.[1];
  if (core !== undefined) return serverVersion(Number(core));
  const [, year, month] = /^(2\d)\.(0[1-9]|1[0-2])(\.\d+)?$/.exec(text) ?? [];
  if (year !== undefined && month !== undefined) {
    const release = Number(year) * MONTHS + Number(month);
    if (release !== LEFT_OUT_MONTH) return serverVersion(minorOf(release));
  }
  throw new PairstreamError(
    'INVALID_CONFIG',
    `server version "${text}", expected a container release like 24.10 or a core version like 2.51`,
    { field: 'server version' },
  );
}

function serverVersion(minor: number): ServerVersion {
  const sinceKnown = KNOWN.month + minor - KNOWN.minor;
  const month = sinceKnown < LEFT_OUT_MONTH ? sinceKnown : sinceKnown + 1;
  const release = `${Math.floor((month - 1) / MONTHS)}.${String(((month - 1) % MONTHS) + 1).padStart(2, '0')}`;
  return { minor, label: `2.${minor} (${release})` };
}

function minorOf(month: number): number {
  const sinceKnown = KNOWN.minor + month - KNOWN.month;
  return month < LEFT_OUT_MONTH ? sinceKnown : sinceKnown - 1;
}
