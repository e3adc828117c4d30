import protobuf from 'protobufjs/light.js';

/** Fields of a message to encode: fields that are left out have the default of the protocol. */
export type MessageFields<M> = { readonly [K in keyof M]?: FieldValue<M[K]> | undefined };

type FieldValue<V> = V extends Uint8Array
  ? V
  : V extends readonly (infer E)[]
    ? readonly FieldValue<E>[]
    : V extends object
      ? MessageFields<V>
      : V;

/** A message holds a number for which its enum has no name. */
export class EnumValueError extends RangeError {
  override readonly name = 'EnumValueError';

  /**
   * @param field path of the field in the message, for instance `config.input[0].dataType`
   * @param value number that the message holds
   * @param enumName full name of the enum
   */
  constructor(
    readonly field: string,
    readonly value: number,
    readonly enumName: string,
  ) {
    super(`${field}: ${value}, expected a value of ${enumName}`);
  }
}

/**
 * Encodes and decodes the messages of a descriptor by reflection.
 * @typeParam Messages interfaces by full name, generated from the same .proto files as the descriptor
 * @typeParam ExactMessages the same interfaces with 64-bit integers as decimal text
 */
export class MessageTypes<Messages, ExactMessages = Messages> {
  private loadedRoot: protobuf.Root | undefined;

  /** @param descriptor in the JSON format of protobufjs; loaded at the first use */
  constructor(private readonly descriptor: protobuf.INamespace) {}

  /** The reflected types. */
  get root(): protobuf.Root {
    if (this.loadedRoot === undefined) {
      this.loadedRoot = protobuf.Root.fromJSON(this.descriptor);
      this.loadedRoot.resolveAll();
    }
    return this.loadedRoot;
  }

  /** @throws TypeError for a value that does not fit its field */
  encode<N extends keyof Messages & string>(name: N, fields: MessageFields<Messages[N]>): Uint8Array {
    const type = this.root.lookupType(name);
    return type.encode(type.fromObject(fields)).finish();
  }

  /**
   * Decodes a message: fields that are not set have their defaults, enums their names. 64-bit integers past 2^53 lose their low
   * bits.
   * @throws Error for bytes that are not a message
   * @throws EnumValueError
   */
  decode<N extends keyof Messages & string>(name: N, bytes: Uint8Array): Messages[N] {
    const object = this.toObject(name, bytes, Number);
    checkEnums<Messages, N>(this.root, name, object);
    return object;
  }

  /** Decodes a message as `decode` does, with 64-bit integers as decimal text. */
  decodeExact<N extends keyof ExactMessages & string>(name: N, bytes: Uint8Array): ExactMessages[N] {
    const object = this.toObject(name, bytes, String);
    checkEnums<ExactMessages, N>(this.root, name, object);
    return object;
  }

  private toObject(
    name: string,
    bytes: Uint8Array,
    longs: NumberConstructor | StringConstructor,
  ): Record<string, unknown> {
    const type = this.root.lookupType(name);
    return type.toObject(type.decode(bytes), {
      longs,
      enums: String,
      defaults: true,
      arrays: true,
      objects: true,
    });
  }
}

/**
 * Checks that every enum of a decoded message is a name: protobufjs leaves numbers that it does not know. The decoder has checked
 * all else that the generated interface says.
 */
function checkEnums<Messages, N extends keyof Messages & string>(
  root: protobuf.Root,
  name: N,
  object: object,
): asserts object is Messages[N] & object {
  checkFields(root.lookupType(name), object, '');
}

function checkFields(type: protobuf.Type, object: object, path: string): void {
  for (const { name, resolvedType, map } of type.fieldsArray) {
    const value: unknown = Reflect.get(object, name);
    if (resolvedType === null || value === undefined) continue;
    const at = `${path}${name}`;
    if (Array.isArray(value)) value.forEach((item, i) => checkValue(resolvedType, item, `${at}[${i}]`));
    else if (map && typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) checkValue(resolvedType, item, `${at}["${key}"]`);
    else checkValue(resolvedType, value, at);
  }
}

function checkValue(type: protobuf.Type | protobuf.Enum, value: unknown, at: string): void {
  if (type instanceof protobuf.Enum) {
    if (typeof value === 'number') throw new EnumValueError(at, value, type.fullName.slice(1));
  } else if (typeof value === 'object' && value !== null) checkFields(type, value, `${at}.`);
}
