import { describe, expect, it } from 'vitest';
import { eachTook, firstForwarded, framesOf, kernelStart, markPort } from '../../vm/emulated/pcap.ts';
import { internet, natMac, vpc } from '../../vm/network/addresses.ts';

const [tcp, udp] = [6, 17];
const other = '02:00:0a:00:00:01';

type Packet = { protocol: number; from: string; to: string; mac?: string; payload?: Buffer };

function packet({ protocol, from, to, mac = natMac, payload = Buffer.alloc(20) }: Packet): Buffer {
  const ethernet = Buffer.from(`020000000000${mac.replaceAll(':', '')}0800`, 'hex');
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header[9] = protocol;
  for (const [at, address] of [[12, from] as const, [16, to] as const]) {
    Buffer.from(address.split('.').map(Number)).copy(header, at);
  }
  return Buffer.concat([ethernet, header, payload]);
}

function datagram(text: string, port = markPort): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(port, 2);
  return Buffer.concat([header, Buffer.from(text)]);
}

function fileOf(...records: readonly (readonly [seconds: number, micros: number, data: Buffer])[]): Buffer {
  const heads = records.flatMap(([seconds, micros, data]) => {
    const head = Buffer.alloc(16);
    for (const [nth, value] of [seconds, micros, data.length, data.length].entries()) {
      head.writeUInt32LE(value, nth * 4);
    }
    return [head, data];
  });
  return Buffer.concat([Buffer.alloc(24), ...heads]);
}

const forwarded = packet({ protocol: tcp, from: vpc.nat, to: internet.meter });

describe('the frames of an emulated machine', () => {
  it('are read one by one; what is still being written is left out', () => {
    const file = fileOf([1_000, 5, Buffer.from('one')], [1_001, 250_000, Buffer.from('other')]);

    const frames = framesOf(file).map(({ atUs, data }) => [atUs, data.toString()]);
    expect(frames).toEqual([
      [1_000_000_005, 'one'],
      [1_001_250_000, 'other'],
    ]);
    expect(framesOf(file.subarray(0, file.length - 1))).toHaveLength(1);
    expect(framesOf(file.subarray(0, 30))).toEqual([]);
    expect(framesOf(Buffer.alloc(0))).toEqual([]);
  });

  it('tell when the first packet came out with the own address of the instance', () => {
    const early = [
      packet({ protocol: tcp, from: vpc.client, to: internet.meter, mac: other }),
      packet({ protocol: tcp, from: vpc.client, to: internet.meter }),
      packet({ protocol: tcp, from: vpc.nat, to: internet.packages }),
      packet({ protocol: udp, from: vpc.nat, to: internet.meter }),
      Buffer.from('0806', 'hex'),
    ].map((data, second) => [second, 0, data] as const);

    expect(firstForwarded(framesOf(fileOf(...early)))).toBeUndefined();
    expect(firstForwarded(framesOf(fileOf(...early, [9, 5, forwarded], [10, 0, forwarded])))).toBe(9_000_005);
  });

  it('tell what each packet of a burst took, after the first has left', () => {
    const numbered = (mac: string, number: number, to: string = internet.meter) => {
      const data = packet({ protocol: tcp, from: vpc.client, to, mac });
      data.writeUInt16BE(number, 18);
      return data;
    };
    const coming = (number = 7) => {
      const data = numbered(other, number);
      Buffer.from(natMac.replaceAll(':', ''), 'hex').copy(data);
      return data;
    };
    const leaving = numbered(natMac, 7);
    const at = (us: number, data: Buffer) => [1, us, data] as const;
    const came = [at(0, coming()), at(0, coming()), at(3, coming(8)), at(500, coming())];
    const left = [at(900, leaving), at(900, leaving), at(960, leaving)];
    const of = (records: readonly (readonly [number, number, Buffer])[]) =>
      eachTook(framesOf(fileOf(...records)), { number: 7, to: internet.meter, packets: 3 });

    expect(of([...came, ...left, at(990, Buffer.from('0806', 'hex'))])).toBe(60);
    expect(of([...came, ...left.slice(1), at(980, leaving)])).toBe(40);
    expect(of([...came.slice(1), ...left])).toBeUndefined();
    expect(of([...came, ...left.slice(1)])).toBeUndefined();
    expect(of([...came.slice(1), ...left, at(961, coming())])).toBeUndefined();
    expect(of([...came, ...left.slice(1), at(900, leaving)].toSorted(([, a], [, b]) => a - b))).toBe(60);
    expect(of([...came, ...left.map(([, , data]) => at(900, data))])).toBeUndefined();
    const elsewhere = left.map(([, us]) => at(us, numbered(natMac, 7, internet.web)));
    expect(of([...came, ...elsewhere])).toBeUndefined();
  });

  it('tell when its kernel started, by the mark that took the shortest way', () => {
    const mark = (text: string, port = markPort) =>
      packet({ protocol: udp, from: vpc.nat, to: vpc.router, payload: datagram(text, port) });
    const records = [
      [100, 500_000, mark('uptime 20.10\n')],
      [101, 0, mark('uptime 20.80\n')],
      [102, 0, mark('something else')],
      [103, 0, mark('uptime 90.00\n', 53)],
    ] as const;

    expect(kernelStart(framesOf(fileOf(...records)))).toBeCloseTo(80_200_000, -1);
    expect(kernelStart(framesOf(fileOf([1, 0, forwarded])))).toBeUndefined();
  });
});
