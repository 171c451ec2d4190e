import type { IncomingMessage } from 'node:http';

/** `left`: the client has gone before its end. `no-room`: too many others are under way. */
export type Body =
  | { readonly kind: 'whole'; readonly text: string }
  | { readonly kind: 'too-long' | 'no-room' | 'left' };

/** More than any request of AWS's clients here: a function's event is at most 6 MB (Lambda quotas), and the controller's some bytes. */
export const maxBodyBytes = 1_000_000;
/** Of all the requests that are under way. */
const maxHeldBytes = 64 * maxBodyBytes;
/** So much of what is too long is read on, and forgotten: a client that is cut off in the midst may not read the answer. */
const maxForgottenBytes = 16 * maxBodyBytes;

/** Reads what clients send, and holds a bounded number of bytes of it. */
export class BodyReader {
  #heldBytes = 0;

  /** Gives its answer as soon as it is known: a body that is too long need not have an end. */
  read(request: IncomingMessage): Promise<Body> {
    const chunks: Buffer[] = [];
    let [bytes, held, isAnswered] = [0, 0, false];
    return new Promise((resolve) => {
      const end = (body: Body) => {
        isAnswered = true;
        this.#heldBytes -= held;
        held = 0;
        chunks.length = 0;
        resolve(body);
      };
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxForgottenBytes) request.destroy();
        else if (isAnswered) return;
        else if (bytes > maxBodyBytes) end({ kind: 'too-long' });
        else if (this.#heldBytes + chunk.length > maxHeldBytes) end({ kind: 'no-room' });
        else {
          chunks.push(chunk);
          held += chunk.length;
          this.#heldBytes += chunk.length;
        }
      });
      request.on('end', () => end({ kind: 'whole', text: Buffer.concat(chunks).toString() }));
      request.on('error', () => end({ kind: 'left' }));
      request.on('close', () => end({ kind: 'left' }));
    });
  }
}
