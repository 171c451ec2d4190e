import { internet, natMac, vpc } from '../network/addresses.ts';

/** A frame on the instance's cable; the emulator stamps it with the machine's own time, in microseconds. */
export type Frame = { readonly atUs: number; readonly data: Buffer };

/** What qemu's filter-dump has written so far: a frame that is not whole yet is left out. */
export function framesOf(file: Buffer): Frame[] {
  const frames: Frame[] = [];
  let at = 24;
  while (at + 16 <= file.length) {
    const length = file.readUInt32LE(at + 8);
    const end = at + 16 + length;
    if (end > file.length) break;
    const atUs = file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4);
    frames.push({ atUs, data: file.subarray(at + 16, end) });
    at = end;
  }
  return frames;
}

/** An IPv4 packet that the instance has sent. */
type Sent = {
  readonly protocol: number;
  readonly from: string;
  readonly to: string;
  readonly payload: Buffer;
};

function sentBy({ data }: Frame): Sent | undefined {
  if (data.length < 34 || data.readUInt16BE(12) !== 0x0800) return undefined;
  if (data.subarray(6, 12).toString('hex') !== natMac.replaceAll(':', '')) return undefined;
  const header = ((data[14] ?? 0) & 15) * 4;
  return {
    protocol: data[23] ?? 0,
    from: [...data.subarray(26, 30)].join('.'),
    to: [...data.subarray(30, 34)].join('.'),
    payload: data.subarray(14 + header),
  };
}

/** A burst of packets that a client sends to an address, each with the number of the burst as its identification. */
export type Burst = { readonly number: number; readonly to: string; readonly packets: number };

/**
 * What each packet of a burst took of the instance's own time, in microseconds: by those that left it after the first,
 * some of which have left with it. Before that it may have waited. Undefined where not all were there by then, or some
 * have been lost.
 */
export function eachTook(frames: readonly Frame[], { number, to, packets }: Burst): number | undefined {
  const own = frames.filter(
    ({ data }) =>
      data.length >= 34 &&
      data.readUInt16BE(12) === 0x0800 &&
      data.readUInt16BE(18) === number &&
      [...data.subarray(30, 34)].join('.') === to,
  );
  const came = own.filter(({ data }) => macAt(data, 0) === natMac).map(({ atUs }) => atUs);
  const left = own.filter(({ data }) => macAt(data, 6) === natMac).map(({ atUs }) => atUs);
  const [first = Number.NaN] = left;
  const later = left.filter((at) => at > first).length;
  const isWhole = came.length === packets && left.length === packets && Math.max(...came) <= first;
  return isWhole && later >= packets / 4 ? ((left.at(-1) ?? Number.NaN) - first) / later : undefined;
}

function macAt(data: Buffer, at: number): string {
  return (
    data
      .subarray(at, at + 6)
      .toString('hex')
      .match(/../g) ?? []
  ).join(':');
}

const [tcp, udp] = [6, 17];
/** The discard port: nobody answers. */
export const markPort = 9;

/** When the first packet of the meter's came out of the instance with the instance's own address. */
export function firstForwarded(frames: readonly Frame[]): number | undefined {
  return frames.find((frame) => {
    const sent = sentBy(frame);
    return sent?.protocol === tcp && sent.from === vpc.nat && sent.to === internet.meter;
  })?.atUs;
}

/**
 * When the instance's kernel started, by marks in which it has told its uptime. What it did between reading its clock and
 * sending makes a mark late, never early: the earliest start is the truest.
 */
export function kernelStart(frames: readonly Frame[]): number | undefined {
  const starts = frames.flatMap((frame) => {
    const sent = sentBy(frame);
    if (sent?.protocol !== udp || sent.to !== vpc.router || sent.payload.readUInt16BE(2) !== markPort)
      return [];
    const seconds = Number(/^uptime ([\d.]+)/.exec(sent.payload.subarray(8).toString('latin1'))?.[1]);
    return Number.isNaN(seconds) ? [] : [frame.atUs - seconds * 1e6];
  });
  return starts.length === 0 ? undefined : Math.min(...starts);
}

/** Told by the instance to whoever records its frames. */
export const tellUptime = `for mark in 1 2 3; do read -r up _ </proc/uptime; echo "uptime $up" >/dev/udp/${vpc.router}/${markPort}; done`;
