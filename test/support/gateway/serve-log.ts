/** A line of the log of `pairstream serve`. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The lines of a log, oldest first. @throws SyntaxError for a line that is not JSON */
export function logLines(log: string): LogLine[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}

/** The lines of a log that is still written to, without a last one that is not complete. */
export function completeLines(log: string): LogLine[] {
  return logLines(log.slice(0, log.lastIndexOf('\n') + 1));
}

/** host:port of the gRPC services once the log says that the gateway serves. */
export function servingAddress(log: string): string | undefined {
  return servingLine(log)?.['grpc'] as string | undefined;
}

/** host:port of the admin application once the log says that the gateway serves. */
export function adminAddress(log: string): string | undefined {
  return (servingLine(log)?.['admin'] as string | undefined)?.replace(/^https?:\/\//, '');
}

function servingLine(log: string): LogLine | undefined {
  return completeLines(log).find(({ msg }) => msg === 'serving');
}
