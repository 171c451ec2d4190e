import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runPhoenat } from '../../../cli/program.ts';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read, readIfThere } from '../../../scripts/template-value.ts';
import { zoneLetters } from '../../../shared/config/zone-letters.ts';
import { tooSmallPerMinute } from '../../../shared/core/report/load.ts';
import { measure } from '../../../shared/core/report/metrics.ts';
import type { Report } from '../../../shared/core/report/report.ts';
import { VirtualClock } from '../../../simulator/virtual-clock.ts';
import { Deploying, type Deployment } from '../../template/deployment.ts';
import { zoneName } from '../core/a-snapshot.ts';

const root = new URL('../../../', import.meta.url);
const template = parseTemplate(readFileSync(new URL('template.yaml', root), 'utf8'));
const runbook = readFileSync(new URL('docs/operations.md', root), 'utf8');

const oneZone: Deployment['parameters'] = {
  ZoneAPublicSubnet: 'subnet-000000000000000a0',
  ZoneAPrivateSubnets: ['subnet-000000000000000a1'],
};
const sixZones: Deployment['parameters'] = Object.fromEntries(
  zoneLetters.flatMap((letter) => [
    [`Zone${letter.toUpperCase()}PublicSubnet`, `subnet-000000000000000${letter}0`],
    [`Zone${letter.toUpperCase()}PrivateSubnets`, [`subnet-000000000000000${letter}1`]],
  ]),
);
/** As long as each may be: CloudFormation's limit of a name, the longest Region there is, the template's limit. */
const longest: Deployment['parameters'] = {
  ...sixZones,
  'AWS::StackName': `p${'-'.repeat(126)}p`,
  'AWS::Region': 'ap-southeast-1',
  RunbookUrl: `https://${'w'.repeat(292)}`,
};

function deploy(parameters: Deployment['parameters']): Deploying {
  return new Deploying(template, {
    parameters,
    attributes: {
      AlarmTopic: 'arn:aws:sns:eu-central-1:123456789012:phoenat-AlarmTopic-1',
      Controller: 'phoenat-Controller-1',
      ControllerLog: 'phoenat-ControllerLog-1',
      ControllerUnseenAlarm: 'phoenat-controller-unseen',
      // 80 characters: the longest name of a queue.
      DeadLetters: `https://sqs.eu-central-1.amazonaws.com/123456789012/${'q'.repeat(80)}`,
      'DeadLetters.QueueName': 'phoenat-DeadLetters-1',
      Lifecycle: 'phoenat-Lifecycle-1',
      LifecycleAtWorkAlarm: 'phoenat-lifecycle-at-work',
      MorningTopic: 'arn:aws:sns:eu-central-1:123456789012:phoenat-MorningTopic-1',
    },
  });
}

type Alarm = {
  readonly name: string;
  readonly text: string;
  readonly properties: unknown;
};

/** The alarms that such a deployment has, as CloudWatch would have them. */
function alarmsOf(parameters: Deployment['parameters']): Alarm[] {
  const deployed = deploy(parameters);
  return entriesOf(read(template, ['Resources'])).flatMap(([name, resource]) => {
    const condition = readIfThere(resource, ['Condition']);
    if (!/^AWS::CloudWatch::(Composite)?Alarm$/.test(String(read(resource, ['Type'])))) return [];
    if (typeof condition === 'string' && !deployed.holds(condition)) return [];
    const properties = deployed.at('Resources', name, 'Properties');
    return {
      name: String(read(properties, ['AlarmName'])),
      text: String(readIfThere(properties, ['AlarmDescription'])),
      properties,
    };
  });
}

/** Those that tell somebody. */
function ringing(parameters: Deployment['parameters']): Alarm[] {
  return alarmsOf(parameters).filter(
    ({ properties }) => readIfThere(properties, ['AlarmActions']) !== undefined,
  );
}

const report: Report = {
  outcome: 'settled',
  trigger: { kind: 'schedule', detail: '', at: '' },
  zones: zoneLetters.map((name) => ({
    zone: zoneName(name),
    health: 'down',
    findings: [],
    paused: false,
    routes: [],
    steps: [],
    waitsFor: [],
    standIn: { instanceId: 'i-1', since: '2026-11-23T03:00:00Z' },
    load: {
      instanceId: `i-${name}`,
      bytesPerSecond: 1,
      connections: { used: 1, most: 2, usedPercent: 50 },
      heldUp: 0,
    },
  })),
  times: { event: '', started: '', ended: '' },
  calls: { describe: 0, mutating: 0, failed: 0 },
};
const sent = measure(report, 0).map(({ name, zone }) => (zone === undefined ? name : `${name} ${zone}`));

describe('the alarms', () => {
  const names = (parameters: Deployment['parameters']) => ringing(parameters).map(({ name }) => name);
  const ofAll = ['attention', 'breaker-open', 'controller-errors', 'controller-silent', 'dead-letters'];
  const ofNeighbours = 'stand-in-lasts';

  it('are one for each zone that there is, and those of the whole stack', () => {
    const expected = (zones: string[], ...others: string[]) =>
      [...zones.flatMap((zone) => [`zone-down-${zone}`, `too-small-${zone}`]), ...ofAll, ...others]
        .map((name) => `phoenat-${name}`)
        .toSorted();

    expect(names(oneZone).toSorted()).toEqual(expected(['a']));
    expect(names(sixZones).toSorted()).toEqual(expected([...zoneLetters], ofNeighbours));
  });

  it('have one for a stand-in that lasts, where a neighbour can stand in', () => {
    const added = (parameters: Deployment['parameters']) =>
      names(parameters).filter((name) => !names({ ...parameters, StandIn: 'off' }).includes(name));
    const withoutB = { ...sixZones, ZoneBPublicSubnet: '', ZoneBPrivateSubnets: [] };

    expect(added(sixZones)).toEqual([`phoenat-${ofNeighbours}`]);
    expect(added(withoutB)).toEqual([`phoenat-${ofNeighbours}`]);
    expect(added(oneZone)).toEqual([]);
  });

  it('are without one on the load where no probe reads it', () => {
    const shown = names({ ...sixZones, Probe: 'off' });

    expect(shown).toHaveLength(6 + ofAll.length + 1);
    expect(shown.filter((name) => name.includes('too-small'))).toEqual([]);
  });

  it('look at metrics that are sent, of their own zone where they are about one', () => {
    const ours = alarmsOf(sixZones).flatMap(({ name, properties }) => {
      if (readIfThere(properties, ['Namespace']) !== 'Phoenat') return [];
      const dimensions: unknown = read(properties, ['Dimensions']);
      const [stack, zone] = Array.isArray(dimensions) ? dimensions : [];
      expect(stack).toEqual({ Name: 'Stack', Value: 'phoenat' });
      const metric = String(read(properties, ['MetricName']));
      return [
        {
          name,
          metric: zone === undefined ? metric : `${metric} ${read(zone, ['Value'])}`,
          dimension: readIfThere(zone, ['Name']),
        },
      ];
    });

    expect(ours).toEqual([
      ...zoneLetters.map((zone) => ({
        name: `phoenat-zone-down-${zone}`,
        metric: `UnhealthyZones ${zone}`,
        dimension: 'Zone',
      })),
      ...zoneLetters.map((zone) => ({
        name: `phoenat-too-small-${zone}`,
        metric: `HeldUpPackets ${zone}`,
        dimension: 'Zone',
      })),
      { name: 'phoenat-breaker-open', metric: 'OpenBreakers', dimension: undefined },
      { name: 'phoenat-attention', metric: 'Attention', dimension: undefined },
      { name: 'phoenat-stand-in-lasts', metric: 'LongestStandIn', dimension: undefined },
    ]);
    expect(ours.filter(({ metric }) => !sent.includes(metric))).toEqual([]);
  });

  it('wake somebody where traffic stands still or nobody would mend it, and leave the rest until morning', () => {
    const told = ringing(oneZone).map(({ name, properties }) => {
      const [topic] = Object.values(read(properties, ['AlarmActions']) ?? {}).map(String);
      expect(read(properties, ['OKActions'])).toEqual([topic]);
      return [name.replace('phoenat-', ''), topic?.replace(/.*:phoenat-(\w+)-1$/, '$1')];
    });

    expect(Object.fromEntries(told)).toEqual({
      'zone-down-a': 'AlarmTopic',
      'controller-errors': 'AlarmTopic',
      'controller-silent': 'AlarmTopic',
      'too-small-a': 'MorningTopic',
      attention: 'MorningTopic',
      'breaker-open': 'MorningTopic',
      'dead-letters': 'MorningTopic',
    });
  });

  it('call an instance too small where it is so for most of half an hour, not for a burst', () => {
    const small = ringing(sixZones).filter(({ name }) => name.includes('too-small'));

    expect(small).toHaveLength(6);
    for (const { text, properties } of small) {
      expect(properties).toMatchObject({
        Statistic: 'Maximum',
        Period: 60,
        EvaluationPeriods: 30,
        DatapointsToAlarm: 20,
        Threshold: tooSmallPerMinute,
      });
      expect(text).toContain(`in 20 of the last 30 minutes`);
      expect(text).toContain(`${tooSmallPerMinute} packets or more`);
      expect(text).toMatch(/instance-too-small names, first in the parameter InstanceTypes, and deploy\./);
    }
  });

  it('hold silence back while the zones have just been built, and let it ring where it lasts', () => {
    const [silent] = ringing(oneZone).filter(({ name }) => name === 'phoenat-controller-silent');
    const named = (name: unknown) => alarmsOf(oneZone).find((alarm) => alarm.name === name)?.properties;
    const suppressor = named(read(silent?.properties, ['ActionsSuppressor']));
    const seconds = Number(read(suppressor, ['EvaluationPeriods'])) * Number(read(suppressor, ['Period']));

    expect(read(silent?.properties, ['AlarmRule'])).toBe('ALARM("phoenat-controller-unseen")');
    expect(named('phoenat-controller-unseen')).toMatchObject({
      MetricName: 'Invocations',
      Dimensions: [{ Name: 'FunctionName', Value: 'phoenat-Controller-1' }],
      TreatMissingData: 'breaching',
    });
    expect(suppressor).toMatchObject({
      MetricName: 'Invocations',
      Dimensions: [{ Name: 'FunctionName', Value: 'phoenat-Lifecycle-1' }],
      DatapointsToAlarm: 1,
      TreatMissingData: 'notBreaching',
    });
    // Lambda notes an invocation at its beginning, and one of this function lasts up to its time-out.
    expect(seconds).toBeGreaterThan(
      Number(read(template, ['Resources', 'Lifecycle', 'Properties', 'Timeout'])) + 600,
    );
  });

  it.each([
    ['nobody', {}, [undefined, undefined]],
    ['one address', { AlarmEmail: 'a@b.example' }, ['a@b.example', 'a@b.example']],
    ['two', { AlarmEmail: 'a@b.example', MorningEmail: 'm@b.example' }, ['a@b.example', 'm@b.example']],
    ['one for the morning', { MorningEmail: 'm@b.example' }, [undefined, 'm@b.example']],
  ])('are mailed to %s', (_case, parameters, expected) => {
    const deployed = deploy({ ...oneZone, ...parameters });
    const addresses = ['AlarmSubscription', 'MorningSubscription'].map((name) =>
      deployed.holds(String(read(template, ['Resources', name, 'Condition'])))
        ? deployed.at('Resources', name, 'Properties', 'Endpoint')
        : undefined,
    );

    expect(addresses).toEqual(expected);
  });
});

/** What may be typed first, without its arguments. */
const command = /npx --no-install phoenat \w+|aws sqs receive-message/;

describe.each(ringing(sixZones).map(({ name, text }) => [name, text] as const))(
  'the text of %s',
  (name, text) => {
    const anchor = /#(\S+)$/.exec(text)?.[1] ?? '';
    const [first = ''] = command.exec(text) ?? [];
    const section = runbook.split(`\n### ${anchor}\n`)[1]?.split('\n### ')[0] ?? '';

    it('names the stack, the Region, and the zone where it is about one', () => {
      const zone = /(?:zone-down|too-small)-(\w)$/.exec(name)?.[1];

      const [where] = text.split('\n');

      expect(where).toBe(`Phoenat stack phoenat, eu-central-1${zone === undefined ? '' : `, zone ${zone}`}.`);
    });

    it('leads to its own section of the runbook', () => {
      expect(text.endsWith(`\nThen read: docs/operations#${anchor}`)).toBe(true);
      expect(name.startsWith(anchor)).toBe(true);
      expect(section).toMatch(/\*\*Means\*\*/);
    });

    it('has no address that is not AWS’s own: nobody is led to a page of a stranger', () => {
      const linked = text.match(/https?:\S+|\b[\w-]+\.[a-z]{2,}\b\S*/gi) ?? [];

      expect(linked.filter((link) => !/^https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com\//.test(link))).toEqual([]);
    });

    it('gives the command first that the runbook gives first', () => {
      expect(first).not.toBe('');
      expect(command.exec(section)?.[0]).toBe(first);
    });

    it('gives a command line that is understood', async () => {
      const [line = ''] = /npx --no-install phoenat .*/.exec(text) ?? [];
      if (line === '') {
        expect(text).toMatch(/aws sqs receive-message --region eu-central-1 --queue-url https:\S+ --max/);
        return;
      }
      const places: unknown[] = [];
      const connected = runPhoenat(line.split(' ').slice(3), {
        terminal: {
          out: () => {},
          err: () => {},
          isColoured: false,
          columns: 80,
          isInteractive: false,
          confirm: async () => false,
        },
        clock: new VirtualClock(0),
        connect: async (place) => {
          places.push(place);
          throw new Error('far enough');
        },
      });

      // As far as it gets; a line that is not understood would have ended before, with another code.
      expect(await connected).toBe(1);
      expect(places).toEqual([{ region: 'eu-central-1' }]);
    });
  },
);

describe('RunbookUrl', () => {
  it('has every alarm lead to one page of the operators', () => {
    const RunbookUrl = 'https://wiki.example.com/nat';
    const texts = ringing({ ...sixZones, RunbookUrl }).map(({ text }) => text);

    expect(
      texts.filter((text) => !/\nThen read: https:\/\/wiki\.example\.com\/nat#phoenat-[a-z-]+$/.test(text)),
    ).toEqual([]);
  });

  it.each([
    ['docs/operations', true],
    ['https://wiki.example.com/nat', true],
    ['', false],
    ['wiki.example.com/nat', false],
    ['https://wiki.example.com/nat#alarms', false],
  ])('may be %j: %s', (value, may) => {
    const pattern = String(read(template, ['Parameters', 'RunbookUrl', 'AllowedPattern']));

    expect(new RegExp(pattern).test(value)).toBe(may);
  });
});

describe('what CloudWatch takes', () => {
  it('is not exceeded by the longest names', () => {
    for (const { name, text } of ringing(longest)) {
      // CloudWatch API, PutMetricAlarm: 1 to 255 characters, and up to 1,024.
      expect(name.length).toBeLessThanOrEqual(255);
      expect([name.slice(-20), text.length <= 1024]).toEqual([name.slice(-20), true]);
    }
  });
});

function dashboard(parameters: Deployment['parameters']): readonly unknown[] {
  const body = deploy(parameters).at('Resources', 'Dashboard', 'Properties', 'DashboardBody');
  const widgets: unknown = read(JSON.parse(String(body)), ['widgets']);
  return Array.isArray(widgets) ? widgets : [];
}

describe('the dashboard', () => {
  const rowsOf = (parameters: Deployment['parameters']) =>
    dashboard(parameters).flatMap((widget: unknown) => {
      const rows: unknown = readIfThere(widget, ['properties', 'metrics']);
      return Array.isArray(rows) ? rows.filter((row): row is unknown[] => Array.isArray(row)) : [];
    });

  it('shows the load of each zone that there is', () => {
    const zones = (parameters: Deployment['parameters']) =>
      rowsOf(parameters)
        .filter((row) => row.length > 5)
        .map((row) => row[5]);

    expect(zones(oneZone)).toEqual(['a', 'a', 'a']);
    expect(zones(sixZones)).toEqual([...zoneLetters, ...zoneLetters, ...zoneLetters]);
  });

  it('shows metrics that exist', () => {
    const shown = rowsOf(oneZone).map((row) => String(row[1]));

    expect(shown.length).toBeGreaterThan(8);
    const names = new Set(sent.map((name) => name.split(' ')[0]));
    expect(shown.filter((name) => !names.has(name))).toEqual(['Invocations', 'Errors']);
  });

  it.each([
    ['one zone', oneZone],
    ['six zones', sixZones],
    ['six zones without probes', { ...sixZones, Probe: 'off' }],
  ])('shows every alarm of %s, and no other', (_case, parameters) => {
    const shown = dashboard(parameters).flatMap((widget) => {
      const arns: unknown = readIfThere(widget, ['properties', 'alarms']);
      return Array.isArray(arns) ? arns.map(String) : [];
    });
    const arn = 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:';

    expect(shown.toSorted()).toEqual(
      ringing(parameters)
        .map(({ name }) => `${arn}${name}`)
        .toSorted(),
    );
  });
});
