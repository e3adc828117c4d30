import type { X509Certificate } from 'node:crypto';

const subjects = new WeakMap<X509Certificate, readonly string[]>();

/** Names of a certificate as a callers file writes them: URIs (SPIFFE ids) first, then DNS names, then the common name. */
export function subjectsOf(certificate: X509Certificate): readonly string[] {
  const known = subjects.get(certificate);
  if (known !== undefined) return known;
  const { subjectAltName = '', subject } = certificate;
  // A name with a comma or a quote is quoted by Node, and matches no entry.
  const altNames = subjectAltName.split(', ');
  const names = [
    ...altNames.filter((name) => name.startsWith('URI:')),
    ...altNames.filter((name) => name.startsWith('DNS:')),
    ...subject.split('\n').filter((line) => line.startsWith('CN=')),
  ];
  subjects.set(certificate, names);
  return names;
}
