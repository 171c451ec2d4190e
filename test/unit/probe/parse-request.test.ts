import { describe, expect, it } from 'vitest';
import { inUseOf, isHurried, parseRequest, wantsRequests } from '../../../functions/probe/parse-request.ts';
import { maxAskedInstances, maxInUse } from '../../../shared/aws/probe-request.ts';

const instanceId = 'i-0123456789abcdef0';

describe('a request', () => {
  it('names instances and their private addresses', () => {
    const instances = [
      { instanceId, privateIp: '10.0.0.5' },
      { instanceId: 'i-0123456789abcdef1', privateIp: '172.31.255.254' },
      { instanceId: 'i-0123456789abcdef2', privateIp: '192.168.1.1' },
      { instanceId: 'i-0123456789abcdef3', privateIp: '100.127.0.1' },
    ];

    expect(parseRequest({ instances })).toEqual(instances);
  });

  it('may want to know of instances alone', () => {
    expect([{}, { requests: true }, { requests: 0 }, { requests: false }].map(wantsRequests)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('may bring addresses in use, and ranges of them, and nothing else', () => {
    expect(inUseOf({ inUse: ['10.0.1.4', '100.64.0.0/28'] })).toEqual(['10.0.1.4', '100.64.0.0/28']);
    expect(inUseOf({ inUse: ['10.0.1.4', 7, null, 'x', '::1', '10.0.1.4 10.0.1.5', ' 10.0.1.6'] })).toEqual([
      '10.0.1.4',
    ]);
    expect([inUseOf({}), inUseOf(null), inUseOf({ inUse: '10.0.1.4' })]).toEqual([[], [], []]);
    const many = Array.from({ length: maxInUse + 1 }, () => '10.0.1.4');
    expect(inUseOf({ inUse: many })).toHaveLength(maxInUse);
  });

  it('may be in a hurry', () => {
    expect([{}, { hurry: false }, { hurry: 1 }, { hurry: true }].map(isHurried)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('may name none: then the targets are asked alone', () => {
    expect(parseRequest({ instances: [] })).toEqual([]);
  });

  it.each([
    '1.1.1.1',
    '127.0.0.1',
    '169.254.169.254',
    '169.254.170.2',
    '0.0.0.0',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '255.255.255.255',
    '10.0.0.256',
    '10.0.0',
    '10.0.0.5:22',
    '10.0.0.5/',
    '010.0.0.5',
    '0x0a000005',
    '167772165',
    ' 10.0.0.5',
    '10.0.0.5\n',
    'nat.internal',
    '::1',
    '::ffff:10.0.0.5',
    '',
    10,
    undefined,
  ])('for %j is refused', (privateIp) => {
    expect(() => parseRequest({ instances: [{ instanceId, privateIp }] })).toThrow(
      'instances[0] has no privateIp that may be asked; a probe takes',
    );
  });

  it.each([undefined, 'i-', 'eni-0123456789abcdef0', 7])('for the instance %j is refused', (id) => {
    expect(() => parseRequest({ instances: [{ instanceId: id, privateIp: '10.0.0.5' }] })).toThrow(
      'instances[0] has no instanceId',
    );
  });

  it.each([undefined, null, 'now', [], {}, { instances: {} }, { instances: 'all' }])(
    'that is %j is refused',
    (event) => {
      expect(() => parseRequest(event)).toThrow('no list of instances');
    },
  );

  it('for more instances than a zone has is refused', () => {
    const instances = Array.from({ length: maxAskedInstances + 1 }, () => ({
      instanceId,
      privateIp: '10.0.0.5',
    }));

    expect(() => parseRequest({ instances })).toThrow(`${maxAskedInstances + 1} instances`);
  });
});
