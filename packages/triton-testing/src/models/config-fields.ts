import protobuf from 'protobufjs/light.js';

/**
 * Holds fields that were given by hand against a message of the protocol: what is misspelt would otherwise be left out without
 * a word.
 * @param path of the fields, for errors
 * @throws RangeError that names the first field that the message does not have, or the value that an enum does not have
 */
export function checkFields(type: protobuf.Type, given: object, path: string): void {
  for (const [key, value] of Object.entries(given)) {
    const at = `${path}.${key}`;
    const field = type.fields[key];
    if (field === undefined) throw new RangeError(`${at}: no field of ${type.fullName.slice(1)}`);
    checkValue(field.resolve(), value, at);
  }
}

function checkValue(field: protobuf.Field, value: unknown, at: string): void {
  const { resolvedType } = field;
  if (resolvedType === null || value === undefined || value === null) return;
  if (Array.isArray(value)) value.forEach((item, i) => checkOne(resolvedType, item, `${at}[${i}]`));
  else if (field.map)
    for (const [key, item] of Object.entries(value)) checkOne(resolvedType, item, `${at}["${key}"]`);
  else checkOne(resolvedType, value, at);
}

function checkOne(type: protobuf.ReflectionObject, value: unknown, at: string): void {
  if (type instanceof protobuf.Type) {
    if (typeof value === 'object' && value !== null) checkFields(type, value, at);
  } else if (type instanceof protobuf.Enum && typeof value === 'string' && !(value in type.values)) {
    const known = Object.keys(type.values).join(', ');
    throw new RangeError(`${at}: ${value}, expected one of ${known}`);
  }
}
