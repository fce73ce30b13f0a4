/** Addresses as uWebSockets.js gives them, as people write them. */

const MAPPED = '00000000000000000000ffff';

/** An IPv4 or IPv6 address of 4 or 16 bytes; IPv4 in IPv6 becomes IPv4. */
export function addressText(address: ArrayBuffer): string {
  const bytes = Buffer.from(address);
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return 'unknown';
  const hex = bytes.toString('hex');
  if (hex.startsWith(MAPPED)) return bytes.subarray(12).join('.');
  return new URL(`ws://[${hex.match(/.{4}/g)!.join(':')}]`).hostname.slice(1, -1);
}
