import { Argument, type Command } from 'commander';
import type { Terminal } from '../session.ts';
import { placesOf } from './command-tree.ts';
import { completionScript, type Shell, shells } from './shell-scripts.ts';

/** Adds `phoenat completion`, which asks nothing of AWS. */
export function addCompletion(program: Command, { out }: Pick<Terminal, 'out'>): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .description('print the completion script for a shell, to be sourced')
    .addHelpText(
      'after',
      `
Examples, for ~/.bashrc, ~/.zshrc and ~/.config/fish/config.fish:
  eval "$(phoenat completion bash)"
  eval "$(phoenat completion zsh)"
  phoenat completion fish | source

Where it is called with npx, a function gives it a name of its own, before that:
  phoenat() { npx --no-install phoenat "$@"; }
  function phoenat; npx --no-install phoenat $argv; end        # fish`,
    )
    .action((shell: Shell) => out(completionScript(shell, placesOf(program))));
}
