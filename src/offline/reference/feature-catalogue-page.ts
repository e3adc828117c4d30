import { CATALOGUE } from '../../features/catalogue.js';
import { CATALOGUE_VERSION } from '../../features/catalogue-version.js';

/** docs/reference/feature-catalogue.json: the version of the catalogue, which the training compares feature files with. */
export function featureCataloguePage(): string {
  return `${JSON.stringify({ version: CATALOGUE_VERSION, feature_count: CATALOGUE.length }, null, 2)}\n`;
}
