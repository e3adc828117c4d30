import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PartialFile } from '../../files/partial-file.js';
import type { LoadReport } from '../../loadtest/result/load-report.js';
import { wrong } from './loadtest-options.js';

/** Module of the charts, which the installed package leaves out. */
const CHARTS = new URL('../../offline/charts/load-page.js', import.meta.url);

/** Files that a load test writes. They are opened before the load, so that a wrong path fails at once. */
export class ResultFiles {
  private constructor(
    private readonly json: PartialFile | undefined,
    private readonly html: PartialFile | undefined,
  ) {}

  /**
   * Opens the files of the options.
   * @param json path; true or undefined: no file
   * @throws PairstreamError OUTPUT_FAILED; INVALID_CONFIG for a page without the charts
   */
  static async open(json: string | true | undefined, html: string | undefined): Promise<ResultFiles> {
    if (html !== undefined && !existsSync(fileURLToPath(CHARTS)))
      throw wrong(
        '--html',
        `--html ${html}: the installed package has no charts, expected ./pairstream in a clone of the repository, or --json`,
      );
    const files = new ResultFiles(
      typeof json === 'string' ? await PartialFile.open(json) : undefined,
      undefined,
    );
    try {
      return html === undefined ? files : new ResultFiles(files.json, await PartialFile.open(html));
    } catch (error) {
      await files.discard();
      throw error;
    }
  }

  /** Writes the report into the files. @throws PairstreamError OUTPUT_FAILED */
  async write(report: LoadReport): Promise<void> {
    await this.json?.write(`${JSON.stringify(report, null, 2)}\n`);
    await this.json?.commit();
    if (this.html === undefined) return;
    const { drawLoadPage } = await import('../../offline/charts/load-page.js');
    await this.html.write(drawLoadPage(report));
    await this.html.commit();
  }

  /** Removes the files that are not complete. */
  async discard(): Promise<void> {
    await this.json?.discard().catch(() => undefined);
    await this.html?.discard().catch(() => undefined);
  }
}
