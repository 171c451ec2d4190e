import { expect, it } from 'vitest';
import { typeCommand } from '../../../../shared/core/model/type-command.ts';

it('a command that is typed means the stack that it is told of', () => {
  expect(typeCommand('phoenat', 'status')).toBe('npx --no-install phoenat status');
  expect(typeCommand('prod', 'resume --zone b')).toBe(
    'npx --no-install phoenat --stack prod resume --zone b',
  );
});
