import { PairstreamError } from '../../../errors/pairstream-error.js';

/**
 * Error for a whole model of XGBoost that is no forest of `Forest`: another booster or objective, categories, vector leaves, classes,
 * or too many features. Another engine may run the model. A damaged file is a plain PairstreamError INVALID_MODEL instead.
 */
export class UnsupportedForest extends PairstreamError {
  /** @param field path of the value in the file */
  constructor(message: string, field: string) {
    super('INVALID_MODEL', message, { field });
  }
}
