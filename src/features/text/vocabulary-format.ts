/** Bytes looked at to recognise a format. */
const HEAD_BYTES = 4_096;

const EXPECTED = "expected BERT's vocab.txt, one wordpiece a line";

/**
 * Names the format of a file that is not a wordpiece vocabulary, with the way to get one; undefined if the file may be a
 * vocabulary.
 */
export function foreignFormatOf(file: Uint8Array): string | undefined {
  const head = Buffer.from(file.subarray(0, HEAD_BYTES));
  if (head[0] === 0x1f && head[1] === 0x8b) return `compressed with gzip, ${EXPECTED}: unpack the file`;
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))
    return `not UTF-8 but UTF-16, ${EXPECTED}: save the file as UTF-8`;
  const text = head.toString('utf8').replace(/^\uFEFF/, '');
  if (text.startsWith('version https://git-lfs'))
    return `a Git LFS pointer, ${EXPECTED}: run \`git lfs pull\``;
  if (/^\s*<(!doctype|html)/i.test(text)) return `an HTML page, ${EXPECTED}: download the raw file`;
  if (/^\s*\{/.test(text))
    return `JSON (a tokenizer.json or vocab.json?), ${EXPECTED}: write one with \`tokenizer.save_vocabulary(folder)\` of transformers' BertTokenizer`;
  if (isSentencePiece(head, text))
    return `a SentencePiece model or vocabulary, ${EXPECTED}: SentencePiece tokenisers are not supported, train on wordpieces`;
  return undefined;
}

/** A binary model is a protobuf message whose first field is a piece; its text form has a score after a tab. */
function isSentencePiece(head: Buffer, text: string): boolean {
  const isModel = head[0] === 0x0a && head[2] === 0x0a && head.includes(0x15);
  return isModel || /^(<unk>|<pad>|<s>|\u2581\S*)\t-?\d/m.test(text);
}
