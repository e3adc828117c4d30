const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file: a part of its path is a file',
  EISDIR: 'a folder, expected a file',
  EACCES: 'no permission',
};

/** Reason why a file cannot be read, for instance `cannot be read (no such file)`. @param error of node:fs */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const reason = code === undefined ? undefined : (PROBLEMS[code] ?? code);
  return reason === undefined ? 'cannot be read' : `cannot be read (${reason})`;
}
