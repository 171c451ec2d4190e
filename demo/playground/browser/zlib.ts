import { Buffer } from 'buffer/';
import { gzip, ungzip } from 'pako';

/** `node:zlib`, as far as the controller and the simulator need it: pako is zlib in JavaScript. */
export function gzipSync(text: string, { level }: { readonly level: 9 }): Buffer {
  return Buffer.from(gzip(text, { level }));
}

export function gunzipSync(compressed: Uint8Array): Buffer {
  return Buffer.from(ungzip(compressed));
}
