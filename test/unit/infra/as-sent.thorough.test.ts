import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { asSent } from '../../../infra/as-sent.ts';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';

const files = Object.entries(readBootstrapFiles()).filter(([name]) => name.endsWith('.py'));

it('there is Python to send', () => {
  expect(files.length).toBeGreaterThan(2);
});

it.each(files)('%s is the same program as it is sent', (_name, text) => {
  const program =
    'import ast, json, sys; print(len(set(map(ast.dump, map(ast.parse, json.load(sys.stdin))))))';
  const input = JSON.stringify([text, asSent(text)]);

  expect(asSent(text).length).toBeLessThan(text.length);
  expect(execFileSync('python3', ['-c', program], { input, encoding: 'utf8' })).toBe('1\n');
});
