import { closestMatch } from 'leven';
import protobuf from 'protobufjs/light.js';
import textformat from 'protobufjs/ext/textformat.js';
import { PairstreamError } from '../../../../errors/pairstream-error.js';
import { EnumValueError } from '@pairstream/grpc-channel';
import { INFERENCE_MESSAGES, type ModelConfig } from '@pairstream/triton-client/messages';
import { DESCRIPTOR } from '../generated/descriptor.js';

/** Letters that a misspelt field may be away from a field of the message. */
const TYPO_DISTANCE = 3;
const UNKNOWN_FIELD = /^\.?([\w.]+): unknown field '(\w*)'/;
const LINE = / \(line (\d+)\)$/;

let textType: protobuf.Type | undefined;

/** The message whose fields have the names of the .proto file: Triton's parser refuses camelCase names. */
function configTextType(): protobuf.Type {
  textType ??= protobuf.Root.fromJSON(DESCRIPTOR).resolveAll().lookupType('inference.ModelConfig');
  return textType;
}

/**
 * Parses the text of a config.pbtxt. A field that is not set has the protocol's default.
 * @throws PairstreamError INVALID_MODEL for anything that is no model configuration; `field` says where: `line 3`
 */
export function parseModelConfig(text: string): ModelConfig {
  const error = parseError(text);
  if (error !== undefined) throw syntaxError(error, text);
  const textMessage = textformat.fromText(configTextType(), text);
  // The two types have the same wire format; only the second one has the names of `ModelConfig`.
  const message = configTextType().encode(textMessage).finish();
  try {
    return INFERENCE_MESSAGES.decode('inference.ModelConfig', message);
  } catch (error) {
    if (!(error instanceof EnumValueError)) throw error;
    const { field, value, enumName } = error;
    const expected = `expected the name of a value of ${enumName.replace(/^inference\./, '')}`;
    throw new PairstreamError('INVALID_MODEL', `${value}, ${expected}`, {
      field: snakeCase(field),
      cause: error,
    });
  }
}

function parseError(text: string): Error | undefined {
  try {
    textformat.fromText(configTextType(), text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Error of the parser, with the line and the nearest known field, without package names. */
function syntaxError(cause: Error, text: string): PairstreamError {
  const said = cause.message;
  const line = LINE.exec(said)?.[1] ?? lineOf(said, text);
  const problem = said.replace(LINE, '').replaceAll(/(^|\s)\.inference\./g, '$1');
  return new PairstreamError('INVALID_MODEL', `${problem}${suggestion(said)}`, {
    field: `line ${line}`,
    cause,
  });
}

/** The parser does not tell the line of a wrong value: it is the last one of the shortest beginning with the same error. */
function lineOf(said: string, text: string): number {
  const lines = text.split('\n');
  let [good, bad] = [0, lines.length];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (parseError(lines.slice(0, middle).join('\n'))?.message === said) bad = middle;
    else good = middle;
  }
  return bad;
}

function suggestion(said: string): string {
  const [, message = '', field = ''] = UNKNOWN_FIELD.exec(said) ?? [];
  if (message === '') return '';
  const type = configTextType().root.lookup(message);
  const names = type instanceof protobuf.Type ? type.fieldsArray.map(({ name }) => name) : [];
  const snakeName = snakeCase(field);
  if (names.includes(snakeName)) return `, expected '${snakeName}': Triton takes no camelCase names`;
  const meant = closestMatch(field, names, { maxDistance: TYPO_DISTANCE });
  return meant === undefined ? '' : `, expected perhaps '${meant}'`;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
