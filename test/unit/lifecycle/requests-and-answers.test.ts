import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../functions/lifecycle/parse-request.ts';
import { renderAnswer, respond } from '../../../functions/lifecycle/respond.ts';
import { VirtualClock } from '../../../simulator/virtual-clock.ts';

const folder = new URL('../../fixtures/cloudformation/', import.meta.url);

function fixture(name: string): object {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}

const request = parseRequest(fixture('create.json'));

describe('a request', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.json')))('of %s is understood', (name) => {
    const parsed = parseRequest(fixture(name));

    expect(parsed.type.toLowerCase()).toBe(name.replace('.json', ''));
    expect(parsed).toMatchObject({
      requestId: 'e1bd8a5b-4a3f-4d43-a3a4-2b6ecb1ad7d4',
      logicalResourceId: 'Zones',
      clients: { cidrs: ['10.0.0.0/16'], securityGroups: [''] },
      oldAddresses: name === 'update.json' ? ['eipalloc-0123456789abcdef0'] : [],
      oldPrivateSubnets:
        name === 'update.json' ? ['subnet-0123456789abcdef1', 'subnet-0123456789abcdef2', '', ''] : [],
    });
  });

  it.each([
    [undefined, /undefined, which is not an object/],
    [[], /which is not an object/],
    [{ action: 'status' }, /RequestType undefined.*invoke the controller/],
    [{ ...fixture('create.json'), RequestType: 'Replace' }, /RequestType "Replace"/],
    [{ ...fixture('create.json'), StackId: '' }, /a request without StackId/],
    [{ ...fixture('create.json'), ResponseURL: 'nowhere' }, /a ResponseURL that is not a URL: "nowhere"/],
    [{ ...fixture('create.json'), ResponseURL: 'file:///etc/passwd' }, /a ResponseURL that is not a URL/],
  ])('that is none is refused: %j', (event, message) => {
    expect(() => parseRequest(event)).toThrow(message);
  });

  it('knows since when it is carried on, and takes nothing else for it', () => {
    const since = '2026-11-23T03:00:00.000Z';
    const carried = (raw: unknown) =>
      parseRequest({ ...fixture('create.json'), PhoenatCarriedOn: raw }).carriedOn;

    expect(carried({ since, invocations: 2 })).toEqual({ since, invocations: 2 });
    expect([carried({ since: 'yesterday', invocations: 2 }), carried('yes'), carried({ since })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('an answer', () => {
  it('bears the request’s ids, and keeps the resource’s own', () => {
    const kept = parseRequest({ ...fixture('update.json'), PhysicalResourceId: 'an-older-one' });

    expect(JSON.parse(renderAnswer(request, { status: 'SUCCESS', data: { A: '1' } }))).toEqual({
      Status: 'SUCCESS',
      PhysicalResourceId: 'phoenat-Zones',
      StackId: request.stackId,
      RequestId: request.requestId,
      LogicalResourceId: 'Zones',
      Data: { A: '1' },
    });
    expect(JSON.parse(renderAnswer(kept, { status: 'FAILED', reason: 'no' }))).toMatchObject({
      PhysicalResourceId: 'an-older-one',
      Reason: 'no',
    });
  });

  it.each(['zone a is down. ', 'zonë ä ïst down. '])(
    'fits into what CloudFormation takes, cut where it must: %s',
    (text) => {
      const body = renderAnswer(request, { status: 'FAILED', reason: text.repeat(1_000) });

      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4_096);
      expect(Buffer.byteLength(body)).toBeGreaterThan(3_700);
      expect(JSON.parse(body).Reason).toMatch(/^zon.*the full text is in the lifecycle function's log\)$/);
    },
  );

  it('that nobody takes is an error in the end, which has Lambda repeat the request', async () => {
    const clock = new VirtualClock();
    const startedAt = clock.now();
    const tries: string[] = [];
    const put = (url: string) => {
      tries.push(url);
      return tries.length === 2 ? Promise.resolve(403) : Promise.reject(new Error('ECONNRESET'));
    };

    await expect(
      clock.complete(respond(request, { status: 'FAILED', reason: 'no' }, { put, clock })),
    ).rejects.toThrow('CloudFormation could not be told about Zones: ECONNRESET');
    expect(new Set(tries)).toEqual(new Set([request.responseUrl]));
    expect([tries.length, clock.now() - startedAt]).toEqual([5, 15_000]);
  });
});
