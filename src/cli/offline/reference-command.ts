import { join } from 'node:path';
import type { Command } from 'commander';
import { cliPage } from '../../offline/reference/cli-page.js';
import { featureCataloguePage } from '../../offline/reference/feature-catalogue-page.js';
import { configPage } from '../../offline/reference/config-page.js';
import { errorsPage } from '../../offline/reference/errors-page.js';
import { featuresPage } from '../../offline/reference/features-page.js';
import { modelRulesPage } from '../../offline/reference/model-rules-page.js';
import { pipelinePage } from '../../offline/reference/pipeline-page.js';
import { makeFolder } from '../../files/output-folder.js';
import { writeWholeFile } from '../../files/whole-file.js';

/** Adds `reference`: writes the reference pages. */
export function registerReferenceCommand(program: Command): void {
  program
    .command('reference')
    .summary('write the reference pages of this version')
    .description(
      'Writes features.md, feature-catalogue.json, errors.md, config.md, model-rules.md, pipeline.md, cli.md and openapi.json, generated from the code of this version.',
    )
    .requiredOption('--out <folder>', 'folder for the pages; created if it is missing')
    .addHelpText('after', '\nExample:\n  pairstream reference --out docs/reference')
    .action(async ({ out }: { out: string }) => {
      makeFolder(out);
      writeWholeFile(join(out, 'features.md'), featuresPage());
      writeWholeFile(join(out, 'feature-catalogue.json'), featureCataloguePage());
      writeWholeFile(join(out, 'errors.md'), errorsPage());
      writeWholeFile(join(out, 'config.md'), configPage());
      writeWholeFile(join(out, 'model-rules.md'), modelRulesPage());
      writeWholeFile(join(out, 'pipeline.md'), pipelinePage());
      writeWholeFile(join(out, 'cli.md'), cliPage(program));
      const { previewOpenApiDocument } = await import('../../gateway/openapi-preview.js');
      const document = await previewOpenApiDocument();
      writeWholeFile(join(out, 'openapi.json'), `${JSON.stringify(document, null, 2)}\n`);
    });
}
