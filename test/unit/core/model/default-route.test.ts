import { describe, expect, it } from 'vitest';
import { pointDefaultRoute } from '../../../../shared/core/model/default-route.ts';
import { aTable, id, mainTable } from '../a-snapshot.ts';

const gateway = { kind: 'nat-gateway', id: id('natGateway', '1') } as const;

describe('pointing a default route', () => {
  it.each([
    ['replaces the one that a table has', aTable('a', 1), true],
    ['makes one where there is none', mainTable, false],
  ])('%s', (_case, table, exists) => {
    expect(pointDefaultRoute(table, gateway)).toEqual({
      kind: 'set-default-route',
      routeTableId: table.id,
      exists,
      to: gateway,
    });
  });
});
