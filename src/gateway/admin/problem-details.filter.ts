import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Logger } from 'pino';
import { z } from 'zod';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { PROBLEM_MEDIA_TYPE, problemDetails, toAdminError } from './problem-details.js';

/** Members that a health check adds to the problem: the state of each indicator. */
const INDICATORS = z.record(z.string(), z.unknown());
const HEALTH_REPORT = z.object({ info: INDICATORS, error: INDICATORS, details: INDICATORS });

/** Answers every error of the admin application with problem details (RFC 9457). Logs errors of the code INTERNAL. */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const request: unknown = host.switchToHttp().getRequest();
    const response: unknown = host.switchToHttp().getResponse();
    const error = toAdminError(thrown);
    if (error.code === 'INTERNAL') this.logger.error({ err: error.cause ?? error }, error.message);
    const instance: string = httpAdapter.getRequestUrl(request);
    const problem = { ...healthReport(thrown), ...problemDetails(error, instance) };
    httpAdapter.setHeader(response, 'content-type', PROBLEM_MEDIA_TYPE);
    httpAdapter.reply(response, problem, problem.status);
  }
}

function healthReport(thrown: unknown): Partial<z.infer<typeof HEALTH_REPORT>> {
  if (!(thrown instanceof HttpException)) return {};
  const parsed = HEALTH_REPORT.safeParse(thrown.getResponse());
  return parsed.success ? parsed.data : {};
}
