/** CRC-32 (IEEE 802.3), the checksum of zip files: finds what a disk or a pen has changed. */
const TABLE = new Int32Array(256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  TABLE[n] = c;
}

/** The checksum of `bytes` from `from` on, as an unsigned number of 32 bits. */
export function crc32(bytes: Uint8Array, from = 0): number {
  let c = -1;
  for (let i = from; i < bytes.length; i++) c = TABLE[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return (c ^ -1) >>> 0;
}
