import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { builderScript } from '../../../../cli/bake/builder-script.ts';
import { componentDocument } from '../../../../cli/bake/component.ts';

type Component = {
  readonly name: string;
  readonly schemaVersion: number;
  readonly phases: readonly {
    readonly name: string;
    readonly steps: readonly { readonly action: string; readonly inputs: { readonly commands: string[] } }[];
  }[];
};

const component: Component = parse(componentDocument('0.1.0'));
const commands = component.phases.flatMap(({ steps }) => steps.flatMap(({ inputs }) => inputs.commands));

describe('the component of EC2 Image Builder', () => {
  it('has the schema, and phases that the service runs', () => {
    expect(component).toMatchObject({ name: 'phoenat-nat-instance', schemaVersion: 1 });
    expect(component.phases.map(({ name }) => name)).toEqual(['build', 'validate']);
    for (const { steps } of component.phases) {
      expect(steps.map(({ action }) => action)).toEqual(['ExecuteBash']);
    }
  });

  it('runs the script of a builder, to its end, as it is', () => {
    const [install = ''] = commands;

    expect(`#!/bin/bash\n${install.slice(install.indexOf('\n') + 1)}`).toBe(builderScript());
    expect(install).toMatch(/^export BAKE=component/);
  });

  it('is bash that has no variables of the service in it', () => {
    for (const command of commands) {
      expect(command).not.toContain('{{');
      expect(spawnSync('bash', ['-n'], { input: command, encoding: 'utf8' }).stderr).toBe('');
    }
  });
});
