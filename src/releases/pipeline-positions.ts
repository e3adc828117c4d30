import { type Document, isNode, LineCounter, parseDocument } from 'yaml';

/** The YAML of a pipeline file, with the line number of each field. */
export class PipelineText {
  private readonly lines = new LineCounter();
  private readonly document: Document;

  /** @throws YAMLParseError for text that is not valid YAML */
  constructor(text: string) {
    this.document = parseDocument(text, { lineCounter: this.lines });
    const [error] = this.document.errors;
    if (error !== undefined) throw error;
  }

  /** The content as plain values. */
  toValue(): unknown {
    return this.document.toJS();
  }

  /**
   * Line of a field, from 1. If the field is missing, the line of its nearest parent that exists.
   * @param field path in the notation of error messages, for instance `models.xgb1.inputs.input__0.features[3]`
   */
  lineOf(field: string): number | undefined {
    const path = field.split(/[.[\]]+/).filter((part) => part !== '');
    for (let depth = path.length; depth > 0; depth -= 1) {
      const keys = path.slice(0, depth).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
      const node = this.document.getIn(keys, true);
      if (isNode(node) && node.range) return this.lines.linePos(node.range[0]).line;
    }
    return undefined;
  }
}
