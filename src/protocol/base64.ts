/** Standard base64 with padding, as Mesos writes bytes in JSON and reads them: blanks are skipped, padding ends it. */

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SIX_BITS: ReadonlyMap<string, number> = new Map([...CHARACTERS].map((character, i) => [character, i]));

export function toBase64(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const bits = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += CHARACTERS[bits >>> 18]! + CHARACTERS[(bits >>> 12) & 63]!;
    out += left > 1 ? CHARACTERS[(bits >>> 6) & 63]! : '=';
    out += left > 2 ? CHARACTERS[bits & 63]! : '=';
  }
  return out;
}

/** The bytes of a text, or the first character that does not belong there. */
export function fromBase64(text: string): { readonly bytes: Uint8Array } | { readonly invalid: string } {
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === '=') break;
    const value = SIX_BITS.get(character);
    if (value === undefined) {
      if (/\s/.test(character)) continue;
      return { invalid: character };
    }
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out[length++] = (bits >>> count) & 0xff;
  }
  return { bytes: out.slice(0, length) };
}
